// SPDX-License-Identifier: GPL-2.0-or-later
// A growing byte buffer whose failure is sticky, so that callers check once.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/bytes.h"

/* Zeroed is empty. data is NUL-terminated whenever len > 0 (the NUL is not counted). */
struct mf_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	bool failed; /* an allocation failed: content is incomplete */
};

/* Append bytes, a string, one byte, formatted text. After a failure they do nothing. */
void mf_buf_add(struct mf_buf *buf, const void *bytes, size_t n);
void mf_buf_adds(struct mf_buf *buf, const char *text);
void mf_buf_addc(struct mf_buf *buf, uint8_t byte);
void mf_buf_printf(struct mf_buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Room for n more bytes: returns where they go (not counted in len yet), NULL on failure. */
uint8_t *mf_buf_reserve(struct mf_buf *buf, size_t n);

/* Append n zero bytes. */
void mf_buf_zeros(struct mf_buf *buf, size_t n);

/* 0, or -ENOMEM when any append failed. */
int mf_buf_status(const struct mf_buf *buf);

/* The content as a view; valid until the next append. */
struct mf_bytes mf_buf_bytes(const struct mf_buf *buf);

/* The content as a C string ("" when empty); valid until the next append. */
const char *mf_buf_str(const struct mf_buf *buf);

/* Destructor. */
void mf_buf_free(struct mf_buf *buf);
