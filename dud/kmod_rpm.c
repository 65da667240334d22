// SPDX-License-Identifier: GPL-2.0-or-later
// The kmod RPM of Red Hat's family: one DKMS package for one kernel.
#include "dud/kmod_rpm.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modalias_provides.h"
#include "lib/core/rpmspec.h"

/*
 * The kernel is part of the name: packages for several kernels are installed side by side, and
 * anaconda, which requires an installed package by its name and takes the newest of that name from
 * all disks, cannot take the one for another kernel.
 *
 * No Requires on a kernel: an installation from a repository with updates gets a later kernel than
 * the installer's, and a package that wants the installer's makes it fail, although the driver was
 * loaded. Where the later one has the same symbols, weak-modules makes the driver serve it too.
 */
#define RELEASE	      "1"
#define FILE_NAME_MAX 255 /* NAME_MAX of Linux */

/* Their place: SUSE's KMPs have names, dependencies and scriptlets of their own. */
static int check_targets(const struct mf_kmod_rpm *rpm, struct mf_err *err)
{
	for (size_t i = 0; i < rpm->plan->n_targets; i++) {
		if (rpm->plan->targets[i]->family == MF_FAMILY_SUSE)
			return mf_fail(
				err, -EOPNOTSUPP,
				"%s: takes kernel module packages of SUSE (KMP), not kmod RPMs; make them in a run of their own",
				rpm->plan->targets[i]->name);
	}
	return mf_kmod_rpm_check_names(rpm, err);
}

static int add_identity(struct mf_kmod_rpm *rpm)
{
	struct mf_arena *arena = &rpm->tree->arena;
	const struct {
		const char *key;
		const char *value;
	} params[] = {
		{"name", mf_arena_printf(arena, "kmod-%s-%s", rpm->name, rpm->kernel)},
		{"version", rpm->version},
		{"release", RELEASE},
		{"arch", rpm->part->v[0].build->arch},
		{"summary",
		 mf_arena_printf(arena, "%s drivers for kernel %s", rpm->name, rpm->kernel)},
		/* dd_extract of anaconda before 45 knows gzip and xz */
		{"payload", "xz"},
		{"provides",
		 mf_arena_printf(arena, "kmod-%s = %s-" RELEASE, rpm->name, rpm->version)},
		{"provides",
		 mf_arena_printf(arena, "kernel-modules %s %s",
				 rpm->plan->dud.match == MF_MATCH_EXACT ? "=" : ">=", rpm->kernel)},
		/* depmod */
		{"requires-post", "kmod"},
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(params) / sizeof(params[0]); i++)
		r = params[i].value ? mf_tree_add_param(rpm->tree, params[i].key, params[i].value)
				    : -ENOMEM;
	return r ? r : mf_kmod_rpm_add_text(rpm);
}

static int add_hardware(struct mf_kmod_rpm *rpm)
{
	struct mf_arena *arena = &rpm->tree->arena;

	for (size_t i = 0; i < rpm->part->n; i++) {
		const char *kmod = mf_arena_printf(arena, "kmod(%s.ko)", rpm->files[i]);
		struct mf_strings provides;
		int r = kmod ? mf_tree_add_param(rpm->tree, "provides", kmod) : -ENOMEM;

		if (!r)
			r = mf_modalias_provides(&rpm->part->v[i].driver->module, arena, &provides);
		for (size_t j = 0; !r && j < provides.n; j++)
			r = mf_tree_add_param(rpm->tree, "provides", provides.v[j]);
		if (r)
			return r;
	}
	return 0;
}

/*
 * Of an exact package below the kernel's own folder, where the kernel looks first
 * (drivers/base/firmware_loader/main.c: updates/RELEASE, updates, RELEASE, then the rest): it can
 * neither conflict with linux-firmware nor with the package for another kernel, and anaconda keeps
 * the folder when it copies to updates/. One for later kernels too has to serve those.
 */
static int add_firmware(struct mf_kmod_rpm *rpm, const struct mf_driver *driver, struct mf_err *err)
{
	bool is_exact = rpm->plan->dud.match == MF_MATCH_EXACT;

	for (size_t i = 0; i < driver->n_firmware; i++) {
		const struct mf_firmware *firmware = &driver->firmware[i];
		const char *path = mf_arena_printf(&rpm->tree->arena, "lib/firmware/%s%s%s",
						   is_exact ? rpm->kernel : "", is_exact ? "/" : "",
						   firmware->name);
		int r;

		if (!path)
			return -ENOMEM;
		if (mf_tree_has(rpm->tree, path)) /* another module of the part names it too */
			continue;
		r = mf_tree_add_bytes(rpm->tree, path, 0644, firmware->content);
		if (r == -EINVAL)
			return mf_kmod_rpm_refuse(
				rpm, err, "a module of it names firmware by an unsafe path");
		if (r)
			return r;
	}
	return 0;
}

