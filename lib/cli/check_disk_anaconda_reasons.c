// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what anaconda's own rules do to drivers, packages and the disk.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/core/modname.h"

static const struct mf_dd_module *module_of(const struct mf_disk_judged *judged, size_t i)
{
	return &judged->anaconda.result.modules[judged->origins[i]];
}

/* Whether a package that is taken has a module of each name that this one has. */
static bool is_covered(const struct mf_anaconda_result *result, const struct mf_rpm *rpm)
{
	for (size_t i = 0; i < rpm->n_files; i++) {
		char name[MF_MODNAME_MAX];
		bool has = !mf_dd_is_module(rpm->files[i].path) ||
			   mf_modname_from_path(rpm->files[i].path, name);

		for (size_t k = 0; !has && k < result->n_modules; k++)
			has = mf_modname_equal(result->modules[k].name, name);
		if (!has)
			return false;
	}
	return true;
}

/* A package that is left alone does no harm where its drivers come from others. */
static int say_refused(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm)
{
	const char *advice =
		"make its Provides kernel-modules and its place fit this installer, or leave it out";

	if (is_covered(&talk->judged->anaconda.result, rpm->rpm) && !rpm->rpm->malformed)
		return mf_disk_say(talk, mf_disk_placement(MF_VERDICT_LOADS, NULL),
				   "%s: is not taken: %s", rpm->rpm->source, rpm->why);
	return mf_disk_say(talk, mf_disk_placement(MF_VERDICT_FAILS, advice),
			   "%s: is not taken: %s", rpm->rpm->source, rpm->why);
}

static int say_misplaced(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm, const char *path)
{
	if (mf_dd_is_module(path))
		return mf_disk_say(
			talk,
			mf_disk_placement(MF_VERDICT_FAILS,
					  "package it below /lib/modules/KERNEL/extra"),
			"%s: %s lies outside /lib/modules, where alone anaconda looks for modules",
			rpm->rpm->source, path);
	return mf_disk_say(
		talk, mf_disk_placement(MF_VERDICT_UNKNOWN, "package it below /lib/firmware"),
		"%s: %s lies outside /lib/firmware, where alone anaconda looks for firmware",
		rpm->rpm->source, path);
}

static int say_broken(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm, const char *path)
{
	bool is_module = mf_dd_is_module(path);
	enum mf_verdict weight = is_module				 ? MF_VERDICT_FAILS
				 : mf_has_prefix(path, "/lib/firmware/") ? MF_VERDICT_UNKNOWN
									 : MF_VERDICT_LOADS;

	return mf_disk_say(talk, mf_disk_placement(weight, "package the file itself"),
			   "%s: %s is a symlink, which dd_extract gives a random target",
			   rpm->rpm->source, path);
}

static int say_file(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm,
		    const struct mf_dd_file *file)
{
	bool is_unsure = talk->judged->anaconda.reader.is_compressed_unsure;
	const char *path = file->file->path;

	switch (file->fate) {
	case MF_DD_COMPRESSED:
		return mf_disk_say(
			talk,
			mf_disk_placement(is_unsure ? MF_VERDICT_UNKNOWN : MF_VERDICT_FAILS,
					  "package the module uncompressed"),
			is_unsure
				? "%s: %s is compressed, which dd_extract of EL 9 takes since 9.6 only"
				: "%s: %s is compressed, which dd_extract there leaves out",
			rpm->rpm->source, path);
	case MF_DD_MISPLACED: return say_misplaced(talk, rpm, path);
	case MF_DD_BROKEN: return say_broken(talk, rpm, path);
	case MF_DD_LOADED:
	case MF_DD_FIRMWARE:
	case MF_DD_EXTRACTED:
	case MF_DD_SKIPPED: break;
	}
	return 0;
}

/* rpmutils.c builds librpm's name of a decompressor as "gzdio", "xzdio"; before 45.11 only these
 * two are right, and what others become depends on librpm. */
static int say_payload(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm)
{
	const char *compressor = rpm->rpm->compressor;

	if (!compressor || strcmp(compressor, "gzip") == 0 || strcmp(compressor, "xz") == 0)
		return 0;
	return mf_disk_say(
		talk, mf_disk_placement(MF_VERDICT_UNKNOWN, "build it with an xz or gzip payload"),
		"%s: its payload is compressed with %s, which not every anaconda unpacks",
		rpm->rpm->source, compressor);
}

