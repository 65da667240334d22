// SPDX-License-Identifier: GPL-2.0-or-later
// What a tree needs of a FAT file system: names it can hold, and how large it has to be.
#pragma once

#include "lib/core/tree.h"

/* Numbers for mkfs.fat. */
struct mf_fat_layout {
	unsigned int bits;		  /* 16, or 32 */
	unsigned int sectors_per_cluster; /* of 512 bytes */
	unsigned int root_entries;	  /* 0 with 32 bits, whose root folder is like any other */
	unsigned int reserved;		  /* sectors */
	uint64_t kibibytes;		  /* of the whole image */
};

/*
 * Checks that a FAT can hold the tree: -EINVAL for a name or symlink that it cannot, -EEXIST for
 * names that differ in case only, -EFBIG for files of 4 GiB; err names the entry.
 */
int mf_fat_check(const struct mf_tree *tree, struct mf_err *err);

/*
 * The smallest layout for a checked tree, which must have an entry for each folder. FAT16 up to
 * about 500 MiB, as every firmware reads it and small disks stay small; FAT32 beyond. -EFBIG.
 */
int mf_fat_plan(const struct mf_tree *tree, struct mf_fat_layout *out, struct mf_err *err);

/* Whether an entry's path is name below folder ("" is the root) and has no further '/'. */
bool mf_fat_is_child(const char *folder, const char *path);
