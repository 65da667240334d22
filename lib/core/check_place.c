// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of check: what stands around a driver in the target: dependencies, twins, indexes.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/check_rules.h"
#include "lib/core/modalias.h"
#include "lib/core/modname.h"

/* Verdict of a driver that was judged before for the same kernel, LOADS for others. */
static enum mf_verdict verdict_of(const struct mf_judge *judge, const struct mf_driver *driver)
{
	for (size_t i = judge->first; i < judge->before->n; i++) {
		if (judge->before->v[i].selected->driver == driver)
			return judge->before->v[i].verdict;
	}
	return MF_VERDICT_LOADS;
}

static bool has_reason(const struct mf_judge *judge, enum mf_reason_code code)
{
	for (size_t i = 0; i < judge->reasons->n; i++) {
		if (judge->reasons->v[i].code == code)
			return true;
	}
	return false;
}

int mf_judge_unsure_module(struct mf_judge *judge, const char *name)
{
	if (mf_judge_note_absent(judge, name))
		return -ENOMEM;
	return mf_judge_say(judge, MF_REASON_DEPENDENCY_MISSING, MF_VERDICT_UNKNOWN,
			    "give the installer with --iso or --initrd",
			    "needs the module %s, and whether the target has it is not known",
			    name);
}

static int judge_depend(struct mf_judge *judge, const char *name)
{
	const struct mf_kernel *kernel = judge->check->kernel;
	const struct mf_driver *shipped = mf_judge_shipped(judge, name);
	enum mf_answer builtin = mf_kernel_is_builtin(kernel, name);
	const char *advice;

	if (shipped) {
		enum mf_verdict verdict = verdict_of(judge, shipped);

		return verdict == MF_VERDICT_LOADS
			       ? 0
			       : mf_judge_say(judge, MF_REASON_DEPENDENCY_MISSING, verdict, NULL,
					      "needs %s, of which the verdict is: %s", name,
					      mf_verdict_name(verdict));
	}
	if (builtin == MF_ANSWER_YES || mf_kernel_module(kernel, name) ||
	    mf_judge_is_absent(judge, name))
		return 0;
	if (kernel->is_bare)
		return mf_judge_unsure_module(judge, name);
	/* every symbol was found: what it comes from is part of the image, under whatever name */
	if (builtin == MF_ANSWER_UNKNOWN && kernel->symbols.n &&
	    !has_reason(judge, MF_REASON_SYMBOL_UNKNOWN) &&
	    !has_reason(judge, MF_REASON_SYMBOL_MISSING))
		return 0;
	advice = mf_judge_advise_module(judge, name, NULL);
	if (!advice || mf_judge_note_absent(judge, name))
		return -ENOMEM;
	return mf_judge_say(judge, MF_REASON_DEPENDENCY_MISSING,
			    builtin == MF_ANSWER_NO ? MF_VERDICT_FAILS : MF_VERDICT_UNKNOWN, advice,
			    "needs the module %s, which is neither in the target nor here", name);
}

int mf_judge_depends(struct mf_judge *judge)
{
	int r = 0;

	for (size_t i = 0; !r && i < judge->module.depends.n; i++)
		r = judge_depend(judge, judge->module.depends.v[i]);
	return r;
}

/* mod_sysfs_init(): a part of the image with an entry in /sys/module keeps the name. */
int mf_judge_builtin(struct mf_judge *judge)
{
	const struct mf_kernel *kernel = judge->check->kernel;
	const char *name = judge->module.name;
	enum mf_answer has_sysfs = mf_kernel_builtin_has_sysfs(kernel, name);

	if (mf_kernel_is_builtin(kernel, name) != MF_ANSWER_YES)
		return 0;
	return mf_judge_say(judge, MF_REASON_BUILTIN,
			    has_sysfs == MF_ANSWER_YES ? MF_VERDICT_FAILS : MF_VERDICT_UNKNOWN,
			    "rename the module, or use a kernel without the built-in one",
			    "%s is built into the target's kernel, which %s", name,
			    has_sysfs == MF_ANSWER_YES ? "refuses a module of that name"
						       : "has the device before any module can");
}

