// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what Agama's own rules do to drivers and the disk, and what it shows.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/cli/check_disk_suse.h"

static const struct mf_agama_module *module_of(const struct mf_disk_talk *talk, size_t i)
{
	return &talk->judged->agama.result.modules[talk->judged->origins[i]];
}

/* Modules of updates/ win by name, whether they load or not: the stock one is lost with them. */
static int tell_shadow(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_driver_check *check = mf_disk_check(talk, i);
	const char *name = module_of(talk, i)->name;
	const struct mf_stock_module *stock = mf_kernel_module(check->kernel, name);
	struct mf_reason reason = {.code = MF_REASON_NAME_SHADOWED,
				   .weight = check->verdict,
				   .advice = "leave it out of a disk for this kernel"};

	reason.text = mf_arena_printf(
		&talk->run->checked.arena,
		"is built for kernel %s, and Agama puts it in front of the installer's own %s: that is unloaded, and %s",
		check->selected->build->kernel ? check->selected->build->kernel : "unknown",
		stock ? stock->path : name,
		check->verdict == MF_VERDICT_FAILS ? "neither of the two loads then"
						   : "nothing loads where this one does not");
	return mf_disk_tell(talk, i, reason);
}

/* By its release a module is useless; modversions may let it load all the same. */
static int tell_useless(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_driver_check *check = mf_disk_check(talk, i);
	const char *kernel = check->selected->build->kernel;
	struct mf_reason reason = mf_disk_placement(check->verdict,
						    "leave it out of a disk for this kernel");

	if (check->selected->driver->malformed || !kernel)
		return 0;
	reason.text = mf_arena_printf(
		&talk->run->checked.arena,
		"is built for kernel %s, and Agama does not look at that: in the folder of %s it hides a module of its name that the live system may have",
		kernel, check->kernel->release);
	return mf_disk_tell(talk, i, reason);
}

/* module.order does not name it: udev alone loads it, by hardware ids. */
static int tell_unlisted(struct mf_disk_talk *talk, size_t i)
{
	struct mf_reason reason = mf_disk_placement(mf_disk_is_wanted(talk, i) ? MF_VERDICT_LOADS
									       : MF_VERDICT_UNKNOWN,
						    "name it in module.order");

	reason.text = "module.order does not name it, so that only its hardware loads it";
	return mf_disk_tell(talk, i, reason);
}

/* What the rules say better, and what they say of an extension. */
static int tell_why(struct mf_disk_talk *talk, size_t i, const struct mf_agama_module *module)
{
	struct mf_reason reason = mf_disk_placement(MF_VERDICT_FAILS, NULL);

	reason.text = module->why;
	return mf_disk_tell(talk, i, reason);
}

static int tell_fate(struct mf_disk_talk *talk, size_t i, const struct mf_agama_module *module)
{
	bool is_odd = mf_disk_check(talk, i)->selected->driver->malformed != NULL;

	if (module->fate == MF_AGAMA_SHADOWS)
		return tell_shadow(talk, i);
	if (module->fate == MF_AGAMA_USELESS)
		return is_odd && module->why ? tell_why(talk, i, module) : tell_useless(talk, i);
	return module->fate == MF_AGAMA_UNLISTED ? tell_unlisted(talk, i) : 0;
}

static int tell_driver(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_agama_result *result = &talk->judged->agama.result;
	const struct mf_suse_packages packages = {result->packages, result->n_packages};
	const struct mf_agama_module *module = module_of(talk, i);
	bool is_useful = module->fate == MF_AGAMA_LOADED || module->fate == MF_AGAMA_UNLISTED;
	struct mf_reason note = {
		.code = MF_REASON_NAME_SHADOWED,
		.text = "the installer has a module of that name: it is unloaded first, and stays when it is in use",
	};
	int r = tell_fate(talk, i, module);

	if (!r && is_useful && module->replaces_stock)
		r = mf_disk_tell(talk, i, note);
	if (r || !is_useful)
		return r;
	return mf_suse_tell_installed(
		talk, i, mf_suse_brings(&packages, talk->judged->kernel->release, module->name));
}

