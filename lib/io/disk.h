// SPDX-License-Identifier: GPL-2.0-or-later
// Reading driver disks: ISO 9660, FAT images, folders, archives, single packages, by anybody made.
#pragma once

#include "lib/base/err.h"
#include "lib/core/disk.h"
#include "lib/io/workdir.h"

/* A disk with the copies of its packages, modules and inner ISOs in a private temporary folder. */
struct mf_disk_source {
	struct mf_disk disk;
	struct mf_workdir spool; /* lib/io/workdir.h; made with the first copy */
};

/*
 * Reads a disk image (also one in a partition), a folder, a cpio or tar archive, an RPM (one that
 * holds a driver update of SUSE is unpacked) or a Debian package. Hostile
 * input: at most 100,000 files, 4 GiB of copies, ISO inside ISO at most 4 deep, names from inside
 * never become names here, symlinks are not followed. -EINVAL for what is no disk (err says what
 * it was taken for), -EBADMSG for a damaged one, -EFBIG beyond a limit, -errno; err names the
 * object. Close the source after a failure too.
 */
int mf_disk_open(const char *path, struct mf_disk_source *out, struct mf_err *err);

/*
 * Whether a file looks like a driver disk, for commands that take artifacts of any kind: ISO 9660,
 * FAT, an RPM or Debian package; an archive or folder with linux/suse, N/linux/suse, debian-drivers
 * or ubuntu-drivers at its top; a folder with rhdd3 or packages in it, or with folders that have
 * rhdd3. Opens and reads little: archives 16 MiB deep. False on errors.
 */
bool mf_disk_is_one(const char *path);

/* Destructor: removes the copies. */
void mf_disk_close(struct mf_disk_source *source);
