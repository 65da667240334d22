// SPDX-License-Identifier: GPL-2.0-or-later
// Initrd walker: every segment of an initrd as the kernel's unpacker sees it (init/initramfs.c).
#include "lib/io/initrd.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/io/newc.h"

/* State of one walk. */
struct walk {
	struct mf_bytes image;
	const struct mf_initrd_visitor *visitor;
	struct mf_err *err;
	uint64_t at; /* reached in the image */
	struct mf_segment segment;
	unsigned int n_segments;
	size_t n_members;
	unsigned int n_trailers;
	size_t n_unpacked;    /* bytes of all compressed segments so far */
	bool is_inside;	      /* the kernel has met a member: it steps over zeros inside archives */
	bool is_after_raw;    /* behind a raw archive even what is compressed has to be aligned */
	bool is_stopped;      /* by a callback, whose result is returned */
	struct mf_newc entry; /* here for its size */
};

static int call(struct walk *walk, int (*callback)(void *, const struct mf_segment *))
{
	int rc = callback ? callback(walk->visitor->context, &walk->segment) : 0;

	walk->is_stopped = rc != 0;
	return rc;
}

static int call_member(struct walk *walk)
{
	int rc = 0;

	walk->segment.n_members++;
	if (++walk->n_members > MF_INITRD_MAX_MEMBERS)
		return mf_fail(walk->err, -E2BIG, "more than %zu entries, the limit here",
			       MF_INITRD_MAX_MEMBERS);
	if (walk->visitor->member)
		rc = walk->visitor->member(walk->visitor->context, &walk->segment,
					   &walk->entry.member);
	walk->is_stopped = rc != 0;
	return rc;
}

/* Puts the place into the message: in the image or in the content of a compressed segment. */
static int at_entry(struct walk *walk, int rc, uint64_t at)
{
	unsigned long long start = walk->segment.start;

	if (walk->is_stopped)
		return rc;
	if (walk->segment.codec == MF_CODEC_NONE)
		return mf_wrap(walk->err, rc, "offset %llu", start + at);
	return mf_wrap(walk->err, rc, "segment %u (%s at offset %llu): offset %llu of its content",
		       walk->segment.index, mf_codec_name(walk->segment.codec), start,
		       (unsigned long long)at);
}

static uint64_t skip_zeros(struct mf_bytes bytes, uint64_t at)
{
	while (at < bytes.n && !bytes.p[at])
		at++;
	return at;
}

/* One member at *at, which moves on; *ret_is_cut: the bytes end too early for it. */
static int walk_member(struct walk *walk, struct mf_bytes bytes, uint64_t *at, bool *ret_is_cut)
{
	int rc = mf_newc_read(bytes, *at, &walk->entry, ret_is_cut, walk->err);

	walk->entry.member.archive = walk->n_trailers;
	if (!rc && !walk->entry.is_trailer)
		rc = call_member(walk);
	if (rc)
		return at_entry(walk, rc, *at);
	walk->is_inside = true;
	walk->n_trailers += walk->entry.is_trailer;
	walk->segment.has_trailer = walk->entry.is_trailer;
	*at = walk->entry.end;
	return 0;
}

/*
 * The archive at the start of the bytes, up to its trailer. One without a trailer ends where,
 * behind zeros, no member follows.
 */
static int walk_raw(struct walk *walk, struct mf_bytes bytes, uint64_t *ret_end)
{
	uint64_t at = 0;
	bool is_cut;

	*ret_end = 0;
	while (at < bytes.n && bytes.p[at] == '0' && !(at & 3)) {
		int rc = walk_member(walk, bytes, &at, &is_cut);

		if (rc)
			return rc;
		/* the last padding of the image may be missing */
		*ret_end = at < bytes.n ? at : bytes.n;
		if (walk->segment.has_trailer)
			break;
		at = skip_zeros(bytes, at);
	}
	return 0;
}

/* The content of a compressed segment: archives and zeros; *ret_is_cut as for walk_member. */
static int walk_content(struct walk *walk, struct mf_bytes bytes, bool *ret_is_cut)
{
	uint64_t at = 0;

	*ret_is_cut = true;
	while (at < bytes.n || !walk->is_inside) {
		int rc;

		if (walk->is_inside) {
			at = skip_zeros(bytes, at);
			if (at >= bytes.n)
				break;
			if (at & 3 || bytes.p[at] != '0') {
				*ret_is_cut = false;
				rc = mf_fail(walk->err, -EBADMSG, "%s",
					     at & 3 ? "padding to no multiple of 4"
						    : "neither a cpio entry nor padding");
				return at_entry(walk, rc, at);
			}
		}
		rc = walk_member(walk, bytes, &at, ret_is_cut);
		if (rc)
			return rc;
	}
	if (at <= bytes.n)
		return 0;
	*ret_is_cut = true;
	return at_entry(walk, mf_fail(walk->err, -EBADMSG, "cut off in its last padding"), bytes.n);
}

