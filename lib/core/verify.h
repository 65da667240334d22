// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the signature appended to a module is good by given certificates, by libcrypto.
#pragma once

#include "lib/core/vmlinux.h"

enum mf_signed {
	MF_SIGNED_NOT,	/* no signature */
	MF_SIGNED_GOOD, /* by one of the certificates */
	MF_SIGNED_BAD, /* the signer is among the certificates, the content is not what it signed */
	MF_SIGNED_UNKNOWN,   /* the signer is none of the certificates */
	MF_SIGNED_MALFORMED, /* the kernel refuses it always */
};

/*
 * Judges a whole uncompressed module file (kernel/module/signing.c: the content in front of the
 * signature, PKCS#7 without certificates and signed attributes, or with). 0 or -ENOMEM.
 */
int mf_module_verify(struct mf_bytes file, const struct mf_certs *certs, enum mf_signed *out);
