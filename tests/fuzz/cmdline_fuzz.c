// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: the kernel command line.
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/core/cmdline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf settings = {0};
	struct mf_cmdline cmdline;

	if (mf_cmdline_parse((struct mf_bytes){data, size}, &arena, &cmdline))
		return 0;
	for (size_t i = 0; i < cmdline.n_params; i++) {
		mf_cmdline_settings(&cmdline, cmdline.params[i].module, &settings);
		mf_cmdline_mask(&cmdline, cmdline.params[i].module);
	}
	return 0;
}
