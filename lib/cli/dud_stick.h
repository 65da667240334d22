// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: --write, --yes and --embed.
#pragma once

#include "lib/cli/dud.h"

/* What an option table needs for them. */
#define MF_STICK_OPTIONS                                                                         \
	{"write", 0, "DEVICE", "overwrite this USB stick with the disk; -o is not needed then"}, \
		{"yes", 'y', NULL, "do not ask before it is overwritten"},                       \
	{                                                                                        \
		"embed", 0, "FILE",                                                              \
			"answer file that the installer then finds on the disk; may be repeated" \
	}

/*
 * Whether they fit the format and the targets, the stick may be overwritten and someone can be
 * asked: before any work is done. An enum mf_exit; the message is in err unless OK.
 */
int mf_dud_check_stick(struct mf_dud_run *run);

/* Adds the files of --embed to the planned disk. 0 or -errno. */
int mf_dud_embed(struct mf_dud_run *run, struct mf_dud_artifact *artifact);

/* Without -o: names an image in a folder that goes with the run. 0 or -errno. */
int mf_dud_image(struct mf_dud_run *run, struct mf_dud_artifact *artifact);

/*
 * Shows what is on the stick, asks unless --yes, and overwrites it with the image; nothing without
 * --write. 0 or -errno.
 */
int mf_dud_write_stick(struct mf_dud_run *run, const char *image);
