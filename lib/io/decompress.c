// SPDX-License-Identifier: GPL-2.0-or-later
// Decompression of modules and initrd segments, bounded, by the field's libraries.
#include "lib/io/decompress.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "lib/base/cleanup.h"
#include "lib/io/unpack.h"

/* Least room handed to a streaming decoder; growth itself doubles (mf_buf). */
#define STEP ((size_t)64 << 10)

/*
 * First reservation: modules and initrds inflate two to five times, and what is not written costs
 * no memory, only address space. No length field of the input is trusted.
 */
#define EXPECTED_RATIO 4
#define FIRST_MAX      ((size_t)256 << 20)

/* Windows the kernel refuses (lib/decompress_unzstd.c, ZSTD_WINDOWLOG_MAX): above 128 MiB. */
#define ZSTD_WINDOW_LOG 27

/* Memory for one LZMA dictionary and its tables; `xz -9` needs 65 MiB, no initrd more. */
#define LZMA_MEMORY ((uint64_t)256 << 20)

static int unpack_gzip(struct mf_unpack *unpack);
static int unpack_bzip2(struct mf_unpack *unpack);
static int unpack_lzma(struct mf_unpack *unpack);
static int unpack_xz(struct mf_unpack *unpack);
static int unpack_zstd(struct mf_unpack *unpack);

/* Magics as the kernel tests them (lib/decompress.c): two bytes. */
static const struct codec {
	const char *name;
	uint8_t magic[2];
	mf_unpack_fn *unpack;
} codecs[] = {
	[MF_CODEC_NONE] = {"raw", {0}, NULL},
	[MF_CODEC_GZIP] = {"gzip", {0x1f, 0x8b}, unpack_gzip},
	[MF_CODEC_BZIP2] = {"bzip2", {'B', 'Z'}, unpack_bzip2},
	[MF_CODEC_LZMA] = {"lzma", {0x5d, 0x00}, unpack_lzma},
	[MF_CODEC_XZ] = {"xz", {0xfd, '7'}, unpack_xz},
	[MF_CODEC_LZO] = {"lzo", {0x89, 'L'}, mf_unpack_lzo},
	[MF_CODEC_LZ4] = {"lz4", {0x02, 0x21}, mf_unpack_lz4},
	[MF_CODEC_ZSTD] = {"zstd", {0x28, 0xb5}, unpack_zstd},
};

#define N_CODECS (sizeof(codecs) / sizeof(codecs[0]))

enum mf_codec mf_codec_detect(struct mf_bytes bytes)
{
	for (size_t i = MF_CODEC_GZIP; bytes.n >= 2 && i < N_CODECS; i++) {
		if (!memcmp(bytes.p, codecs[i].magic, 2))
			return (enum mf_codec)i;
	}
	return MF_CODEC_NONE;
}

const char *mf_codec_name(enum mf_codec codec)
{
	return codecs[codec].name;
}

/* Decoders of zlib's family count in unsigned int: what is offered at once. */
static unsigned int offer(size_t n)
{
	return n > UINT_MAX ? UINT_MAX : (unsigned int)n;
}

static void end_gzip(z_stream *stream)
{
	inflateEnd(stream);
}

