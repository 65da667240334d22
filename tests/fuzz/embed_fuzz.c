// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: what kind of answer file some bytes are, and whether a disk takes them.
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/core/embed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n;
	const struct mf_target *table = mf_target_table(&n);

	for (size_t i = 0; i < n; i++) {
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		const struct mf_target *target = &table[i];
		struct mf_embed embed = {
			.path = "f", .bytes = {data, size}, .targets = &target, .n_targets = 1};

		(void)mf_embed_add(&embed, &tree, NULL);
	}
	return 0;
}
