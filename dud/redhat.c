// SPDX-License-Identifier: GPL-2.0-or-later
// Driver update disk version 3, read by anaconda (Red Hat Enterprise Linux 7 and later, Fedora).
#include <errno.h>
#include <string.h>

#include "dud/dud.h"
#include "dud/package.h"

/*
 * anaconda tests only that this file exists (dracut/driver_updates.py, DRIVER_UPDATE_MARKER); other
 * disks hold the same line.
 */
#define MARKER	    "rhdd3"
#define MARKER_TEXT "Driver Update Disk version 3\n"

/* The label that anaconda looks for by itself (dracut/driver-updates-genrules.sh). */
#define LABEL "OEMDRV"

/* The folder of a machine's RPMs: a repository in itself, which anaconda copies for dnf. */
static int find_folder(struct mf_tree *out, const char *arch, struct mf_tree **ret_folder)
{
	struct mf_arena *arena = &out->arena;
	const char *path = mf_arena_printf(arena, "rpms/%s", arch);
	int r;

	if (!path)
		return -ENOMEM;
	for (size_t i = 0; i < out->n_entries; i++) {
		if (strcmp(out->entries[i].path, path) == 0) {
			*ret_folder = out->entries[i].nested;
			return 0;
		}
	}
	r = mf_tree_add_parents(out, path, "");
	return r ? r : mf_tree_add_tree(out, path, 0755, "repo", ret_folder);
}

static int add_parts(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	struct mf_package_part *parts = NULL;
	size_t n = 0;
	int r = mf_package_split(plan->selected, &out->arena, &parts, &n);

	for (size_t i = 0; !r && i < n; i++) {
		struct mf_tree *folder;

		r = find_folder(out, parts[i].v[0].build->arch, &folder);
		if (!r)
			r = mf_kmod_rpm_add(folder, "", plan, &parts[i], err);
	}
	return r;
}

static int plan_disk(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	static const struct mf_bytes marker = {(const uint8_t *)MARKER_TEXT,
					       sizeof(MARKER_TEXT) - 1};
	int r = mf_tree_add_bytes(out, MARKER, 0644, marker);

	if (!r)
		r = mf_tree_add_param(out, "label", plan->dud.label ? plan->dud.label : LABEL);
	if (!r)
		r = add_parts(plan, out, err);
	return r ? r : mf_tree_finish(out, err);
}

const struct mf_recipe mf_dud_redhat_recipe = {
	.name = "dud-redhat",
	.summary = "driver update disk of Red Hat and Fedora",
	.plan = plan_disk,
};
