// SPDX-License-Identifier: GPL-2.0-or-later
// The tree of a FAT volume, and the content of its files.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/fat_parts.h"

#define MAX_ENTRIES 100000
#define MAX_LEVELS  32

struct mf_fat_file {
	const struct mf_fat *fat;
	uint32_t cluster;
	uint64_t size;
};

/* A walk at work. */
struct walk {
	const struct mf_fat *fat;
	mf_fat_fn fn;
	void *data;
	struct mf_buf path; /* of the folder or file looked at */
	size_t n_entries;
	unsigned int level;
	struct mf_err *err;
};

static int walk_folder(struct walk *walk, struct mf_fat_chain chain);

static void cut(struct mf_buf *path, size_t n)
{
	path->len = n;
	if (path->data)
		path->data[n] = '\0';
}

/* The text in err starts with the path, escaped by whoever prints it. */
static int blame(struct walk *walk, int code)
{
	const char *path = mf_buf_str(&walk->path);

	return code == -EBADMSG ? mf_wrap(walk->err, code, "%s", *path ? path : "/") : code;
}

/* Passes over the clusters of a file, so that its content is known to be there, once. */
static int claim_file(struct walk *walk, const struct mf_fat_file *file)
{
	struct mf_fat_chain chain = mf_fat_chain(file->fat, file->cluster);

	for (uint64_t left = file->size; left;) {
		struct mf_bytes piece;
		int r = mf_fat_next(&chain, &piece, walk->err);

		if (r == -ENODATA)
			return mf_fail(walk->err, -EBADMSG,
				       "its chain ends %llu bytes before the file does",
				       (unsigned long long)left);
		if (r)
			return r;
		left -= piece.n < left ? piece.n : left;
	}
	return 0;
}

static int visit_folder(struct walk *walk, const struct mf_fat_entry *found, uint32_t cluster)
{
	int r = walk->fn(walk->data, found, NULL);

	if (r)
		return r;
	if (walk->level >= MAX_LEVELS)
		return mf_fail(walk->err, -E2BIG, "has folders in more than %d levels", MAX_LEVELS);
	walk->level++;
	r = walk_folder(walk, mf_fat_chain(walk->fat, cluster));
	walk->level--;
	return r;
}

/* Gives out the entry whose path stands in walk->path. */
static int visit(struct walk *walk, struct mf_bytes entry)
{
	struct mf_fat_entry found = {.path = mf_buf_str(&walk->path),
				     .is_folder = entry.p[11] & MF_FAT_FOLDER};
	struct mf_fat_file file = {.fat = walk->fat};
	uint16_t low = 0, high = 0; /* an entry has 32 bytes: none of these fails */
	uint32_t size = 0;
	int r;

	mf_get_u16(entry, 26, MF_LITTLE, &low);
	mf_get_u16(entry, 20, MF_LITTLE, &high);
	mf_get_u32(entry, 28, MF_LITTLE, &size);
	/* the upper half has another meaning before FAT32 */
	file.cluster = walk->fat->bits == 32 ? (uint32_t)high << 16 | low : low;
	if (found.is_folder)
		return visit_folder(walk, &found, file.cluster);
	found.size = file.size = size;
	r = claim_file(walk, &file);
	return r ? blame(walk, r) : walk->fn(walk->data, &found, &file);
}

static int walk_entry(struct walk *walk, struct mf_fat_name *name, struct mf_bytes entry)
{
	size_t folder = walk->path.len;
	int r;

	if (walk->n_entries++ >= MAX_ENTRIES)
		return mf_fail(walk->err, -E2BIG, "has more than %d files", MAX_ENTRIES);
	if (folder)
		mf_buf_addc(&walk->path, '/');
	r = mf_fat_name_take(name, entry, &walk->path);
	if (!r)
		r = visit(walk, entry);
	else if (r == -EBADMSG)
		mf_fail(walk->err, r, "a name is none that a file can have");
	cut(&walk->path, folder);
	return r;
}

/* Whether an entry is of no file: deleted, a label, the folder itself or the one it is in. */
static bool is_passed_over(struct mf_bytes entry)
{
	return entry.p[0] == 0xe5 || (entry.p[11] & MF_FAT_LABEL) ||
	       memcmp(entry.p, ".          ", 11) == 0 || memcmp(entry.p, "..         ", 11) == 0;
}

/* Entries of one piece of a folder. -ENODATA at the folder's end mark. */
static int walk_piece(struct walk *walk, struct mf_fat_name *name, struct mf_bytes piece)
{
	int r = 0;

	for (size_t at = 0; !r && mf_bytes_has(piece, at, MF_FAT_ENTRY_SIZE);
	     at += MF_FAT_ENTRY_SIZE) {
		struct mf_bytes entry = mf_bytes_sub(piece, at, MF_FAT_ENTRY_SIZE);

		if (!entry.p[0])
			return -ENODATA;
		if (entry.p[0] != 0xe5 && (entry.p[11] & MF_FAT_ATTRS) == MF_FAT_LONG)
			mf_fat_name_add(name, entry);
		else if (is_passed_over(entry))
			name->is_there = false;
		else
			r = walk_entry(walk, name, entry);
	}
	return r;
}

static int walk_folder(struct walk *walk, struct mf_fat_chain chain)
{
	struct mf_fat_name name = {0};
	struct mf_bytes piece;
	int r = 0;

	while (!r) {
		r = mf_fat_next(&chain, &piece, walk->err);
		if (r && r != -ENODATA)
			return blame(walk, r);
		if (!r)
			r = walk_piece(walk, &name, piece);
	}
	return r == -ENODATA ? 0 : r;
}

int mf_fat_walk(struct mf_bytes image, mf_fat_fn fn, void *data, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) uint8_t *claimed = NULL;
	struct mf_fat fat;
	struct walk walk = {.fat = &fat, .fn = fn, .data = data, .err = err};
	int r = mf_fat_open(image, &fat, err);

	if (r)
		return r;
	fat.claimed = claimed = calloc(1, fat.end_cluster / 8 + 1);
	if (!claimed)
		return mf_fail(err, -ENOMEM, "out of memory");
	r = walk_folder(&walk, mf_fat_root(&fat));
	mf_buf_free(&walk.path);
	return r;
}

int mf_fat_read(const struct mf_fat_file *file, int (*sink)(void *data, struct mf_bytes chunk),
		void *data, struct mf_err *err)
{
	struct mf_fat fat = *file->fat;
	struct mf_fat_chain chain = mf_fat_chain(&fat, file->cluster);
	int r = 0;

	fat.claimed = NULL; /* the walk counted this file's clusters already */
	for (uint64_t left = file->size; !r && left;) {
		struct mf_bytes piece;

		r = mf_fat_next(&chain, &piece, err);
		if (r)
			return r == -ENODATA ? mf_fail(err, -EBADMSG, "its chain is too short") : r;
		if (piece.n > left)
			piece.n = left;
		left -= piece.n;
		r = sink(data, piece);
	}
	return r;
}
