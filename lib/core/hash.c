// SPDX-License-Identifier: GPL-2.0-or-later
// SHA-256, by libcrypto.
#include "lib/core/hash.h"

#include <errno.h>

#include <openssl/evp.h>

int mf_sha256_hex(struct mf_bytes bytes, char out[65])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[32];

	out[0] = '\0';
	if (!EVP_Digest(bytes.p ? bytes.p : (const uint8_t *)"", bytes.n, digest, NULL,
			EVP_sha256(), NULL))
		return -EIO;
	for (unsigned int i = 0; i < sizeof(digest); i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[64] = '\0';
	return 0;
}
