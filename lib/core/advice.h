// SPDX-License-Identifier: GPL-2.0-or-later
// What to do: the exact lines that mend a missing build.
#pragma once

#include "lib/base/buf.h"

/*
 * Appends "dkms build NAME/VERSION -k KERNEL", quoted for a shell; NULL names become NAME and
 * VERSION for the reader to fill in.
 */
void mf_advise_build(struct mf_buf *out, const char *name, const char *version, const char *kernel);

/*
 * Appends "the package NAME" that holds a kernel's headers by the naming of its distribution, told
 * by the release's form: linux-headers-RELEASE (Debian, Ubuntu), kernel-devel-RELEASE (Red Hat,
 * Fedora), kernel-FLAVOUR-devel (SUSE); "the headers of RELEASE" for others.
 */
void mf_advise_headers(struct mf_buf *out, const char *kernel);
