// SPDX-License-Identifier: GPL-2.0-or-later
// A driver disk as found: its files, and its RPMs with their headers.
#pragma once

#include "lib/core/rpmpkg.h"

struct mf_disk_file {
	const char *path; /* from the disk's root, no leading '/' */
	char kind;	  /* 'f' file, 'd' folder, 'l' symlink, 'o' other */
	uint64_t size;
	const char *link;	  /* target of a symlink */
	const struct mf_rpm *rpm; /* of *.rpm files that are regular; else NULL */
	struct mf_disk *nested;	  /* of *.iso files that could be read as one; else NULL */
};

/* Zeroed is empty; everything lives in its arena, nested disks too. */
struct mf_disk {
	struct mf_arena arena;
	const char
		*container;  /* "iso9660", "vfat", "folder", "rpm" (a single one), "cpio", "tar" */
	const char *label;   /* volume label; NULL when it has none or can have none */
	bool has_long_names; /* an ISO with Rock Ridge or Joliet; true for the others */
	struct mf_disk_file *files; /* sorted by path, parents first */
	size_t n_files;
};

/* File of that path, NULL when it is not there. */
const struct mf_disk_file *mf_disk_find(const struct mf_disk *disk, const char *path);
