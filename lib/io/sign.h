// SPDX-License-Identifier: GPL-2.0-or-later
// Signing kernel modules as the kernel's scripts/sign-file does.
#pragma once

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct mf_signing_key; /* private key and certificate */

/*
 * Reads a key (PEM; a passphrase comes from $KBUILD_SIGN_PIN, as for sign-file) and its X.509
 * certificate (PEM or DER; of several the one that belongs to it). hash: "sha256", "sha384",
 * "sha512", else -EINVAL. Free with mf_signing_key_free. -EBADMSG (garbage), -EOPNOTSUPP (PKCS#11,
 * neither RSA nor EC), -EKEYREJECTED (they do not match, no or a wrong passphrase), -errno; err
 * names the file, never content of it.
 */
int mf_signing_key_read(const char *key, const char *cert, const char *hash,
			struct mf_signing_key **ret_key, struct mf_err *err);

/*
 * Replaces the signature of a module (appends one where there is none): PKCS#7 without signed
 * attributes and certificates, then struct module_signature and the marker, byte for byte what
 * sign-file writes. RSA keys give the same bytes each time; ECDSA ones do not. -EBADMSG for a
 * malformed signature in place, -EFBIG, -ENOMEM, -EIO with libcrypto's reason: then the module is
 * as it was.
 */
int mf_module_sign(struct mf_buf *module, const struct mf_signing_key *key, struct mf_err *err);

/*
 * The signer as modinfo shows it: common name of the certificate's issuer, which is its subject
 * where it signed itself. NULL: it has none.
 */
const char *mf_signing_key_signer(const struct mf_signing_key *key);

/* Destructor; NULL is fine. */
void mf_signing_key_free(struct mf_signing_key *key);
