// SPDX-License-Identifier: GPL-2.0-or-later
// Every codec: exact end of the stream, every cut, every flipped bit, limits.
#include "lib/io/decompress.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <bzlib.h>
#include <cmocka.h>
#include <lz4hc.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include "lib/base/cleanup.h"

#define PLAIN_SIZE 3000

/* Text that compresses, but not to nothing. */
static void make_plain(uint8_t plain[PLAIN_SIZE])
{
	uint32_t state = 7;

	for (size_t i = 0; i < PLAIN_SIZE; i++) {
		state = state * 1664525 + 1013904223;
		plain[i] = i % 7 < 4 ? "modferry"[i % 8] : (uint8_t)('a' + (state >> 28));
	}
}

static size_t pack_gzip(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	z_stream stream = {0};
	size_t got;

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)plain;
	stream.avail_in = (unsigned int)n;
	stream.next_out = room;
	stream.avail_out = (unsigned int)size;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	got = stream.total_out;
	deflateEnd(&stream);
	return got;
}

static size_t pack_bzip2(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	unsigned int got = (unsigned int)size;

	assert_int_equal(BZ2_bzBuffToBuffCompress((char *)room, &got, (char *)(uintptr_t)plain,
						  (unsigned int)n, 9, 0, 0),
			 BZ_OK);
	return got;
}

static size_t pack_lzma(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_options_lzma options;
	size_t got;

	lzma_lzma_preset(&options, 6);
	assert_int_equal(lzma_alone_encoder(&stream, &options), LZMA_OK);
	stream.next_in = plain;
	stream.avail_in = n;
	stream.next_out = room;
	stream.avail_out = size;
	assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
	got = size - stream.avail_out;
	lzma_end(&stream);
	return got;
}

/* As LZMA Utils wrote it: the size in the header, no end marker. */
static size_t pack_lzma_sized(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	lzma_options_lzma options;
	lzma_filter filters[] = {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, NULL}};
	size_t got = 13;

	lzma_lzma_preset(&options, 6);
	options.ext_flags = 0;
	lzma_set_ext_size(options, n);
	room[0] = (uint8_t)((options.pb * 5 + options.lp) * 9 + options.lc);
	for (size_t i = 0; i < 4; i++)
		room[1 + i] = (uint8_t)(options.dict_size >> 8 * i);
	for (size_t i = 0; i < 8; i++)
		room[5 + i] = (uint8_t)((uint64_t)n >> 8 * i);
	assert_int_equal(lzma_raw_buffer_encode(filters, NULL, plain, n, room, &got, size),
			 LZMA_OK);
	return got;
}

static size_t pack_xz(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	size_t got = 0;

	assert_int_equal(
		lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, plain, n, room, &got, size),
		LZMA_OK);
	return got;
}

static uint8_t *put_be(uint8_t *p, uint32_t value, unsigned int size)
{
	while (size--)
		*p++ = (uint8_t)(value >> 8 * size);
	return p;
}

/* lzop container as lzop 1.04 writes it; blocks of 1000 bytes, the last one stored. */
static size_t pack_lzo(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	static uint8_t work[LZO1X_1_MEM_COMPRESS];
	uint8_t *p = room;

	memcpy(p, "\211LZO\0\r\n\032\n", 9);
	p = put_be(p + 9, 0x1040, 2);
	p = put_be(p, 0x20a0, 2);
	p = put_be(p, 0x0940, 2);
	p = put_be(p, 0x0105, 2);
	p = put_be(p, 0x03000001, 4);
	memset(p, 0, 12);
	p = put_be(p + 12, 3, 1);
	memcpy(p, "abc", 3);
	p = put_be(p + 3, 0, 4);
	for (size_t at = 0; at < n; at += 1000) {
		size_t block = n - at < 1000 ? n - at : 1000;
		lzo_uint got = size;

		p = put_be(p, (uint32_t)block, 4);
		lzo1x_1_compress(plain + at, block, p + 8, &got, work);
		if (got >= block || at + block == n) {
			memcpy(p + 8, plain + at, block);
			got = block;
		}
		p = put_be(p, (uint32_t)got, 4);
		p = put_be(p, (uint32_t)adler32(1, plain + at, (unsigned int)block), 4) + got;
	}
	return (size_t)(put_be(p, 0, 4) - room);
}

/* Two blocks, the magic again between them. */
static size_t pack_lz4(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	uint8_t *p = room;

	for (size_t at = 0; at < n; at += n / 2) {
		int got;

		memcpy(p, "\x02\x21\x4c\x18", 4);
		got = LZ4_compress_HC((const char *)plain + at, (char *)p + 8, (int)(n / 2),
				      (int)size - 100, 9);
		for (size_t i = 0; i < 4; i++)
			p[4 + i] = (uint8_t)(got >> 8 * i);
		p += 8 + got;
	}
	return (size_t)(p - room);
}

