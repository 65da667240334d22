// SPDX-License-Identifier: GPL-2.0-or-later
// Removing what we made.
#include "lib/io/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int remove_children(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int result = 0;

	if (!stream) {
		result = -errno;
		if (fd >= 0)
			close(fd);
		return result;
	}
	while ((entry = readdir(stream))) {
		int r;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = mf_remove_tree(dirfd(stream), entry->d_name);
		if (!result)
			result = r;
	}
	closedir(stream);
	return result;
}

int mf_remove_tree(int folder, const char *name)
{
	int r;

	if (unlinkat(folder, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	r = remove_children(folder, name);
	if (unlinkat(folder, name, AT_REMOVEDIR) == 0)
		return 0;
	return r ? r : -errno;
}
