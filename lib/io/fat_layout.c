// SPDX-License-Identifier: GPL-2.0-or-later
// What a tree needs of a FAT file system: names it can hold, and how large it has to be.
#include "lib/io/fat_layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* Limits: Microsoft FAT specification (2005), 3.5 FAT type determination, 6 and 7 names. */
#define SECTOR		512
#define NAME_LIMIT	255
#define FORBIDDEN	"\"*/:<>?\\|"
#define SLOT		32 /* bytes of a folder entry */
#define SLOT_CHARACTERS 13 /* of a long name */
#define SECTOR_CHARACTERS \
	((SECTOR / SLOT - 1) * SLOT_CHARACTERS) /* a name whose slots a sector holds */
#define SLACK		 16    /* clusters: mkfs.fat may round otherwise than we do */
#define FAT16_MIN	 4200  /* clusters; 4,085, but near that readers disagree on the type */
#define FAT16_MAX	 65000 /* 65,524 */
#define FAT16_SECTORS	 16    /* at most a cluster: beyond, FAT32 wastes less */
#define FAT16_ROOT	 512   /* usual entries of its root folder */
#define FAT16_ROOT_LIMIT 16384
#define FAT32_MIN	 66000 /* 65,525 */
#define FAT32_MAX	 ((uint64_t)0x0fffff00)
#define FAT32_SECTORS	 8
#define FAT32_RESERVED	 32

static int check_component(const char *path, const char *name, size_t n, struct mf_err *err)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c == 0x7f || strchr(FORBIDDEN, c))
			return mf_fail(
				err, -EINVAL,
				"%s: a FAT image cannot have %c in a name; use the format iso",
				path, c < 0x20 || c == 0x7f ? '?' : c);
		if (c >= 0x80)
			return mf_fail(
				err, -EINVAL,
				"%s: names in a FAT image are ASCII only, as readers differ in "
				"their code pages; use the format iso",
				path);
	}
	if (n > NAME_LIMIT)
		return mf_fail(err, -EINVAL, "%s: a name in a FAT image has at most %d characters",
			       path, NAME_LIMIT);
	if (name[n - 1] == '.' || name[n - 1] == ' ')
		return mf_fail(
			err, -EINVAL,
			"%s: a FAT image loses the dot or blank at the end of a name; use the "
			"format iso",
			path);
	return 0;
}

static int check_path(const struct mf_entry *entry, struct mf_err *err)
{
	const char *name = entry->path;

	for (;;) {
		size_t n = strcspn(name, "/");
		bool is_folder = name[n] || entry->kind == MF_ENTRY_DIR;
		int r = check_component(entry->path, name, n, err);

		if (r)
			return r;
		/* a target folder is a pattern for mcopy, and nothing takes that from it */
		if (is_folder && (memchr(name, '[', n) || memchr(name, ']', n)))
			return mf_fail(err, -EINVAL,
				       "%s: mtools cannot write into a folder with brackets in its "
				       "name; use the format iso",
				       entry->path);
		if (!name[n])
			return 0;
		name += n + 1;
	}
}

static int check_entry(const struct mf_entry *entry, struct mf_err *err)
{
	int r = check_path(entry, err);

	if (r)
		return r;
	if (entry->kind == MF_ENTRY_SYMLINK)
		return mf_fail(
			err, -EINVAL,
			"%s: is a symlink, which a FAT image cannot have; use the format iso",
			entry->path);
	if (entry->kind == MF_ENTRY_FILE && entry->source_size > UINT32_MAX)
		return mf_fail(
			err, -EFBIG,
			"%s: has %llu bytes, a file in a FAT image has less than 4 GiB; use the "
			"format iso",
			entry->path, (unsigned long long)entry->source_size);
	return 0;
}

static int compare_folded(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Paths that differ in case only. Folders have entries of their own, or the same spelling: "A/x"
 * and "a/y" are found by the entries of "A" and "a" that the sink adds.
 */
static int check_case(const struct mf_tree *tree, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr)
	const char **paths = calloc(tree->n_entries + 1, sizeof(*paths));

	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; i < tree->n_entries; i++)
		paths[i] = tree->entries[i].path;
	qsort(paths, tree->n_entries, sizeof(*paths), compare_folded);
	for (size_t i = 1; i < tree->n_entries; i++) {
		if (strcasecmp(paths[i - 1], paths[i]) == 0)
			return mf_fail(err, -EEXIST,
				       "%s and %s are one name in a FAT image; use the format iso",
				       paths[i - 1], paths[i]);
	}
	return 0;
}

int mf_fat_check(const struct mf_tree *tree, struct mf_err *err)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		int r = check_entry(&tree->entries[i], err);

		if (r)
			return r;
	}
	return check_case(tree, err);
}