static int unpack_gzip(struct mf_unpack *unpack)
{
	MF_CLEANUP(end_gzip) z_stream stream = {0};
	int rc = Z_OK;

	/* 15: the largest window; + 16: a gzip header and trailer, checked */
	if (inflateInit2(&stream, 15 + 16) != Z_OK)
		return mf_unpack_no_memory(unpack);
	while (rc != Z_STREAM_END) {
		size_t n;
		uint8_t *room = mf_unpack_room(unpack, STEP, &n);
		unsigned int in = offer(unpack->in.n - unpack->used);
		unsigned int out = offer(n);
		int status;

		if (!room)
			return mf_unpack_no_memory(unpack);
		/* zlib does not write through next_in; z_const is empty without ZLIB_CONST */
		stream.next_in = (z_const Bytef *)(uintptr_t)(unpack->in.p + unpack->used);
		stream.avail_in = in;
		stream.next_out = room;
		stream.avail_out = out;
		rc = inflate(&stream, Z_NO_FLUSH);
		unpack->used += in - stream.avail_in;
		status = mf_unpack_took(unpack, out - stream.avail_out);
		if (status)
			return status;
		if (rc == Z_MEM_ERROR)
			return mf_unpack_no_memory(unpack);
		if (rc == Z_BUF_ERROR ||
		    (rc == Z_OK && unpack->used == unpack->in.n && stream.avail_out))
			return mf_unpack_truncated(unpack);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return mf_unpack_damaged(unpack,
						 stream.msg ? stream.msg : "no gzip stream");
	}
	return 0;
}

static void end_bzip2(bz_stream *stream)
{
	BZ2_bzDecompressEnd(stream);
}

static int unpack_bzip2(struct mf_unpack *unpack)
{
	MF_CLEANUP(end_bzip2) bz_stream stream = {0};
	int rc = BZ_OK;

	if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
		return mf_unpack_no_memory(unpack);
	while (rc != BZ_STREAM_END) {
		size_t n;
		uint8_t *room = mf_unpack_room(unpack, STEP, &n);
		unsigned int in = offer(unpack->in.n - unpack->used);
		unsigned int out = offer(n);
		int status;

		if (!room)
			return mf_unpack_no_memory(unpack);
		/* libbz2 does not write through next_in */
		stream.next_in = (char *)(uintptr_t)(unpack->in.p + unpack->used);
		stream.avail_in = in;
		stream.next_out = (char *)room;
		stream.avail_out = out;
		rc = BZ2_bzDecompress(&stream);
		unpack->used += in - stream.avail_in;
		status = mf_unpack_took(unpack, out - stream.avail_out);
		if (status)
			return status;
		if (rc == BZ_MEM_ERROR)
			return mf_unpack_no_memory(unpack);
		if (rc == BZ_OK && unpack->used == unpack->in.n && stream.avail_out)
			return mf_unpack_truncated(unpack);
		if (rc != BZ_OK && rc != BZ_STREAM_END)
			return mf_unpack_damaged(unpack, "no valid bzip2 block");
	}
	return 0;
}

static int explain_lzma(struct mf_unpack *unpack, lzma_ret rc)
{
	if (rc == LZMA_MEM_ERROR)
		return mf_unpack_no_memory(unpack);
	if (rc == LZMA_MEMLIMIT_ERROR)
		return mf_fail(unpack->err, -E2BIG, "needs more than %llu MiB to decompress",
			       (unsigned long long)(LZMA_MEMORY >> 20));
	if (rc == LZMA_BUF_ERROR)
		return mf_unpack_truncated(unpack);
	return mf_unpack_damaged(unpack, rc == LZMA_OPTIONS_ERROR ? "unknown options"
								  : "no valid LZMA data");
}

static int run_lzma(struct mf_unpack *unpack, lzma_stream *stream)
{
	lzma_ret rc = LZMA_OK;

	stream->next_in = unpack->in.p;
	stream->avail_in = unpack->in.n;
	while (rc != LZMA_STREAM_END) {
		size_t n;
		uint8_t *room = mf_unpack_room(unpack, STEP, &n);
		int status;

		if (!room)
			return mf_unpack_no_memory(unpack);
		stream->next_out = room;
		stream->avail_out = n;
		rc = lzma_code(stream, LZMA_RUN);
		unpack->used = unpack->in.n - stream->avail_in;
		status = mf_unpack_took(unpack, n - stream->avail_out);
		if (status)
			return status;
		if (rc != LZMA_OK && rc != LZMA_STREAM_END)
			return explain_lzma(unpack, rc);
		if (rc == LZMA_OK && !stream->avail_in && stream->avail_out)
			return mf_unpack_truncated(unpack);
	}
	return 0;
}

