// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of agama.h: the steps of one run. Each returns 0 or -ENOMEM.
#pragma once

#include "lib/core/agama.h"

/* Hostile disks: what is beyond is not judged, and a note says so. */
#define MF_AGAMA_MAX_FOLDERS 128
#define MF_AGAMA_MAX_MODULES 8192

struct mf_agama_run {
	const struct mf_disk *disk;
	const struct mf_agama *agama;
	struct mf_agama_result *out;
	const struct mf_disk_file **folders; /* ARCH-DIST as applied, symlinks followed */
	size_t n_folders;
};

/* agama_find.c: the folders, in the order of the script, and what lies in others. */
int mf_agama_find(struct mf_agama_run *run);
int mf_agama_add_others(struct mf_agama_run *run);

/* agama_modules.c: modules of one folder, and which copy of a file is left at last. */
int mf_agama_add_modules(struct mf_agama_run *run, const struct mf_disk_file *folder);
int mf_agama_add_skipped(struct mf_agama_run *run, const struct mf_disk_file *folder,
			 const char *why);
int mf_agama_replace(struct mf_agama_run *run);

/* Adds a sentence about the disk, once; text lives in the arena of the result or for ever. */
int mf_agama_note(struct mf_agama_run *run, const char *text);
