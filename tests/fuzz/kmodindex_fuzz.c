// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: "MODALIAS\n" and an index; a match finds exactly the keys that the matcher takes.
#include <stdint.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/kmodindex.h"
#include "lib/core/modalias.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct query {
	const char *device; /* NULL: count every value */
	size_t found;
};

static int count(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct query *query = context;

	(void)priority;
	if (value.p[value.n] != '\0')
		__builtin_trap();
	/* only kmod's own indexes have no '-' outside of brackets */
	if (!strchr(key, '-'))
		query->found += !query->device || mf_modalias_match(key, query->device);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf raw = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf device = {0};
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct mf_kmodindex index;
	struct query all = {0};
	struct query matched = {0};
	struct mf_bytes value;

	if (!end || end - data > 200)
		return 0;
	mf_buf_add(&raw, data, (size_t)(end - data));
	mf_modalias_fold_device(&device, mf_buf_str(&raw));
	size -= (size_t)(end + 1 - data);
	if (mf_kmodindex_open((struct mf_bytes){end + 1, size}, &index, NULL))
		return 0;
	all.device = mf_buf_str(&device);
	if (!mf_kmodindex_get(&index, mf_buf_str(&device), &value) && value.p[value.n])
		__builtin_trap();
	mf_kmodindex_match_partial(&index, mf_buf_str(&device), count, &matched);
	matched.found = 0;
	if (!mf_kmodindex_each(&index, count, &all) &&
	    !mf_kmodindex_match(&index, mf_buf_str(&device), count, &matched) &&
	    all.found != matched.found)
		__builtin_trap();
	return 0;
}
