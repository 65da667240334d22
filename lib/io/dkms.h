// SPDX-License-Identifier: GPL-2.0-or-later
// One package of a DKMS tree.
#pragma once

#include "lib/io/scanner.h"

/* What part of a package is wanted; NULL is all. */
struct mf_dkms_scope {
	const char *version;
	const char *kernel;
	const char *arch;
};

/* Adds a package folder (path; the package is called name) to the set. 0 or -ENOMEM. */
int mf_dkms_package(struct mf_scanner *scanner, const char *path, const char *name,
		    const struct mf_dkms_scope *scope);
