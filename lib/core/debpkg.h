// SPDX-License-Identifier: GPL-2.0-or-later
// Debian binary packages as text: names, versions, the control file (Debian Policy 5).
#pragma once

#include <stdbool.h>

#include "lib/core/tree.h"

/* Whether dpkg takes it as a package's name: [a-z0-9][a-z0-9+.-]+ (Policy 5.6.1). */
bool mf_deb_is_name(const char *name);

/* Whether dpkg takes it as a version: [EPOCH:]UPSTREAM[-REVISION] of deb-version(7). */
bool mf_deb_is_version(const char *version);

/*
 * Appends the name with what a package's name cannot have folded: capitals to small letters, other
 * characters to '-', none of these in front. Nothing is appended when nothing is left.
 */
void mf_deb_fold_name(struct mf_buf *out, const char *name);

/*
 * Appends the version as an upstream version that a revision may follow: characters that it cannot
 * have become '.', and "0+" stands before one that does not start with a digit.
 */
void mf_deb_fold_version(struct mf_buf *out, const char *version);

/*
 * Appends the control file of a package to be: its fields are the tree's parameters (package,
 * version, kernel-version, architecture, maintainer, section, priority, depends, recommends,
 * enhances, provides, conflicts, replaces, modaliases, description; the first line of a description
 * is the synopsis).
 * Installed-Size is in KiB. -EINVAL for a value that is missing or that the file cannot express.
 */
int mf_deb_control(const struct mf_tree *tree, uint64_t installed_size, struct mf_buf *out,
		   struct mf_err *err);