static size_t pack_zstd(const uint8_t *plain, size_t n, uint8_t *room, size_t size)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t got;

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	got = ZSTD_compress2(context, room, size, plain, n);
	assert_false(ZSTD_isError(got));
	ZSTD_freeCCtx(context);
	return got;
}

static const struct packer {
	enum mf_codec codec;
	size_t (*pack)(const uint8_t *plain, size_t n, uint8_t *room, size_t size);
	bool has_checksum; /* of content: a flipped bit cannot stay unseen */
} packers[] = {
	{MF_CODEC_GZIP, pack_gzip, true},  {MF_CODEC_BZIP2, pack_bzip2, true},
	{MF_CODEC_LZMA, pack_lzma, false}, {MF_CODEC_LZMA, pack_lzma_sized, false},
	{MF_CODEC_XZ, pack_xz, true},	   {MF_CODEC_LZO, pack_lzo, true},
	{MF_CODEC_LZ4, pack_lz4, false},   {MF_CODEC_ZSTD, pack_zstd, true},
};

#define N_PACKERS (sizeof(packers) / sizeof(packers[0]))

/* One packed stream and what is in it. */
struct sample {
	uint8_t plain[PLAIN_SIZE];
	uint8_t packed[2 * PLAIN_SIZE];
	size_t n;
};

static void make_sample(const struct packer *packer, struct sample *out)
{
	make_plain(out->plain);
	memset(out->packed, 0, sizeof(out->packed));
	out->n = packer->pack(out->plain, PLAIN_SIZE, out->packed, sizeof(out->packed) - 16);
	assert_in_range(out->n, 100, PLAIN_SIZE);
	assert_int_equal(mf_codec_detect((struct mf_bytes){out->packed, out->n}), packer->codec);
}

static void test_exact_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_PACKERS; i++) {
		/* what follows a stream: nothing, padding */
		for (size_t extra = 0; extra <= 16; extra += 8) {
			MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
			struct sample sample;
			struct mf_err err = {0};
			size_t used;

			make_sample(&packers[i], &sample);
			mf_buf_adds(&out, "kept");
			assert_int_equal(
				mf_decompress(packers[i].codec,
					      (struct mf_bytes){sample.packed, sample.n + extra},
					      PLAIN_SIZE, &out, &used, &err),
				0);
			assert_int_equal(used, sample.n);
			assert_int_equal(out.len, 4 + PLAIN_SIZE);
			assert_memory_equal(out.data, "kept", 4);
			assert_memory_equal(out.data + 4, sample.plain, PLAIN_SIZE);
			assert_int_equal(out.data[out.len], 0);
		}
	}
}

/* Another stream directly behind: only LZ4, which has no end mark, cannot tell. */
static void test_followed_by_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_PACKERS; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
		struct sample sample;
		struct mf_err err = {0};
		size_t used;
		int rc;

		make_sample(&packers[i], &sample);
		memcpy(sample.packed + sample.n, "070701", 6);
		rc = mf_decompress(packers[i].codec, (struct mf_bytes){sample.packed, sample.n + 6},
				   PLAIN_SIZE, &out, &used, &err);
		assert_int_equal(rc, packers[i].codec == MF_CODEC_LZ4 ? -EBADMSG : 0);
		assert_int_equal(used, sample.n);
		assert_int_equal(out.len, PLAIN_SIZE);
		if (rc)
			assert_string_equal(err.text + strlen(err.text) - 32,
					    "without which nothing may follow");
	}
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct sample sample;

		make_sample(&packers[i], &sample);
		for (size_t n = 0; n < sample.n; n++) {
			MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
			/* a copy of its own, so that ASan sees one byte too much */
			MF_CLEANUP(mf_free_ptr) uint8_t *copy = malloc(n ? n : 1);
			struct mf_err err = {0};
			size_t used;
			int rc;

			memcpy(copy, sample.packed, n);
			rc = mf_decompress(packers[i].codec, (struct mf_bytes){copy, n}, PLAIN_SIZE,
					   &out, &used, &err);
			assert_in_range(used, 0, n);
			assert_memory_equal(out.len ? out.data : sample.plain, sample.plain,
					    out.len);
			/* LZ4 may end behind any block */
			if (packers[i].codec == MF_CODEC_LZ4 && rc == 0)
				assert_true(out.len == 0 || out.len == PLAIN_SIZE / 2 ||
					    out.len == PLAIN_SIZE);
			else
				assert_int_equal(rc, -EBADMSG);
			assert_true(rc == 0 || err.text[0]);
		}
	}
}

