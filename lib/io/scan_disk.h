// SPDX-License-Identifier: GPL-2.0-or-later
// Scanner of driver disks and packages by anybody made: their modules become drivers.
#pragma once

#include "lib/core/drvset.h"

/*
 * Adds the modules of a disk or package (lib/io/disk.h; *.deb, too) to the set: those in its RPMs
 * and .debs, plain ones (linux/suse/…/modules), those in update.tar.gz. Packages are called after
 * what holds them, without the parts that say "kernel module" (kmod-NAME, NAME-kmp-FLAVOUR,
 * NAME-modules-KERNEL); the build's kernel is that of the path lib/modules/KERNEL, else of the
 * vermagic. The same bytes twice (modules/ and the KMP beside it) are one driver. Content is kept,
 * as the disk's copies go. *ret_is_disk is false, and nothing done, for anything else. Errors as
 * mf_disk_open.
 */
int mf_scan_disk(const char *path, struct mf_drvset *set, bool *ret_is_disk, struct mf_err *err);
