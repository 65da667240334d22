// SPDX-License-Identifier: GPL-2.0-or-later
// The initrd walker on images built in memory: segments, rules of the kernel, cuts, hostile
// entries.
#include "lib/io/initrd.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>

#include "lib/base/cleanup.h"

/* One member to build; content and name_size only where they are not the natural ones. */
struct spec {
	const char *name;
	uint32_t mode;
	const char *content;
	const char *magic;
	uint32_t name_size;
	uint32_t content_size;
	uint32_t checksum;
};

static void pad(struct mf_buf *image, size_t to)
{
	mf_buf_zeros(image, (to - image->len % to) % to);
}

static void add_member(struct mf_buf *image, const struct spec *spec)
{
	size_t content = spec->content ? strlen(spec->content) : 0;

	mf_buf_printf(image, "%s%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		      spec->magic ? spec->magic : "070701", 1U, spec->mode, 0U, 0U, 1U, 0U,
		      spec->content_size ? spec->content_size : (uint32_t)content, 0U, 0U, 0U, 0U,
		      spec->name_size ? spec->name_size : (uint32_t)strlen(spec->name) + 1,
		      spec->checksum);
	mf_buf_add(image, spec->name, strlen(spec->name) + 1);
	pad(image, 4);
	mf_buf_adds(image, spec->content ? spec->content : "");
	pad(image, 4);
}

static void add_file(struct mf_buf *image, const char *name, const char *content)
{
	add_member(image, &(struct spec){.name = name, .mode = 0100644, .content = content});
}

static void add_trailer(struct mf_buf *image)
{
	add_member(image, &(struct spec){.name = "TRAILER!!!"});
}

static void add_gzip(struct mf_buf *image, const struct mf_buf *content)
{
	z_stream stream = {0};
	uint8_t *room = mf_buf_reserve(image, content->len + 1000);

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, 0), Z_OK);
	stream.next_in = content->data;
	stream.avail_in = (unsigned int)content->len;
	stream.next_out = room;
	stream.avail_out = (unsigned int)content->len + 1000;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	image->len += stream.total_out;
	deflateEnd(&stream);
}

static void add_xz(struct mf_buf *image, const struct mf_buf *content, lzma_check check)
{
	uint8_t *room = mf_buf_reserve(image, content->len + 1000);
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(0, check, NULL, content->data, content->len, room,
						 &n, content->len + 1000),
			 LZMA_OK);
	image->len += n;
}

static void add_lz4(struct mf_buf *image, const struct mf_buf *content)
{
	uint8_t *room = mf_buf_reserve(image, content->len + 1000);
	int n = LZ4_compress_default((const char *)content->data, (char *)room + 8,
				     (int)content->len, (int)content->len + 900);

	memcpy(room, "\x02\x21\x4c\x18", 4);
	for (size_t i = 0; i < 4; i++)
		room[4 + i] = (uint8_t)(n >> 8 * i);
	image->len += 8 + (size_t)n;
}

/* What a walk saw, as text: one line a callback. */
struct seen {
	struct mf_buf text;
	size_t n_members;
	size_t stop_at; /* member at which the callback says stop; 0 for never */
};

static int see_begin(void *context, const struct mf_segment *segment)
{
	struct seen *seen = context;

	mf_buf_printf(&seen->text, "[%u %s +%u @%u%s%s]\n", segment->index,
		      mf_codec_name(segment->codec), (unsigned int)segment->padding,
		      (unsigned int)segment->start, segment->is_aligned ? "" : " unaligned",
		      segment->warning ? " warned" : "");
	return 0;
}

static int see_member(void *context, const struct mf_segment *segment,
		      const struct mf_member *member)
{
	struct seen *seen = context;

	mf_buf_printf(&seen->text, "%u %o %s=", segment->index, member->mode, member->path);
	mf_buf_add(&seen->text, member->content.p, member->content.n);
	mf_buf_printf(&seen->text, "%s\n", member->ignored ? " ignored" : "");
	return ++seen->n_members == seen->stop_at ? 77 : 0;
}

static int see_end(void *context, const struct mf_segment *segment)
{
	struct seen *seen = context;

	mf_buf_printf(&seen->text, "[%u end %u size %u members %u%s]\n", segment->index,
		      (unsigned int)segment->end, (unsigned int)segment->size,
		      (unsigned int)segment->n_members, segment->has_trailer ? "" : " no trailer");
	return 0;
}

static void free_seen(struct seen *seen)
{
	mf_buf_free(&seen->text);
}

static int walk(struct mf_bytes image, struct seen *seen, struct mf_err *err)
{
	struct mf_initrd_visitor visitor = {see_begin, see_member, see_end, seen};

	return mf_initrd_walk(image, &visitor, err);
}

