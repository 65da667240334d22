// SPDX-License-Identifier: GPL-2.0-or-later
// Hook files: what starts the loader in each initramfs framework.
#pragma once

#include "lib/core/recipe.h"

/*
 * Adds the files that start the loader by plan->hook, at the places where the target will look,
 * with an entry for each folder that it lacks. None for rdinit, which the kernel command line
 * starts, and for none. -EINVAL, -ELOOP, -ENOMEM.
 */
int mf_hook_add(const struct mf_plan *plan, struct mf_tree *tree, struct mf_err *err);
