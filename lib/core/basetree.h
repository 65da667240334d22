// SPDX-License-Identifier: GPL-2.0-or-later
// The target's initramfs as a recipe sees it: which folders it has, and where its symlinks lead.
#pragma once

#include "lib/core/recipe.h"

/* Whether it has a folder at that very path; a symlink to one is none. base may be NULL. */
bool mf_base_has_dir(const struct mf_base_tree *base, const char *path);

/* Text of the symlink at that very path; NULL when there is none. base may be NULL. */
const char *mf_base_link_target(const struct mf_base_tree *base, const char *path);

/*
 * Where a path leads: every symlink followed, the last part too; parts that the target does not
 * have stay as they are. No leading slash, "" is the root. *ret lies in the arena. base may be
 * NULL. -ELOOP and -ENAMETOOLONG with the path in err, -ENOMEM.
 */
int mf_base_resolve(const struct mf_base_tree *base, const char *path, struct mf_arena *arena,
		    const char **ret, struct mf_err *err);

/*
 * Where to put a file so that it is found at path: links on the way are followed, one at its end
 * is not (the file takes its place). Adds to the tree an entry for each folder on the way that
 * neither the target nor the tree has. *ret lies in the tree's arena. Errors as above.
 */
int mf_base_place(const struct mf_base_tree *base, struct mf_tree *tree, const char *path,
		  const char **ret, struct mf_err *err);
