// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what debian-installer's own rules do to drivers, packages and the disk.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cli/check_disk_debian.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/core/modname.h"

static const char *kernel_of(const struct mf_disk_talk *talk)
{
	return talk->judged->kernel->release;
}

static const struct mf_injection_module *place_of(const struct mf_disk_talk *talk, size_t i)
{
	return &talk->judged->injection.result.modules[talk->judged->origins[i]];
}

static const struct mf_module *module_of(const struct mf_disk_talk *talk, size_t i)
{
	return &mf_disk_check(talk, i)->selected->driver->module;
}

/* The udeb only unpacks: depmod and `udevadm trigger` are hw-detect's, which runs later. */
static int tell_start(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_driver_check *check = mf_disk_check(talk, i);
	struct mf_reason reason = mf_disk_placement(MF_VERDICT_UNKNOWN,
						    "load it by its name in preseed/early_command");

	if (check->selected->driver->malformed || mf_disk_is_wanted(talk, i))
		return 0;
	reason.text =
		"has no hardware ids, and nothing needs it: packages are unpacked alone, and udev, which hw-detect calls later, loads by hardware ids";
	return mf_disk_tell(talk, i, reason);
}

/* depmod's own order is updates/, then the rest: of two elsewhere the folder's order decides. */
static int tell_twin(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_driver_check *check = mf_disk_check(talk, i);
	const struct mf_stock_module *stock = mf_kernel_module(
		check->kernel, check->selected->driver->module.name);
	struct mf_reason reason = {.code = MF_REASON_NAME_SHADOWED};

	if (!place_of(talk, i)->is_late)
		return 0;
	reason.text =
		"the installer has a module of that name, which nobody unloads: it stays where udev has loaded it before";
	if (!strstr(check->selected->driver->member, "/updates/")) {
		reason.weight = MF_VERDICT_UNKNOWN;
		reason.advice = mf_arena_printf(&talk->run->checked.arena,
						"package it below /lib/modules/%s/updates",
						kernel_of(talk));
		reason.text = mf_arena_printf(
			&talk->run->checked.arena,
			"the installer has %s, and depmod prefers what lies in updates/ alone",
			stock ? stock->path : "one of that name");
		if (!reason.advice)
			return -ENOMEM;
	}
	return mf_disk_tell(talk, i, reason);
}

/* Another module of that name on the disk, for this kernel as well. */
static int tell_rival(struct mf_disk_talk *talk, size_t i)
{
	const struct mf_injection_module *rival = place_of(talk, i)->rival;
	struct mf_reason reason = {.code = MF_REASON_NAME_SHADOWED,
				   .weight = MF_VERDICT_UNKNOWN,
				   .advice = "leave one of them out"};

	if (!rival)
		return 0;
	reason.text = mf_arena_printf(
		&talk->run->checked.arena,
		"%s of %s is a module of that name, too; which of them the installer loads depends on depmod",
		rival->file->path, rival->from->file->path);
	return mf_disk_tell(talk, i, reason);
}

/* Whether a driver of that name is there for the kernel. */
static bool is_covered(const struct mf_disk_talk *talk, const char *path)
{
	char name[MF_MODNAME_MAX];

	if (mf_modname_from_path(path, name))
		return false;
	for (size_t i = 0; i < talk->judged->n; i++) {
		if (mf_modname_equal(module_of(talk, i)->name, name))
			return true;
	}
	return false;
}

/* What a package that is left alone has is no loss where it comes with another. */
static bool is_package_covered(const struct mf_disk_talk *talk, const struct mf_deb *deb)
{
	for (size_t i = 0; deb && i < deb->n_files; i++) {
		if (mf_debian_place_of(talk->judged, deb->files[i].path) != MF_DEBIAN_NO_MODULE &&
		    !is_covered(talk, deb->files[i].path))
			return false;
	}
	return deb && !deb->malformed;
}

static int say_refused(struct mf_disk_talk *talk, const struct mf_injection_package *package)
{
	static const char *const advice[] = {
		[MF_INJECTION_UNPACKED] = NULL,
		[MF_INJECTION_MISPLACED] = "put it where the installer looks",
		[MF_INJECTION_UNREADABLE] = "build it with dpkg-deb -Zgzip",
		[MF_INJECTION_ARCH] = "build it for the installer's machine",
		[MF_INJECTION_FAILED] = NULL,
	};
	bool is_note = is_package_covered(talk, package->file->deb);

	return mf_disk_say(talk,
			   mf_disk_placement(is_note ? MF_VERDICT_LOADS : MF_VERDICT_FAILS,
					     is_note ? NULL : advice[package->fate]),
			   "%s: is not unpacked: %s", package->file->path,
			   package->why ? package->why : mf_injection_fate_name(package->fate));
}

/* The first module of a package in such a place, with which nothing for this kernel compares. */
static const char *find_module(const struct mf_disk_talk *talk, const struct mf_deb *deb,
			       enum mf_debian_place place)
{
	for (size_t i = 0; i < deb->n_files; i++) {
		const char *path = deb->files[i].path;

		if (mf_debian_place_of(talk->judged, path) == place)
			return path;
	}
	return NULL;
}

