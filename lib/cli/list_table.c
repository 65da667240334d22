// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry list` for people: a table, then what is wrong with builds and sources.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/list.h"
#include "lib/cli/output.h"
#include "lib/core/target.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_driver(struct mf_table *table, const struct mf_package *package,
		       const struct mf_build *build, const struct mf_driver *driver)
{
	const struct mf_module *module = driver ? &driver->module : NULL;
	char aliases[24] = "";

	if (module)
		snprintf(aliases, sizeof(aliases), "%zu", module->aliases.n);
	mf_table_row(table, 10,
		     (const char *[]){
			     package->name,
			     package->version,
			     build->kernel,
			     build->arch,
			     mf_build_state_name(build->state),
			     module ? module->name : NULL,
			     module ? module->version : NULL,
			     aliases,
			     module ? mf_boot_class_name(module->boot_class) : NULL,
			     module ? mf_signer_text(module) : NULL,
		     });
}

static void add_build(struct mf_table *table, const struct mf_list *list,
		      const struct mf_package *package, const struct mf_build *build)
{
	if (!mf_list_has_build(list, package, build))
		return;
	if (!build->n_drivers)
		add_driver(table, package, build, NULL);
	for (size_t i = 0; i < build->n_drivers; i++) {
		if (mf_list_has_driver(list, package, &build->drivers[i]))
			add_driver(table, package, build, &build->drivers[i]);
	}
}

static void add_visible(struct mf_buf *out, const char *text)
{
	mf_buf_add_visible(out, text, strlen(text));
}

static void add_build_note(struct mf_buf *out, const struct mf_package *package,
			   const struct mf_build *build)
{
	mf_buf_adds(out, "note: ");
	add_visible(out, package->name ? package->name : package->origin);
	if (package->version) {
		mf_buf_adds(out, "/");
		add_visible(out, package->version);
	}
	if (build->kernel) {
		mf_buf_adds(out, ", ");
		add_visible(out, build->kernel);
	}
	mf_buf_adds(out, ": ");
	add_visible(out, build->note);
	mf_buf_adds(out, "\n");
}

static void add_notes(struct mf_buf *out, const struct mf_list *list)
{
	for (size_t i = 0; i < list->set.n_packages; i++) {
		const struct mf_package *package = &list->set.packages[i];

		for (size_t k = 0; k < package->n_builds; k++) {
			if (package->builds[k].note &&
			    mf_list_has_build(list, package, &package->builds[k]))
				add_build_note(out, package, &package->builds[k]);
		}
	}
	for (size_t i = 0; i < list->set.n_notes; i++) {
		mf_buf_adds(out, "note: ");
		add_visible(out, list->set.notes[i].object);
		mf_buf_adds(out, ": ");
		add_visible(out, list->set.notes[i].problem);
		mf_buf_adds(out, "\n");
	}
}

int mf_list_print_table(const struct mf_list *list, struct mf_err *err)
{
	static const char *const headings[] = {"PACKAGE", "VERSION", "KERNEL",	       "ARCH",
					       "STATE",	  "MODULE",  "MODULE-VERSION", "ALIASES",
					       "BOOT",	  "SIGNER"};
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf notes = {0};
	int r = 0;

	mf_table_row(&table, COUNT(headings), headings);
	for (size_t i = 0; i < list->set.n_packages; i++) {
		const struct mf_package *package = &list->set.packages[i];

		for (size_t k = 0; k < package->n_builds; k++)
			add_build(&table, list, package, &package->builds[k]);
	}
	if (table.n_rows > 1)
		r = mf_table_print(&table, err);
	if (r)
		return r;
	add_notes(&notes, list);
	if (mf_buf_status(&notes))
		return mf_fail(err, -ENOMEM, "out of memory");
	return mf_print(mf_buf_str(&notes), notes.len, err);
}

/* "plain gzip xz zstd" */
static void reads_text(unsigned int reads, char *out, size_t size)
{
	snprintf(out, size, "%s%s%s%s", reads & MF_READS_PLAIN ? "plain" : "",
		 reads & MF_READS_GZIP ? " gzip" : "", reads & MF_READS_XZ ? " xz" : "",
		 reads & MF_READS_ZSTD ? " zstd" : "");
}

static json_t *target_json(const struct mf_target *target)
{
	json_t *aliases = json_array();
	json_t *reads = json_array();
	const char *word = mf_target_aliases(target);
	static const struct {
		enum mf_reads bit;
		const char *name;
	} kinds[] = {{MF_READS_PLAIN, "plain"},
		     {MF_READS_GZIP, "gzip"},
		     {MF_READS_XZ, "xz"},
		     {MF_READS_ZSTD, "zstd"}};

	while (*word) {
		size_t n = strcspn(word, " ");

		json_array_append_new(aliases, json_stringn(word, n));
		word += n + strspn(word + n, " ");
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (target->reads & kinds[i].bit)
			json_array_append_new(reads, json_string(kinds[i].name));
	}
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:o}", "name", target->name, "aliases", aliases,
			 "summary", target->summary, "installer", target->installer, "hook",
			 mf_hook_name(target->hook), "reads", reads);
}

int mf_list_print_targets(bool is_json, struct mf_err *err)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	size_t n;
	const struct mf_target *targets = mf_target_table(&n);
	json_t *rows = json_array();
	json_t *document;
	int r;

	mf_table_row(&table, 5,
		     (const char *[]){"TARGET", "INSTALLER", "HOOK", "READS", "ALSO CALLED"});
	for (size_t i = 0; i < n; i++) {
		char reads[32];

		reads_text(targets[i].reads, reads, sizeof(reads));
		mf_table_row(&table, 5,
			     (const char *[]){targets[i].name, targets[i].installer,
					      mf_hook_name(targets[i].hook), reads,
					      mf_target_aliases(&targets[i])});
		json_array_append_new(rows, target_json(&targets[i]));
	}
	document = json_pack("{s:i, s:o}", "modferry_targets", 1, "targets", rows);
	if (is_json && !document)
		r = mf_fail(err, -ENOMEM, "out of memory");
	else
		r = is_json ? mf_print_json(document, err) : mf_table_print(&table, err);
	json_decref(document);
	return r;
}
