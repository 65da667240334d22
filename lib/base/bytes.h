// SPDX-License-Identifier: GPL-2.0-or-later
// Views of bytes and range-checked integer reads: how parsers see untrusted input.
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes; p may be NULL when n is 0. */
struct mf_bytes {
	const uint8_t *p;
	size_t n;
};

/* Byte order of multi-byte integers. */
enum mf_endian { MF_LITTLE, MF_BIG };

/* Whether [offset, offset + size) lies inside the bytes. */
static inline bool mf_bytes_has(struct mf_bytes bytes, uint64_t offset, uint64_t size)
{
	return offset <= bytes.n && size <= bytes.n - offset;
}

/* Part of the bytes; empty when it does not lie inside them. */
static inline struct mf_bytes mf_bytes_sub(struct mf_bytes bytes, uint64_t offset, uint64_t size)
{
	if (!mf_bytes_has(bytes, offset, size) || !bytes.p)
		return (struct mf_bytes){0};
	return (struct mf_bytes){bytes.p + offset, (size_t)size};
}

static inline bool mf_bytes_equal(struct mf_bytes a, struct mf_bytes b)
{
	return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

/* Read an integer at offset; false when it does not lie inside. */
static inline bool mf_get_u16(struct mf_bytes bytes, uint64_t offset, enum mf_endian endian,
			      uint16_t *out)
{
	uint16_t value;

	if (!mf_bytes_has(bytes, offset, sizeof(value)))
		return false;
	memcpy(&value, bytes.p + offset, sizeof(value));
	*out = endian == MF_BIG ? be16toh(value) : le16toh(value);
	return true;
}

static inline bool mf_get_u32(struct mf_bytes bytes, uint64_t offset, enum mf_endian endian,
			      uint32_t *out)
{
	uint32_t value;

	if (!mf_bytes_has(bytes, offset, sizeof(value)))
		return false;
	memcpy(&value, bytes.p + offset, sizeof(value));
	*out = endian == MF_BIG ? be32toh(value) : le32toh(value);
	return true;
}

static inline bool mf_get_u64(struct mf_bytes bytes, uint64_t offset, enum mf_endian endian,
			      uint64_t *out)
{
	uint64_t value;

	if (!mf_bytes_has(bytes, offset, sizeof(value)))
		return false;
	memcpy(&value, bytes.p + offset, sizeof(value));
	*out = endian == MF_BIG ? be64toh(value) : le64toh(value);
	return true;
}

/* Reads an integer of size bytes (1 to 8) at offset; false when it does not lie inside. */
static inline bool mf_get_uint(struct mf_bytes bytes, uint64_t offset, unsigned int size,
			       enum mf_endian endian, uint64_t *out)
{
	uint64_t value = 0;
	uint32_t value32;

	if (size == 8)
		return mf_get_u64(bytes, offset, endian, out);
	if (size == 4) {
		if (!mf_get_u32(bytes, offset, endian, &value32))
			return false;
		*out = value32;
		return true;
	}
	if (!mf_bytes_has(bytes, offset, size))
		return false;
	for (unsigned int i = 0; i < size; i++) {
		unsigned int at = endian == MF_BIG ? i : size - 1 - i;

		value = value << 8 | bytes.p[offset + at];
	}
	*out = value;
	return true;
}
