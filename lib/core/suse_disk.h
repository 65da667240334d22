// SPDX-License-Identifier: GPL-2.0-or-later
// Folders of SUSE's driver updates: [NUMBER/]linux/suse/ARCH-DIST, for linuxrc and Agama alike.
#pragma once

#include "lib/core/disk.h"

/* "ARCH-DIST" of a path "…linux/suse/ARCH-DIST"; NULL for any other path. */
const char *mf_suse_disk_name(const char *path);

/*
 * Why an installer that takes the folders called `wanted` leaves this one alone: another product,
 * machine or place. Lives in the arena; NULL: no memory.
 */
const char *mf_suse_disk_why_other(const char *path, const char *wanted, struct mf_arena *arena);

/* Below PATH/install: packages of rpm, as install/ of a driver update has them. 0 or -ENOMEM. */
int mf_suse_disk_packages(const struct mf_disk *disk, const char *path, struct mf_arena *arena,
			  const struct mf_disk_file ***ret, size_t *ret_n);
