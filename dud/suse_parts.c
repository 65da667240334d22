// SPDX-License-Identifier: GPL-2.0-or-later
// What SUSE's driver updates for linuxrc and for Agama share: which drivers go into one folder.
#include "dud/suse_parts.h"

#include <errno.h>
#include <string.h>

#include "dud/package.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/hash.h"
#include "lib/core/modname.h"
#include "lib/core/order.h"
#include "lib/core/rpmspec.h"

#define KERNEL_MAX 64 /* __NEW_UTS_LEN (include/uapi/linux/utsname.h) */

static int check_targets(const struct mf_plan *plan, const char *installer, struct mf_err *err)
{
	if (!plan->n_targets)
		return mf_fail(err, -EINVAL, "no target, expected one of %s's; name it with --for",
			       installer);
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct mf_target *target = plan->targets[i];

		if (!target->tag || strcmp(target->installer, installer) != 0)
			return mf_fail(
				err, -EOPNOTSUPP,
				"%s: its installer is %s, expected %s, which alone reads this disk; make another disk for it",
				target->name, target->installer, installer);
	}
	return 0;
}

/* linuxrc and mkdud have one word for them. */
static const char *arch_word(const char *arch)
{
	bool is_x86 = arch[0] == 'i' && strcmp(arch + 2, "86") == 0;

	return is_x86 ? "i386" : arch;
}

static struct mf_suse_part *find_part(const struct mf_suse_parts *parts, const char *kernel,
				      const char *arch)
{
	for (size_t i = 0; i < parts->n; i++) {
		if (strcmp(parts->v[i].kernel, kernel) == 0 && strcmp(parts->v[i].arch, arch) == 0)
			return &parts->v[i];
	}
	return NULL;
}

/* Puts each driver into the part of its kernel and machine. */
static int split(const struct mf_selected_list *selected, struct mf_arena *arena,
		 struct mf_suse_parts *out)
{
	*out = (struct mf_suse_parts){0};
	for (size_t i = 0; i < selected->n; i++) {
		const struct mf_build *build = selected->v[i].build;
		const char *arch = arch_word(build->arch);
		struct mf_suse_part *part = find_part(out, build->kernel, arch);

		if (!part) {
			if (mf_arena_grow(arena, &out->v, out->n, sizeof(*out->v)))
				return -ENOMEM;
			part = &out->v[out->n++];
			*part = (struct mf_suse_part){.kernel = build->kernel, .arch = arch};
		}
		if (mf_arena_grow(arena, &part->drivers, part->n, sizeof(*part->drivers)))
			return -ENOMEM;
		part->drivers[part->n++] = selected->v[i];
	}
	return 0;
}

static bool is_admitted(const struct mf_plan *plan, const char *kernel)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		if (mf_target_admits_kernel(plan->targets[i], kernel))
			return true;
	}
	return false;
}

/* Gives the target its parts. */
static int add_tag(const struct mf_plan *plan, const struct mf_target *target,
		   struct mf_arena *arena, struct mf_suse_parts *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < parts->n; i++) {
		struct mf_suse_part *part = &parts->v[i];

		/* a kernel that looks like none of theirs was asked for by name */
		if (!mf_target_admits_kernel(target, part->kernel) &&
		    is_admitted(plan, part->kernel))
			continue;
		if (mf_arena_grow(arena, &part->tags.v, part->tags.n, sizeof(*part->tags.v)))
			return -ENOMEM;
		part->tags.v[part->tags.n++] = target->tag;
		n++;
	}
	return n ? 0 : -ENOENT;
}

static int add_tags(const struct mf_plan *plan, struct mf_arena *arena, struct mf_suse_parts *parts,
		    struct mf_err *err)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		const struct mf_target *target = plan->targets[i];
		int r = add_tag(plan, target, arena, parts);

		if (r == -ENOENT)
			return mf_fail(
				err, r,
				"%s: no driver is selected for a kernel of it, and a disk without modules would say that it was applied; build one with `dkms build`, or name it with --kernel",
				target->name);
		if (r)
			return r;
	}
	return 0;
}

static int name_file(struct mf_suse_part *part, size_t i, struct mf_arena *arena,
		     struct mf_err *err)
{
	part->files[i] = mf_package_file_name(part->drivers[i].driver, arena);
	if (!part->files[i])
		return -ENOMEM;
	if (!mf_modname_is_valid(part->files[i])) {
		MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};