static void test_flipped_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_PACKERS; i++) {
		struct sample sample;

		make_sample(&packers[i], &sample);
		for (size_t bit = 0; bit < 8 * sample.n; bit += 3) {
			MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
			struct mf_err err = {0};
			size_t used;
			int rc;

			sample.packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
			rc = mf_decompress(packers[i].codec,
					   (struct mf_bytes){sample.packed, sample.n},
					   2 * PLAIN_SIZE, &out, &used, &err);
			sample.packed[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_true(rc == 0 || rc == -EBADMSG || rc == -E2BIG);
			assert_in_range(used, 0, sample.n);
			assert_in_range(out.len, 0, 2 * PLAIN_SIZE);
			if (rc == 0 && packers[i].has_checksum) {
				assert_int_equal(out.len, PLAIN_SIZE);
				assert_memory_equal(out.data, sample.plain, PLAIN_SIZE);
			}
		}
	}
}

static void test_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_PACKERS; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
		struct sample sample;
		struct mf_err err = {0};
		size_t used;

		make_sample(&packers[i], &sample);
		assert_int_equal(mf_decompress(packers[i].codec,
					       (struct mf_bytes){sample.packed, sample.n},
					       PLAIN_SIZE - 1, &out, &used, &err),
				 -E2BIG);
		assert_int_equal(out.len, PLAIN_SIZE - 1);
		assert_memory_equal(out.data, sample.plain, PLAIN_SIZE - 1);
	}
}

/* 64 MiB of zeros in a few KiB: stops at the limit, with memory of that order. */
static void test_bomb(void **state)
{
	MF_CLEANUP(mf_free_ptr) uint8_t *zeros = calloc(1, (size_t)64 << 20);
	MF_CLEANUP(mf_free_ptr) uint8_t *packed = malloc((size_t)1 << 20);
	static const enum mf_codec bombs[] = {MF_CODEC_GZIP, MF_CODEC_ZSTD};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
		struct mf_err err = {0};
		size_t n = bombs[i] == MF_CODEC_GZIP
				   ? pack_gzip(zeros, (size_t)64 << 20, packed, (size_t)1 << 20)
				   : pack_zstd(zeros, (size_t)64 << 20, packed, (size_t)1 << 20);
		size_t used;

		assert_int_equal(mf_decompress(bombs[i], (struct mf_bytes){packed, n}, 1000000,
					       &out, &used, &err),
				 -E2BIG);
		assert_int_equal(out.len, 1000000);
		assert_in_range(out.cap, 1000000, 4000000);
	}
}

/* Fields that announce more than anybody has. */
static void test_forged_sizes(void **state)
{
	static const uint8_t lzma[] = {0x5d, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				       0x7f, 0, 0, 0,	 1,    2,    3,	   4,	 5};
	/* window descriptor 0xff: 3.75 TiB; and one of 256 MiB */
	static const uint8_t huge[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x01, 0x00, 0x00};
	static const uint8_t large[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x90, 0x01, 0x00, 0x00};
	static const uint8_t allowed[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x88, 0x01, 0x00, 0x00};
	static const struct {
		enum mf_codec codec;
		struct mf_bytes bytes;
		int rc;
	} cases[] = {
		{MF_CODEC_LZMA, {lzma, sizeof(lzma)}, -E2BIG},
		{MF_CODEC_ZSTD, {huge, sizeof(huge)}, -E2BIG},
		{MF_CODEC_ZSTD, {large, sizeof(large)}, -E2BIG},
		{MF_CODEC_ZSTD, {allowed, sizeof(allowed)}, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
		struct mf_err err = {0};
		size_t used;

		assert_int_equal(
			mf_decompress(cases[i].codec, cases[i].bytes, SIZE_MAX, &out, &used, &err),
			cases[i].rc);
		assert_in_range(out.cap, 0, 1 << 20);
	}
}

static void test_detect(void **state)
{
	(void)state;
	assert_int_equal(mf_codec_detect((struct mf_bytes){0}), MF_CODEC_NONE);
	assert_int_equal(mf_codec_detect((struct mf_bytes){(const uint8_t *)"\x1f", 1}),
			 MF_CODEC_NONE);
	assert_int_equal(mf_codec_detect((struct mf_bytes){(const uint8_t *)"070701", 6}),
			 MF_CODEC_NONE);
	assert_string_equal(mf_codec_name(MF_CODEC_NONE), "raw");
	assert_string_equal(mf_codec_name(MF_CODEC_ZSTD), "zstd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detect),
		cmocka_unit_test(test_exact_end),
		cmocka_unit_test(test_followed_by_text),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flipped_bits),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_forged_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
