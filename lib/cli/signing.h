// SPDX-License-Identifier: GPL-2.0-or-later
// The key that commands sign modules with.
#pragma once

#include "lib/cli/command.h"
#include "lib/io/sign.h"

/* Options that commands which pack modules share; put them into the command's table. */
#define MF_SIGNING_OPTIONS                                                                   \
	{"sign-key", 0, "FILE", "sign the modules with this private key (PEM)"},             \
		{"sign-cert", 0, "FILE", "the certificate of that key (PEM or DER)"},        \
	{                                                                                    \
		"sign-hash", 0, "NAME", "sha256 (default), sha384 or sha512, of signatures", \
			"sha256 sha384 sha512"                                               \
	}

/*
 * Reads the key that the options name; *ret_key stays NULL where they name none. Free it with
 * mf_signing_key_free. An enum mf_exit.
 */
int mf_signing_read(const struct mf_arguments *arguments, struct mf_signing_key **ret_key,
		    struct mf_err *err);
