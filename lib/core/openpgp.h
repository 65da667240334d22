// SPDX-License-Identifier: GPL-2.0-or-later
// Which key made an OpenPGP signature: read from the packet, nothing is verified.
#pragma once

#include "lib/base/bytes.h"

/* Hex digits of a key id, and its NUL. */
#define MF_OPENPGP_KEY_ID_SIZE 17

/*
 * Key id (lower case hex) that the first signature packet of these binary bytes names as its
 * issuer. false when there is none: no signature, cut off, or of a version not known here (3, 4, 6
 * are).
 */
bool mf_openpgp_key_id(struct mf_bytes packets, char out[MF_OPENPGP_KEY_ID_SIZE]);
