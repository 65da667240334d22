// SPDX-License-Identifier: GPL-2.0-or-later
// Looking things up on a driver disk: files, driver updates of SUSE.
#include "lib/core/disk.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static int compare(const void *path, const void *file)
{
	return strcmp(path, ((const struct mf_disk_file *)file)->path);
}

const struct mf_disk_file *mf_disk_find(const struct mf_disk *disk, const char *path)
{
	if (!disk->n_files)
		return NULL;
	return bsearch(path, disk->files, disk->n_files, sizeof(*disk->files), compare);
}

size_t mf_disk_update_length(const char *path)
{
	static const char top[] = "linux/suse/";
	size_t n = strspn(path, "0123456789");

	if (n && path[n] != '/')
		return 0;
	n += n > 0;
	if (!mf_has_prefix(path + n, top) || !path[n + strlen(top)])
		return 0;
	n += strlen(top);
	return n + strcspn(path + n, "/");
}
