// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry overlay`: the driver update disk inside, for installers that take one there.
#include <string.h>

#include "lib/cli/overlay.h"
#include "lib/core/cmdline.h"
#include "lib/io/nested.h"

/* The disk that anaconda reads. */
#define RECIPE "dud-redhat"

/*
 * anaconda takes a disk out of its initramfs; an installed system does not run it. Without a loader
 * nothing would stand back for the disk.
 */
const struct mf_recipe *mf_overlay_disk(const struct mf_overlay_run *run)
{
	bool is_installer = mf_given(run->make.arguments, "for") ||
			    mf_given(run->make.arguments, "iso");

	if (!is_installer || run->hook == MF_HOOK_NONE || mf_given(run->make.arguments, "root") ||
	    mf_given(run->make.arguments, "no-disk") ||
	    strcmp(run->target->installer, "anaconda") != 0)
		return NULL;
	return mf_recipe_find(RECIPE);
}

int mf_overlay_write_disk(struct mf_overlay_run *run)
{
	struct mf_nested_options options = {.find = mf_sink_find};
	int r;

	if (!mf_tree_has(&run->tree, MF_INITRAMFS_DISK))
		return 0;
	r = mf_nested_write(&run->tree, &options, &run->nested, run->make.err);
	return r ? mf_wrap(run->make.err, r, "the disk inside, which --no-disk leaves out") : 0;
}

void mf_overlay_tell_disk(const struct mf_overlay_run *run, struct mf_buf *text)
{
	if (mf_tree_has(&run->tree, MF_INITRAMFS_DISK))
		mf_buf_adds(
			text,
			"disk: inst.dd=/" MF_INITRAMFS_DISK
			" on the command line has the installer load and install the drivers itself\n");
}
