// SPDX-License-Identifier: GPL-2.0-or-later
// FAT volumes: geometry, chains of clusters, content (offsets by Microsoft's specification, 3).
#include "lib/core/fat.h"

#include <errno.h>
#include <string.h>

#include "lib/core/fat_parts.h"

#define SECTOR	      512
#define FIRST_CLUSTER 2

/* Most clusters of FAT12; what has more and no long table is FAT16 (Linux, MAX_FAT12). */
#define MAX_FAT12 4084

/* The fields of the first sector that matter here. */
struct boot_sector {
	uint16_t sector_size;
	uint8_t cluster_sectors;
	uint16_t n_reserved;
	uint8_t n_tables;
	uint16_t n_root_entries;
	uint64_t n_sectors;
	uint64_t table_sectors;
	bool is_fat32;
	uint32_t root_cluster;
};

static bool is_power_of_two(unsigned int value)
{
	return value && !(value & (value - 1));
}

static bool read_boot_sector(struct mf_bytes image, struct boot_sector *out)
{
	uint16_t mark, small_sectors, small_table;
	uint32_t large_sectors, large_table;

	*out = (struct boot_sector){0};
	if (!mf_bytes_has(image, 0, SECTOR) || (image.p[0] != 0xeb && image.p[0] != 0xe9))
		return false;
	mf_get_u16(image, 11, MF_LITTLE, &out->sector_size);
	out->cluster_sectors = image.p[13];
	mf_get_u16(image, 14, MF_LITTLE, &out->n_reserved);
	out->n_tables = image.p[16];
	mf_get_u16(image, 17, MF_LITTLE, &out->n_root_entries);
	mf_get_u16(image, 19, MF_LITTLE, &small_sectors);
	mf_get_u16(image, 22, MF_LITTLE, &small_table);
	mf_get_u32(image, 32, MF_LITTLE, &large_sectors);
	mf_get_u32(image, 36, MF_LITTLE, &large_table);
	mf_get_u32(image, 44, MF_LITTLE, &out->root_cluster);
	mf_get_u16(image, 510, MF_LITTLE, &mark);
	out->is_fat32 = !small_table;
	out->n_sectors = small_sectors ? small_sectors : large_sectors;
	out->table_sectors = small_table ? small_table : large_table;
	return mark == 0xaa55 && is_power_of_two(out->sector_size) && out->sector_size >= SECTOR &&
	       out->sector_size <= 4096 && is_power_of_two(out->cluster_sectors) &&
	       out->n_reserved && out->n_tables && out->n_tables <= 4 &&
	       (image.p[21] == 0xf0 || image.p[21] >= 0xf8) && out->n_sectors &&
	       out->table_sectors && (out->is_fat32 || out->n_root_entries);
}

bool mf_fat_is_one(struct mf_bytes image)
{
	struct boot_sector boot;

	return read_boot_sector(image, &boot);
}

/* What the sector says, in bytes; the number of clusters is left to the caller. */
static int place_parts(const struct boot_sector *boot, struct mf_fat *out, struct mf_err *err)
{
	uint64_t table = (uint64_t)boot->n_reserved * boot->sector_size;
	uint64_t table_size = boot->table_sectors * boot->sector_size;
	uint64_t root = table + boot->n_tables * table_size;
	uint64_t root_size = (uint64_t)boot->n_root_entries * MF_FAT_ENTRY_SIZE;

	out->table = mf_bytes_sub(out->image, table, table_size);
	out->root = mf_bytes_sub(out->image, root, boot->is_fat32 ? 0 : root_size);
	if (!out->table.n || (!boot->is_fat32 && !out->root.n))
		return mf_fail(err, -EBADMSG, "cut off before its first cluster");
	out->root_cluster = boot->root_cluster;
	out->cluster_size = (uint64_t)boot->cluster_sectors * boot->sector_size;
	out->data = root +
		    (root_size + boot->sector_size - 1) / boot->sector_size * boot->sector_size;
	return 0;
}

int mf_fat_open(struct mf_bytes image, struct mf_fat *out, struct mf_err *err)
{
	struct boot_sector boot;
	uint64_t size;
	uint64_t n_clusters;
	uint64_t n_entries;
	int r;

	*out = (struct mf_fat){.image = image};
	if (!read_boot_sector(image, &boot))
		return mf_fail(err, -EINVAL, "not a FAT file system");
	r = place_parts(&boot, out, err);
	if (r)
		return r;
	size = boot.n_sectors * boot.sector_size;
	if (size < out->data + out->cluster_size)
		return mf_fail(err, -EBADMSG, "has no room for a single cluster");
	n_clusters = (size - out->data) / out->cluster_size;
	if (boot.is_fat32)
		out->bits = 32;
	else
		out->bits = n_clusters > MAX_FAT12 ? 16 : 12;
	n_entries = (uint64_t)out->table.n * 8 / out->bits;
	if (n_entries > n_clusters + FIRST_CLUSTER)
		n_entries = n_clusters + FIRST_CLUSTER;
	/* 28 bits count of FAT32's entries */
	out->end_cluster = n_entries > 0x0ffffff7 ? 0x0ffffff7 : (uint32_t)n_entries;
	return 0;
}

