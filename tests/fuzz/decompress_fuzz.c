// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: compressed streams of every codec.
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/io/decompress.h"

/* Small, so that bombs cost no time. */
#define LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf again = {0};
	struct mf_bytes bytes = {data, size};
	struct mf_err err = {0};
	size_t used = 0;
	int rc = mf_decompress(mf_codec_detect(bytes), bytes, LIMIT, &out, &used, &err);

	if (used > size || out.len > LIMIT || (rc && !err.text[0]))
		abort();
	if (rc)
		return 0;
	/* the stream alone gives the same */
	bytes.n = used;
	if (mf_decompress(mf_codec_detect(bytes), bytes, LIMIT, &again, &used, &err) ||
	    used != bytes.n || again.len != out.len ||
	    (out.len && memcmp(again.data, out.data, out.len)))
		abort();
	return 0;
}