static int say_modules(struct mf_disk_talk *talk, const struct mf_deb *deb)
{
	const char *outside = find_module(talk, deb, MF_DEBIAN_OUTSIDE);
	const char *other = find_module(talk, deb, MF_DEBIAN_OTHER);
	int r = 0;

	if (outside)
		r = mf_disk_say(
			talk,
			mf_disk_placement(MF_VERDICT_FAILS,
					  "package it below /lib/modules/KERNEL/updates"),
			"%s: %s lies outside /lib/modules, where alone the installer's depmod looks",
			deb->source, outside);
	if (r || !other)
		return r;
	return mf_disk_say(
		talk,
		mf_disk_placement(is_covered(talk, other) ? MF_VERDICT_LOADS : MF_VERDICT_FAILS,
				  NULL),
		"%s: %s is for another kernel, and the installer's is %s", deb->source, other,
		kernel_of(talk));
}

/* anna would leave it out; the driver disk's own code does not look at it. */
static int say_version(struct mf_disk_talk *talk, const struct mf_deb *deb)
{
	if (!deb->kernel_version || strcmp(deb->kernel_version, kernel_of(talk)) == 0)
		return 0;
	return mf_disk_say(
		talk, mf_disk_placement(MF_VERDICT_LOADS, NULL),
		"%s: has Kernel-Version %s, and the installer's kernel is %s: from a mirror anna would not take it",
		deb->source, deb->kernel_version, kernel_of(talk));
}

static int say_package(struct mf_disk_talk *talk, const struct mf_injection_package *package)
{
	const struct mf_deb *deb = package->file->deb;
	int r;

	if (package->fate != MF_INJECTION_UNPACKED)
		return say_refused(talk, package);
	r = say_modules(talk, deb);
	return r ? r : say_version(talk, deb);
}

/* Whether debian-installer would look at the disk; of a folder nobody knows what it is put on. */
static bool is_seen(const struct mf_disk_talk *talk)
{
	const struct mf_disk *disk = &talk->run->source.disk;
	bool is_volume = strcmp(disk->container, "vfat") == 0 ||
			 strcmp(disk->container, "iso9660") == 0;

	if (talk->run->target->family == MF_FAMILY_UBUNTU || strcmp(disk->container, "folder") == 0)
		return true;
	return is_volume && talk->judged->injection.result.is_automatic;
}

/* An installer that was read has isofs, or it has not. */
static int say_isofs(struct mf_disk_talk *talk)
{
	const struct mf_kernel *kernel = talk->judged->kernel;
	enum mf_answer builtin = mf_kernel_is_builtin(kernel, "isofs");
	enum mf_verdict weight = builtin == MF_ANSWER_NO ? MF_VERDICT_FAILS : MF_VERDICT_UNKNOWN;

	if (strcmp(talk->run->source.disk.container, "iso9660") != 0 || kernel->is_bare ||
	    mf_kernel_module(kernel, "isofs") || builtin == MF_ANSWER_YES)
		return 0;
	return mf_disk_say(
		talk, mf_disk_placement(weight, "write it as FAT"),
		"is an ISO image, and the installer has no module isofs to mount it with");
}

static int say_disk(struct mf_disk_talk *talk)
{
	const struct mf_injection_result *result = &talk->judged->injection.result;
	enum mf_verdict weight = result->is_disk && is_seen(talk) ? MF_VERDICT_LOADS
								  : MF_VERDICT_FAILS;
	int r = 0;

	for (size_t i = 0; !r && i < result->notes.n; i++)
		r = mf_disk_say(talk, mf_disk_placement(weight, NULL), "%s", result->notes.v[i]);
	if (!r && !result->is_disk && !result->notes.n)
		r = mf_disk_say(
			talk, mf_disk_placement(weight, NULL),
			"is no driver injection disk: the installer takes no package of it");
	if (!r)
		r = say_isofs(talk);
	if (!r && result->is_disk && !talk->judged->n)
		r = mf_disk_say(
			talk, mf_disk_placement(MF_VERDICT_FAILS, NULL),
			"no module on it is for kernel %s, and the installer says nothing of that",
			kernel_of(talk));
	if (!r && talk->run->target->family == MF_FAMILY_UBUNTU)
		r = mf_disk_say(
			talk, mf_disk_placement(MF_VERDICT_LOADS, NULL),
			"subiquity looks for no disk: it is read where the autoinstall file has lines for it, as `modferry dud` prints them");
	return r;
}

int mf_debian_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_injection_result *result = &judged->injection.result;
	struct mf_disk_talk talk = {run, judged};
	int r = 0;

	for (size_t i = 0; !r && i < judged->n; i++) {
		r = tell_start(&talk, i);
		if (!r)
			r = tell_twin(&talk, i);
		if (!r)
			r = tell_rival(&talk, i);
	}
	if (!r)
		r = say_disk(&talk);
	for (size_t i = 0; !r && i < result->n_packages; i++)
		r = say_package(&talk, &result->packages[i]);
	return r;
}