/* Drivers that something may hang on before Agama looks at the disk. */
static int say_late(struct mf_disk_talk *talk)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};
	struct mf_reason reason = mf_disk_placement(MF_VERDICT_LOADS, NULL);

	for (size_t i = 0; i < talk->judged->n; i++) {
		const struct mf_module *module = &mf_disk_check(talk, i)->selected->driver->module;

		if (module->boot_class != MF_BOOT_NONE)
			mf_buf_printf(&names, "%s%s (%s)", names.len ? ", " : "", module->name,
				      mf_boot_class_name(module->boot_class));
	}
	if (mf_buf_status(&names))
		return -ENOMEM;
	if (!names.len)
		return 0;
	reason.advice = mf_arena_printf(&talk->run->checked.arena,
					"make an overlay for that: modferry overlay --for %s",
					talk->run->target->name);
	if (!reason.advice)
		return -ENOMEM;
	return mf_disk_say(
		talk, reason,
		"comes after the live system is mounted, too late where that lies on, or comes through, a device of: %s",
		mf_buf_str(&names));
}

static int say_ignored(struct mf_disk_talk *talk)
{
	const struct mf_agama_result *result = &talk->judged->agama.result;
	int r = 0;

	for (size_t i = 0; !r && i < result->n_ignored; i++)
		r = mf_disk_say(talk, mf_disk_placement(MF_VERDICT_LOADS, NULL),
				"%s: Agama takes no notice of it, as linuxrc would",
				result->ignored[i]->path);
	return r;
}

static int say_disk(struct mf_disk_talk *talk)
{
	const struct mf_agama_result *result = &talk->judged->agama.result;
	enum mf_verdict weight = result->is_update ? MF_VERDICT_LOADS : MF_VERDICT_FAILS;
	int r = 0;

	for (size_t i = 0; !r && i < result->notes.n; i++)
		r = mf_disk_say(talk, mf_disk_placement(weight, NULL), "%s", result->notes.v[i]);
	if (!r && !result->is_update && !result->notes.n)
		r = mf_disk_say(
			talk, mf_disk_placement(weight, NULL),
			"is no driver update: no folder linux/suse/%s, nor one below a number",
			talk->judged->agama.reader.folder);
	if (!r && result->is_update && !talk->judged->n)
		r = mf_disk_say(talk, mf_disk_placement(MF_VERDICT_FAILS, NULL),
				"no module on it would be loaded, and Agama says nothing of that");
	return r;
}

int mf_agama_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_agama_result *result = &judged->agama.result;
	const struct mf_suse_packages packages = {result->packages, result->n_packages};
	struct mf_disk_talk talk = {run, judged};
	int r = 0;

	for (size_t i = 0; !r && i < judged->n; i++)
		r = tell_driver(&talk, i);
	if (!r)
		r = say_disk(&talk);
	if (!r)
		r = say_late(&talk);
	if (!r)
		r = mf_suse_say_missing(&talk, &packages);
	return r ? r : say_ignored(&talk);
}

int mf_agama_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	static const char *const headings[] = {"FATE", "MODULE", "FILE"};
	const struct mf_agama_result *result = &judged->agama.result;
	const struct mf_suse_packages packages = {result->packages, result->n_packages};
	int r = 0;

	mf_table_row(&table, 3, headings);
	for (size_t i = 0; i < result->n_modules; i++) {
		const struct mf_agama_module *module = &result->modules[i];
		const char *const cells[] = {mf_agama_fate_name(module->fate), module->name,
					     module->file->path};

		mf_table_row(&table, 3, cells);
	}
	if (result->n_modules)
		r = mf_table_print(&table, run->err);
	return r ? r : mf_suse_print_packages(run, &packages);
}

void mf_agama_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		   json_t *object)
{
	const struct mf_agama_result *result = &judged->agama.result;
	const struct mf_suse_packages packages = {result->packages, result->n_packages};
	json_t *modules = json_array();
	json_t *ignored = json_array();

	(void)run;
	for (size_t i = 0; i < result->n_modules; i++) {
		json_t *module = json_object();

		json_object_set_new(module, "name", mf_json_text(result->modules[i].name));
		json_object_set_new(module, "file", mf_json_text(result->modules[i].file->path));
		json_object_set_new(module, "fate",
				    json_string(mf_agama_fate_name(result->modules[i].fate)));
		json_array_append_new(modules, module);
	}
	for (size_t i = 0; i < result->n_ignored; i++)
		json_array_append_new(ignored, mf_json_text(result->ignored[i]->path));
	json_object_set_new(object, "modules", modules);
	json_object_set_new(object, "packages", mf_suse_json_packages(&packages));
	json_object_set_new(object, "ignored", ignored);
}