		mf_buf_add_visible(&shown, part->files[i], strlen(part->files[i]));
		return mf_fail(err, -EINVAL, "%s: no name of a kernel module", mf_buf_str(&shown));
	}
	for (size_t j = 0; j < i; j++) {
		if (mf_modname_equal(part->files[j], part->files[i]))
			return mf_fail(
				err, -EEXIST,
				"%s: two modules of that name for kernel %s, expected one; choose one with --only PACKAGE/VERSION",
				part->files[i], part->kernel);
	}
	return 0;
}

/*
 * The id: SUSE's installers and tools take two driver updates of one id for the same and skip the
 * second, so it has to tell apart whatever they would do differently.
 */
static int make_id(struct mf_suse_part *part, const struct mf_dud_options *dud)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char digest[65];
	int r;

	mf_buf_printf(&text, "%s %s %d %d\n", part->kernel, part->arch, dud->match,
		      dud->has_abi_requires);
	for (size_t i = 0; i < part->n; i++) {
		const struct mf_selected *one = &part->drivers[i];
		const char *package = one->package->name ? one->package->name : "";
		const char *version = one->package->version ? one->package->version : "";

		mf_buf_printf(&text, "%s %s %s %s\n", part->files[i], one->driver->sha256, package,
			      version);
		for (size_t j = 0; j < one->driver->n_firmware; j++)
			mf_buf_printf(&text, "%s %s\n", one->driver->firmware[j].name,
				      one->driver->firmware[j].sha256);
	}
	for (size_t i = 0; i < dud->parameters.n; i++)
		mf_buf_printf(&text, "%s\n", dud->parameters.v[i]);
	r = mf_buf_status(&text) ? -ENOMEM : mf_sha256_hex(mf_buf_bytes(&text), digest);
	if (!r)
		memcpy(part->id, digest, sizeof(part->id) - 1);
	return r;
}

/* It stands in scripts and in lines of dud.config. */
static int check_kernel(const struct mf_suse_part *part, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};

	if (strlen(part->kernel) <= KERNEL_MAX && mf_rpm_name_is_valid(part->kernel))
		return 0;
	mf_buf_add_visible(&shown, part->kernel, strlen(part->kernel));
	return mf_fail(
		err, -EINVAL,
		"%s: no kernel's release, expected letters, digits and ._+- of at most %d characters; name another with --kernel",
		mf_buf_str(&shown), KERNEL_MAX);
}

/* They stand in module.order. */
static int check_depends(const struct mf_driver *driver, struct mf_err *err)
{
	const struct mf_strings *depends = &driver->module.depends;

	for (size_t i = 0; i < depends->n; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};

		if (mf_modname_is_valid(depends->v[i]))
			continue;
		mf_buf_add_visible(&shown, depends->v[i], strlen(depends->v[i]));
		return mf_fail(
			err, -EINVAL,
			"%s: depends on %s, expected the name of a module; have its source mended",
			driver->module.name, mf_buf_str(&shown));
	}
	return 0;
}

static int order_part(const struct mf_plan *plan, struct mf_suse_part *part, struct mf_arena *arena,
		      struct mf_err *err)
{
	int r = check_kernel(part, err);

	for (size_t i = 0; !r && i < part->n; i++)
		r = check_depends(part->drivers[i].driver, err);
	if (!r)
		r = mf_order_drivers(part->drivers, part->n, err);
	part->files = mf_arena_alloc(arena, part->n * sizeof(*part->files));
	if (!r && !part->files)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < part->n; i++)
		r = name_file(part, i, arena, err);
	return r ? r : make_id(part, &plan->dud);
}

int mf_suse_parts_make(const struct mf_plan *plan, const char *installer, struct mf_arena *arena,
		       struct mf_suse_parts *out, struct mf_err *err)
{
	int r = check_targets(plan, installer, err);

	if (!r)
		r = split(plan->selected, arena, out);
	if (!r)
		r = add_tags(plan, arena, out, err);
	for (size_t i = 0; !r && i < out->n; i++)
		r = order_part(plan, &out->v[i], arena, err);
	return r;
}