struct mf_fat_chain mf_fat_root(const struct mf_fat *fat)
{
	return (struct mf_fat_chain){fat, fat->root, fat->bits == 32 ? fat->root_cluster : 0, 0};
}

struct mf_fat_chain mf_fat_chain(const struct mf_fat *fat, uint32_t cluster)
{
	return (struct mf_fat_chain){.fat = fat, .cluster = cluster};
}

/* The table's entry of a cluster inside it; 0 for the end of a chain. */
static uint32_t next_cluster(const struct mf_fat *fat, uint32_t cluster)
{
	uint16_t value16 = 0;
	uint32_t value = 0;
	uint32_t end = 0x0ffffff8;

	switch (fat->bits) {
	case 12:
		/* one and a half bytes: two entries share the middle one */
		mf_get_u16(fat->table, cluster + cluster / 2, MF_LITTLE, &value16);
		value = cluster & 1 ? value16 >> 4 : value16 & 0xfff;
		end = 0xff8;
		break;
	case 16:
		mf_get_u16(fat->table, (uint64_t)cluster * 2, MF_LITTLE, &value16);
		value = value16;
		end = 0xfff8;
		break;
	default:
		mf_get_u32(fat->table, (uint64_t)cluster * 4, MF_LITTLE, &value);
		value &= 0x0fffffff;
		break;
	}
	if (value >= end)
		return 0;
	return value ? value : 1; /* free clusters and cluster 1 are in no chain */
}

/* Notes that a chain has the cluster; false when one had it before. */
static bool claim(const struct mf_fat *fat, uint32_t cluster)
{
	uint8_t bit = (uint8_t)(1 << cluster % 8);

	if (!fat->claimed)
		return true;
	if (fat->claimed[cluster / 8] & bit)
		return false;
	fat->claimed[cluster / 8] |= bit;
	return true;
}

int mf_fat_next(struct mf_fat_chain *chain, struct mf_bytes *out, struct mf_err *err)
{
	const struct mf_fat *fat = chain->fat;
	uint32_t cluster = chain->cluster;
	uint64_t offset;

	if (chain->fixed.n) {
		*out = chain->fixed;
		chain->fixed = (struct mf_bytes){0};
		return 0;
	}
	if (!cluster)
		return -ENODATA;
	if (cluster < FIRST_CLUSTER || cluster >= fat->end_cluster)
		return mf_fail(err, -EBADMSG, "its chain leads to cluster %u, which does not exist",
			       cluster);
	offset = fat->data + (uint64_t)(cluster - FIRST_CLUSTER) * fat->cluster_size;
	*out = mf_bytes_sub(fat->image, offset, fat->cluster_size);
	if (!out->n)
		return mf_fail(err, -EBADMSG, "its cluster %u lies behind the image's end",
			       cluster);
	if (chain->n_steps++ >= fat->end_cluster || !claim(fat, cluster))
		return mf_fail(err, -EBADMSG,
			       "its cluster %u stands in two chains, or twice in one", cluster);
	chain->cluster = next_cluster(fat, cluster);
	return 0;
}

static void copy_label(struct mf_bytes field, char out[12])
{
	size_t n = 11;

	memcpy(out, field.p, n);
	if ((uint8_t)out[0] == 0x05) /* stands for 0xe5, which would say that it is deleted */
		out[0] = (char)0xe5;
	out[n] = '\0';
	while (n && (out[n - 1] == ' ' || out[n - 1] == '\0'))
		out[--n] = '\0';
}

/* The label entry of a piece of the root folder. *ret_is_end at the folder's end mark. */
static bool find_label(struct mf_bytes piece, char out[12], bool *ret_is_end)
{
	for (size_t at = 0; mf_bytes_has(piece, at, MF_FAT_ENTRY_SIZE); at += MF_FAT_ENTRY_SIZE) {
		const uint8_t *entry = piece.p + at;

		*ret_is_end = !entry[0];
		if (*ret_is_end)
			return false;
		if (entry[0] == 0xe5 || !(entry[11] & MF_FAT_LABEL) ||
		    (entry[11] & MF_FAT_ATTRS) == MF_FAT_LONG)
			continue;
		copy_label(mf_bytes_sub(piece, at, 11), out);
		return true;
	}
	return false;
}

void mf_fat_label(struct mf_bytes image, char out[12])
{
	struct mf_fat_chain chain;
	struct mf_bytes piece;
	struct mf_fat fat;
	bool is_end = false;

	out[0] = '\0';
	if (mf_fat_open(image, &fat, NULL))
		return;
	chain = mf_fat_root(&fat);
	while (!is_end && !mf_fat_next(&chain, &piece, NULL)) {
		if (find_label(piece, out, &is_end))
			return;
	}
}
