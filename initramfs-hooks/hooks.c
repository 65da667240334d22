// SPDX-License-Identifier: GPL-2.0-or-later
// Hook files: what starts the loader in each initramfs framework.
#include "initramfs-hooks/hooks.h"

#include <string.h>

#include "lib/core/basetree.h"

#define MAX_FILES 2
#define MAX_DIRS  3

/* One file of a hook, or with a target a symlink; paths as the framework's own images have them. */
struct file {
	const char *path;
	const char *text;
	const char *target;
	uint32_t mode;
};

struct hook {
	struct file files[MAX_FILES];
	/* folders that some release lacks, parents first: they get an entry where nothing is known
	 * of the target; in no release is one of them a symlink */
	const char *dirs[MAX_DIRS];
};

/* Sourced by its framework: it may neither exit nor leave a status, option or variable behind. */
#define SOURCED                                       \
	"# Starts the modferry loader before udev.\n" \
	"if [ -x /modferry/load ]; then\n"            \
	"\t/modferry/load || :\n"                     \
	"fi\n"

/*
 * Run, not sourced, by debian-installer-startup as it is executable. udev was started by /init
 * and hears of new devices by itself; what comes next may want its links in /dev, so it is waited
 * for. 30 s: as long as the loader's own bound.
 */
#define STARTUP                                                            \
	"#!/bin/sh\n"                                                      \
	"# Starts the modferry loader before the installer's own steps.\n" \
	"if [ -x /modferry/load ]; then\n"                                 \
	"\t/modferry/load || :\n"                                          \
	"\tudevadm settle --timeout=30 || :\n"                             \
	"fi\n"

/*
 * Before all that loads modules in an initramfs of systemd, dracut's rd.driver.pre= included.
 * "-": systemd takes any end of the loader for success, and a program it cannot run too.
 * KillMode, as of dracut's own units: a driver that hangs in the kernel keeps its worker, which
 * nothing can kill, and systemd would try to for minutes when the unit is stopped.
 */
#define UNIT                                                                           \
	"# Starts the modferry loader before udev.\n"                                  \
	"[Unit]\n"                                                                     \
	"Description=Load the drivers of modferry overlays\n"                          \
	"Documentation=man:modferry-load(8)\n"                                         \
	"DefaultDependencies=no\n"                                                     \
	"ConditionFileIsExecutable=/modferry/load\n"                                   \
	"Before=systemd-udevd.service systemd-udev-trigger.service\n"                  \
	"Before=systemd-modules-load.service dracut-pre-udev.service sysinit.target\n" \
	"\n"                                                                           \
	"[Service]\n"                                                                  \
	"Type=oneshot\n"                                                               \
	"RemainAfterExit=yes\n"                                                        \
	"KillMode=process\n"                                                           \
	"ExecStart=-/modferry/load\n"

static const struct hook hooks[] = {
	[MF_HOOK_RDINIT] = {.files = {{0}}},
	/*
	 * dracut sources every *.sh of the stage, before udev starts. 059 to 109 read
	 * lib/dracut/hooks (usr/lib is where lib points to); from 110 on usr/lib/dracut/hooks is
	 * the third of three folders (dracut-ng modules.d/80base/dracut-lib.sh, source_all).
	 */
	[MF_HOOK_DRACUT] =
		{
			.files = {{.path = "usr/lib/dracut/hooks/pre-udev/00-modferry.sh",
				   .text = SOURCED,
				   .mode = 0755}},
			.dirs = {"usr/lib/dracut/hooks", "usr/lib/dracut/hooks/pre-udev"},
		},
	/* /init sources each file of conf/conf.d before it runs init-top (initramfs-tools init). */
	[MF_HOOK_INITRAMFS_TOOLS] =
		{
			.files = {{.path = "conf/conf.d/zz-modferry",
				   .text = SOURCED,
				   .mode = 0755}},
			.dirs = {"conf/conf.d"},
		},
	/* debian-installer-startup takes S[0-9][0-9]* by name; the installer's own begin with 01 */
	[MF_HOOK_DEBIAN_INSTALLER] =
		{
			.files = {{.path = "lib/debian-installer-startup.d/S00modferry",
				   .text = STARTUP,
				   .mode = 0755}},
		},
	[MF_HOOK_SYSTEMD] =
		{
			.files = {{.path = "usr/lib/systemd/system/modferry-load.service",
				   .text = UNIT,
				   .mode = 0644},
				  {.path = "usr/lib/systemd/system/sysinit.target.wants/"
					   "modferry-load.service",
				   .target = "../modferry-load.service"}},
			.dirs = {"usr/lib/systemd/system/sysinit.target.wants"},
		},
	[MF_HOOK_NONE] = {.files = {{0}}},
};

static int add_dirs(const struct hook *hook, struct mf_tree *tree)
{
	int r = 0;

	for (size_t i = 0; !r && i < MAX_DIRS && hook->dirs[i]; i++)
		r = mf_tree_add_dir(tree, hook->dirs[i], 0755);
	return r;
}

int mf_hook_add(const struct mf_plan *plan, struct mf_tree *tree, struct mf_err *err)
{
	const struct hook *hook = &hooks[plan->hook];
	int r = plan->base ? 0 : add_dirs(hook, tree);

	for (size_t i = 0; !r && i < MAX_FILES && hook->files[i].path; i++) {
		const struct file *file = &hook->files[i];
		const char *path = file->path;

		if (plan->base)
			r = mf_base_place(plan->base, tree, file->path, &path, err);
		if (!r && file->target)
			r = mf_tree_add_symlink(tree, path, file->target);
		else if (!r)
			r = mf_tree_add_bytes(
				tree, path, file->mode,
				(struct mf_bytes){(const uint8_t *)file->text, strlen(file->text)});
	}
	return r;
}