/*
 * The old format has no magic and no checksum. It ends at the size in its header or, where that is
 * unknown (all ones, as `xz --format=lzma` writes), at its end marker; both ends are exact.
 */
static int unpack_lzma(struct mf_unpack *unpack)
{
	MF_CLEANUP(lzma_end) lzma_stream stream = LZMA_STREAM_INIT;

	if (lzma_alone_decoder(&stream, LZMA_MEMORY) != LZMA_OK)
		return mf_unpack_no_memory(unpack);
	return run_lzma(unpack, &stream);
}

/* One stream: what follows, even stream padding, belongs to others. */
static int unpack_xz(struct mf_unpack *unpack)
{
	MF_CLEANUP(lzma_end) lzma_stream stream = LZMA_STREAM_INIT;

	if (lzma_stream_decoder(&stream, LZMA_MEMORY, 0) != LZMA_OK)
		return mf_unpack_no_memory(unpack);
	return run_lzma(unpack, &stream);
}

static void end_zstd(ZSTD_DStream **stream)
{
	ZSTD_freeDStream(*stream);
}

static int explain_zstd(struct mf_unpack *unpack, size_t rc)
{
	ZSTD_ErrorCode code = ZSTD_getErrorCode(rc);

	if (code == ZSTD_error_memory_allocation)
		return mf_unpack_no_memory(unpack);
	if (code == ZSTD_error_frameParameter_windowTooLarge)
		return mf_fail(unpack->err, -E2BIG,
			       "zstd window above 128 MiB, which the kernel refuses; "
			       "compress without --ultra --long");
	return mf_unpack_damaged(unpack, ZSTD_getErrorName(rc));
}

static int unpack_zstd(struct mf_unpack *unpack)
{
	MF_CLEANUP(end_zstd) ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = {unpack->in.p, unpack->in.n, 0};
	size_t rc = 1;

	if (!stream)
		return mf_unpack_no_memory(unpack);
	rc = ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	if (ZSTD_isError(rc))
		return explain_zstd(unpack, rc);
	do {
		size_t n;
		uint8_t *room = mf_unpack_room(unpack, STEP, &n);
		ZSTD_outBuffer out = {room, n, 0};
		int status;

		if (!room)
			return mf_unpack_no_memory(unpack);
		rc = ZSTD_decompressStream(stream, &out, &in);
		unpack->used = in.pos;
		status = mf_unpack_took(unpack, out.pos);
		if (status)
			return status;
		if (ZSTD_isError(rc))
			return explain_zstd(unpack, rc);
		if (rc && in.pos == in.size && out.pos < out.size)
			return mf_unpack_truncated(unpack);
	} while (rc);
	return 0;
}

/* What to reserve before the first byte: enough for most, bounded by input and limit. */
static size_t first_room(size_t n, size_t limit)
{
	size_t first = n > FIRST_MAX / EXPECTED_RATIO ? FIRST_MAX : n * EXPECTED_RATIO;

	return first > limit ? limit : first;
}

int mf_decompress(enum mf_codec codec, struct mf_bytes bytes, size_t limit, struct mf_buf *out,
		  size_t *ret_used, struct mf_err *err)
{
	struct mf_unpack unpack = {
		.in = bytes, .out = out, .start = out->len, .limit = limit, .err = err};
	int rc;

	*ret_used = 0;
	if (!codecs[codec].unpack)
		return mf_fail(err, -EINVAL, "not compressed in a way known here");
	if (!mf_buf_reserve(out, first_room(bytes.n, limit)))
		return mf_unpack_no_memory(&unpack);
	rc = codecs[codec].unpack(&unpack);
	*ret_used = unpack.used;
	return rc ? mf_wrap(err, rc, "%s", codecs[codec].name) : 0;
}
