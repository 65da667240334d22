// SPDX-License-Identifier: GPL-2.0-or-later
// The disk of an overlay: the same drivers once more, for an installer to load and install.
#include "initramfs-hooks/overlay_disk.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/core/cmdline.h"

/*
 * Not OEMDRV: anaconda waits for a device of that label, which the loop device of the mounted
 * image would be, and would take the disk twice (dracut/driver-updates-genrules.sh).
 */
#define LABEL "MODFERRY"

/* One "KERNEL/NAME.ko" a line: the files of the manifest that are on the disk, too. */
static int add_modules(const struct mf_plan *plan, struct mf_tree *tree)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char *copy;

	for (size_t i = 0; i < plan->selected->n; i++) {
		const struct mf_selected *selected = &plan->selected->v[i];

		mf_buf_printf(&text, "%s/%s.ko\n", selected->build->kernel,
			      selected->driver->module.name);
	}
	copy = mf_arena_strndup(&tree->arena, mf_buf_str(&text), text.len);
	if (mf_buf_status(&text) || !copy)
		return -ENOMEM;
	return mf_tree_add_bytes(tree, MF_INITRAMFS_DISK_MODULES, 0644,
				 (struct mf_bytes){(const uint8_t *)copy, text.len});
}

int mf_overlay_disk_add(const struct mf_plan *plan, struct mf_tree *tree, struct mf_err *err)
{
	struct mf_plan inner = *plan;
	struct mf_tree *disk;
	int r;

	if (!plan->disk)
		return 0;
	inner.dud.label = LABEL;
	inner.targets = &plan->target;
	inner.n_targets = 1;
	r = mf_tree_add_tree(tree, MF_INITRAMFS_DISK, 0644, "iso", &disk);
	if (r)
		return r;
	r = plan->disk->plan(&inner, disk, err);
	if (r)
		return mf_wrap(err, r, "the disk inside, which --no-disk leaves out");
	return add_modules(plan, tree);
}