static void assert_walk(const struct mf_buf *image, const char *expected)
{
	MF_CLEANUP(free_seen) struct seen seen = {0};
	struct mf_err err = {0};

	assert_int_equal(walk(mf_buf_bytes(image), &seen, &err), 0);
	assert_string_equal(err.text, "");
	assert_string_equal(mf_buf_str(&seen.text), expected);
}

/* The walk sees what is expected and then fails with the code and a message that has the part. */
static void assert_broken(const struct mf_buf *image, const char *expected, const char *part)
{
	MF_CLEANUP(free_seen) struct seen seen = {0};
	struct mf_err err = {0};

	assert_int_equal(walk(mf_buf_bytes(image), &seen, &err), -EBADMSG);
	assert_string_equal(mf_buf_str(&seen.text), expected);
	if (!strstr(err.text, part))
		assert_string_equal(err.text, part);
}

static void test_empty(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};

	(void)state;
	assert_walk(&image, "");
	mf_buf_zeros(&image, 1000);
	assert_walk(&image, "");
}

/* Early cpio, padding, compressed ones with archives and padding inside, raw at the end. */
static void make_mixed(struct mf_buf *image)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf inner = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf other = {0};

	add_file(image, "kernel/x86/early", "micro");
	add_trailer(image);
	pad(image, 512);
	add_member(&inner, &(struct spec){.name = ".", .mode = 040755});
	add_file(&inner, "./init", "first");
	add_trailer(&inner);
	pad(&inner, 512);
	add_member(&inner, &(struct spec){.name = "lib", .mode = 0120777, .content = "usr/lib"});
	add_trailer(&inner);
	add_gzip(image, &inner);
	add_file(&other, "/init", "second");
	add_trailer(&other);
	add_xz(image, &other, LZMA_CHECK_CRC32);
	pad(image, 4);
	add_file(image, "a//b/./c", "3");
	add_trailer(image);
	add_file(image, "after", "");
	add_trailer(image);
}

static void test_mixed(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	MF_CLEANUP(free_seen) struct seen seen = {0};
	struct mf_err err = {0};

	(void)state;
	make_mixed(&image);
	assert_int_equal(walk(mf_buf_bytes(&image), &seen, &err), 0);
	assert_non_null(strstr(mf_buf_str(&seen.text), "[0 raw +0 @0]\n"
						       "0 100644 kernel/x86/early=micro\n"
						       "[0 end 260 size 260 members 1]\n"
						       "[1 gzip +252 @512]\n"
						       "1 40755 .=\n"
						       "1 100644 init=first\n"
						       "1 120777 lib=usr/lib\n"));
	assert_non_null(strstr(mf_buf_str(&seen.text), "2 100644 init=second\n"));
	assert_non_null(strstr(mf_buf_str(&seen.text), "3 100644 a/b/c=3\n"));
	assert_non_null(strstr(mf_buf_str(&seen.text), "4 100644 after=\n"));
}

/* Any prefix: what was complete has been seen, then an error or a clean end, never a crash. */
static void test_cut(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	MF_CLEANUP(free_seen) struct seen whole = {0};
	size_t n_clean = 0;
	struct mf_err none;

	(void)state;
	make_mixed(&image);
	assert_int_equal(walk(mf_buf_bytes(&image), &whole, &none), 0);
	for (size_t n = 0; n < image.len; n++) {
		MF_CLEANUP(free_seen) struct seen seen = {0};
		MF_CLEANUP(mf_free_ptr) uint8_t *copy = malloc(n ? n : 1);
		struct mf_err err = {0};
		int rc;

		memcpy(copy, image.data, n);
		rc = walk((struct mf_bytes){copy, n}, &seen, &err);
		n_clean += rc == 0;
		assert_true(rc == 0 || rc == -EBADMSG);
		assert_true((rc == 0) == (err.text[0] == '\0'));
		assert_in_range(seen.n_members, 0, whole.n_members);
		if (rc)
			assert_memory_equal(seen.text.data ? seen.text.data : whole.text.data,
					    whole.text.data, seen.text.len);
	}
	/* clean: nothing; between segments and members; in zeros behind complete content */
	assert_in_range(n_clean, 200, 300);
}

