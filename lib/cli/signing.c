// SPDX-License-Identifier: GPL-2.0-or-later
// The key that commands sign modules with.
#include "lib/cli/signing.h"

#include <errno.h>

/* Kernels have it built in, whatever hash their own modules are signed with. */
#define DEFAULT_HASH "sha256"

int mf_signing_read(const struct mf_arguments *arguments, struct mf_signing_key **ret_key,
		    struct mf_err *err)
{
	const char *key = mf_given_value(arguments, "sign-key");
	const char *cert = mf_given_value(arguments, "sign-cert");
	const char *hash = mf_given_value(arguments, "sign-hash");
	int r;

	if (!key && !cert && !hash)
		return MF_EXIT_OK;
	if (!key || !cert) {
		mf_fail(err, -EINVAL,
			"--sign-key and --sign-cert: signing needs both, the private key and its certificate");
		return MF_EXIT_USAGE;
	}
	r = mf_signing_key_read(key, cert, hash ? hash : DEFAULT_HASH, ret_key, err);
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}