/* One that is there in another version says more than one that nobody has. */
static const struct mf_dd_missing *worst_missing(const struct mf_dd_rpm *rpm)
{
	for (size_t i = 0; i < rpm->n_missing; i++) {
		if (rpm->missing[i].offer)
			return &rpm->missing[i];
	}
	return &rpm->missing[0];
}

static int say_missing(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm, bool has_modules)
{
	const struct mf_dd_missing *first = worst_missing(rpm);
	bool is_sure = first->offer || has_modules;
	struct mf_reason reason = {
		.code = MF_REASON_DEPENDENCY_MISSING,
		.weight = is_sure ? MF_VERDICT_FAILS : MF_VERDICT_UNKNOWN,
		.advice = first->offer ? "build the package for that kernel"
				       : "give the packages that provide it with --kernel-package",
	};
	char more[64] = "";

	if (rpm->n_missing > 1)
		snprintf(more, sizeof(more), ", likewise %zu more", rpm->n_missing - 1);
	return mf_disk_say(talk, reason, "%s: requires %s %s, which %s%s%s: %s", rpm->rpm->source,
			   first->dep->name, first->dep->version,
			   first->offer ? "the packages given have as "
					: "none of the packages given has",
			   first->offer ? first->offer->version : "", more,
			   is_sure ? "dnf cannot install it, and anaconda stops"
				   : "anaconda stops where dnf cannot install it");
}

/* With kernel-modules among the packages, what nobody provides is provided by nobody. */
static bool has_module_packages(const struct mf_kernel_packages *packages)
{
	for (size_t i = 0; i < packages->n; i++) {
		if (mf_has_prefix(packages->v[i].name, "kernel") &&
		    strstr(packages->v[i].name, "modules"))
			return true;
	}
	return false;
}

/* What the installed system gets. */
static int say_installed(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm)
{
	const struct mf_rpm *other = rpm->installed;

	if (!other)
		return mf_disk_say(
			talk,
			mf_disk_placement(MF_VERDICT_FAILS,
					  "package it for the installer's machine"),
			"%s: is for %s: anaconda requires it for the installed system, and dnf does not take it for %s",
			rpm->rpm->source, rpm->rpm->arch, talk->judged->arch);
	if (other != rpm->rpm)
		return mf_disk_say(
			talk,
			mf_disk_placement(MF_VERDICT_UNKNOWN,
					  "give packages for different kernels different names"),
			"%s: the installed system does not get it, but %s: dnf takes the newest of the name %s",
			rpm->rpm->source, other->source, other->name);
	if (!rpm->n_missing)
		return 0;
	return say_missing(talk, rpm, has_module_packages(&talk->run->packages));
}

static int say_rpm(struct mf_disk_talk *talk, const struct mf_dd_rpm *rpm)
{
	int r = 0;

	if (!rpm->is_taken)
		return say_refused(talk, rpm);
	for (size_t i = 0; !r && i < rpm->n_files; i++)
		r = say_file(talk, rpm, &rpm->files[i]);
	if (!r)
		r = say_payload(talk, rpm);
	return r || !rpm->is_required ? r : say_installed(talk, rpm);
}

/* list_aliases() of driver_updates.py raises when modinfo fails, and nothing is loaded. */
static int tell_stopped(struct mf_disk_talk *talk, const struct mf_disk *disk, const char *by,
			enum mf_verdict weight)
{
	struct mf_disk_judged *judged = talk->judged;
	struct mf_arena *arena = &talk->run->checked.arena;
	int r = 0;

	for (size_t i = 0; !r && i < judged->n; i++) {
		bool is_there = module_of(judged, i)->from->disk == disk;
		struct mf_reason reason = mf_disk_placement(is_there ? weight : MF_VERDICT_UNKNOWN,
							    "take that file out of the disk");

		if (strcmp(module_of(judged, i)->file->file->path, by) == 0)
			continue;
		reason.text = mf_arena_printf(
			arena, "modinfo fails for %s, and anaconda then loads nothing of %s", by,
			is_there ? "the disk" : "that image, and maybe of this one");
		r = mf_disk_tell(talk, i, reason);
	}
	return r;
}

