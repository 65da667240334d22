// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of `modferry overlay`: what one run holds, and its steps in their order.
#pragma once

#include <limits.h>

#include "lib/cli/make.h"
#include "lib/core/recipe.h"
#include "lib/io/nested.h"

struct mf_overlay_run {
	struct mf_make make; /* its kernels are freed with the run */
	const struct mf_target *target;
	struct mf_tree tree;
	struct mf_nested nested; /* files of the disk in the tree, once they are written */
	char loader[PATH_MAX];
	uint64_t loader_size;
	enum mf_hook hook;
};

/*
 * Which drivers: for --kernel, else the kernels of the target, else every build there is. -ENOENT
 * when there is none for what was asked; err says what to do.
 */
int mf_overlay_select(struct mf_overlay_run *run);

/* The loader for the drivers' machine: --loader, $MODFERRY_LIBEXECDIR, or the installed one. */
int mf_overlay_find_loader(struct mf_overlay_run *run);

/* Plans the disk that the target's installer would take out of the overlay; NULL: there is none. */
const struct mf_recipe *mf_overlay_disk(const struct mf_overlay_run *run);

/* Makes that disk a file of the tree. 0 or -errno. */
int mf_overlay_write_disk(struct mf_overlay_run *run);

/* How the disk is used, for people; nothing where there is none. */
void mf_overlay_tell_disk(const struct mf_overlay_run *run, struct mf_buf *text);
