// SPDX-License-Identifier: GPL-2.0-or-later
// A growing byte buffer whose failure is sticky, so that callers check once.
#include "lib/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *mf_buf_reserve(struct mf_buf *buf, size_t n)
{
	size_t need;
	size_t cap = buf->cap ? buf->cap : 256;
	uint8_t *data;

	if (buf->failed)
		return NULL;
	if (n < buf->cap - buf->len) /* and a NUL */
		return buf->data + buf->len;
	if (__builtin_add_overflow(buf->len, n, &need) || __builtin_add_overflow(need, 1, &need))
		goto fail;
	while (cap < need) {
		if (__builtin_mul_overflow(cap, 2, &cap))
			goto fail;
	}
	data = realloc(buf->data, cap);
	if (!data)
		goto fail;
	buf->data = data;
	buf->cap = cap;
	return data + buf->len;
fail:
	buf->failed = true;
	return NULL;
}

void mf_buf_add(struct mf_buf *buf, const void *bytes, size_t n)
{
	uint8_t *room = mf_buf_reserve(buf, n);

	if (!room)
		return;
	if (n)
		memcpy(room, bytes, n);
	buf->len += n;
	buf->data[buf->len] = '\0';
}

void mf_buf_adds(struct mf_buf *buf, const char *text)
{
	mf_buf_add(buf, text, strlen(text));
}

void mf_buf_addc(struct mf_buf *buf, uint8_t byte)
{
	mf_buf_add(buf, &byte, 1);
}

void mf_buf_zeros(struct mf_buf *buf, size_t n)
{
	uint8_t *room = mf_buf_reserve(buf, n);

	if (!room)
		return;
	memset(room, 0, n + 1);
	buf->len += n;
}

void mf_buf_printf(struct mf_buf *buf, const char *format, ...)
{
	va_list args;
	uint8_t *room;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		buf->failed = true;
		return;
	}
	room = mf_buf_reserve(buf, (size_t)n);
	if (!room)
		return;
	va_start(args, format);
	vsnprintf((char *)room, (size_t)n + 1, format, args);
	va_end(args);
	buf->len += (size_t)n;
}

int mf_buf_status(const struct mf_buf *buf)
{
	return buf->failed ? -ENOMEM : 0;
}

struct mf_bytes mf_buf_bytes(const struct mf_buf *buf)
{
	return (struct mf_bytes){buf->data, buf->len};
}

const char *mf_buf_str(const struct mf_buf *buf)
{
	return buf->data ? (const char *)buf->data : "";
}

void mf_buf_free(struct mf_buf *buf)
{
	free(buf->data);
	*buf = (struct mf_buf){0};
}
