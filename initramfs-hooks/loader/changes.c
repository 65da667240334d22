// SPDX-License-Identifier: GPL-2.0-or-later
// Files and links that are put in place together: all are made beside their places first.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename */
#include <string.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"

#define SUFFIX ".modferry" /* of what is not in its place yet */

int mf_changes_add(struct mf_loader *loader, struct mf_changes *changes, struct mf_change change)
{
	change.path = mf_arena_strdup(&loader->arena, change.path);
	if (!change.path ||
	    mf_arena_grow(&loader->arena, &changes->v, changes->n, sizeof(*changes->v)))
		return -ENOMEM;
	changes->v[changes->n++] = change;
	return 0;
}

static int make(const struct mf_change *change, const char *beside)
{
	unlink(beside); /* of a run that was cut off */
	if (change->is_file)
		return mf_sys_create(AT_FDCWD, beside, change->bytes);
	if (change->target && symlink(change->target, beside))
		return -errno;
	return 0;
}

static int move(const struct mf_change *change, const char *beside)
{
	bool is_removal = !change->is_file && !change->target;

	return (is_removal ? unlink(change->path) : rename(beside, change->path)) ? -errno : 0;
}

/* One step of all changes: make them beside their places, discard these again, or move them. */
enum step { STEP_MAKE, STEP_DISCARD, STEP_MOVE };

static int take_step(const struct mf_changes *changes, enum step step)
{
	char beside[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < changes->n && !r; i++) {
		const struct mf_change *change = &changes->v[i];

		if (snprintf(beside, sizeof(beside), "%s" SUFFIX, change->path) >=
		    (int)sizeof(beside))
			return -ENAMETOOLONG;
		switch (step) {
		case STEP_MAKE: r = make(change, beside); break;
		case STEP_DISCARD: unlink(beside); break;
		case STEP_MOVE: r = move(change, beside); break;
		}
	}
	return r;
}

int mf_changes_apply(const struct mf_changes *changes)
{
	int r = take_step(changes, STEP_MAKE);

	if (!r)
		r = take_step(changes, STEP_MOVE);
	if (r)
		take_step(changes, STEP_DISCARD);
	return r;
}
