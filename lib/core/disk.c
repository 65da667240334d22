// SPDX-License-Identifier: GPL-2.0-or-later
// Looking up files of a driver disk.
#include "lib/core/disk.h"

#include <stdlib.h>
#include <string.h>

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