/* What one segment may inflate to: a few bytes must not cost gigabytes. */
static size_t find_limit(const struct walk *walk, size_t n)
{
	size_t left = MF_INITRD_MAX_UNPACKED - walk->n_unpacked;
	size_t limit;

	if (__builtin_mul_overflow(n, MF_INITRD_MAX_RATIO, &limit) ||
	    __builtin_add_overflow(limit, MF_INITRD_FREE_UNPACKED, &limit) || limit > left)
		return left;
	return limit;
}

static int walk_compressed(struct walk *walk, struct mf_bytes bytes, uint64_t *ret_end)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	struct mf_err reason = {0};
	size_t limit = find_limit(walk, bytes.n);
	size_t used;
	bool is_cut;
	int broken = mf_decompress(walk->segment.codec, bytes, limit, &content, &used, &reason);
	int rc;

	if (broken == -ENOMEM)
		return mf_fail(walk->err, broken, "%s", reason.text);
	*ret_end = used;
	walk->segment.size = content.len;
	walk->n_unpacked += content.len;
	rc = walk_content(walk, mf_buf_bytes(&content), &is_cut);
	/* Where the stream broke off, its members end too early as well: name the cause. */
	if (!broken || walk->is_stopped || (rc && !is_cut))
		return rc;
	return mf_fail(walk->err, broken, "segment %u at offset %llu: %s", walk->segment.index,
		       (unsigned long long)walk->segment.start, reason.text);
}

/* What the kernel's own decompressors refuse although the format has it. */
static const char *find_warning(enum mf_codec codec, struct mf_bytes bytes)
{
	/* lib/decompress_inflate.c steps over a file name, not over extra fields and comments */
	if (codec == MF_CODEC_GZIP && bytes.n > 3 && bytes.p[3] & 0x16)
		return "gzip header with more than a file name, where kernels stop reading";
	/* lib/xz knows no check and CRC32; the check's id stands in the stream's flags */
	if (codec == MF_CODEC_XZ && bytes.n > 7 && (bytes.p[7] & 0x0f) > 1)
		return "xz check at which kernels stop reading; compress with xz --check=crc32";
	return NULL;
}

/* The kernel's rules for what may start where. */
static int check_start(struct walk *walk, struct mf_bytes rest)
{
	const struct mf_segment *segment = &walk->segment;
	unsigned long long at = segment->start;

	if (segment->codec == MF_CODEC_NONE && *rest.p != '0')
		return mf_fail(walk->err, -EBADMSG,
			       "offset %llu: neither a cpio archive nor a compression that the "
			       "kernel knows%s",
			       at, at ? "" : ", expected an initrd");
	if (segment->is_aligned)
		return 0;
	if (segment->codec == MF_CODEC_NONE)
		return mf_fail(walk->err, -EBADMSG,
			       "offset %llu: uncompressed cpio archive at no multiple of 4: the "
			       "kernel loses it and what follows; put zero bytes in front",
			       at);
	if (walk->is_after_raw)
		return mf_fail(walk->err, -EBADMSG,
			       "offset %llu: padding behind an uncompressed archive ends at no "
			       "multiple of 4, where the kernel stops",
			       at);
	return 0;
}

static bool is_segment(const struct mf_segment *segment, struct mf_bytes rest)
{
	return segment->codec != MF_CODEC_NONE || *rest.p == '0';
}

static int walk_segment(struct walk *walk, uint64_t padding)
{
	struct mf_bytes rest = mf_bytes_sub(walk->image, walk->at, walk->image.n - walk->at);
	struct mf_segment *segment = &walk->segment;
	uint64_t end = 0;
	int rc = 0;

	*segment = (struct mf_segment){
		.index = walk->n_segments++,
		.padding = padding,
		.start = walk->at,
		.codec = mf_codec_detect(rest),
		.is_aligned = !(walk->at & 3),
	};
	segment->warning = find_warning(segment->codec, rest);
	if (walk->n_segments > MF_INITRD_MAX_SEGMENTS)
		return mf_fail(walk->err, -E2BIG, "more than %u segments, the limit here",
			       MF_INITRD_MAX_SEGMENTS);
	if (is_segment(segment, rest))
		rc = call(walk, walk->visitor->segment_begin);
	if (!rc)
		rc = check_start(walk, rest);
	if (!rc && segment->codec == MF_CODEC_NONE)
		rc = walk_raw(walk, rest, &end);
	else if (!rc)
		rc = walk_compressed(walk, rest, &end);
	if (rc)
		return rc;
	segment->end = walk->at + end;
	if (segment->codec == MF_CODEC_NONE)
		segment->size = end;
	walk->is_after_raw = segment->codec == MF_CODEC_NONE;
	walk->at = segment->end;
	return call(walk, walk->visitor->segment_end);
}

int mf_initrd_walk(struct mf_bytes image, const struct mf_initrd_visitor *visitor,
		   struct mf_err *err)
{
	struct walk walk = {.image = image, .visitor = visitor, .err = err};

	for (;;) {
		uint64_t start = skip_zeros(image, walk.at);
		uint64_t padding = start - walk.at;
		int rc;

		walk.at = start;
		if (start >= image.n)
			return 0;
		rc = walk_segment(&walk, padding);
		if (rc)
			return rc;
	}
}
