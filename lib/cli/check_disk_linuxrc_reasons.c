// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what linuxrc's own rules do to drivers, updates and the disk.
#include <errno.h>
#include <string.h>

#include "lib/cli/check_disk_linuxrc.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/core/modname.h"

static const char *kernel_of(const struct mf_disk_talk *talk)
{
	return talk->judged->kernel->release;
}

static enum mf_answer keeps(const struct mf_disk_talk *talk, const struct mf_linuxrc_update *update)
{
	return mf_linuxrc_keeps(&talk->run->source.disk, update, kernel_of(talk));
}

/* What keeps a module from being loaded; the text is a sentence unless the rules have a better. */
static const struct {
	const char *text; /* NULL: nothing does */
	const char *advice;
} fates[] = {
	[MF_LINUXRC_LOADED] = {NULL, NULL},
	[MF_LINUXRC_UNLISTED] = {"module.order of its update does not name it, and linuxrc loads "
				 "nothing else",
				 "name it in module.order"},
	[MF_LINUXRC_NESTED] = {"lies in a folder of modules/, where linuxrc does not look",
			       "put it into modules/ itself"},
	[MF_LINUXRC_UNREADABLE] = {"has an extension that linuxrc does not know",
				   "make it .ko, .ko.gz, .ko.xz or .ko.zst"},
	[MF_LINUXRC_SKIPPED] = {"its driver update is skipped", NULL},
	[MF_LINUXRC_SHADOWED] = {"a later driver update has another of that name", NULL},
	[MF_LINUXRC_BROKEN] = {"dud.config names it in brokenmodules, and linuxrc does not load it",
			       "take it out of brokenmodules"},
	[MF_LINUXRC_STOCK] = {NULL, NULL},
	[MF_LINUXRC_LATE] = {"is loaded before a module that it needs, and insmod fails", NULL},
};

/* Without module.order linuxrc writes one, in the order in which the folder is read: chance. */
static bool is_chance(const struct mf_linuxrc_place *place)
{
	return place->module->fate == MF_LINUXRC_LATE && !place->update->has_order &&
	       !place->update->has_config;
}

static int tell_fate(struct mf_disk_talk *talk, size_t i, const struct mf_linuxrc_place *place)
{
	const struct mf_linuxrc_module *module = place->module;
	struct mf_reason reason = mf_disk_placement(is_chance(place) ? MF_VERDICT_UNKNOWN
								     : MF_VERDICT_FAILS,
						    fates[module->fate].advice);

	reason.text = module->why ? module->why : fates[module->fate].text;
	if (!reason.text)
		return 0;
	if (module->fate == MF_LINUXRC_LOADED) { /* it hangs on what else is loaded by then */
		reason.code = MF_REASON_DEPENDENCY_MISSING;
		reason.weight = MF_VERDICT_UNKNOWN;
	}
	return mf_disk_tell(talk, i, reason);
}

/* linuxrc unloads whatever module.order names before it loads anything. */
static int tell_stock(struct mf_disk_talk *talk, size_t i, const struct mf_linuxrc_module *module)
{
	struct mf_reason reason = {.code = MF_REASON_NAME_SHADOWED};
	enum mf_verdict verdict = mf_disk_check(talk, i)->verdict;

	if (!module->replaces_stock)
		return 0;
	reason.text =
		"the installer has a module of that name: it is unloaded first, and stays when it is in use";
	if (verdict == MF_VERDICT_FAILS && mf_suse_is_other(talk, i)) {
		reason.weight = MF_VERDICT_FAILS;
		reason.advice =
			"give the update a condition that compares the kernel, as `modferry dud` does";
		reason.text =
			"the installer's own module of that name is unloaded first, so that neither of them drives the device";
	}
	return mf_disk_tell(talk, i, reason);
}

/* What an archive holds is its maker's affair, and of an update without either the rules tell. */
static int tell_installed(struct mf_disk_talk *talk, size_t i, const struct mf_linuxrc_place *place)
{
	enum mf_answer is_brought = mf_linuxrc_brings(place->update, kernel_of(talk),
						      place->module->name);

	if (place->module->fate != MF_LINUXRC_LOADED || place->update->has_archive ||
	    !place->update->n_packages)
		return 0;
	return mf_suse_tell_installed(talk, i, is_brought);
}

static int tell_driver(struct mf_disk_talk *talk, size_t i)
{
	struct mf_linuxrc_place place = mf_linuxrc_at(&talk->judged->linuxrc.result,
						      talk->judged->origins[i]);
	int r = tell_fate(talk, i, &place);

	if (!r)
		r = tell_stock(talk, i, place.module);
	return r ? r : tell_installed(talk, i, &place);
}

