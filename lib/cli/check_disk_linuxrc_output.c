// SPDX-License-Identifier: GPL-2.0-or-later
// What `check` of a driver disk before linuxrc prints of its driver updates.
#include <errno.h>
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check_disk_linuxrc.h"
#include "lib/cli/check_disk_rules.h"

static enum mf_answer is_applied(const struct mf_disk *disk, const struct mf_linuxrc_update *update,
				 const struct mf_disk_judged *judged)
{
	return update->why ? MF_ANSWER_NO : mf_linuxrc_keeps(disk, update, judged->kernel->release);
}

static size_t count_loaded(const struct mf_linuxrc_update *update)
{
	size_t n = 0;

	for (size_t i = 0; i < update->n_modules; i++)
		n += update->modules[i].fate == MF_LINUXRC_LOADED;
	return n;
}

/* Whether the installed system gets all that is loaded. */
static enum mf_answer is_installed(const struct mf_linuxrc_update *update, const char *kernel)
{
	enum mf_answer answer = MF_ANSWER_YES;

	for (size_t i = 0; i < update->n_modules; i++) {
		const struct mf_linuxrc_module *module = &update->modules[i];
		enum mf_answer one;

		if (module->fate != MF_LINUXRC_LOADED)
			continue;
		one = mf_linuxrc_brings(update, kernel, module->name);
		if (one == MF_ANSWER_NO)
			return one;
		if (one == MF_ANSWER_UNKNOWN)
			answer = one;
	}
	return count_loaded(update) ? answer : MF_ANSWER_NO;
}

static const char *show(enum mf_answer answer)
{
	switch (answer) {
	case MF_ANSWER_YES: return "yes";
	case MF_ANSWER_NO: return "no";
	case MF_ANSWER_UNKNOWN: break;
	}
	return "unknown";
}

static void add_row(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		    struct mf_table *table, const struct mf_linuxrc_update *update)
{
	enum mf_answer applied = is_applied(&run->source.disk, update, judged);
	char slot[16] = "", modules[32];

	if (!update->why)
		snprintf(slot, sizeof(slot), "%03u", update->slot);
	snprintf(modules, sizeof(modules), "%zu",
		 applied == MF_ANSWER_NO ? 0 : count_loaded(update));
	const char *const cells[] = {show(applied),
				     applied == MF_ANSWER_NO
					     ? "no"
					     : show(is_installed(update, judged->kernel->release)),
				     slot,
				     modules,
				     update->name ? update->name : update->id,
				     update->path};

	mf_table_row(table, 6, cells);
}

int mf_linuxrc_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	static const char *const headings[] = {"APPLIED", "INSTALLED", "SLOT",
					       "LOADED",  "UPDATE",    "FOLDER"};
	const struct mf_linuxrc_result *result = &judged->linuxrc.result;
	int r = 0;

	mf_table_row(&table, 6, headings);
	for (size_t i = 0; i < result->n_updates; i++)
		add_row(run, judged, &table, &result->updates[i]);
	if (result->n_updates)
		r = mf_table_print(&table, run->err);
	for (size_t i = 0; !r && i < result->n_updates; i++) {
		struct mf_suse_packages packages = mf_linuxrc_packages(&result->updates[i]);

		if (!result->updates[i].why)
			r = mf_suse_print_packages(run, &packages);
	}
	return r;
}

static json_t *json_modules(const struct mf_linuxrc_update *update)
{
	json_t *array = json_array();

	for (size_t i = 0; i < update->n_modules; i++) {
		const struct mf_linuxrc_module *module = &update->modules[i];
		json_t *object = json_object();

		json_object_set_new(object, "name", mf_json_text(module->name));
		json_object_set_new(object, "file",
				    mf_json_text(module->file ? module->file->path : NULL));
		json_object_set_new(object, "fate",
				    json_string(mf_linuxrc_fate_name(module->fate)));
		json_object_set_new(object, "why", mf_json_text(module->why));
		json_object_set_new(object, "parameters", mf_json_text(module->parameters));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json_update(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
			   const struct mf_linuxrc_update *update)
{
	struct mf_suse_packages packages = mf_linuxrc_packages(update);
	json_t *object = json_object();

	json_object_set_new(object, "folder", mf_json_text(update->path));
	json_object_set_new(object, "applied",
			    json_string(show(is_applied(&run->source.disk, update, judged))));
	json_object_set_new(object, "why", mf_json_text(update->why));
	json_object_set_new(object, "slot",
			    update->why ? json_null() : json_integer((json_int_t)update->slot));
	json_object_set_new(object, "id", mf_json_text(update->id));
	json_object_set_new(object, "name", mf_json_text(update->name));
	json_object_set_new(object, "condition", mf_json_text(update->condition));
	json_object_set_new(object, "has_order", json_boolean(update->has_order));
	json_object_set_new(object, "has_archive", json_boolean(update->has_archive));
	json_object_set_new(object, "modules", json_modules(update));
	json_object_set_new(object, "packages", mf_suse_json_packages(&packages));
	return object;
}

void mf_linuxrc_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		     json_t *object)
{
	const struct mf_linuxrc_result *result = &judged->linuxrc.result;
	json_t *updates = json_array();

	for (size_t i = 0; i < result->n_updates; i++)
		json_array_append_new(updates, json_update(run, judged, &result->updates[i]));
	json_object_set_new(object, "updates", updates);
	json_object_set_new(object, "packages", json_array());
}
