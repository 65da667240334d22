// SPDX-License-Identifier: GPL-2.0-or-later
// SHA-256, by libcrypto.
#pragma once

#include "lib/base/bytes.h"

/* Lower-case hex digest with NUL. 0 or -EIO when libcrypto fails. */
int mf_sha256_hex(struct mf_bytes bytes, char out[65]);
