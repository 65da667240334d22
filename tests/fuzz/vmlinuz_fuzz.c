// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: kernel images as they are booted, headers and the packed kernel with its facts.
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/io/vmlinuz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that bombs cost no time: zstd makes 32,768 bytes of each. */
#define MAX_INPUT ((size_t)8192)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_kernel kernel = {0};
	struct mf_err err = {0};
	int r;

	if (size > MAX_INPUT)
		return -1;
	r = mf_vmlinuz_read((struct mf_bytes){data, size}, &arena, &kernel, &err);
	if (r ? !err.text[0] : !kernel.has_image || !kernel.release)
		__builtin_trap();
	if (!r) { /* again, for what is known now */
		r = mf_vmlinuz_read((struct mf_bytes){data, size}, &arena, &kernel, &err);
		if (r)
			__builtin_trap();
	}
	mf_symtab_free(&kernel.symbols);
	return 0;
}
