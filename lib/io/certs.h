// SPDX-License-Identifier: GPL-2.0-or-later
// Certificates of module signing keys from files.
#pragma once

#include "lib/core/vmlinux.h"

/*
 * Adds the X.509 certificates of a file, DER (as mokutil and DKMS keep them) or PEM, to *certs;
 * bytes live in the arena. -EBADMSG for what holds none, -errno; err names the file.
 */
int mf_certs_read_file(const char *path, struct mf_arena *arena, struct mf_certs *certs,
		       struct mf_err *err);
