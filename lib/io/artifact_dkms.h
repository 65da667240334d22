// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of artifacts: what DKMS built, judged as it is.
#pragma once

#include "lib/io/artifact.h"

/*
 * Reads a DKMS tree, a package's folder of one, or a *.dkms.tar.gz into the set, with the content
 * of each module; *ret_is_dkms is false, and nothing done, for anything else. 0 or -errno.
 */
int mf_artifact_read_dkms(const char *path, struct mf_drvset *set, bool *ret_is_dkms,
			  struct mf_err *err);
