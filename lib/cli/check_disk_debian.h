// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks before debian-installer: where modules lie in its packages.
#pragma once

#include "lib/cli/check_disk.h"

/* Where a file of a package comes to lie, as far as modules go. */
enum mf_debian_place {
	MF_DEBIAN_NO_MODULE,
	MF_DEBIAN_OURS,	   /* below lib/modules/KERNEL */
	MF_DEBIAN_OTHER,   /* below lib/modules of another kernel */
	MF_DEBIAN_OUTSIDE, /* nowhere that depmod looks */
};

/* Of a path without '/' in front; usr/lib/modules counts where lib is a link to usr/lib. */
enum mf_debian_place mf_debian_place_of(const struct mf_disk_judged *judged, const char *path);
