// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks being read: files are added, copied, and put into order.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/compress.h"
#include "lib/io/disk_parts.h"

#define MAX_PATH 4095

int mf_disk_no_memory(struct mf_disk_build *build)
{
	return mf_fail(build->err, -ENOMEM, "out of memory");
}

int mf_disk_damaged(struct mf_disk_build *build, const char *reason)
{
	return mf_fail(build->err, -EBADMSG, "%s: damaged: %s", build->object, reason);
}

/* Whether every part of a path is a name. Control characters are odd, but lead nowhere. */
static bool is_inside(const char *path)
{
	if (strlen(path) > MAX_PATH)
		return false;
	for (;;) {
		size_t n = strcspn(path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[n])
			return true;
		path += n + 1;
	}
}

static int append(struct mf_disk_build *build, const struct mf_disk_file *file)
{
	struct mf_disk *disk = build->disk;

	if (build->limits->n_files++ >= MF_DISK_MAX_FILES)
		return mf_fail(build->err, -EFBIG, "%s: has more than %zu files, the limit here",
			       build->object, MF_DISK_MAX_FILES);
	if (mf_arena_grow(build->arena, &disk->files, disk->n_files, sizeof(*file)))
		return mf_disk_no_memory(build);
	disk->files[disk->n_files++] = *file;
	return 0;
}

int mf_disk_add(struct mf_disk_build *build, const struct mf_disk_file *file, bool *ret_wants_copy)
{
	struct mf_disk_file copy = *file;

	*ret_wants_copy = false;
	if (!is_inside(file->path))
		return mf_disk_damaged(build, "a name in it leads elsewhere");
	copy.path = mf_arena_strdup(build->arena, file->path);
	copy.link = file->link ? mf_arena_strdup(build->arena, file->link) : NULL;
	if (!copy.path || (file->link && !copy.link))
		return mf_disk_no_memory(build);
	*ret_wants_copy = file->kind == 'f' && mf_disk_wants(file);
	return append(build, &copy);
}

static int make_spool(struct mf_disk_build *build)
{
	struct mf_workdir *spool = &build->limits->source->spool;

	return spool->is_there ? 0 : mf_workdir_make(spool, build->err);
}

/* Path of the copy being made: a number, so that no name from inside is used here. */
static int copy_path(struct mf_disk_build *build, char out[PATH_MAX])
{
	char name[32];

	snprintf(name, sizeof(name), "%zu", build->limits->n_copies);
	return mf_path_join(out, PATH_MAX, build->limits->source->spool.path, name)
		       ? mf_fail(build->err, -ENAMETOOLONG, "%s: too long",
				 build->limits->source->spool.path)
		       : 0;
}

static int open_copy(struct mf_disk_build *build)
{
	char path[PATH_MAX];
	int r = make_spool(build);

	build->limits->n_copies++;
	if (!r)
		r = copy_path(build, path);
	if (r)
		return r;
	build->copy = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (build->copy < 0)
		return mf_fail(build->err, -errno, "%s: %s", path, strerror(errno));
	return 0;
}

int mf_disk_copy(struct mf_disk_build *build, struct mf_bytes bytes)
{
	int r = build->copy < 0 ? open_copy(build) : 0;

	if (r)
		return r;
	build->limits->copied += bytes.n;
	if (build->limits->copied > MF_DISK_MAX_COPIES)
		return mf_fail(build->err, -EFBIG,
			       "%s: has more than %llu GiB of packages and images, the limit here",
			       build->object, (unsigned long long)(MF_DISK_MAX_COPIES >> 30));
	r = mf_write_all(build->copy, bytes, build->err);
	return r ? mf_wrap(build->err, r, "%s", build->limits->source->spool.path) : 0;
}

int mf_disk_copy_end(struct mf_disk_build *build)
{
	char path[PATH_MAX];
	int r = mf_disk_copy(build, (struct mf_bytes){0}); /* of an empty file too */

	mf_close_fd(&build->copy);
	if (!r)
		r = copy_path(build, path);
	return r ? r : mf_disk_use(build, path);
}

struct ordered {
	struct mf_disk_file file;
	size_t place;
};

static int compare(const void *left, const void *right)
{
	const struct ordered *a = left;
	const struct ordered *b = right;
	int order = strcmp(a->file.path, b->file.path);

	if (order)
		return order;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* Sorts by path and keeps one file of each. */
static int sort_files(struct mf_disk_build *build)
{
	struct mf_disk *disk = build->disk;
	MF_CLEANUP(mf_free_ptr) struct ordered *v = calloc(disk->n_files + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return mf_disk_no_memory(build);
	for (size_t i = 0; i < disk->n_files; i++)
		v[i] = (struct ordered){disk->files[i], i};
	qsort(v, disk->n_files, sizeof(*v), compare);
	for (size_t i = 0; i < disk->n_files; i++) {
		bool is_again = n && strcmp(disk->files[n - 1].path, v[i].file.path) == 0;

		if (!is_again)
			disk->files[n++] = v[i].file;
		else if (build->is_last_one_kept)
			disk->files[n - 1] = v[i].file;
	}
	disk->n_files = n;
	return 0;
}

/* Folders that archives leave out. The list is sorted; what is added comes behind it. */
static int add_parents(struct mf_disk_build *build)
{
	const struct mf_disk sorted = *build->disk;
	const char *before = "";
	int r = 0;

	for (size_t i = 0; !r && i < sorted.n_files; i++) {
		const char *path = sorted.files[i].path;

		for (const char *slash = path; !r && (slash = strchr(slash, '/')); slash++) {
			size_t n = (size_t)(slash - path);
			struct mf_disk_file folder = {.kind = 'd'};

			/* the neighbour in front had the same one */
			if (strncmp(before, path, n) == 0 && before[n] == '/')
				continue;
			folder.path = mf_arena_strndup(build->arena, path, n);
			if (!folder.path)
				return mf_disk_no_memory(build);
			if (!mf_disk_find(&sorted, folder.path))
				r = append(build, &folder);
		}
		before = path;
	}
	return r;
}

int mf_disk_finish(struct mf_disk_build *build)
{
	size_t n;
	int r = sort_files(build);

	n = build->disk->n_files;
	if (!r)
		r = add_parents(build);
	if (!r && build->disk->n_files > n)
		r = sort_files(build);
	if (r)
		return r;
	return mf_disk_resolve_links(build);
}
