// SPDX-License-Identifier: GPL-2.0-or-later
// The signature appended to a kernel module: where it is and who made it.
#pragma once

#include "lib/core/module.h"

/*
 * Looks for the marker and struct module_signature at the end (include/linux/module_signature.h).
 * Fills signature and signer of out. Content without the appended signature is returned through
 * *ret_content (borrowed). 0 or -ENOMEM; a malformed signature is a state, no error.
 */
int mf_signature_read(struct mf_bytes file, struct mf_arena *arena, struct mf_module *out,
		      struct mf_bytes *ret_content);
