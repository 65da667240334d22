// SPDX-License-Identifier: GPL-2.0-or-later
// OpenPGP signatures by gpg and rpmsign, with the caller's keys (GNUPGHOME, else ~/.gnupg).
#pragma once

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define MF_GPG_KEY_MAX 200 /* characters of a key's name */

enum mf_gpg_form {
	MF_GPG_DETACHED, /* armoured signature alone: repomd.xml.asc, Release.gpg */
	MF_GPG_CLEAR,	 /* text and signature in one: InRelease */
};

/*
 * Whether a key's name from outside may reach gpg and rpm's macros: a key id, fingerprint, address
 * or user name of letters, digits, blanks and "@._+-!<>()", not beginning with '-' or a
 * blank. -EINVAL.
 */
int mf_gpg_check_key(const char *key, struct mf_err *err);

/*
 * The one secret key that a name means: its fingerprint, so that all is signed by the same, and no
 * other key that has the name in it is exported. One that ends in '!' (this very subkey) stays as
 * it is. -EINVAL for the name or when several keys that can sign have it, -ENOENT without gpg, -EIO
 * with what gpg says, of a key that is not there too.
 */
int mf_gpg_find_key(const char *key, char out[MF_GPG_KEY_MAX + 1], struct mf_err *err);

/*
 * Appends the signature of bytes to out. SHA-256. Nothing is asked on a terminal: a passphrase is
 * the agent's matter. The time of a signature is now, so that it differs each time. -EINVAL for the
 * key's name, -ENOENT without gpg, -EIO with what gpg says.
 */
int mf_gpg_sign(struct mf_bytes bytes, enum mf_gpg_form form, const char *key, struct mf_buf *out,
		struct mf_err *err);

/* Appends the public key, as keyrings of apt and dnf take it. Errors as above. */
int mf_gpg_export(const char *key, struct mf_buf *out, struct mf_err *err);

/* Signs an RPM in place (rpmsign), replacing signatures it has; errors as above. */
int mf_gpg_sign_rpm(const char *path, const char *key, struct mf_err *err);
