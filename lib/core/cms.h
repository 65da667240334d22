// SPDX-License-Identifier: GPL-2.0-or-later
// The signer of a CMS signature in its usual form; libcrypto has the say on any other.
#pragma once

#include "lib/base/bytes.h"

/* How a signature names its signer: one of the two, or neither where the name has no common name.
 */
struct mf_cms_signer {
	struct mf_bytes common_name; /* printable ASCII */
	struct mf_bytes key_id;
};

/*
 * Reads the first signer of a CMS SignedData (RFC 5652) as scripts/sign-file of the kernel writes
 * it: definite lengths, text in ASCII. false for anything else, be it valid or not.
 */
bool mf_cms_signer(struct mf_bytes der, struct mf_cms_signer *out);
