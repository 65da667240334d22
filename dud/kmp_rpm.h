// SPDX-License-Identifier: GPL-2.0-or-later
// Pieces of a kernel module package of SUSE (KMP) that have files of their own: scriptlets.
#pragma once

#include "dud/kmod_rpm.h"

/* The KMP being planned. */
struct mf_kmp_rpm {
	struct mf_kmod_rpm rpm;
	const char *flavour;	    /* "default" */
	const char *kernel_version; /* "k6.4.0_150600.21": the release without its flavour */
	const char *name;	    /* of the RPM */
	const char *version;	    /* likewise */
	const char *folder;	    /* of the modules, no leading slash */
};

/* "1": one kernel and source, one package. */
#define MF_KMP_RELEASE "1"

/* Adds the scriptlets. 0 or -ENOMEM. */
int mf_kmp_rpm_add_scripts(struct mf_kmp_rpm *kmp);