static int compare_text(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

static bool has_sorted(const struct mf_strings *strings, const char *text)
{
	return strings && strings->n &&
	       bsearch(&text, strings->v, strings->n, sizeof(*strings->v), compare_text);
}

int mf_judge_blacklist(struct mf_judge *judge)
{
	const char *name = judge->module.name;

	if (!has_sorted(judge->check->blacklist, name))
		return 0;
	if (judge->check->delivery.has_loader || judge->check->delivery.is_loose)
		return mf_judge_say(
			judge, MF_REASON_BLACKLISTED, MF_VERDICT_LOADS, NULL,
			"is blacklisted by the target's modprobe.d: udev will not load it");
	return mf_judge_say(judge, MF_REASON_BLACKLISTED, MF_VERDICT_FAILS,
			    "take the blacklist line out, or let the loader start it",
			    "is blacklisted by the target's modprobe.d, which udev obeys");
}

static bool has_firmware(const struct mf_judge *judge, const char *name)
{
	static const char *const suffixes[] = {"", ".xz", ".zst"};
	bool has = false;

	for (size_t i = 0; i < judge->driver->n_firmware; i++) {
		if (strcmp(judge->driver->firmware[i].name, name) == 0)
			return true;
	}
	for (size_t i = 0; !has && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const char *file = mf_arena_printf(judge->arena, "%s%s", name, suffixes[i]);

		has = !file || has_sorted(judge->check->firmware, file);
	}
	return has;
}

int mf_judge_firmware(struct mf_judge *judge)
{
	const struct mf_strings *names = &judge->module.firmware;
	int r = 0;

	for (size_t i = 0; !r && i < names->n; i++) {
		if (!has_firmware(judge, names->v[i]))
			r = mf_judge_say(
				judge, MF_REASON_FIRMWARE_MISSING, MF_VERDICT_LOADS,
				"install its package, or name the folder with --firmware-dir",
				"names the firmware %s, which is neither in the target nor here; some devices need it",
				names->v[i]);
	}
	return r;
}

/* Who serves a pattern that is also an alias of the driver. */
struct contest {
	const char *pattern;
	uint32_t ours, theirs; /* best priorities */
	bool has_ours;
	const char *rival; /* NULL: none */
};

struct contests {
	struct mf_judge *judge;
	struct contest *v; /* sorted by pattern */
	size_t n;
};

static int compare_contests(const void *a, const void *b)
{
	const struct contest *left = a;
	const struct contest *right = b;

	return strcmp(left->pattern, right->pattern);
}

static int note_server(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct contests *contests = context;
	struct contest wanted = {.pattern = key};
	struct contest *contest = bsearch(&wanted, contests->v, contests->n, sizeof(wanted),
					  compare_contests);
	const char *module = (const char *)value.p;

	if (!contest)
		return 0;
	if (mf_modname_equal(module, contests->judge->module.name)) {
		contest->ours = priority;
		contest->has_ours = true;
	} else if (!contest->rival || priority < contest->theirs) {
		contest->rival = mf_arena_strdup(contests->judge->arena, module);
		contest->theirs = priority;
		return contest->rival ? 0 : -ENOMEM;
	}
	return 0;
}

static int open_contests(struct mf_judge *judge, struct contests *out)
{
	const struct mf_strings *aliases = &judge->module.aliases;

	*out = (struct contests){.judge = judge};
	for (size_t i = 0; i < aliases->n; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf folded = {0};
		const char *pattern;

		if (mf_modalias_fold_pattern(&folded, aliases->v[i]))
			continue; /* depmod leaves it out, too */
		pattern = mf_arena_strdup(judge->arena, mf_buf_str(&folded));
		if (!pattern || mf_arena_grow(judge->arena, &out->v, out->n, sizeof(*out->v)))
			return -ENOMEM;
		out->v[out->n++] = (struct contest){.pattern = pattern};
	}
	if (out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), compare_contests);
	return 0;
}

/*
 * The first contest that a stock module of another name wins; NULL when there is none, or the index
 * is damaged, which is no fault of the driver. -ENOMEM.
 */
static int find_rival(struct mf_judge *judge, const struct mf_kmodindex *index,
		      const struct contest **out)
{
	struct contests contests;
	int r = open_contests(judge, &contests);

	*out = NULL;
	if (!r && contests.n)
		r = mf_kmodindex_each(index, note_server, &contests);
	for (size_t i = 0; !r && !*out && i < contests.n; i++) {
		const struct contest *contest = &contests.v[i];

		if (contest->rival && !(contest->has_ours && contest->ours < contest->theirs) &&
		    !mf_judge_shipped(judge, contest->rival))
			*out = contest;
	}
	return r == -ENOMEM ? r : 0;
}

/* Whether a module of another name comes first for the very pattern of one of its aliases. */
static int judge_aliases(struct mf_judge *judge, const struct mf_kmodindex *index)
{
	const struct contest *contest;
	int r = find_rival(judge, index, &contest);

	if (!r && contest)
		r = mf_judge_say(
			judge, MF_REASON_ALIAS_SHADOWED,
			contest->has_ours ? MF_VERDICT_UNKNOWN : MF_VERDICT_FAILS,
			"make the overlay with --indexes, or let the loader start it",
			"for %s the module index there names %s first, which then has the device",
			contest->pattern, contest->rival);
	return r;
}

