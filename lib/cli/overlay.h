// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of `modferry overlay`: what one run holds, and its steps in their order.
#pragma once

#include <limits.h>

#include "lib/cli/facts.h"
#include "lib/core/recipe.h"
#include "lib/io/nested.h"
#include "lib/io/sign.h"
#include "lib/io/spool.h"

struct mf_overlay_run {
	const struct mf_arguments *arguments;
	const char *command; /* for warnings: overlay, or dud */
	const struct mf_target *target;
	struct mf_drvset set;
	struct mf_facts facts;
	struct mf_tree tree;
	struct mf_nested nested; /* files of the disk in the tree, once they are written */
	struct mf_selection selection;
	struct mf_selected_list selected;
	struct mf_strings firmware_dirs;
	struct mf_signing_key *key; /* of --sign-key, NULL: modules stay as they are */
	struct mf_spool *spool;	    /* keeps the content of hundreds; NULL: memory does */
	char loader[PATH_MAX];
	uint64_t loader_size;
	enum mf_hook hook;
	struct mf_err *err;
};

/*
 * Which drivers: for --kernel, else the kernels of the target, else every build there is. -ENOENT
 * when there is none for what was asked; err says what to do.
 */
int mf_overlay_select(struct mf_overlay_run *run);

/* Their final bytes, signed with the run's key, and firmware. */
int mf_overlay_prepare(struct mf_overlay_run *run);

/* Whether and how the loader is started on the target. */
void mf_overlay_start(const struct mf_overlay_run *run, struct mf_delivery *out);

/*
 * Judges them against the target, where one is known. Warns of what is not known; -EPERM when one
 * of them would not load, unless --force.
 */
int mf_overlay_check(struct mf_overlay_run *run);

/* The loader for the drivers' machine: --loader, $MODFERRY_LIBEXECDIR, or the installed one. */
int mf_overlay_find_loader(struct mf_overlay_run *run);

/* Plans the disk that the target's installer would take out of the overlay; NULL: there is none. */
const struct mf_recipe *mf_overlay_disk(const struct mf_overlay_run *run);

/* Makes that disk a file of the tree. 0 or -errno. */
int mf_overlay_write_disk(struct mf_overlay_run *run);

/* How the disk is used, for people; nothing where there is none. */
void mf_overlay_tell_disk(const struct mf_overlay_run *run, struct mf_buf *text);
