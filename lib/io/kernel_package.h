// SPDX-License-Identifier: GPL-2.0-or-later
// A distribution's kernel packages: what they provide, and the symbols of the kernel in them.
#pragma once

#include "lib/base/err.h"
#include "lib/core/rpmpkg.h"
#include "lib/core/symtab.h"

/* Zeroed is empty. */
struct mf_kernel_packages {
	struct mf_arena arena;
	struct mf_rpm *v;
	size_t n;
};

/*
 * Adds the headers of an RPM, or of all *.rpm right in a folder (a repository) and its folders
 * Packages/ and Packages/LETTER/. -EINVAL for what is neither, -ENODATA for a folder without RPMs,
 * -errno; err names it.
 */
int mf_kernel_packages_add(const char *path, struct mf_kernel_packages *packages,
			   struct mf_err *err);

/*
 * Adds the exports of the kernel of that release: from symvers.gz or .xz in those packages that are
 * its own, else from their Provides "kernel(SYMBOL) = 0xCRC" (Red Hat's kabi.attr), which hold the
 * image's symbols only. *ret_found tells whether any package is of that kernel. -EBADMSG for a
 * damaged symvers, -errno.
 */
int mf_kernel_packages_symbols(const struct mf_kernel_packages *packages, const char *release,
			       struct mf_symtab *table, bool *ret_found, struct mf_err *err);

/* Destructor. */
void mf_kernel_packages_free(struct mf_kernel_packages *packages);
