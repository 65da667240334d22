// SPDX-License-Identifier: GPL-2.0-or-later
// Merged indexes in an overlay: the target's own udev and modprobe find the drivers by them.
#pragma once

#include "lib/core/recipe.h"

struct mf_overlay_merged;

/* Merged indexes of the kernels that drivers are selected for. Lives in the tree's arena. */
struct mf_overlay_indexes {
	struct mf_overlay_merged *v; /* one a kernel */
	size_t n;
	const char *folder; /* of the overlay, modferry/d/ID; set by the caller before adding */
	const char **stock; /* for each selected driver: the modules.dep line it took the place of,
			       or NULL */
};

/*
 * Merges the drivers into the indexes of each kernel that the target has a module folder of.
 * -ENOENT when it has none of them, -EINVAL without a base tree, else as mf_indexes_merge.
 */
int mf_overlay_indexes_merge(const struct mf_plan *plan, struct mf_tree *tree,
			     struct mf_overlay_indexes *out, struct mf_err *err);

/*
 * Adds the index files that differ from the target's, and symlinks into the overlay's folder
 * (modferry/d/ID): to each module in updates/modferry of the module folder, to firmware where the
 * kernel looks first. Errors as mf_base_place.
 */
int mf_overlay_indexes_add(const struct mf_plan *plan, struct mf_tree *tree,
			   const struct mf_overlay_indexes *indexes, struct mf_err *err);
