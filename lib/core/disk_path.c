// SPDX-License-Identifier: GPL-2.0-or-later
// Ways through a driver disk: paths with symlinks, and what lies below a folder.
#include "lib/core/disk_path.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Symlinks on one way; the kernel's own limit is 40 (MAXSYMLINKS). */
#define MAX_LINKS 40

/* A way through a disk. */
struct way {
	const struct mf_disk *disk;
	char rest[2 * PATH_MAX]; /* still to go */
	char done[PATH_MAX];	 /* gone, without symlinks; "" is the root */
	const struct mf_disk_file *file;
	unsigned int links;
};

static void go_up(struct way *way)
{
	char *slash = strrchr(way->done, '/');

	*(slash ? slash : way->done) = '\0';
}

/* Puts what a symlink says in front of the rest; one that leaves the disk leads nowhere. */
static bool follow(struct way *way)
{
	const char *link = way->file->link;
	char rest[sizeof(way->rest)];
	int n;

	if (!link || *link == '/' || way->links++ >= MAX_LINKS)
		return false;
	n = snprintf(rest, sizeof(rest), "%s/%s", link, way->rest);
	if (n < 0 || (size_t)n >= sizeof(rest))
		return false;
	memcpy(way->rest, rest, (size_t)n + 1);
	go_up(way);
	return true;
}

/* One component; false when it does not go on. */
static bool step(struct way *way)
{
	size_t n = strcspn(way->rest, "/");
	size_t done = strlen(way->done);
	char name[PATH_MAX];

	if (n >= sizeof(name) || done + n + 2 > sizeof(way->done))
		return false;
	memcpy(name, way->rest, n);
	name[n] = '\0';
	n += way->rest[n] == '/';
	memmove(way->rest, way->rest + n, strlen(way->rest + n) + 1);
	if (!name[0] || strcmp(name, ".") == 0)
		return true;
	if (strcmp(name, "..") == 0) {
		if (!done)
			return false;
		go_up(way);
		return true;
	}
	if (done)
		way->done[done++] = '/';
	memcpy(way->done + done, name, strlen(name) + 1);
	way->file = mf_disk_find(way->disk, way->done);
	return way->file && (way->file->kind != 'l' || follow(way));
}

const struct mf_disk_file *mf_disk_resolve(const struct mf_disk *disk, const char *path)
{
	struct way way = {.disk = disk};

	if (strlen(path) >= PATH_MAX)
		return NULL;
	memcpy(way.rest, path, strlen(path) + 1);
	while (way.rest[0]) {
		if (!step(&way))
			return NULL;
	}
	return way.done[0] ? mf_disk_find(disk, way.done) : NULL;
}

const char *mf_disk_below(const struct mf_disk_file *file, const struct mf_disk_file *folder)
{
	size_t n = strlen(folder->path);

	return strncmp(file->path, folder->path, n) == 0 && file->path[n] == '/'
		       ? file->path + n + 1
		       : NULL;
}

size_t mf_disk_first_below(const struct mf_disk *disk, const struct mf_disk_file *folder)
{
	size_t n = strlen(folder->path);
	size_t low = 0, high = disk->n_files;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *path = disk->files[middle].path;
		int order = strncmp(path, folder->path, n);

		if (order < 0 || (!order && (unsigned char)path[n] < '/'))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
