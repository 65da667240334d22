// SPDX-License-Identifier: GPL-2.0-or-later
// The prepare step: selected modules become their final bytes before anything is planned.
#pragma once

#include "lib/core/select.h"
#include "lib/io/sign.h"
#include "lib/io/spool.h"

struct mf_prepare_options {
	struct mf_strings firmware_dirs;  /* searched for the firmware that modules name */
	bool keep_btf;			  /* leave .BTF in modules that could lose it */
	const struct mf_signing_key *key; /* signs every module, anew where it is; NULL: none */
	struct mf_spool *spool; /* of the caller, keeps all content; NULL: the set's arena does */
	unsigned int jobs;	/* drivers at work at a time; 0: one for each CPU */
};

/*
 * Fills content, sha256 and firmware of each selected driver: decompresses, drops .BTF (another
 * build's BTF makes kernels without MODULE_ALLOW_BTF_MISMATCH refuse the load), signs, hashes. A
 * signed module that is not signed anew keeps all its bytes; of one that is, signature and signer
 * are the new ones. Firmware is taken from the driver's own source where that
 * brought it, else from the folders. Content lives as long as the spool, or the set. Firmware that
 * is not found becomes a note of the set, once for a name; it is read once, too. The result does
 * not depend on jobs. -errno with the path of the first driver that failed in err.
 */
int mf_prepare(struct mf_drvset *set, const struct mf_selected_list *selected,
	       const struct mf_prepare_options *options, struct mf_err *err);
