// SPDX-License-Identifier: GPL-2.0-or-later
// Hook files: what starts the loader in each initramfs framework.
#include "initramfs-hooks/hooks.h"

/* Sourced by its framework: it may neither exit nor leave a status, option or variable behind. */
#define START                              \
	"if [ -x /modferry/load ]; then\n" \
	"\t/modferry/load || :\n"          \
	"fi\n"

static const struct mf_hook_file files[] = {
	[MF_HOOK_RDINIT] = {0},
	/*
	 * dracut sources every *.sh of the stage, before udev starts. 059 to 109 read
	 * lib/dracut/hooks (usr/lib is where lib points to); from 110 on usr/lib/dracut/hooks is
	 * the third of three folders (dracut-ng modules.d/80base/dracut-lib.sh, source_all).
	 */
	[MF_HOOK_DRACUT] =
		{
			.path = "usr/lib/dracut/hooks/pre-udev/00-modferry.sh",
			.text = "# Starts the modferry loader before udev.\n" START,
			.dirs = {"usr/lib/dracut/hooks", "usr/lib/dracut/hooks/pre-udev"},
		},
	/* /init sources each file of conf/conf.d before it runs init-top (initramfs-tools init). */
	[MF_HOOK_INITRAMFS_TOOLS] =
		{
			.path = "conf/conf.d/zz-modferry",
			.text = "# Starts the modferry loader before udev.\n" START,
			.dirs = {"conf/conf.d"},
		},
	[MF_HOOK_DEBIAN_INSTALLER] = {0},
	[MF_HOOK_SYSTEMD] = {0},
	[MF_HOOK_NONE] = {0},
};

const struct mf_hook_file *mf_hook_file(enum mf_hook hook)
{
	return &files[hook];
}
