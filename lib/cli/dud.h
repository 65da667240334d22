// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of `modferry dud`: what one run holds, and its steps in their order.
#pragma once

#include "lib/cli/overlay.h"
#include "lib/io/gpg.h"
#include "lib/io/nested.h"
#include "lib/io/workdir.h"

/* What a --format word makes. */
struct mf_dud_format {
	const char *name;
	const char *recipe; /* NULL: the driver update disk of the target's family */
	const char *sink;   /* of the whole; "file": the only entry as it is */
};

struct mf_dud_run {
	struct mf_overlay_run make; /* as for an overlay; its kernels live in the set's arena */
	const struct mf_target **targets;
	size_t n_targets;
	const struct mf_dud_format *format;
	struct mf_spool spool;
	struct mf_nested nested;
	char signer[MF_GPG_KEY_MAX + 1]; /* --gpg-key; "": nobody signs */
	struct mf_workdir work;		 /* of the image, where only a stick gets it */
	char image[PATH_MAX];
};

/*
 * --for, --format and their agreement. An enum mf_exit; the message is in err unless OK.
 */
int mf_dud_targets(struct mf_dud_run *run);

/*
 * Which drivers: those for the kernels of each target (or --kernel, or of --initrd, --iso, --root).
 * -ENOENT when a target or kernel has none; err says what there is and what to do.
 */
int mf_dud_select(struct mf_dud_run *run);

/* Warnings that the choice of --match deserves, once. */
void mf_dud_warn_match(const struct mf_dud_run *run);

/* What was made, what is in it, and the lines to paste. */
int mf_dud_print(const struct mf_dud_run *run, const char *path);
