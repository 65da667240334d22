// SPDX-License-Identifier: GPL-2.0-or-later
// Paths of an installed system that lies below a folder: its symlinks lead into it, not into ours.
#pragma once

#include <limits.h>

/*
 * Resolves a path as a process would see it whose root is the folder. out: the folder and behind
 * it a path without symlinks; *ret_inner points to that path in it, without a slash in front.
 * 0, -errno of lstat and readlink, -ELOOP, -ENAMETOOLONG.
 */
int mf_root_path(const char *root, const char *path, char out[PATH_MAX], const char **ret_inner);
