// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks before linuxrc: driver updates, and which of them count.
#pragma once

#include "lib/cli/check_disk_suse.h"

/*
 * Whether the condition of a driver update keeps it on the kernel: of its Exec line and the script
 * in install/ that this runs. Yes without a condition.
 */
enum mf_answer mf_linuxrc_keeps(const struct mf_disk *disk, const struct mf_linuxrc_update *update,
				const char *kernel);

/* A driver update with one of its modules. */
struct mf_linuxrc_place {
	const struct mf_linuxrc_update *update;
	const struct mf_linuxrc_module *module;
};

/* Module of a driver's origin: all of all updates in one row. */
struct mf_linuxrc_place mf_linuxrc_at(const struct mf_linuxrc_result *result, size_t origin);

/* The packages in install/ of one update. */
struct mf_suse_packages mf_linuxrc_packages(const struct mf_linuxrc_update *update);

/* Whether a module is brought to the installed system by its update: unknown with an archive, into
 * which nobody looks. */
enum mf_answer mf_linuxrc_brings(const struct mf_linuxrc_update *update, const char *kernel,
				 const char *name);