static int add_modules(struct mf_kmod_rpm *rpm, struct mf_err *err)
{
	struct mf_arena *arena = &rpm->tree->arena;
	const char *folder = mf_arena_printf(arena, "lib/modules/%s/extra/%s", rpm->kernel,
					     rpm->name);
	int r = folder ? mf_tree_add_dir(rpm->tree, folder, 0755) : -ENOMEM;

	for (size_t i = 0; !r && i < rpm->part->n; i++) {
		const struct mf_driver *driver = rpm->part->v[i].driver;
		const char *path = mf_arena_printf(arena, "%s/%s.ko", folder, rpm->files[i]);

		r = path ? mf_tree_add_bytes(rpm->tree, path, 0644, driver->content) : -ENOMEM;
		if (!r)
			r = add_firmware(rpm, driver, err);
	}
	return r;
}

/* The release as an extended regular expression that matches it alone. */
static void put_regex(struct mf_buf *out, const char *text)
{
	mf_buf_addc(out, '^');
	for (const char *c = text; *c; c++)
		mf_buf_printf(out, *c == '.' || *c == '+' ? "[%c]" : "%c", *c);
	mf_buf_addc(out, '$');
}

/*
 * EL's dist.conf has "search updates extra built-in weak-updates": without override lines the links
 * of weak-modules lose to stock modules, and extra loses to updates, elsewhere to stock ones too.
 * depmod looks at the last line first (tools/depmod.c, cfg_override_add), so extra stands last. It
 * drops backslashes, hence [.].
 */
static int add_override(struct mf_kmod_rpm *rpm)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_arena *arena = &rpm->tree->arena;
	const char *path = mf_arena_printf(arena, "etc/depmod.d/kmod-%s-%s.conf", rpm->name,
					   rpm->kernel);
	const char *copy;

	for (size_t i = 0; i < rpm->part->n; i++)
		mf_buf_printf(&text, "override %s * weak-updates/%s\n", rpm->files[i], rpm->name);
	for (size_t i = 0; i < rpm->part->n; i++) {
		mf_buf_printf(&text, "override %s ", rpm->files[i]);
		put_regex(&text, rpm->kernel);
		mf_buf_printf(&text, " extra/%s\n", rpm->name);
	}
	copy = mf_arena_strndup(arena, mf_buf_str(&text), text.len);
	if (mf_buf_status(&text) || !path || !copy)
		return -ENOMEM;
	return mf_tree_add_bytes(rpm->tree, path, 0644,
				 (struct mf_bytes){(const uint8_t *)copy, text.len});
}

static int fill(struct mf_kmod_rpm *rpm, struct mf_err *err)
{
	int r = mf_kmod_rpm_name_files(rpm, err);

	if (!r)
		r = add_identity(rpm);
	if (!r)
		r = add_hardware(rpm);
	if (!r && rpm->plan->dud.has_abi_requires)
		r = mf_kmod_rpm_add_symbols(rpm);
	if (!r)
		r = add_modules(rpm, err);
	if (!r)
		r = add_override(rpm);
	return r ? r : mf_kmod_rpm_add_scripts(rpm);
}

int mf_kmod_rpm_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		    const struct mf_package_part *part, struct mf_err *err)
{
	struct mf_kmod_rpm rpm = {
		.plan = plan,
		.part = part,
		.name = mf_package_name(part),
		.kernel = part->v[0].build->kernel,
		.version = mf_rpm_version_fold(mf_package_version(part), &tree->arena),
	};
	static const char *const identity[] = {"name", "arch"};
	const char *path;
	int r = check_targets(&rpm, err);

	if (r)
		return r;
	path = mf_arena_printf(&tree->arena, "%s%skmod-%s-%s-%s-" RELEASE ".%s.rpm", folder,
			       *folder ? "/" : "", rpm.name, rpm.kernel, rpm.version,
			       part->v[0].build->arch);
	if (!rpm.version || !path)
		return -ENOMEM;
	if (strlen(mf_path_base(path)) > FILE_NAME_MAX)
		return mf_kmod_rpm_refuse(&rpm, err,
					  "the RPM's file name would be longer than 255 bytes");
	r = mf_tree_add_tree(tree, path, 0644, "rpm", &rpm.tree);
	if (!r)
		r = fill(&rpm, err);
	return r ? r : mf_package_check_name(tree, rpm.tree, identity, err);
}
