// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of scanning driver disks: taking modules and firmware from what holds them.
#pragma once

#include "lib/io/scan_disk_name.h"
#include "lib/io/scanner.h"

/* A module that is in the set already. */
struct mf_scan_known {
	char sha256[65]; /* of its uncompressed bytes */
	const char *kernel;
};

/* What holds the modules that are looked at: a package, an update.tar.gz, or they lie there. */
struct mf_scan_holder {
	const char *path; /* on the disk, with inner images in front; NULL: the source itself */
	const char *file; /* of a module that lies in a folder: read from there later */
	struct mf_scan_name name; /* that it gives them; name NULL: none */
	bool is_package;	  /* an RPM's or Debian package's, to be taken apart */
};

struct mf_disk_scan {
	struct mf_scanner *scanner;
	const char *source; /* in the set's arena */
	struct mf_scan_holder holder;
	struct mf_scan_known *known;
	size_t n_known;
	size_t n_modules; /* looked at */
	uint64_t n_kept;
	const char *problem; /* the first that was noted */
};

/* Notes what is wrong with a file of the disk; path NULL: with the holder. 0 or -ENOMEM. */
int mf_disk_scan_note(struct mf_disk_scan *scan, const char *path, const char *problem);

/* For walks of payloads, data: a struct mf_disk_scan. Whether a file is a module or firmware. */
bool mf_disk_scan_wants(void *data, const char *path);

/* Takes such a file into the set. -EFBIG and -E2BIG beyond the limits of a source, -ENOMEM. */
int mf_disk_scan_take(void *data, const char *path, struct mf_bytes content);

/* Path of a file below lib/firmware; NULL for one that is not in there. */
const char *mf_disk_scan_firmware(const char *path);
