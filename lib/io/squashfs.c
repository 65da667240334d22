// SPDX-License-Identifier: GPL-2.0-or-later
// Reader of a squashfs image in memory, by libsquashfs, bounded.
#include "lib/io/squashfs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <sqfs/compressor.h>
#include <sqfs/data_reader.h>
#include <sqfs/dir.h>
#include <sqfs/dir_reader.h>
#include <sqfs/error.h>
#include <sqfs/inode.h>
#include <sqfs/io.h>
#include <sqfs/super.h>

#include "lib/base/arena.h"
#include "lib/base/cleanup.h"

#define MAX_PATH 4096

/* The image as the library wants to see files. */
struct memory_file {
	sqfs_file_t base;
	struct mf_bytes bytes;
};

/* A folder that is still to be listed. */
struct folder {
	struct folder *next;
	sqfs_inode_generic_t *inode;
	const char *path; /* with a slash at its end; "" for the root */
	unsigned int depth;
};

struct mf_squashfs {
	struct memory_file file;
	sqfs_super_t super;
	sqfs_compressor_t *compressor;
	sqfs_dir_reader_t *folders;
	sqfs_data_reader_t *data;
	struct mf_arena arena; /* paths */
	struct folder *waiting;
	const sqfs_inode_generic_t *current; /* of the callback */
	const struct mf_squashfs_visitor *visitor;
	size_t n_entries;
	uint64_t n_read;
	struct mf_err *err;
};

static int file_read(sqfs_file_t *file, sqfs_u64 offset, void *buffer, size_t size)
{
	const struct memory_file *memory = (const struct memory_file *)file;
	struct mf_bytes part = mf_bytes_sub(memory->bytes, offset, size);

	if (part.n != size)
		return SQFS_ERROR_OUT_OF_BOUNDS;
	if (size)
		memcpy(buffer, part.p, size);
	return 0;
}

static sqfs_u64 file_size(const sqfs_file_t *file)
{
	return ((const struct memory_file *)file)->bytes.n;
}

static int file_write(sqfs_file_t *file, sqfs_u64 offset, const void *buffer, size_t size)
{
	(void)file, (void)offset, (void)buffer, (void)size;
	return SQFS_ERROR_UNSUPPORTED;
}

static int file_truncate(sqfs_file_t *file, sqfs_u64 size)
{
	(void)file, (void)size;
	return SQFS_ERROR_UNSUPPORTED;
}

/* The memory is the caller's. */
static void file_destroy(sqfs_object_t *file)
{
	(void)file;
}

static int fail(const struct mf_squashfs *squashfs, int code, const char *what)
{
	if (code == SQFS_ERROR_ALLOC)
		return mf_fail(squashfs->err, -ENOMEM, "out of memory");
	if (code == SQFS_ERROR_UNSUPPORTED)
		return mf_fail(squashfs->err, -ENOTSUP, "%s: in a way that is not supported here",
			       what);
	return mf_fail(squashfs->err, -EBADMSG, "%s: damaged (libsquashfs error %d)", what, code);
}

static void close_image(struct mf_squashfs *squashfs)
{
	while (squashfs->waiting) {
		sqfs_free(squashfs->waiting->inode);
		squashfs->waiting = squashfs->waiting->next;
	}
	sqfs_destroy(squashfs->data);
	sqfs_destroy(squashfs->folders);
	sqfs_destroy(squashfs->compressor);
	mf_arena_free(&squashfs->arena);
}

static int open_image(struct mf_squashfs *squashfs)
{
	sqfs_file_t *file = &squashfs->file.base;
	sqfs_compressor_config_t config;
	int r = sqfs_super_read(&squashfs->super, file);

	if (r)
		return fail(squashfs, r, "squashfs superblock");
	r = sqfs_compressor_config_init(&config, squashfs->super.compression_id,
					squashfs->super.block_size, SQFS_COMP_FLAG_UNCOMPRESS);
	if (!r)
		r = sqfs_compressor_create(&config, &squashfs->compressor);
	if (!r && squashfs->super.flags & SQFS_FLAG_COMPRESSOR_OPTIONS)
		r = squashfs->compressor->read_options(squashfs->compressor, file);
	if (r)
		return fail(squashfs, r, "squashfs compression");
	squashfs->folders = sqfs_dir_reader_create(&squashfs->super, squashfs->compressor, file, 0);
	squashfs->data = sqfs_data_reader_create(file, squashfs->super.block_size,
						 squashfs->compressor, 0);
	if (!squashfs->folders || !squashfs->data)
		return fail(squashfs, SQFS_ERROR_ALLOC, "");
	r = sqfs_data_reader_load_fragment_table(squashfs->data, &squashfs->super);
	return r ? fail(squashfs, r, "squashfs fragments") : 0;
}

/* Takes ownership of the inode on success. */
static int push(struct mf_squashfs *squashfs, sqfs_inode_generic_t *inode, const char *path,
		unsigned int depth)
{
	struct folder *folder = mf_arena_alloc(&squashfs->arena, sizeof(*folder));

	if (!folder)
		return fail(squashfs, SQFS_ERROR_ALLOC, "");
	*folder = (struct folder){squashfs->waiting, inode, path, depth};
	squashfs->waiting = folder;
	return 0;
}

/* Symlink targets follow their inode, without a NUL of the image but with one of the library. */
static const char *target_of(const sqfs_inode_generic_t *inode)
{
	return S_ISLNK(inode->base.mode) ? (const char *)inode->extra : NULL;
}

