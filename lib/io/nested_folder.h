// SPDX-License-Identifier: GPL-2.0-or-later
// What was written for the nested trees of a tree takes their places.
#pragma once

#include "lib/core/tree.h"

/*
 * Turns each nested tree, whose entry already names in source what was written for it, into a file
 * entry or, when that is a folder, into entries for all in it; sorts the tree again. -EINVAL for
 * what a folder should not hold, -EEXIST for a path that stands twice, -errno; err has the path.
 */
int mf_nested_settle(struct mf_tree *tree, struct mf_err *err);
