// SPDX-License-Identifier: GPL-2.0-or-later
// lzop and legacy LZ4 containers, read by the rules of the kernel's own decompressors.
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <string.h>
#include <zlib.h>

#include "lib/io/unpack.h"

/* lzop container, as lib/decompress_unlzo.c of the kernel takes it. */
static const uint8_t lzop_magic[] = {0x89, 'L', 'Z', 'O', 0x00, 0x0d, 0x0a, 0x1a, 0x0a};

#define LZOP_NEW_VERSION 0x0940	     /* since then: level and high half of the time */
#define LZOP_ADLER32	 0x00000001U /* of the uncompressed block */
#define LZOP_ADLER32_C	 0x00000002U /* of the compressed block, if that is smaller */
#define LZOP_CRC32	 0x00000100U
#define LZOP_CRC32_C	 0x00000200U
#define LZOP_FILTER	 0x00000800U
#define LZOP_CHECKSUMS	 (LZOP_ADLER32 | LZOP_ADLER32_C | LZOP_CRC32 | LZOP_CRC32_C)
#define LZOP_BLOCK_MAX	 ((size_t)256 << 10) /* LZO_BLOCK_SIZE of the kernel */

/* LZ4 legacy frame, as lib/decompress_unlz4.c takes it. */
#define LZ4_MAGIC     0x184C2102U
#define LZ4_BLOCK_MAX (8 << 20) /* uncompressed; fixed by the format */

/* Takes a number at the position reached; false when cut off. */
static bool take(struct mf_unpack *unpack, unsigned int size, enum mf_endian endian, uint64_t *out)
{
	if (!mf_get_uint(unpack->in, unpack->used, size, endian, out))
		return false;
	unpack->used += size;
	return true;
}

/* Steps over n bytes; false when cut off. */
static bool skip(struct mf_unpack *unpack, uint64_t n)
{
	if (!mf_bytes_has(unpack->in, unpack->used, n))
		return false;
	unpack->used += (size_t)n;
	return true;
}

static int read_lzop_header(struct mf_unpack *unpack, uint32_t *ret_flags)
{
	uint64_t version;
	uint64_t flags;
	uint64_t length;
	bool is_new;

	if (!mf_bytes_has(unpack->in, 0, sizeof(lzop_magic)))
		return mf_unpack_truncated(unpack);
	if (memcmp(unpack->in.p, lzop_magic, sizeof(lzop_magic)) != 0)
		return mf_unpack_damaged(unpack, "no lzop magic");
	unpack->used = sizeof(lzop_magic);
	if (!take(unpack, 2, MF_BIG, &version))
		return mf_unpack_truncated(unpack);
	is_new = version >= LZOP_NEW_VERSION;
	/* library version, version needed, method, and the level */
	if (!skip(unpack, is_new ? 6 : 5) || !take(unpack, 4, MF_BIG, &flags) ||
	    !skip(unpack, flags & LZOP_FILTER ? 4 : 0) ||
	    /* mode and time */
	    !skip(unpack, is_new ? 12 : 8) || !take(unpack, 1, MF_BIG, &length) ||
	    /* name and checksum of the header */
	    !skip(unpack, length + 4))
		return mf_unpack_truncated(unpack);
	flags &= LZOP_CHECKSUMS;
	/* The kernel steps over exactly one checksum a block. */
	if (flags != LZOP_ADLER32 && flags != LZOP_CRC32)
		return mf_unpack_damaged(unpack, "lzop without the one checksum a block that the "
						 "kernel expects; compress with plain lzop");
	*ret_flags = (uint32_t)flags;
	return 0;
}

/* Unpacks the block of packed bytes at the position reached into size bytes. */
static int unpack_lzo_block(struct mf_unpack *unpack, size_t packed, size_t size)
{
	const uint8_t *p = unpack->in.p + unpack->used;
	size_t n;
	uint8_t *room = mf_unpack_room(unpack, size, &n);
	lzo_uint got = size;

	if (!room)
		return mf_unpack_no_memory(unpack);
	if (packed == size)
		memcpy(room, p, size);
	else if (lzo1x_decompress_safe(p, packed, room, &got, NULL) != LZO_E_OK || got != size)
		return mf_unpack_damaged(unpack, "no valid LZO block");
	return 0;
}

