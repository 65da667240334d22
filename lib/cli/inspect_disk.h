// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of `modferry inspect` for driver disks and RPMs: what is on them.
#pragma once

#include "lib/cli/output.h"
#include "lib/io/disk.h"
#include "lib/io/rpm_drivers.h"

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

struct mf_inspect_rpm {
	size_t disk; /* index */
	const struct mf_rpm *rpm;
	const char *error; /* why its payload could not be read to the end, NULL: it could */
	struct mf_rpm_drivers drivers;
	size_t n_firmware; /* files below lib/firmware, by the header */
	size_t n_other;	   /* files that are neither that nor modules nor folders */
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
};

/* Whether a file of an RPM is firmware. */
bool mf_inspect_is_firmware(const struct mf_rpm_file *file);

/* Shows a disk, a folder or an RPM as tables or JSON. An enum mf_exit. */
int mf_inspect_disk(const char *path, bool is_json, struct mf_err *err);

/* Calls warn for everything that people should know. */
void mf_inspect_disk_warnings(const struct mf_inspect_disks *disks,
			      void (*warn)(void *, const char *), void *context);

/* Print it: 0 or -errno. */
int mf_inspect_disk_print(const struct mf_inspect_disks *disks, struct mf_err *err);
int mf_inspect_disk_print_json(const struct mf_inspect_disks *disks, struct mf_err *err);
