// SPDX-License-Identifier: GPL-2.0-or-later
// Driver injection disk, read by debian-installer where driver-injection-disk-detect is part of it.
#include <errno.h>
#include <string.h>

#include "dud/dud.h"
#include "dud/package.h"

/* The only label that the installer looks for (hw-detect, driver-injection-disk.sh). */
#define LABEL "OEMDRV"

/* A folder of the disk and for whom it is: a plan of its own, with those targets alone. */
struct folder {
	const char *path;
	struct mf_plan plan;
	const struct mf_target **targets;
	bool has_udebs; /* its installer takes packages of its own kind */
};

struct disk {
	const struct mf_plan *plan;
	const struct mf_target *const *targets;
	size_t n_targets;
	struct folder *folders;
	size_t n_folders;
};

/*
 * Its script builds the folder's name of /etc/lsb-release: DISTRIB_ID, "-drivers/" and
 * DISTRIB_CODENAME. Debian's installers have no codename there (looked up in 12 and 13), so that
 * all their packages lie in one folder; for another kernel they do no harm. Ubuntu's had one.
 */
static const char *folder_path(const struct mf_target *target, struct mf_arena *arena)
{
	if (target->family == MF_FAMILY_UBUNTU)
		return mf_arena_printf(arena, "ubuntu-drivers/%s", target->tag);
	return "debian-drivers";
}

static struct folder *find_folder(struct disk *disk, const char *path)
{
	for (size_t i = 0; i < disk->n_folders; i++) {
		if (strcmp(disk->folders[i].path, path) == 0)
			return &disk->folders[i];
	}
	return NULL;
}

static int add_target(struct disk *disk, const struct mf_target *target, struct mf_arena *arena)
{
	const char *path = folder_path(target, arena);
	struct folder *folder = path ? find_folder(disk, path) : NULL;

	if (!path)
		return -ENOMEM;
	if (!folder) {
		folder = &disk->folders[disk->n_folders++];
		folder->path = path;
		folder->plan = *disk->plan;
		folder->plan.target = target;
		folder->plan.n_targets = 0;
		folder->targets = mf_arena_alloc(arena, disk->n_targets * sizeof(target));
		folder->plan.targets = folder->targets;
		folder->has_udebs = target->family == MF_FAMILY_DEBIAN;
		if (!folder->targets)
			return -ENOMEM;
	}
	folder->targets[folder->plan.n_targets++] = target;
	return 0;
}

static int find_folders(struct disk *disk, struct mf_arena *arena)
{
	int r = 0;

	disk->folders = mf_arena_alloc(arena, disk->n_targets * sizeof(*disk->folders));
	if (!disk->folders)
		return -ENOMEM;
	for (size_t i = 0; !r && i < disk->n_targets; i++)
		r = add_target(disk, disk->targets[i], arena);
	return r;
}

static bool admits(const struct mf_target *const *targets, size_t n, const char *kernel)
{
	for (size_t i = 0; i < n; i++) {
		if (mf_target_admits_kernel(targets[i], kernel))
			return true;
	}
	return false;
}

/* A kernel that looks like none of the targets' was asked for by name: it is everybody's. */
static bool is_for(const struct disk *disk, const struct folder *folder, const char *kernel)
{
	return admits(folder->targets, folder->plan.n_targets, kernel) ||
	       !admits(disk->targets, disk->n_targets, kernel);
}

/*
 * The .deb is kept for the installed system and unpacked into the installer as well. The package of
 * the installer's own kind brings the same file to the same place; anna takes it, too, and it has
 * no use for a system whose kernel is another one than the installer's.
 */
static int add_part(const struct disk *disk, const struct mf_package_part *part,
		    struct mf_tree *out, struct mf_err *err)
{
	const char *kernel = part->v[0].build->kernel;
	int r = 0;

	for (size_t i = 0; !r && i < disk->n_folders; i++) {
		const struct folder *folder = &disk->folders[i];

		if (kernel && !is_for(disk, folder, kernel))
			continue;
		r = mf_kmod_deb_add(out, folder->path, &folder->plan, part, err);
		if (!r && folder->has_udebs)
			r = mf_kmod_udeb_add(out, folder->path, &folder->plan, part, err);
	}
	return r;
}

static int add_packages(const struct disk *disk, struct mf_tree *out, struct mf_err *err)
{
	struct mf_package_part *parts = NULL;
	size_t n = 0;
	int r = mf_package_split(disk->plan->selected, &out->arena, &parts, &n);

	for (size_t i = 0; !r && i < n; i++)
		r = add_part(disk, &parts[i], out, err);
	return r;
}

/* The folders above the packages. */
static int add_parents(struct mf_tree *out)
{
	size_t n = out->n_entries;
	int r = 0;

	for (size_t i = 0; !r && i < n; i++)
		r = mf_tree_add_parents(out, out->entries[i].path, "");
	return r;
}

static int plan_disk(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	struct disk disk = {
		.plan = plan,
		.targets = plan->n_targets ? plan->targets : &plan->target,
		.n_targets = plan->n_targets ? plan->n_targets : plan->target != NULL,
	};
	int r = find_folders(&disk, &out->arena);

	if (!r && !disk.n_folders)
		r = mf_fail(err, -EINVAL, "driver injection disk: for no target");
	if (!r)
		r = mf_tree_add_param(out, "label", plan->dud.label ? plan->dud.label : LABEL);
	if (!r)
		r = add_packages(&disk, out, err);
	if (!r)
		r = add_parents(out);
	return r ? r : mf_tree_finish(out, err);
}

const struct mf_recipe mf_dud_debian_recipe = {
	.name = "dud-debian",
	.summary = "driver injection disk of Debian and Ubuntu",
	.plan = plan_disk,
};
