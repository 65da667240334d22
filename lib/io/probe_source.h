// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: where facts are gathered from.
#pragma once

#include "lib/io/gather.h"

/* Reads a whole initrd, puts everything; base, framework and hook are set in the probe. */
int mf_gather_initrd(struct mf_gather *gather, struct mf_bytes image);

/* The initrd and kernel of an installer medium, as mf_gather_initrd. */
int mf_gather_iso(struct mf_gather *gather, const char *path);

/* An installed system below a folder. */
int mf_gather_root(struct mf_gather *gather, const char *path);
