// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of decompression: bounded output and the failures that all decoders share.
#include "lib/io/unpack.h"

#include <errno.h>
#include <stdint.h>

uint8_t *mf_unpack_room(struct mf_unpack *unpack, size_t min, size_t *ret_n)
{
	struct mf_buf *out = unpack->out;
	size_t done = out->len - unpack->start;
	size_t left = unpack->limit - done;
	uint8_t *room = mf_buf_reserve(out, min);

	if (!room)
		return NULL;
	*ret_n = out->cap - out->len - 1;
	/* One byte above the limit tells "ends there" from "goes on". */
	if (*ret_n > left && *ret_n > min)
		*ret_n = left + 1 > min ? left + 1 : min;
	return room;
}

int mf_unpack_took(struct mf_unpack *unpack, size_t n)
{
	struct mf_buf *out = unpack->out;
	size_t done = out->len - unpack->start;
	int rc = 0;

	if (n > unpack->limit - done) {
		n = unpack->limit - done;
		rc = mf_fail(unpack->err, -E2BIG, "inflates to more than %zu bytes, the limit here",
			     unpack->limit);
	}
	if (n) {
		out->len += n;
		out->data[out->len] = '\0';
	}
	return rc;
}

int mf_unpack_damaged(struct mf_unpack *unpack, const char *what)
{
	return mf_fail(unpack->err, -EBADMSG, "damaged at byte %zu of the compressed data: %s",
		       unpack->used, what);
}

int mf_unpack_truncated(struct mf_unpack *unpack)
{
	return mf_fail(unpack->err, -EBADMSG, "cut off: ends after %zu bytes of compressed data",
		       unpack->in.n);
}

int mf_unpack_no_memory(struct mf_unpack *unpack)
{
	return mf_fail(unpack->err, -ENOMEM, "out of memory while decompressing");
}
