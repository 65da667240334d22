// SPDX-License-Identifier: GPL-2.0-or-later
// A stream to a file descriptor, compressed on the way; same input, same bytes.
#include "lib/io/compress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lz4hc.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "lib/base/cleanup.h"

#define ROOM ((size_t)131072) /* output buffer */

#define GZIP_LEVEL	6
#define GZIP_WINDOW	(15 + 16) /* zlib: 32 KiB window, gzip header */
#define GZIP_MEMORY	8	  /* zlib's default memLevel, what gzip(1) uses */
#define XZ_PRESET	6
#define ZSTD_LEVEL	19
#define ZSTD_WINDOW_LOG 23

/* The legacy frame, as `lz4 -l` writes and lib/decompress_unlz4.c of the kernel reads it. */
#define LZ4_MAGIC 0x184C2102U
#define LZ4_BLOCK ((size_t)8 << 20) /* uncompressed; only the last block may be smaller */
#define LZ4_LEVEL 9
#define LZ4_WORD  4 /* magic and sizes of blocks: 32 bits, little-endian */

struct mf_compressor {
	enum mf_codec codec;
	int fd;
	size_t used; /* of room or block, raw and lz4 streams only */
	z_stream gzip;
	lzma_stream xz;
	ZSTD_CCtx *zstd;
	uint8_t *block;	 /* lz4: what is to be compressed at once */
	uint8_t *packed; /* lz4: its size and bytes */
	uint8_t room[ROOM];
};

int mf_write_all(int fd, struct mf_bytes bytes, struct mf_err *err)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return mf_fail(err, -errno, "cannot write: %s", strerror(errno));
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return 0;
}

static int flush(struct mf_compressor *c, size_t n, struct mf_err *err)
{
	return mf_write_all(c->fd, (struct mf_bytes){c->room, n}, err);
}

static int open_gzip(struct mf_compressor *c)
{
	return deflateInit2(&c->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
			    Z_DEFAULT_STRATEGY) == Z_OK
		       ? 0
		       : -ENOMEM;
}

static int open_zstd(struct mf_compressor *c)
{
	c->zstd = ZSTD_createCCtx();
	if (!c->zstd)
		return -ENOMEM;
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_windowLog, ZSTD_WINDOW_LOG);
	ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 1);
	return 0;
}

static int open_lz4(struct mf_compressor *c, struct mf_err *err)
{
	uint32_t magic = htole32(LZ4_MAGIC);

	c->block = malloc(LZ4_BLOCK);
	c->packed = malloc(LZ4_WORD + LZ4_COMPRESSBOUND(LZ4_BLOCK));
	if (!c->block || !c->packed)
		return -ENOMEM;
	return mf_write_all(c->fd, (struct mf_bytes){(const uint8_t *)&magic, LZ4_WORD}, err);
}

int mf_compressor_open(enum mf_codec codec, int fd, struct mf_compressor **out, struct mf_err *err)
{
	MF_CLEANUP(mf_compressor_free) struct mf_compressor *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c)
		return -ENOMEM;
	c->codec = codec;
	c->fd = fd;
	if (codec == MF_CODEC_GZIP)
		r = open_gzip(c);
	else if (codec == MF_CODEC_XZ)
		r = lzma_easy_encoder(&c->xz, XZ_PRESET, LZMA_CHECK_CRC32) == LZMA_OK ? 0 : -ENOMEM;
	else if (codec == MF_CODEC_ZSTD)
		r = open_zstd(c);
	else if (codec == MF_CODEC_LZ4)
		r = open_lz4(c, err);
	else if (codec != MF_CODEC_NONE)
		r = mf_fail(err, -EOPNOTSUPP, "%s is not written", mf_codec_name(codec));
	if (!r)
		*out = mf_steal(&c);
	return r;
}

static int write_raw(struct mf_compressor *c, struct mf_bytes bytes, bool last, struct mf_err *err)
{
	int r = 0;

	if (c->used + bytes.n > ROOM || last) {
		r = flush(c, c->used, err);
		c->used = 0;
	}
	if (r || !bytes.n)
		return r;
	if (bytes.n > ROOM)
		return mf_write_all(c->fd, bytes, err);
	memcpy(c->room + c->used, bytes.p, bytes.n);
	c->used += bytes.n;
	return 0;
}

