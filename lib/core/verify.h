// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the signature appended to a module is good by given certificates, by libcrypto.
#pragma once

#include "lib/core/vmlinux.h"

enum mf_signed {
	MF_SIGNED_NOT,	/* no signature */
	MF_SIGNED_GOOD, /* by one of the certificates */
	MF_SIGNED_BAD, /* the signer is known, the content is not what it signed: the kernel refuses
			  it always */
	MF_SIGNED_UNKNOWN,   /* the signer is none of the certificates, or no algorithm that is
				known: refused where signatures are enforced */
	MF_SIGNED_MALFORMED, /* the kernel refuses it always */
};

/*
 * Judges a whole uncompressed module file as the kernel does (kernel/module/signing.c,
 * crypto/asymmetric_keys): PKCS#7 over the content in front of it, without signed attributes,
 * certificates in it or not. What the kernel gets elsewhere (firmware's db, MOK) and revokes is not
 * among certs. 0 or -ENOMEM.
 */
int mf_module_verify(struct mf_bytes file, const struct mf_certs *certs, enum mf_signed *out);
