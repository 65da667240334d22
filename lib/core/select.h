// SPDX-License-Identifier: GPL-2.0-or-later
// Selection: which drivers of a set go into an artifact, in dependency order.
#pragma once

#include "lib/core/drvset.h"

/* Zeroed fields do not restrict. */
struct mf_selection {
	struct mf_strings kernels; /* kernel releases */
	const char *arch;	   /* uname -m word */
	struct mf_strings only;	   /* PACKAGE or PACKAGE:MODULE */
};

/* A selected driver with its place in the set. */
struct mf_selected {
	const struct mf_package *package;
	const struct mf_build *build;
	struct mf_driver *driver;
};

struct mf_selected_list {
	struct mf_selected *v;
	size_t n;
};

/*
 * Selects, sorted by kernel, then dependency order (what is needed first; ties by name). The list
 * lives in the set's arena. Of one module name for one kernel and arch only one may be selected:
 * the same bytes twice count once, else -EEXIST with both origins named. -ENOENT when nothing
 * fits: err names what was asked and, for an asked kernel without a build, the `dkms build` line
 * and headers package. -ELOOP for a dependency cycle. -ENOMEM.
 */
int mf_select(struct mf_drvset *set, const struct mf_selection *selection,
	      struct mf_selected_list *out, struct mf_err *err);
