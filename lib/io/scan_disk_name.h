// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of scanning driver disks: what the drivers of a package are called after.
#pragma once

#include "lib/base/arena.h"
#include "lib/base/bytes.h"

/* Name and version; NULL where there is none. */
struct mf_scan_name {
	const char *name;
	const char *version;
};

/*
 * Takes the parts off an RPM's or Debian package's name that say that it holds modules, and for
 * which kernel; off its version what packagers add. kernel: that of a module in it, may be NULL.
 * Lives in the arena. 0 or -ENOMEM.
 */
int mf_scan_name_package(struct mf_arena *arena, const struct mf_scan_name *package,
			 const char *kernel, struct mf_scan_name *out);

/*
 * Takes "NAME" or "NAME VERSION" out of an UpdateName, also of one that ends in "for kernel
 * RELEASE"; people write sentences there, too, which no package can be called: name is NULL then.
 */
int mf_scan_name_update(struct mf_arena *arena, const char *text, struct mf_scan_name *out);

/* KERNEL of a path "…lib/modules/KERNEL/…"; NULL out: it has none. 0 or -ENOMEM. */
int mf_scan_name_kernel(struct mf_arena *arena, const char *path, const char **out);
