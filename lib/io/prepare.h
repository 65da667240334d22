// SPDX-License-Identifier: GPL-2.0-or-later
// The prepare step: selected modules become their final bytes before anything is planned.
#pragma once

#include "lib/core/select.h"

struct mf_prepare_options {
	struct mf_strings firmware_dirs; /* searched for the firmware that modules name */
	bool keep_btf;			 /* leave .BTF in unsigned modules */
};

/*
 * Fills content, sha256 and firmware of each selected driver: decompresses, drops .BTF from
 * unsigned modules (another build's BTF makes kernels without MODULE_ALLOW_BTF_MISMATCH refuse the
 * load), hashes. Content lives in the set's arena. Firmware that is not found becomes a note of
 * the set. -errno with the driver's path in err.
 */
int mf_prepare(struct mf_drvset *set, const struct mf_selected_list *selected,
	       const struct mf_prepare_options *options, struct mf_err *err);
