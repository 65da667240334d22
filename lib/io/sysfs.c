// SPDX-License-Identifier: GPL-2.0-or-later
// This machine's devices, as sysfs tells them.
#include "lib/io/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* A modalias file holds at most a page; some drivers give several lines. */
#define MODALIAS_FILE_MAX 65536
#define PATH_SIZE	  4096

struct scan {
	const char *root;
	struct mf_arena *arena;
	struct mf_devices *out;
	struct mf_err *err;
	char content[MODALIAS_FILE_MAX];
};

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* Directory at a path below the root; NULL with errno. */
static DIR *open_below(const struct scan *scan, const char *relative)
{
	char path[PATH_SIZE];

	if (mf_path_join(path, sizeof(path), scan->root, relative)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return opendir(path);
}

/* Next name that is not "." or "..", NULL at the end. */
static const char *next_name(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	}
	return NULL;
}

/* Content of a file, NUL-terminated; false where there is none that can be read. */
static bool read_content(struct scan *scan, int dirfd, const char *path)
{
	MF_CLEANUP(mf_close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n = 0;

	if (fd < 0)
		return false;
	while (n < sizeof(scan->content) - 1) {
		ssize_t got = read(fd, scan->content + n, sizeof(scan->content) - 1 - n);

		if (got < 0)
			return false;
		if (!got)
			break;
		n += (size_t)got;
	}
	scan->content[n] = '\0';
	return true;
}

/* Control characters: no modalias has them, and they must not reach a terminal. */
static bool has_control(const char *line)
{
	for (; *line; line++) {
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			return true;
	}
	return false;
}

static int add_lines(struct scan *scan, const char *folder, const char *name)
{
	char path[PATH_SIZE];
	char *rest = scan->content;
	char *line;

	if (mf_path_join(path, sizeof(path), folder, name))
		return mf_fail(scan->err, -ENAMETOOLONG, "%s/%s: path is too long", folder, name);
	while ((line = strsep(&rest, "\n"))) {
		struct mf_device device = {.modalias = line, .path = path};
		int status;

		if (!*line || has_control(line))
			continue;
		status = mf_devices_add(scan->out, scan->arena, &device);
		if (status == -E2BIG)
			return mf_fail(scan->err, status, "%s: more than %zu devices", scan->root,
				       MF_HARDWARE_MAX_DEVICES);
		if (status)
			return mf_fail(scan->err, status, "out of memory");
	}
	return 0;
}

/* The devices in one folder, whose path below the root is given. */
static int scan_devices(struct scan *scan, const char *relative)
{
	MF_CLEANUP(close_dir) DIR *dir = open_below(scan, relative);
	char folder[PATH_SIZE];
	const char *name;
	int status = 0;

	if (!dir || mf_path_join(folder, sizeof(folder), scan->root, relative))
		return 0;
	while (!status && (name = next_name(dir))) {
		char file[512];

		if (!mf_path_join(file, sizeof(file), name, "modalias") &&
		    read_content(scan, dirfd(dir), file))
			status = add_lines(scan, folder, name);
	}
	return status;
}

/* All buses or classes: group is "bus" or "class", tail "/devices" or "". *ret_there: it exists. */
static int scan_group(struct scan *scan, const char *group, const char *tail, bool *ret_there)
{
	MF_CLEANUP(close_dir) DIR *dir = open_below(scan, group);
	const char *name;
	int status = 0;

	*ret_there = dir || errno != ENOENT;
	if (!dir)
		return !*ret_there ? 0
				   : mf_fail(scan->err, -errno, "%s/%s: cannot open it: %s",
					     scan->root, group, strerror(errno));
	while (!status && (name = next_name(dir))) {
		MF_CLEANUP(mf_buf_free) struct mf_buf relative = {0};

		mf_buf_printf(&relative, "%s/%s%s", group, name, tail);
		if (mf_buf_status(&relative))
			return mf_fail(scan->err, -ENOMEM, "out of memory");
		status = scan_devices(scan, mf_buf_str(&relative));
	}
	return status;
}

static int compare_devices(const void *left, const void *right)
{
	const struct mf_device *a = left;
	const struct mf_device *b = right;
	int order = strcmp(a->modalias, b->modalias);

	return order ? order : strcmp(a->path, b->path);
}

int mf_sysfs_scan(const char *root, struct mf_arena *arena, struct mf_devices *out,
		  struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) struct scan *scan = malloc(sizeof(*scan));
	bool has_bus;
	bool has_class = false;
	int status;

	if (!scan)
		return mf_fail(err, -ENOMEM, "out of memory");
	*out = (struct mf_devices){0};
	scan->root = root;
	scan->arena = arena;
	scan->out = out;
	scan->err = err;
	status = scan_group(scan, "bus", "/devices", &has_bus);
	if (!status)
		status = scan_group(scan, "class", "", &has_class);
	if (status)
		return status;
	if (!has_bus && !has_class)
		return mf_fail(err, -ENOENT,
			       "%s: has neither bus nor class; is sysfs mounted there?", root);
	if (!out->n)
		return mf_fail(err, -ENODATA, "%s: no device with a modalias", root);
	qsort(out->v, out->n, sizeof(*out->v), compare_devices);
	return 0;
}
