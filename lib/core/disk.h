// SPDX-License-Identifier: GPL-2.0-or-later
// A driver disk as found: its files, and its packages and modules with their facts.
#pragma once

#include "lib/core/deb.h"
#include "lib/core/drvset.h"
#include "lib/core/rpmpkg.h"

/* Files that installers read as text are kept up to this size: dud.config, module.order… */
#define MF_DISK_MAX_TEXT 65536

struct mf_disk_file {
	const char *path; /* from the disk's root, no leading '/' */
	char kind;	  /* 'f' file, 'd' folder, 'l' symlink, 'o' other */
	uint64_t size;
	const char *link;		/* target of a symlink */
	const struct mf_rpm *rpm;	/* of *.rpm files that are regular; else NULL */
	struct mf_disk *nested;		/* of *.iso files that could be read as one; else NULL */
	const struct mf_deb *deb;	/* of *.deb, *.udeb, *.ude that are regular; else NULL */
	const struct mf_driver *driver; /* of regular files called like a module: facts, symbols,
					   sha256; its path is spool, and its content is to be read
					   from there; else NULL */
	struct mf_bytes text;		/* of dud.config, module.order, module.config, by base name,
					   and *.sh, mkdud.* in install/ of SUSE's driver updates;
					   p is NULL when it was not kept */
	const char *spool; /* file on this machine with its bytes: of packages, modules, inner
			      images, update.tar.gz and firmware; NULL: not kept */
};

/* Zeroed is empty; everything lives in its arena, nested disks too. */
struct mf_disk {
	struct mf_arena arena;
	const char *container; /* "iso9660", "vfat", "folder", "cpio", "tar"; "rpm", "deb": a single
				  package. An RPM that holds linux/suse is one that was unpacked:
				  its payload is the disk, as linuxrc has it */
	const char *label;     /* volume label; NULL when it has none or can have none */
	bool has_long_names;   /* an ISO with Rock Ridge or Joliet; true for the others */
	struct mf_disk_file *files; /* sorted by path, parents first */
	size_t n_files;
};

/* File of that path, NULL when it is not there. */
const struct mf_disk_file *mf_disk_find(const struct mf_disk *disk, const char *path);

/*
 * Length of the part "[NUMBER/]linux/suse/ARCH-DIST" of a path that is such a folder or lies in
 * one; 0 for any other path. linuxrc and Agama take driver updates from nowhere else.
 */
size_t mf_disk_update_length(const char *path);
