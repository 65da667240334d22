// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what SUSE's installers have in common.
#pragma once

#include "lib/cli/check_disk.h"

/* Packages of a disk that bring drivers to the installed system. */
struct mf_suse_packages {
	const struct mf_disk_file **v;
	size_t n;
};

/*
 * Whether the installed system gets a module of that name for the kernel with one of the packages:
 * unknown where they have it for another kernel, for which weak-modules2 (suse-module-tools) makes
 * a link when all symbols agree.
 */
enum mf_answer mf_suse_brings(const struct mf_suse_packages *packages, const char *kernel,
			      const char *name);

/* A table of the packages: what kernels they have modules for. Nothing where there is none. */
int mf_suse_print_packages(const struct mf_disk_run *run, const struct mf_suse_packages *packages);

/* The same as JSON. */
json_t *mf_suse_json_packages(const struct mf_suse_packages *packages);

/* Notes a driver that nothing brings to the installed system. 0 or -ENOMEM. */
int mf_suse_tell_installed(struct mf_disk_talk *talk, size_t i, enum mf_answer is_brought);

/*
 * With --kernel-package: what the packages with modules for this kernel require of the kernel and
 * other drivers, and neither those packages nor the others on the disk provide. rpm -U installs
 * none of them then, as little as the installation's solver does. 0 or -ENOMEM.
 */
int mf_suse_say_missing(struct mf_disk_talk *talk, const struct mf_suse_packages *packages);

/* "linux/suse/ARCH-TAG" of the target, i386 for all of its kind; NULL: no memory. */
const char *mf_suse_update_folder(struct mf_disk_run *run, const char *arch);

/*
 * Notes with the last driver added which firmware of those that it names lie in a folder of the
 * disk, from where the installer takes them. 0 or -ENOMEM.
 */
int mf_suse_add_firmware(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
			 const char *folder);

/* Whether driver i was built for another kernel than the installer's. */
bool mf_suse_is_other(const struct mf_disk_talk *talk, size_t i);