static int visit(struct mf_squashfs *squashfs, const sqfs_inode_generic_t *inode, const char *path)
{
	struct mf_squashfs_entry entry = {
		.path = path, .mode = inode->base.mode, .target = target_of(inode)};

	if (++squashfs->n_entries > MF_SQUASHFS_MAX_ENTRIES)
		return mf_fail(squashfs->err, -E2BIG, "more than %zu entries, the limit here",
			       MF_SQUASHFS_MAX_ENTRIES);
	if (S_ISREG(entry.mode))
		sqfs_inode_get_file_size(inode, &entry.size);
	squashfs->current = inode;
	return squashfs->visitor->entry(squashfs->visitor->context, squashfs, &entry);
}

static bool is_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static void free_inode(sqfs_inode_generic_t **inode)
{
	sqfs_free(*inode);
}

static int list_entry(struct mf_squashfs *squashfs, const struct folder *folder,
		      const sqfs_dir_entry_t *entry)
{
	MF_CLEANUP(free_inode) sqfs_inode_generic_t *inode = NULL;
	MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
	const char *below;
	int r = sqfs_dir_reader_get_inode(squashfs->folders, &inode);

	if (r)
		return fail(squashfs, r, "squashfs inode");
	mf_buf_adds(&path, folder->path);
	mf_buf_add(&path, entry->name, strnlen((const char *)entry->name, entry->size + 1u));
	if (mf_buf_status(&path))
		return fail(squashfs, SQFS_ERROR_ALLOC, "");
	if (!is_name(mf_buf_str(&path) + strlen(folder->path)) || path.len + 1 >= MAX_PATH)
		return fail(squashfs, SQFS_ERROR_CORRUPTED, "squashfs name");
	r = visit(squashfs, inode, mf_buf_str(&path));
	if (r || !S_ISDIR(inode->base.mode))
		return r;
	if (folder->depth >= MF_SQUASHFS_MAX_DEPTH)
		return mf_fail(squashfs->err, -E2BIG, "more than %d folders deep, the limit here",
			       MF_SQUASHFS_MAX_DEPTH);
	below = mf_arena_printf(&squashfs->arena, "%s/", mf_buf_str(&path));
	if (!below)
		return fail(squashfs, SQFS_ERROR_ALLOC, "");
	r = push(squashfs, inode, below, folder->depth + 1);
	if (!r)
		inode = NULL;
	return r;
}

static int list_folder(struct mf_squashfs *squashfs, const struct folder *folder)
{
	int r = sqfs_dir_reader_open_dir(squashfs->folders, folder->inode, 0);
	int rc = 0;

	if (r)
		return fail(squashfs, r, "squashfs folder");
	while (!rc) {
		sqfs_dir_entry_t *entry = NULL;

		r = sqfs_dir_reader_read(squashfs->folders, &entry);
		if (r < 0)
			return fail(squashfs, r, "squashfs folder");
		if (r)
			break;
		rc = list_entry(squashfs, folder, entry);
		sqfs_free(entry);
	}
	return rc;
}

static int list_all(struct mf_squashfs *squashfs)
{
	sqfs_inode_generic_t *root;
	int r = sqfs_dir_reader_get_root_inode(squashfs->folders, &root);

	if (r)
		return fail(squashfs, r, "squashfs root");
	r = push(squashfs, root, "", 1);
	if (r)
		sqfs_free(root);
	while (!r && squashfs->waiting) {
		struct folder folder = *squashfs->waiting;

		squashfs->waiting = folder.next;
		r = list_folder(squashfs, &folder);
		sqfs_free(folder.inode);
	}
	return r;
}

bool mf_squashfs_detect(struct mf_bytes file)
{
	uint16_t major;

	return file.n >= sizeof(sqfs_super_t) && !memcmp(file.p, "hsqs", 4) &&
	       mf_get_u16(file, offsetof(sqfs_super_t, version_major), MF_LITTLE, &major) &&
	       major == 4;
}

int mf_squashfs_walk(struct mf_bytes image, const struct mf_squashfs_visitor *visitor,
		     struct mf_err *err)
{
	MF_CLEANUP(close_image)
	struct mf_squashfs squashfs = {
		.file = {{{file_destroy, NULL}, file_read, file_write, file_size, file_truncate},
			 image},
		.visitor = visitor,
		.err = err,
	};
	int r = open_image(&squashfs);

	return r ? r : list_all(&squashfs);
}

int mf_squashfs_read(struct mf_squashfs *squashfs, struct mf_buf *out)
{
	sqfs_u64 size = 0;
	uint8_t *room;
	int r = sqfs_inode_get_file_size(squashfs->current, &size);

	if (r)
		return fail(squashfs, r, "squashfs file");
	if (size > MF_SQUASHFS_MAX_FILE || size > MF_SQUASHFS_MAX_READ - squashfs->n_read)
		return mf_fail(squashfs->err, -E2BIG,
			       "files of more than %llu bytes, the limit here",
			       (unsigned long long)MF_SQUASHFS_MAX_READ);
	squashfs->n_read += size;
	room = mf_buf_reserve(out, (size_t)size);
	if (!room)
		return fail(squashfs, SQFS_ERROR_ALLOC, "");
	for (sqfs_u64 at = 0; at < size;) {
		sqfs_u32 n = (sqfs_u32)(size - at);
		sqfs_s32 done = sqfs_data_reader_read(squashfs->data, squashfs->current, at,
						      room + at, n);

		if (done <= 0)
			return fail(squashfs, done ? done : SQFS_ERROR_CORRUPTED, "squashfs file");
		at += (sqfs_u64)done;
	}
	out->len += (size_t)size;
	return 0;
}
