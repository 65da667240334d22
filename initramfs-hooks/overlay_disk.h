// SPDX-License-Identifier: GPL-2.0-or-later
// The disk of an overlay: the same drivers once more, for an installer to load and install.
#pragma once

#include "lib/core/recipe.h"

/*
 * Adds the disk that plan->disk plans, an ISO image, and the list of its modules by which the
 * loader knows what the installer loads; nothing without that recipe. -errno of the recipe.
 */
int mf_overlay_disk_add(const struct mf_plan *plan, struct mf_tree *tree, struct mf_err *err);