static int write_gzip(struct mf_compressor *c, struct mf_bytes bytes, bool last, struct mf_err *err)
{
	int state = Z_OK;

	do {
		size_t part = bytes.n < (1u << 30) ? bytes.n : 1u << 30;

		c->gzip.next_in = (Bytef *)(uintptr_t)bytes.p; /* zlib's type lacks a const */
		c->gzip.avail_in = (uInt)part;
		do {
			int r;

			c->gzip.next_out = c->room;
			c->gzip.avail_out = ROOM;
			state = deflate(&c->gzip, last && part == bytes.n ? Z_FINISH : Z_NO_FLUSH);
			r = flush(c, ROOM - c->gzip.avail_out, err);
			if (r)
				return r;
		} while (c->gzip.avail_out == 0);
		bytes = mf_bytes_sub(bytes, part, bytes.n - part);
	} while (bytes.n);
	return last && state != Z_STREAM_END ? mf_fail(err, -EIO, "gzip stream did not end") : 0;
}

static int write_xz(struct mf_compressor *c, struct mf_bytes bytes, bool last, struct mf_err *err)
{
	lzma_ret state;

	c->xz.next_in = bytes.p;
	c->xz.avail_in = bytes.n;
	do {
		int r;

		c->xz.next_out = c->room;
		c->xz.avail_out = ROOM;
		state = lzma_code(&c->xz, last ? LZMA_FINISH : LZMA_RUN);
		if (state != LZMA_OK && state != LZMA_STREAM_END)
			return mf_fail(err, state == LZMA_MEM_ERROR ? -ENOMEM : -EIO,
				       "xz compression failed (%d)", (int)state);
		r = flush(c, ROOM - c->xz.avail_out, err);
		if (r)
			return r;
	} while (c->xz.avail_in || (last && state != LZMA_STREAM_END));
	return 0;
}

static int write_zstd(struct mf_compressor *c, struct mf_bytes bytes, bool last, struct mf_err *err)
{
	ZSTD_inBuffer in = {bytes.p, bytes.n, 0};
	size_t left;

	do {
		ZSTD_outBuffer out = {c->room, ROOM, 0};
		int r;

		left = ZSTD_compressStream2(c->zstd, &out, &in,
					    last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return mf_fail(err, -EIO, "zstd compression failed: %s",
				       ZSTD_getErrorName(left));
		r = flush(c, out.pos, err);
		if (r)
			return r;
	} while (in.pos < in.size || (last && left));
	return 0;
}

static int write_lz4_block(struct mf_compressor *c, struct mf_err *err)
{
	int n = LZ4_compress_HC((const char *)c->block, (char *)c->packed + LZ4_WORD, (int)c->used,
				(int)LZ4_COMPRESSBOUND(LZ4_BLOCK), LZ4_LEVEL);
	uint32_t size = htole32((uint32_t)n);

	if (n <= 0)
		return mf_fail(err, -EIO, "lz4 compression failed");
	memcpy(c->packed, &size, LZ4_WORD);
	c->used = 0;
	return mf_write_all(c->fd, (struct mf_bytes){c->packed, LZ4_WORD + (size_t)n}, err);
}

static int write_lz4(struct mf_compressor *c, struct mf_bytes bytes, bool last, struct mf_err *err)
{
	int r = 0;

	while (!r && bytes.n) {
		size_t room = LZ4_BLOCK - c->used;
		size_t part = bytes.n < room ? bytes.n : room;

		memcpy(c->block + c->used, bytes.p, part);
		c->used += part;
		bytes = mf_bytes_sub(bytes, part, bytes.n - part);
		if (c->used == LZ4_BLOCK)
			r = write_lz4_block(c, err);
	}
	return !r && last && c->used ? write_lz4_block(c, err) : r;
}

static int write_part(struct mf_compressor *c, struct mf_bytes bytes, bool last, struct mf_err *err)
{
	if (c->codec == MF_CODEC_GZIP)
		return write_gzip(c, bytes, last, err);
	if (c->codec == MF_CODEC_XZ)
		return write_xz(c, bytes, last, err);
	if (c->codec == MF_CODEC_ZSTD)
		return write_zstd(c, bytes, last, err);
	if (c->codec == MF_CODEC_LZ4)
		return write_lz4(c, bytes, last, err);
	return write_raw(c, bytes, last, err);
}

int mf_compressor_write(struct mf_compressor *c, struct mf_bytes bytes, struct mf_err *err)
{
	return bytes.n ? write_part(c, bytes, false, err) : 0;
}

int mf_compressor_finish(struct mf_compressor *c, struct mf_err *err)
{
	return write_part(c, (struct mf_bytes){0}, true, err);
}

void mf_compressor_free(struct mf_compressor **compressor)
{
	struct mf_compressor *c = *compressor;

	if (!c)
		return;
	if (c->codec == MF_CODEC_GZIP)
		deflateEnd(&c->gzip);
	lzma_end(&c->xz);
	ZSTD_freeCCtx(c->zstd);
	free(c->block);
	free(c->packed);
	free(c);
	*compressor = NULL;
}
