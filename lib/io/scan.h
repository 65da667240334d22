// SPDX-License-Identifier: GPL-2.0-or-later
// Scanners: a SOURCE (DKMS tree, dkms tarball, module file, folder of modules, driver disk,
// package) becomes drivers.
#pragma once

#include "lib/base/buf.h"
#include "lib/core/drvset.h"

/* DKMS's own default (dkms(8), dkms_tree). */
#define MF_DKMS_TREE "/var/lib/dkms"

/*
 * Adds what source holds to the set; its kind is found by looking: a DKMS tree, one package or
 * build folder inside one, a *.dkms.tar.gz, a module file, a driver disk or package by anybody made
 * (lib/io/disk.h), or a folder that is walked for modules.
 * want: enum mf_module_want bits. What cannot be used becomes a note or a build state, the rest is
 * still added. -errno only when source itself cannot be read at all, -EINVAL when it is of no kind
 * known here, -ENOMEM. Call mf_drvset_sort when all sources are in.
 */
int mf_scan(const char *source, unsigned int want, struct mf_drvset *set, struct mf_err *err);

/* Likewise for a folder that is a DKMS tree because the user says so (--dkms-tree). */
int mf_scan_tree(const char *folder, unsigned int want, struct mf_drvset *set, struct mf_err *err);

/*
 * The content of a driver, as found but uncompressed, appended to out. err does not name the
 * driver: callers do. -ESTALE when its size is no longer what was scanned.
 */
int mf_driver_read(const struct mf_driver *driver, struct mf_buf *out, struct mf_err *err);