static bool is_unreadable(const struct mf_disk_run *run, const struct mf_driver *driver)
{
	static const unsigned int bits[] = {
		[MF_COMPRESSION_NONE] = MF_READS_PLAIN,
		[MF_COMPRESSION_GZIP] = MF_READS_GZIP,
		[MF_COMPRESSION_XZ] = MF_READS_XZ,
		[MF_COMPRESSION_ZSTD] = MF_READS_ZSTD,
	};
	unsigned int reads = run->facts.probe.reads;

	return driver->malformed || (reads && !(reads & bits[driver->compression]));
}

/* What keeps all others from being loaded, one file is enough. */
static int tell_all_stopped(struct mf_disk_talk *talk)
{
	struct mf_disk_judged *judged = talk->judged;
	const struct mf_anaconda_result *result = &judged->anaconda.result;

	for (size_t i = 0; i < judged->n; i++) {
		const struct mf_driver_check *check = mf_disk_check(talk, i);

		if (is_unreadable(talk->run, check->selected->driver))
			return tell_stopped(talk, module_of(judged, i)->from->disk,
					    module_of(judged, i)->file->file->path,
					    MF_VERDICT_FAILS);
	}
	for (size_t i = 0; i < result->n_rpms; i++) {
		for (size_t k = 0; k < result->rpms[i].n_files; k++) {
			const struct mf_dd_file *file = &result->rpms[i].files[k];

			/* what such a link points to is chance */
			if (file->fate == MF_DD_BROKEN && mf_dd_stops_modinfo(file->file->path))
				return tell_stopped(talk, result->rpms[i].disk, file->file->path,
						    MF_VERDICT_UNKNOWN);
		}
	}
	return 0;
}

/* A module whose name another file has, with other content. */
static int tell_rival(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_disk_judged *judged = talk->judged;
	struct mf_reason reason = {.code = MF_REASON_NAME_SHADOWED,
				   .weight = MF_VERDICT_UNKNOWN,
				   .advice = "leave one of them out"};

	for (size_t k = 0; k < judged->n; k++) {
		const struct mf_dd_module *other = module_of(judged, k);

		if (k == i || strcmp(other->name, module_of(judged, i)->name) != 0)
			continue;
		reason.text = mf_arena_printf(
			&talk->run->checked.arena,
			"%s of %s is a module of that name, too; which of them the installer loads depends on the order of folders",
			other->file->file->path, other->from->rpm->source);
		return mf_disk_tell(talk, i, reason);
	}
	return 0;
}

static int tell_driver(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_dd_module *module = module_of(talk->judged, i);
	struct mf_reason note = {
		.code = MF_REASON_NAME_SHADOWED,
		.text = "the installer has a module of that name: it is unloaded first, and stays when it is in use",
	};
	int r = module->replaces_stock ? mf_disk_tell(talk, i, note) : 0;

	return r ? r : tell_rival(talk, i);
}

static int say_disk(struct mf_disk_talk *talk)
{
	const struct mf_anaconda_result *result = &talk->judged->anaconda.result;
	enum mf_verdict weight = result->is_disk ? MF_VERDICT_LOADS : MF_VERDICT_FAILS;
	int r = 0;

	for (size_t i = 0; !r && i < result->notes.n; i++)
		r = mf_disk_say(talk, mf_disk_placement(weight, NULL), "%s", result->notes.v[i]);
	if (!r && result->is_disk && !result->n_modules)
		r = mf_disk_say(
			talk, mf_disk_placement(MF_VERDICT_FAILS, NULL),
			"no module on it would be loaded, and anaconda says nothing of that");
	return r;
}

int mf_anaconda_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	struct mf_disk_talk talk = {run, judged};
	int r = tell_all_stopped(&talk);

	for (size_t i = 0; !r && i < judged->n; i++)
		r = tell_driver(&talk, i);
	if (!r)
		r = say_disk(&talk);
	for (size_t i = 0; !r && i < judged->anaconda.result.n_rpms; i++)
		r = say_rpm(&talk, &judged->anaconda.result.rpms[i]);
	return r;
}
