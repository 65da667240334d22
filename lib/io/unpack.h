// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of decompression: where decoders put their output, bounded, and what they are handed.
#pragma once

#include "lib/io/decompress.h"

/* One stream being decompressed. */
struct mf_unpack {
	struct mf_bytes in; /* from the stream's first byte to the end of what there is */
	size_t used;	    /* bytes of in that belong to the stream, as far as known */
	struct mf_buf *out;
	size_t start; /* length of out before this stream */
	size_t limit; /* at most so many bytes may be added */
	struct mf_err *err;
};

/* A decoder: sets used; 0, -EBADMSG, -E2BIG or -ENOMEM. */
typedef int mf_unpack_fn(struct mf_unpack *unpack);

/*
 * Room for at least min bytes (limits that the output would break are found by mf_unpack_took);
 * NULL when out of memory. *ret_n is how much room there is.
 */
uint8_t *mf_unpack_room(struct mf_unpack *unpack, size_t min, size_t *ret_n);

/* n bytes of that room were written: 0, or -E2BIG when that is beyond the limit. */
int mf_unpack_took(struct mf_unpack *unpack, size_t n);

/* Text for the usual failures; all return the code. */
int mf_unpack_damaged(struct mf_unpack *unpack, const char *what);
int mf_unpack_truncated(struct mf_unpack *unpack);
int mf_unpack_no_memory(struct mf_unpack *unpack);

/* Formats made of blocks that carry their length (unpack_block.c). */
mf_unpack_fn mf_unpack_lzo;
mf_unpack_fn mf_unpack_lz4;