/* Whether each of an update's modules is loaded from another. */
static bool is_covered(const struct mf_disk_talk *talk, const struct mf_linuxrc_update *update)
{
	for (size_t i = 0; i < update->n_modules; i++) {
		bool has = false;

		for (size_t k = 0; !has && k < talk->judged->n; k++) {
			struct mf_linuxrc_place place = mf_linuxrc_at(&talk->judged->linuxrc.result,
								      talk->judged->origins[k]);

			has = place.module->fate == MF_LINUXRC_LOADED &&
			      mf_modname_equal(place.module->name, update->modules[i].name);
		}
		if (!has)
			return false;
	}
	return true;
}

/* One for another product or kernel does no harm where there is one for this. */
static int say_skipped(struct mf_disk_talk *talk, const struct mf_linuxrc_update *update)
{
	const char *folder = talk->judged->linuxrc.reader.folder;
	size_t length = strlen(update->path), n = strlen(folder);
	bool is_ours = length >= n && strcmp(update->path + length - n, folder) == 0;
	bool is_condition = update->condition && keeps(talk, update) != MF_ANSWER_YES;
	enum mf_verdict weight = talk->judged->is_disk && (!is_ours || is_condition ||
							   is_covered(talk, update))
					 ? MF_VERDICT_LOADS
					 : MF_VERDICT_FAILS;

	return mf_disk_say(talk,
			   mf_disk_placement(weight, is_ours && weight == MF_VERDICT_FAILS
							     ? "give it an UpdateID of its own"
							     : NULL),
			   "%s: is skipped: %s", update->path, update->why);
}

static int say_update(struct mf_disk_talk *talk, const struct mf_linuxrc_update *update)
{
	struct mf_suse_packages packages = mf_linuxrc_packages(update);
	enum mf_answer answer = keeps(talk, update);

	if (answer == MF_ANSWER_NO)
		return mf_disk_say(talk, mf_disk_placement(MF_VERDICT_LOADS, NULL),
				   "%s: its condition takes it away there: it is for other kernels",
				   update->path);
	if (update->why)
		return say_skipped(talk, update);
	if (answer == MF_ANSWER_YES)
		return mf_suse_say_missing(talk, &packages);
	return mf_disk_say(
		talk, mf_disk_placement(MF_VERDICT_UNKNOWN, NULL),
		"%s: runs `%s` before its modules are handled, and whether that leaves them there is not known",
		update->path, update->condition);
}

static bool is_any_loaded(const struct mf_disk_talk *talk)
{
	for (size_t i = 0; i < talk->judged->n; i++) {
		struct mf_linuxrc_place place = mf_linuxrc_at(&talk->judged->linuxrc.result,
							      talk->judged->origins[i]);

		if (place.module->fate == MF_LINUXRC_LOADED || is_chance(&place))
			return true;
	}
	return false;
}

static int say_disk(struct mf_disk_talk *talk)
{
	const struct mf_linuxrc_result *result = &talk->judged->linuxrc.result;
	enum mf_verdict weight = result->is_update ? MF_VERDICT_LOADS : MF_VERDICT_FAILS;
	int r = 0;

	for (size_t i = 0; !r && i < result->notes.n; i++)
		r = mf_disk_say(talk, mf_disk_placement(weight, NULL), "%s", result->notes.v[i]);
	if (!r && !result->is_update && !result->notes.n)
		r = mf_disk_say(talk, mf_disk_placement(weight, NULL),
				"is no driver update: no folder %s, nor one below a number",
				talk->judged->linuxrc.reader.folder);
	if (!r && result->is_update && !is_any_loaded(talk))
		r = mf_disk_say(
			talk, mf_disk_placement(MF_VERDICT_FAILS, NULL),
			"no module on it would be loaded on kernel %s, and linuxrc says nothing of that",
			kernel_of(talk));
	return r;
}

int mf_linuxrc_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_linuxrc_result *result = &judged->linuxrc.result;
	struct mf_disk_talk talk = {run, judged};
	int r = 0;

	for (size_t i = 0; !r && i < judged->n; i++)
		r = tell_driver(&talk, i);
	if (!r)
		r = say_disk(&talk);
	for (size_t i = 0; !r && i < result->n_updates; i++)
		r = say_update(&talk, &result->updates[i]);
	return r;
}
