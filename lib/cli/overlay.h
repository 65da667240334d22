// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of `modferry overlay`: what one run holds, and its steps in their order.
#pragma once

#include <limits.h>

#include "lib/cli/facts.h"
#include "lib/core/recipe.h"

struct mf_overlay_run {
	const struct mf_arguments *arguments;
	const char *command; /* for warnings: overlay, or dud */
	const struct mf_target *target;
	struct mf_drvset set;
	struct mf_facts facts;
	struct mf_tree tree;
	struct mf_selection selection;
	struct mf_selected_list selected;
	struct mf_strings firmware_dirs;
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

/* Their final bytes and firmware. */
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
