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

/* Whether a driver is of a usable build that the selection does not rule out. */
bool mf_selection_admits(const struct mf_selection *selection, const struct mf_selected *candidate);

/*
 * Whether a list of --only words, PACKAGE[/VERSION][:MODULE], admits a module of a package (module
 * NULL: some module of it). An empty list admits all.
 */
bool mf_only_admits(const struct mf_strings *only, const struct mf_package *package,
		    const char *module);

/* Whether --only leaves a driver in; a module file that was named as a source itself always is. */
bool mf_only_admits_driver(const struct mf_strings *only, const struct mf_package *package,
			   const struct mf_driver *driver);

/* What to do where --only leaves nothing in: in the set's arena, or "see what there is with: …". */
const char *mf_only_advice(struct mf_drvset *set, const struct mf_strings *only);

/*
 * Selects from the usable builds, sorted by kernel, then dependency order. The list lives in the
 * set's arena. One driver of a name for a kernel and arch: builds of the same source count once,
 * in one source an installed build beats others, else -EEXIST. Each asked kernel must have one:
 * -ENOENT, err says what there is and, for a kernel, the `dkms build` line. -ELOOP, -ENOMEM.
 */
int mf_select(struct mf_drvset *set, const struct mf_selection *selection,
	      struct mf_selected_list *out, struct mf_err *err);

/*
 * Notes in the set each admitted package that has nothing in the list for an asked kernel which
 * others have drivers for: what is silently left out fails at boot. 0 or -ENOMEM.
 */
int mf_selection_note_missing(struct mf_drvset *set, const struct mf_selection *selection,
			      const struct mf_selected_list *list);