bool mf_fat_is_child(const char *folder, const char *path)
{
	size_t n = strlen(folder);

	if (n && (strncmp(path, folder, n) != 0 || path[n] != '/'))
		return false;
	return !strchr(path + n + (n > 0), '/');
}

/* Slots in a folder: what its long names take. */
static uint64_t count_slots(const struct mf_tree *tree, const char *folder)
{
	uint64_t slots = 2; /* "." and "..", or the label */

	for (size_t i = 0; i < tree->n_entries; i++) {
		const char *path = tree->entries[i].path;

		if (mf_fat_is_child(folder, path))
			slots += 1 + (strlen(mf_path_base(path)) + SLOT_CHARACTERS - 1) /
					     SLOT_CHARACTERS;
	}
	return slots;
}

static uint64_t divide_up(uint64_t value, uint64_t by)
{
	return value / by + (value % by != 0);
}

/* Clusters of that many sectors for files and folders below the root. */
static uint64_t count_clusters(const struct mf_tree *tree, const uint64_t *sizes,
			       unsigned int sectors)
{
	uint64_t clusters = SLACK;

	for (size_t i = 0; i < tree->n_entries; i++)
		clusters += divide_up(sizes[i], (uint64_t)sectors * SECTOR);
	return clusters;
}

/* mtools lengthens a folder by one cluster for a name: that has to be enough for the longest. */
static unsigned int smallest_cluster(const struct mf_tree *tree)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		if (strlen(mf_path_base(tree->entries[i].path)) > SECTOR_CHARACTERS)
			return 2;
	}
	return 1;
}

static bool plan_fat16(const struct mf_tree *tree, const uint64_t *sizes, struct mf_fat_layout *out)
{
	uint64_t slots = count_slots(tree, "");
	uint64_t clusters = UINT64_MAX;
	uint64_t sectors;
	unsigned int size;

	for (size = smallest_cluster(tree); size <= FAT16_SECTORS; size *= 2) {
		clusters = count_clusters(tree, sizes, size);
		if (clusters <= FAT16_MAX)
			break;
	}
	if (clusters > FAT16_MAX || slots > FAT16_ROOT_LIMIT)
		return false;
	if (clusters < FAT16_MIN)
		clusters = FAT16_MIN;
	/* whole sectors of them */
	slots = slots < FAT16_ROOT ? FAT16_ROOT : divide_up(slots, SECTOR / SLOT) * (SECTOR / SLOT);
	sectors = 1 + 2 * divide_up((clusters + 2) * 2, SECTOR) + slots * SLOT / SECTOR +
		  clusters * size;
	*out = (struct mf_fat_layout){.bits = 16,
				      .sectors_per_cluster = size,
				      .root_entries = (unsigned int)slots,
				      .reserved = 1,
				      .kibibytes = divide_up(sectors, 2)};
	return true;
}

static int plan_fat32(const struct mf_tree *tree, const uint64_t *sizes, struct mf_fat_layout *out,
		      struct mf_err *err)
{
	uint64_t root = divide_up(count_slots(tree, "") * SLOT, FAT32_SECTORS * SECTOR);
	uint64_t clusters = count_clusters(tree, sizes, FAT32_SECTORS) + root;
	uint64_t sectors;

	if (clusters > FAT32_MAX)
		return mf_fail(err, -EFBIG, "the files need more room than a FAT image can have");
	if (clusters < FAT32_MIN)
		clusters = FAT32_MIN;
	sectors = FAT32_RESERVED + 2 * divide_up((clusters + 2) * 4, SECTOR) +
		  clusters * FAT32_SECTORS;
	*out = (struct mf_fat_layout){.bits = 32,
				      .sectors_per_cluster = FAT32_SECTORS,
				      .reserved = FAT32_RESERVED,
				      .kibibytes = divide_up(sectors, 2)};
	return 0;
}

int mf_fat_plan(const struct mf_tree *tree, struct mf_fat_layout *out, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr)
	uint64_t *sizes = calloc(tree->n_entries + 1, sizeof(*sizes));

	if (!sizes)
		return -ENOMEM;
	for (size_t i = 0; i < tree->n_entries; i++) {
		const struct mf_entry *entry = &tree->entries[i];

		if (entry->kind == MF_ENTRY_DIR)
			sizes[i] = count_slots(tree, entry->path) * SLOT;
		else
			sizes[i] = entry->kind == MF_ENTRY_FILE ? entry->source_size
								: entry->content.n;
	}
	return plan_fat16(tree, sizes, out) ? 0 : plan_fat32(tree, sizes, out, err);
}
