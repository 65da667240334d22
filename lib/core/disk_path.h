// SPDX-License-Identifier: GPL-2.0-or-later
// Ways through a driver disk: paths with symlinks, and what lies below a folder.
#pragma once

#include "lib/core/disk.h"

/* A path of the disk with its symlinks followed, NULL when it leads nowhere or off the disk. */
const struct mf_disk_file *mf_disk_resolve(const struct mf_disk *disk, const char *path);

/* The file's path from a folder on, however deep below it; NULL when it is not below. */
const char *mf_disk_below(const struct mf_disk_file *file, const struct mf_disk_file *folder);

/* Index of the first file below a folder; what is below it stands together. */
size_t mf_disk_first_below(const struct mf_disk *disk, const struct mf_disk_file *folder);
