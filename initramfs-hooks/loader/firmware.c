// SPDX-License-Identifier: GPL-2.0-or-later
// Firmware of shipped drivers: put where the kernel looks first, for as long as the initramfs
// lives.
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"

/*
 * Searched first: updates/RELEASE, before updates, RELEASE and the stock files themselves
 * (drivers/base/firmware_loader/main.c, fw_path). A link a file: overlays add up, and the one
 * path parameter of firmware_class stays as it was.
 */
#define FOLDER "/lib/firmware/updates"

static int link_file(const struct mf_loader *loader, const struct mf_mod *mod, const char *name)
{
	char target[PATH_MAX];
	char path[PATH_MAX];
	int r = mf_sys_path(loader, path, FOLDER "/%s/%s", loader->kernel, name);

	if (!r)
		r = mf_sys_path(loader, target, "/modferry/d/%s/firmware/%s", mod->overlay, name);
	if (!r)
		r = mf_sys_make_parents(path, strlen(loader->root) + 1);
	if (!r && symlink(target, path) && errno != EEXIST)
		r = -errno;
	return r;
}

void mf_firmware_offer(struct mf_loader *loader, const struct mf_mod *mod)
{
	for (size_t i = 0; mod->record && i < mod->record->n_firmware; i++) {
		const char *name = mod->record->firmware[i].path;
		int r = link_file(loader, mod, name);

		if (r)
			mf_log_say(loader, LOG_WARNING, "%s: its firmware %s cannot be offered: %s",
				   mod->name, name, strerror(-r));
	}
}