/* What udev has bound stays bound: the installer unloads modules of the same name only. */
static int judge_bound(struct mf_judge *judge)
{
	const struct mf_indexes *indexes = &judge->check->kernel->indexes;
	const struct contest *contest = NULL;
	struct mf_kmodindex index;
	int r = 0;

	if (indexes->alias.n && !mf_kmodindex_open(indexes->alias, &index, NULL))
		r = find_rival(judge, &index, &contest);
	if (r || !contest)
		return r;
	return mf_judge_say(
		judge, MF_REASON_ALIAS_SHADOWED, MF_VERDICT_LOADS,
		"boot with modprobe.blacklist= and its name",
		"for %s the target has %s, too, which keeps a device that it is bound to",
		contest->pattern, contest->rival);
}

/* modprobe and udev find a module by modules.dep.bin alone. */
static int judge_name(struct mf_judge *judge, const struct mf_kmodindex *index)
{
	const char *name = judge->module.name;
	const struct mf_stock_module *twin = mf_kernel_module(judge->check->kernel, name);
	struct mf_bytes line;
	size_t n;

	if (mf_kmodindex_get(index, name, &line))
		return mf_judge_say(judge, MF_REASON_PLACEMENT, MF_VERDICT_FAILS,
				    "make the overlay with --indexes, or let the loader start it",
				    "is not in the module index there: udev does not find it");
	n = strcspn((const char *)line.p, ":");
	if (!twin || strlen(twin->path) != n || memcmp(line.p, twin->path, n) != 0)
		return 0;
	return mf_judge_say(judge, MF_REASON_NAME_SHADOWED, MF_VERDICT_FAILS,
			    "make the overlay with --indexes, or let the loader start it",
			    "the module index there leads to the stock %s, %s", name, twin->path);
}

/* Loaded by hand, the second of two modules of one name is refused (add_unformed_module()). */
static int judge_twin(struct mf_judge *judge)
{
	const char *name = judge->module.name;

	for (size_t i = judge->first; i < judge->before->n; i++) {
		const struct mf_driver_check *other = &judge->before->v[i];
		const struct mf_driver *driver = other->selected->driver;

		if (other->verdict == MF_VERDICT_FAILS ||
		    !mf_modname_equal(driver->module.name, name))
			continue;
		return mf_judge_say(
			judge, MF_REASON_NAME_SHADOWED, MF_VERDICT_FAILS,
			"leave one of the two out",
			"%s, loaded before it, is a module of that name, too, and the kernel takes one",
			driver->member ? driver->member : driver->path);
	}
	return 0;
}

/* A loader that nothing starts. */
static int judge_hook(struct mf_judge *judge)
{
	const struct mf_delivery *delivery = &judge->check->delivery;
	static const char advice[] =
		"make the overlay without --hook, or put rdinit=/modferry/load first on the kernel command line";

	if (delivery->framework)
		return mf_judge_say(
			judge, MF_REASON_PLACEMENT, MF_VERDICT_FAILS, advice,
			"the hook in it is for %s, the initramfs there is of %s, which does not run it: nothing starts the loader",
			delivery->idle_hook, delivery->framework);
	return mf_judge_say(
		judge, MF_REASON_PLACEMENT, MF_VERDICT_UNKNOWN, advice,
		"the hook in it is for %s, and nothing of that was found in the initramfs there: whether something starts the loader is not known",
		delivery->idle_hook);
}

/* How it gets loaded without the loader: by the indexes of the artifact, else of the target. */
int mf_judge_indexes(struct mf_judge *judge)
{
	const struct mf_delivery *delivery = &judge->check->delivery;
	const struct mf_kernel *kernel = judge->check->kernel;
	const struct mf_indexes *indexes = delivery->indexes.dep.n ? &delivery->indexes
								   : &kernel->indexes;
	const struct mf_stock_module *twin = mf_kernel_module(kernel, judge->module.name);
	struct mf_kmodindex index;
	int r = 0;

	if (delivery->is_loose)
		return judge_twin(judge);
	if (delivery->is_by_name)
		return judge_bound(judge);
	if (delivery->has_loader || delivery->is_first)
		return 0;
	/* a file in the very place of the stock one */
	if (twin && judge->driver->member && mf_has_suffix(judge->driver->member, twin->path))
		return 0;
	if (delivery->idle_hook && !delivery->indexes.dep.n)
		return judge_hook(judge);
	if (!indexes->dep.n || mf_kmodindex_open(indexes->dep, &index, NULL))
		return mf_judge_say(judge, MF_REASON_PLACEMENT, MF_VERDICT_UNKNOWN,
				    "make the overlay with --indexes, or let the loader start it",
				    "neither loader nor module index is there to load it");
	r = judge_name(judge, &index);
	if (!r && indexes->alias.n && !mf_kmodindex_open(indexes->alias, &index, NULL))
		r = judge_aliases(judge, &index);
	return r;
}
