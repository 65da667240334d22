// SPDX-License-Identifier: GPL-2.0-or-later
// Linked into a loader by -Wl,--wrap=mf_run: its run crashes, or never ends, in place of loading.
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"

int __wrap_mf_run(struct mf_loader *loader);

int __wrap_mf_run(struct mf_loader *loader)
{
	if (loader->cmdline.is_debug)
		__builtin_trap();
	for (;;)
		pause();
	return 0;
}
