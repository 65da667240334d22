// SPDX-License-Identifier: GPL-2.0-or-later
// The files of an initrd or folder that say what it delivers.
#include "lib/io/artifact_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/target.h"
#include "lib/io/folder.h"
#include "lib/io/initrd.h"
#include "lib/io/scanner.h"

/* Levels of folders: lib/modules/KERNEL has 9. */
#define MAX_DEPTH 40

/* Whether a file says anything about drivers. */
static bool is_wanted(const char *path)
{
	const char *name = mf_path_base(path);
	enum mf_hook unused;

	if (mf_scan_is_module(name))
		return true;
	if (mf_has_prefix(name, "modules."))
		return strstr(path, "lib/modules/") != NULL;
	return strcmp(path, "modferry/load") == 0 || mf_hook_of_file(path, &unused) ||
	       (mf_has_prefix(path, "modferry/d/") && strcmp(name, "manifest") == 0);
}

static int keep(struct mf_artifact_files *files, const char *path, struct mf_bytes content,
		struct mf_err *err)
{
	struct mf_artifact_file file = {.path = mf_arena_strdup(files->arena, path)};
	char *copy = mf_arena_strndup(files->arena, (const char *)content.p, content.n);

	files->n_bytes += content.n;
	if (files->n_bytes > MF_ARTIFACT_MAX_BYTES)
		return mf_fail(err, -E2BIG, "more than %llu bytes of modules",
			       (unsigned long long)MF_ARTIFACT_MAX_BYTES);
	if (!file.path || !copy ||
	    mf_arena_grow(files->arena, &files->v, files->n, sizeof(*files->v)))
		return -ENOMEM;
	file.content = (struct mf_bytes){(const uint8_t *)copy, content.n};
	files->v[files->n++] = file;
	return 0;
}

static int compare_files(const void *a, const void *b)
{
	const struct mf_artifact_file *left = a;
	const struct mf_artifact_file *right = b;

	return strcmp(left->path, right->path);
}

const struct mf_artifact_file *mf_artifact_file(const struct mf_artifact_files *files,
						const char *path)
{
	struct mf_artifact_file key = {.path = path};

	return files->n ? bsearch(&key, files->v, files->n, sizeof(key), compare_files) : NULL;
}

/* By path, of one path the last first. */
static int compare_copies(const void *a, const void *b)
{
	const struct mf_artifact_file *left = a;
	const struct mf_artifact_file *right = b;
	int order = strcmp(left->path, right->path);

	return order ? order : (left->number < right->number) - (left->number > right->number);
}

/* Sorts; of files with one path the last one stays, as when an initrd is unpacked. */
static void settle(struct mf_artifact_files *files)
{
	size_t n = 0;

	for (size_t i = 0; i < files->n; i++)
		files->v[i].number = i;
	if (files->n > 1)
		qsort(files->v, files->n, sizeof(*files->v), compare_copies);
	for (size_t i = 0; i < files->n; i++) {
		if (!n || strcmp(files->v[n - 1].path, files->v[i].path) != 0)
			files->v[n++] = files->v[i];
	}
	files->n = n;
}

struct image_walk {
	struct mf_artifact_files *files;
	struct mf_err *err;
};

static int on_member(void *context, const struct mf_segment *segment,
		     const struct mf_member *member)
{
	struct image_walk *walk = context;

	(void)segment;
	if (S_ISREG(member->mode))
		walk->files->unpacked += member->size;
	if (member->ignored || !S_ISREG(member->mode) || !is_wanted(member->path))
		return 0;
	return keep(walk->files, member->path, member->content, walk->err);
}

int mf_artifact_files_of_image(struct mf_bytes image, struct mf_artifact_files *files,
			       struct mf_err *err)
{
	struct image_walk walk = {files, err};
	struct mf_initrd_visitor visitor = {.member = on_member, .context = &walk};
	int r = mf_initrd_walk(image, &visitor, err);

	if (!r)
		settle(files);
	return r;
}

struct folder_walk {
	struct mf_artifact_files *files;
	struct mf_buf path;
	struct mf_err *err;
	unsigned int depth;
};

static int walk_folder(struct folder_walk *walk, int dirfd, const char *name);

static int walk_entry(struct folder_walk *walk, const struct mf_folder *folder, size_t i)
{
	const struct mf_folder_entry *entry = &folder->v[i];
	size_t n = walk->path.len;
	int r = 0;

	if (n)
		mf_buf_addc(&walk->path, '/');
	mf_buf_adds(&walk->path, entry->name);
	if (mf_buf_status(&walk->path))
		return -ENOMEM;
	if (entry->type == MF_TYPE_DIR) {
		r = walk_folder(walk, folder->fd, entry->name);
	} else if (entry->type != MF_TYPE_OTHER && is_wanted(mf_buf_str(&walk->path))) {
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};

		r = mf_map_file(folder->fd, entry->name, &map, walk->err);
		if (!r)
			r = keep(walk->files, mf_buf_str(&walk->path), map.bytes, walk->err);
		else if (entry->type == MF_TYPE_LINK)
			r = 0; /* of an overlay's tree: leads to its place in the initramfs */
	}
	walk->path.len = n;
	if (walk->path.data)
		walk->path.data[n] = '\0';
	return r;
}

static int walk_folder(struct folder_walk *walk, int dirfd, const char *name)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	int r;

	if (walk->depth == MAX_DEPTH)
		return mf_fail(walk->err, -ELOOP, "more than %d folders deep", MAX_DEPTH);
	r = mf_folder_read(dirfd, name, walk->depth == 0, &folder);
	if (r)
		return mf_fail(walk->err, r, "%s: %s", name, strerror(-r));
	walk->depth++;
	for (size_t i = 0; !r && i < folder.n; i++)
		r = walk_entry(walk, &folder, i);
	walk->depth--;
	return r;
}

int mf_artifact_files_of_folder(const char *folder, struct mf_artifact_files *files,
				struct mf_err *err)
{
	struct folder_walk walk = {.files = files, .err = err};
	int r = walk_folder(&walk, AT_FDCWD, folder);

	mf_buf_free(&walk.path);
	if (!r)
		settle(files);
	return r;
}
