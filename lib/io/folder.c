// SPDX-License-Identifier: GPL-2.0-or-later
// A directory read at once and sorted, so that readdir order reaches nobody.
#include "lib/io/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"

#define MAX_ENTRIES ((size_t)1000000)

static enum mf_entry_type type_of_mode(mode_t mode)
{
	if (S_ISREG(mode))
		return MF_TYPE_FILE;
	if (S_ISDIR(mode))
		return MF_TYPE_DIR;
	return S_ISLNK(mode) ? MF_TYPE_LINK : MF_TYPE_OTHER;
}

static enum mf_entry_type type_of(int fd, const struct dirent *entry)
{
	struct stat st;

	switch (entry->d_type) {
	case DT_REG: return MF_TYPE_FILE;
	case DT_DIR: return MF_TYPE_DIR;
	case DT_LNK: return MF_TYPE_LINK;
	case DT_UNKNOWN: break; /* some filesystems do not say */
	default: return MF_TYPE_OTHER;
	}
	if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
		return MF_TYPE_OTHER;
	return type_of_mode(st.st_mode);
}

static int compare_entries(const void *left, const void *right)
{
	const struct mf_folder_entry *a = left;
	const struct mf_folder_entry *b = right;

	return strcmp(a->name, b->name);
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* Names go NUL-terminated to names, types to types, one byte each. */
static int read_entries(DIR *dir, struct mf_buf *names, struct mf_buf *types)
{
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (is_dots(entry->d_name))
			continue;
		if (types->len >= MAX_ENTRIES)
			return -E2BIG;
		mf_buf_add(names, entry->d_name, strlen(entry->d_name) + 1);
		mf_buf_addc(types, (uint8_t)type_of(dirfd(dir), entry));
		if (mf_buf_status(names) || mf_buf_status(types))
			return -ENOMEM;
	}
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

int mf_folder_read(int dirfd_, const char *name, bool follow, struct mf_folder *out)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf types = {0};
	MF_CLEANUP(close_dir) DIR *dir = NULL;
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
	int fd = openat(dirfd_, name, flags);
	int result;

	*out = MF_FOLDER_NONE;
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		result = -errno;
		close(fd);
		return result;
	}
	result = read_entries(dir, &names, &types);
	if (result)
		return result;
	out->v = calloc(types.len + 1, sizeof(*out->v));
	if (!out->v)
		return -ENOMEM;
	out->n = types.len;
	out->names = (char *)mf_steal(&names.data);
	for (size_t i = 0, at = 0; i < out->n; i++, at += strlen(out->names + at) + 1)
		out->v[i] = (struct mf_folder_entry){out->names + at,
						     (enum mf_entry_type)types.data[i]};
	qsort(out->v, out->n, sizeof(*out->v), compare_entries);
	out->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (out->fd < 0) {
		result = -errno;
		mf_folder_close(out);
		return result;
	}
	return 0;
}

void mf_folder_close(struct mf_folder *folder)
{
	free(folder->v);
	free(folder->names);
	mf_close_fd(&folder->fd);
	*folder = MF_FOLDER_NONE;
}