static void test_alignment(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf inner = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};

	(void)state;
	add_file(&inner, "x", "1");
	add_trailer(&inner);
	add_gzip(&image, &inner);
	if (image.len % 4 == 0)
		mf_buf_zeros(&image, 1);
	else
		assert_int_not_equal(image.len % 4, 0);
	mf_buf_add(&image, inner.data, inner.len);
	{
		MF_CLEANUP(free_seen) struct seen seen = {0};
		struct mf_err err = {0};

		assert_int_equal(walk(mf_buf_bytes(&image), &seen, &err), -EBADMSG);
		assert_non_null(strstr(err.text, "no multiple of 4: the kernel loses it"));
		assert_non_null(strstr(mf_buf_str(&seen.text), " unaligned]\n"));
		assert_int_equal(seen.n_members, 1);
	}
	/* a compressed one may start anywhere, save behind a raw one */
	image.len = 0;
	add_gzip(&image, &inner);
	while (image.len % 4 != 3)
		mf_buf_zeros(&image, 1);
	add_gzip(&image, &inner);
	{
		MF_CLEANUP(free_seen) struct seen seen = {0};
		struct mf_err err = {0};

		assert_int_equal(walk(mf_buf_bytes(&image), &seen, &err), 0);
		assert_int_equal(seen.n_members, 2);
	}
	image.len = 0;
	mf_buf_add(&image, inner.data, inner.len);
	mf_buf_zeros(&image, 5);
	add_gzip(&image, &inner);
	assert_broken(&image,
		      "[0 raw +0 @0]\n0 100644 x=1\n[0 end 240 size 240 members 1]\n"
		      "[1 gzip +5 @245 unaligned]\n",
		      "offset 245: padding behind an uncompressed archive");
}

static void test_garbage(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};

	(void)state;
	mf_buf_adds(&image, "hello");
	assert_broken(&image, "", "offset 0: neither a cpio archive nor");
	image.len = 0;
	add_file(&image, "x", "1");
	add_trailer(&image);
	mf_buf_adds(&image, "junk");
	assert_broken(&image, "[0 raw +0 @0]\n0 100644 x=1\n[0 end 240 size 240 members 1]\n",
		      "offset 240: neither a cpio archive nor");
	image.len = 0;
	mf_buf_adds(&image, "0000000");
	mf_buf_zeros(&image, 200);
	assert_broken(&image, "[0 raw +0 @0]\n", "offset 0: no cpio header");
	image.len = 0;
	add_member(&image, &(struct spec){.name = "x", .magic = "070707"});
	assert_broken(&image, "[0 raw +0 @0]\n", "expected newc");
}

/* Rules inside compressed segments. */
static void test_inside(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf inner = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};

	(void)state;
	/* zeros in front of the very first member are no padding to the kernel */
	mf_buf_zeros(&inner, 4);
	add_file(&inner, "x", "1");
	add_gzip(&image, &inner);
	assert_broken(&image, "[0 gzip +0 @0]\n", "offset 0 of its content: no cpio header");
	inner.len = 0;
	image.len = 0;
	add_file(&inner, "x", "1");
	mf_buf_adds(&inner, "junk");
	add_gzip(&image, &inner);
	assert_broken(&image, "[0 gzip +0 @0]\n0 100644 x=1\n",
		      "offset 116 of its content: neither a cpio entry nor padding");
	inner.len = 116;
	image.len = 0;
	mf_buf_zeros(&inner, 3);
	add_file(&inner, "y", "1");
	add_gzip(&image, &inner);
	assert_broken(&image, "[0 gzip +0 @0]\n0 100644 x=1\n", "padding to no multiple of 4");
	inner.len = 115;
	image.len = 0;
	add_gzip(&image, &inner);
	assert_broken(&image, "[0 gzip +0 @0]\n0 100644 x=1\n", "cut off in its last padding");
	inner.len = 0;
	image.len = 0;
	add_gzip(&image, &inner);
	assert_broken(&image, "[0 gzip +0 @0]\n", "cut off in the header");
}

/* LZ4 has no end mark: what follows directly is lost, behind 4 zeros it is not. */
static void test_lz4(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf inner = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	MF_CLEANUP(free_seen) struct seen seen = {0};
	MF_CLEANUP(free_seen) struct seen direct = {0};
	struct mf_err err = {0};
	size_t end;

	(void)state;
	add_file(&inner, "x", "1");
	add_trailer(&inner);
	add_lz4(&image, &inner);
	end = image.len;
	mf_buf_zeros(&image, 4);
	add_gzip(&image, &inner);
	assert_int_equal(walk(mf_buf_bytes(&image), &seen, &err), 0);
	assert_int_equal(seen.n_members, 2);
	image.len = end;
	add_gzip(&image, &inner);
	assert_int_equal(walk(mf_buf_bytes(&image), &direct, &err), -EBADMSG);
	assert_int_equal(direct.n_members, 1);
	assert_non_null(strstr(err.text, "segment 0 at offset 0: lz4: "));
}

static void test_warnings(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf inner = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	MF_CLEANUP(free_seen) struct seen seen = {0};
	struct mf_err err = {0};

	(void)state;
	add_file(&inner, "x", "1");
	add_xz(&image, &inner, LZMA_CHECK_CRC64);
	assert_int_equal(walk(mf_buf_bytes(&image), &seen, &err), 0);
	assert_non_null(strstr(mf_buf_str(&seen.text), "[0 xz +0 @0 warned]\n0 100644 x=1\n"));
	assert_non_null(strstr(mf_buf_str(&seen.text), " no trailer]\n"));
}

