// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the FAT reader: geometry, chains of clusters, names of folder entries.
#pragma once

#include "lib/base/buf.h"
#include "lib/core/fat.h"

#define MF_FAT_ENTRY_SIZE 32 /* of a folder entry */

/* What a folder entry's attribute byte says. */
#define MF_FAT_LABEL  0x08
#define MF_FAT_FOLDER 0x10
#define MF_FAT_LONG   0x0f /* read-only, hidden, system and label at once: part of a long name */
#define MF_FAT_ATTRS  0x3f /* the bits that have a meaning */

/* A volume; offsets and sizes in bytes of the image. */
struct mf_fat {
	struct mf_bytes image;
	unsigned int bits;     /* of an entry of the table: 12, 16, 32 */
	struct mf_bytes table; /* the first copy */
	struct mf_bytes root;  /* of FAT12 and FAT16: a fixed place */
	uint32_t root_cluster; /* of FAT32 */
	uint64_t data;	       /* where cluster 2 is */
	uint64_t cluster_size;
	uint32_t end_cluster; /* one behind the last */
	uint8_t *claimed;     /* one bit a cluster that a chain had; NULL: nobody keeps count */
};

/* A chain of clusters being followed; all its bytes come out in pieces. */
struct mf_fat_chain {
	const struct mf_fat *fat;
	struct mf_bytes fixed; /* FAT12's and FAT16's root, once */
	uint32_t cluster;      /* the next one; 0: the end */
	uint32_t n_steps;
};

/* Reads the first sector. -EINVAL when it is not of a FAT file system, -EBADMSG for one that
 * does not fit the image. */
int mf_fat_open(struct mf_bytes image, struct mf_fat *out, struct mf_err *err);

/* The chain of the root folder, of anything else by its first cluster (0: empty). */
struct mf_fat_chain mf_fat_root(const struct mf_fat *fat);
struct mf_fat_chain mf_fat_chain(const struct mf_fat *fat, uint32_t cluster);

/* The next piece. -ENODATA at the end, -EBADMSG (text without object) when it leads astray. */
int mf_fat_next(struct mf_fat_chain *chain, struct mf_bytes *out, struct mf_err *err);

/* A long name being put together from the entries in front of its file. */
struct mf_fat_name {
	uint16_t units[20 * 13]; /* UTF-16 */
	unsigned int missing;	 /* parts still to come; the next one has that number */
	uint8_t checksum;	 /* of the short name it belongs to */
	bool is_there;
};

/* Takes one MF_FAT_LONG entry; what is out of order is forgotten, as Linux does. */
void mf_fat_name_add(struct mf_fat_name *name, struct mf_bytes entry);

/*
 * Appends the UTF-8 name of an entry: the long one when it is whole and belongs to it, else the
 * short one. The long one is forgotten. -EBADMSG for a name that no file can have, -ENOMEM.
 */
int mf_fat_name_take(struct mf_fat_name *name, struct mf_bytes entry, struct mf_buf *out);
