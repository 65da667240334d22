// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of `modferry inspect` for driver disks and packages: what is on them.
#pragma once

#include "lib/cli/output.h"
#include "lib/io/disk.h"

/* A disk, or an image inside. */
struct mf_inspect_disk {
	const struct mf_disk *disk;
	const char *prefix; /* path of that image and ": ", "" for the disk itself */
};

/* A folder that an installer takes packages from: rpms/ARCH beside a file rhdd3. */
struct mf_inspect_repository {
	size_t disk; /* index */
	const char *path;
	const char *arch;
	size_t n_packages;
	bool has_metadata;
};

/* What a package holds, besides what its header says. */
struct mf_inspect_content {
	const char *error; /* why its payload could not be read to the end, NULL: it could */
	const struct mf_driver *drivers;
	size_t n_drivers;
	size_t n_firmware; /* files below lib/firmware, by the header */
	size_t n_other;	   /* files that are neither that nor modules nor folders */
};

struct mf_inspect_rpm {
	size_t disk; /* index */
	const struct mf_rpm *rpm;
	struct mf_inspect_content content;
};

struct mf_inspect_deb {
	size_t disk; /* index */
	const struct mf_deb *deb;
	struct mf_inspect_content content;
};

/* A driver update of SUSE: a folder linux/suse/ARCH-DIST, or a symlink to one. */
struct mf_inspect_update {
	size_t disk; /* index */
	const char *path;
	const char *target; /* of the symlink; NULL: a folder */
	const char *id;	    /* UpdateID, NULL: none */
	const char *name;   /* first UpdateName, NULL: none */
	bool has_order;	    /* module.order is there */
	bool has_archive;   /* install/update.tar.gz or update.tgz */
	size_t n_modules;
	size_t n_packages; /* install/ *.rpm */
};

/* A module that lies on a disk as a file, or that a driver update asks for by its name. */
struct mf_inspect_module {
	size_t disk;	    /* index */
	const char *update; /* path of its driver update; NULL: it lies elsewhere */
	size_t place;	    /* line of module.order, from 1; 0: not there */
	const char *name;
	const struct mf_disk_file *file; /* NULL: not on the disk, so the installer's own */
};

/* Zeroed is empty; all lives in the source's arena. */
struct mf_inspect_disks {
	const char *file;
	struct mf_disk_source source;
	struct mf_inspect_disk *disks; /* itself first */
	size_t n_disks;
	struct mf_inspect_repository *repositories;
	size_t n_repositories;
	struct mf_inspect_rpm *rpms;
	size_t n_rpms;
	struct mf_inspect_deb *debs;
	size_t n_debs;
	struct mf_inspect_update *updates;
	size_t n_updates;
	struct mf_inspect_module *modules; /* by update, in the order of loading; others behind */
	size_t n_modules;
};

/* Whether a file of a package is firmware. */
bool mf_inspect_is_firmware(const char *path, uint32_t mode);

/* Adds the driver updates and plain modules of the disk added last. 0 or -ENOMEM. */
int mf_inspect_add_updates(struct mf_inspect_disks *disks);

/* Shows a disk, a folder or an RPM as tables or JSON. An enum mf_exit. */
int mf_inspect_disk(const char *path, bool is_json, struct mf_err *err);

/* Calls warn for everything that people should know. */
void mf_inspect_disk_warnings(const struct mf_inspect_disks *disks,
			      void (*warn)(void *, const char *), void *context);

/* Print it: 0 or -errno. */
int mf_inspect_disk_print(const struct mf_inspect_disks *disks, struct mf_err *err);
int mf_inspect_disk_print_json(const struct mf_inspect_disks *disks, struct mf_err *err);
