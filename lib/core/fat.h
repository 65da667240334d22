// SPDX-License-Identifier: GPL-2.0-or-later
// A read-only FAT12/16/32 reader with long names (Microsoft FAT specification, 2005).
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/err.h"

struct mf_fat_entry {
	const char *path; /* UTF-8, from the root, no leading '/'; valid during the call */
	bool is_folder;
	uint64_t size;
};

/* Called for each entry, folders before what is in them; content of files is given by mf_fat_read
 * as long as the call lasts. Nonzero ends the walk and is returned. */
struct mf_fat_file; /* where the content of a file is */
typedef int (*mf_fat_fn)(void *data, const struct mf_fat_entry *entry,
			 const struct mf_fat_file *file);

/* Whether the image's first sector is that of a FAT file system. */
bool mf_fat_is_one(struct mf_bytes image);

/* Volume label from the root folder without trailing blanks; at most 11 bytes, of no known
 * character set, and a NUL into out. "" for none: what the boot sector alone says is not one to
 * udev either (libblkid, superblocks/vfat.c: LABEL_FATBOOT). */
void mf_fat_label(struct mf_bytes image, char out[12]);

/*
 * Walks the whole tree. -EBADMSG for what contradicts itself (chains that loop, meet or leave the
 * image, names that are no names), -E2BIG beyond 100,000 entries or 32 levels, -ENOMEM.
 */
int mf_fat_walk(struct mf_bytes image, mf_fat_fn fn, void *data, struct mf_err *err);

/* Copies the content of a file, chunk by chunk, to sink(); stops at its nonzero result. */
int mf_fat_read(const struct mf_fat_file *file, int (*sink)(void *data, struct mf_bytes chunk),
		void *data, struct mf_err *err);