static void test_hostile_entries(void **state)
{
	static char long_name[5000];
	static char long_part[300];
	static const struct {
		struct spec spec;
		const char *part; /* of the message; NULL: passed over, with a reason */
	} cases[] = {
		{{.name = "", .mode = 0100644}, "empty name"},
		{{.name = "../x", .mode = 0100644}, "\"..\" part"},
		{{.name = "a/..", .mode = 040755}, "\"..\" part"},
		{{.name = "/../x", .mode = 0100644}, "\"..\" part"},
		{{.name = long_name, .mode = 0100644}, "name of 4801 bytes"},
		{{.name = "abcdef", .name_size = 3, .mode = 0100644}, "not end in a NUL"},
		{{.name = "x", .name_size = 0xffffffff, .mode = 0100644}, "name of 4294967295"},
		{{.name = "x", .name_size = 4000, .mode = 0100644}, "cut off in the name"},
		{{.name = "x", .mode = 0100644, .content_size = 0xffffffff},
		 "cut off in the content"},
		{{.name = "x", .mode = 0100644, .content_size = 0x7fffffff},
		 "cut off in the content"},
		{{.name = "x", .magic = "070703"}, "no cpio header"},
		{{.name = "x", .mode = 0100644, .magic = "070702", .content = "ab", .checksum = 5},
		 "checksum 000000c3, expected 00000005"},
		{{.name = "x/", .mode = 0100644}, NULL},
		{{.name = "d", .mode = 040755, .content = "content"}, NULL},
		{{.name = "l", .mode = 0120777}, NULL},
		{{.name = long_part, .mode = 0100644}, NULL},
	};

	(void)state;
	memset(long_name, 'n', 4800);
	memset(long_part, 'n', 256);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
		MF_CLEANUP(free_seen) struct seen seen = {0};
		struct mf_err err = {0};
		int rc;

		add_file(&image, "good", "1");
		add_member(&image, &cases[i].spec);
		add_trailer(&image);
		rc = walk(mf_buf_bytes(&image), &seen, &err);
		assert_non_null(strstr(mf_buf_str(&seen.text), "0 100644 good=1\n"));
		assert_int_equal(rc, cases[i].part ? -EBADMSG : 0);
		assert_int_equal(seen.n_members, cases[i].part ? 1 : 2);
		if (!cases[i].part)
			assert_non_null(strstr(mf_buf_str(&seen.text), " ignored\n"));
		else if (!strstr(err.text, cases[i].part) || !strstr(err.text, "offset 120: "))
			assert_string_equal(err.text, cases[i].part);
	}
}

static void test_bad_digits(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};

	(void)state;
	for (size_t at = 6; at < 110; at += 5) {
		image.len = 0;
		add_file(&image, "x", "1");
		image.data[at] = at % 2 ? 'g' : ' ';
		assert_broken(&image, "[0 raw +0 @0]\n", " is no number");
	}
}

static void test_checksum(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};

	(void)state;
	add_member(&image, &(struct spec){.name = "x",
					  .mode = 0100644,
					  .magic = "070702",
					  .content = "ab",
					  .checksum = 'a' + 'b'});
	add_member(&image, &(struct spec){.name = "TRAILER!!!", .magic = "070702"});
	assert_walk(&image, "[0 raw +0 @0]\n0 100644 x=ab\n[0 end 240 size 240 members 1]\n");
}

static void test_stop(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};

	(void)state;
	make_mixed(&image);
	for (size_t stop = 1; stop <= 6; stop++) {
		MF_CLEANUP(free_seen) struct seen seen = {.stop_at = stop};
		struct mf_err err = {0};

		assert_int_equal(walk(mf_buf_bytes(&image), &seen, &err), 77);
		assert_int_equal(seen.n_members, stop);
		assert_string_equal(err.text, "");
	}
}

static void test_many_segments(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	struct mf_initrd_visitor visitor = {0};
	struct mf_err err = {0};

	(void)state;
	for (size_t i = 0; i < MF_INITRD_MAX_SEGMENTS; i++)
		add_trailer(&image);
	assert_int_equal(mf_initrd_walk(mf_buf_bytes(&image), &visitor, &err), 0);
	add_trailer(&image);
	assert_int_equal(mf_initrd_walk(mf_buf_bytes(&image), &visitor, &err), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),	      cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_cut),	      cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_garbage),	      cmocka_unit_test(test_inside),
		cmocka_unit_test(test_lz4),	      cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_bad_digits),    cmocka_unit_test(test_hostile_entries),
		cmocka_unit_test(test_checksum),      cmocka_unit_test(test_stop),
		cmocka_unit_test(test_many_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
