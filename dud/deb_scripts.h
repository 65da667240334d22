// SPDX-License-Identifier: GPL-2.0-or-later
// Shell scripts in a Debian package of drivers: maintainer scripts and the initramfs hook.
#pragma once

#include "dud/package.h"

/*
 * postinst and postrm of a package for a kernel release: depmod, and the initramfs where there is
 * one. They end with 0 whatever happens. Both names are words that a shell takes as they are. In
 * the arena; NULL: no memory.
 */
char *mf_deb_postinst(struct mf_arena *arena, const char *package, const char *kernel);
char *mf_deb_postrm(struct mf_arena *arena, const char *package, const char *kernel);

/*
 * A hook of initramfs-tools that brings the package's modules into the images of that kernel:
 * those which a root may stand behind, and those whose stock namesake is there. Module names
 * likewise plain. In the arena; NULL: no memory.
 */
char *mf_deb_initramfs_hook(struct mf_arena *arena, const char *kernel,
			    const struct mf_package_part *part);