static int unpack_lzop_blocks(struct mf_unpack *unpack, uint32_t flags)
{
	for (;;) {
		uint64_t size;
		uint64_t packed;
		uint64_t checksum;
		uint64_t sum;
		const uint8_t *room;
		int rc;

		if (!take(unpack, 4, MF_BIG, &size))
			return mf_unpack_truncated(unpack);
		if (!size)
			return 0;
		if (!take(unpack, 4, MF_BIG, &packed) || !take(unpack, 4, MF_BIG, &checksum))
			return mf_unpack_truncated(unpack);
		if (size > LZOP_BLOCK_MAX || !packed || packed > size)
			return mf_unpack_damaged(unpack, "impossible length of an LZO block");
		if (!mf_bytes_has(unpack->in, unpack->used, packed))
			return mf_unpack_truncated(unpack);
		rc = unpack_lzo_block(unpack, (size_t)packed, (size_t)size);
		if (rc)
			return rc;
		room = unpack->out->data + unpack->out->len;
		sum = flags & LZOP_CRC32 ? crc32(0, room, (unsigned int)size)
					 : adler32(1, room, (unsigned int)size);
		if (sum != checksum)
			return mf_unpack_damaged(unpack, "wrong checksum of an LZO block");
		rc = mf_unpack_took(unpack, (size_t)size);
		if (rc)
			return rc;
		unpack->used += (size_t)packed;
	}
}

int mf_unpack_lzo(struct mf_unpack *unpack)
{
	uint32_t flags = 0;
	int rc = read_lzop_header(unpack, &flags);

	return rc ? rc : unpack_lzop_blocks(unpack, flags);
}

static int unpack_lz4_block(struct mf_unpack *unpack, size_t packed)
{
	size_t n;
	uint8_t *room = mf_unpack_room(unpack, LZ4_BLOCK_MAX, &n);
	int got;

	if (!room)
		return mf_unpack_no_memory(unpack);
	got = LZ4_decompress_safe((const char *)unpack->in.p + unpack->used, (char *)room,
				  (int)packed, LZ4_BLOCK_MAX);
	if (got < 0)
		return mf_unpack_damaged(unpack, "no valid LZ4 block");
	unpack->used += packed;
	return mf_unpack_took(unpack, (size_t)got);
}

/*
 * The format has no end mark. As in the kernel the stream ends where fewer than 4 bytes are left or
 * where a length of zero stands (padding, not part of the stream); the magic may stand again
 * anywhere between blocks. Anything else is the length of a block: another segment that follows
 * without 4 zero bytes between makes the kernel stop, so it is an error here too.
 */
int mf_unpack_lz4(struct mf_unpack *unpack)
{
	uint64_t word;

	if (!mf_get_uint(unpack->in, 0, 4, MF_LITTLE, &word))
		return mf_unpack_truncated(unpack);
	if (word != LZ4_MAGIC)
		return mf_unpack_damaged(unpack, "no legacy LZ4 magic");
	while (mf_get_uint(unpack->in, unpack->used, 4, MF_LITTLE, &word) && word) {
		int rc;

		if (word == LZ4_MAGIC) {
			unpack->used += 4;
			continue;
		}
		if (word > LZ4_COMPRESSBOUND(LZ4_BLOCK_MAX))
			return mf_unpack_damaged(unpack, "neither an LZ4 block nor 4 zero bytes, "
							 "without which nothing may follow");
		if (!mf_bytes_has(unpack->in, unpack->used + 4, word))
			return mf_unpack_damaged(unpack,
						 "cut off in an LZ4 block, or no 4 zero bytes, "
						 "without which nothing may follow");
		unpack->used += 4;
		rc = unpack_lz4_block(unpack, (size_t)word);
		if (rc)
			return rc;
	}
	return 0;
}
