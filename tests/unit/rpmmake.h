// SPDX-License-Identifier: GPL-2.0-or-later
// RPMs for tests, written byte by byte: lead, signature header, header, cpio payload under gzip.
#pragma once

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "tests/unit/unit.h"

#include "lib/base/buf.h"

#define RPMMAKE_LEAD 96
#define RPMMAKE_ENDS 16 /* lists below have at most that many elements and end with a NULL */

/* Types of header data (rpm's rpmtag.h). */
enum {
	RPMMAKE_INT16 = 3,
	RPMMAKE_INT32,
	RPMMAKE_INT64,
	RPMMAKE_STRING,
	RPMMAKE_BIN,
	RPMMAKE_LIST,
	RPMMAKE_I18N
};

struct rpmmake_dep {
	const char *name;
	unsigned int sense;
	const char *version;
};

struct rpmmake_file {
	const char *path; /* absolute */
	uint32_t mode;	  /* 0: a regular file */
	struct mf_bytes content;
	const char *link;
};

/* A tag with bytes as they are to stand there. */
struct rpmmake_tag {
	uint32_t tag;
	uint32_t type;
	uint32_t count;
	struct mf_bytes bytes;
};

/* What is NULL gets a harmless value; "" leaves the tag out. */
struct rpmmake {
	const char *name;
	const char *version;
	const char *release;
	const char *arch;
	const char *description;
	const char *post;
	const char *compressor;
	struct rpmmake_dep provides[RPMMAKE_ENDS];
	struct rpmmake_dep requires[RPMMAKE_ENDS];
	struct rpmmake_file files[RPMMAKE_ENDS];
	struct rpmmake_tag tags[RPMMAKE_ENDS]; /* besides, of the header; tag 0 ends them */
	struct mf_bytes signature;	       /* OpenPGP packet of RSAHEADER */
	struct mf_bytes payload;	       /* in place of the files' */
};

/* A header being made. */
struct rpmmake_header {
	struct mf_buf index;
	struct mf_buf data;
	uint32_t n;
};

static inline void rpmmake_u32(struct mf_buf *out, uint32_t value)
{
	value = htobe32(value);
	mf_buf_add(out, &value, sizeof(value));
}

static inline void rpmmake_tag(struct rpmmake_header *header, const struct rpmmake_tag *tag)
{
	static const unsigned int alignments[] = {
		[RPMMAKE_INT16] = 2, [RPMMAKE_INT32] = 4, [RPMMAKE_INT64] = 8};
	unsigned int alignment = tag->type <= RPMMAKE_INT64 && alignments[tag->type]
					 ? alignments[tag->type]
					 : 1;

	while (header->data.len % alignment)
		mf_buf_addc(&header->data, 0);
	rpmmake_u32(&header->index, tag->tag);
	rpmmake_u32(&header->index, tag->type);
	rpmmake_u32(&header->index, (uint32_t)header->data.len);
	rpmmake_u32(&header->index, tag->count);
	mf_buf_add(&header->data, tag->bytes.p, tag->bytes.n);
	header->n++;
}

static inline void rpmmake_text(struct rpmmake_header *header, uint32_t tag, const char *text,
				const char *otherwise)
{
	text = text ? text : otherwise;
	if (*text)
		rpmmake_tag(
			header,
			&(struct rpmmake_tag){
				tag, RPMMAKE_STRING, 1, {(const uint8_t *)text, strlen(text) + 1}});
}

/* Appends the header; region is the tag that spans all others, as rpm writes it. */
static inline void rpmmake_header_end(struct rpmmake_header *header, uint32_t region,
				      struct mf_buf *out)
{
	static const uint8_t magic[] = {0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0};

	mf_buf_add(out, magic, sizeof(magic));
	rpmmake_u32(out, header->n + 1);
	rpmmake_u32(out, (uint32_t)header->data.len + 16);
	rpmmake_u32(out, region);
	rpmmake_u32(out, RPMMAKE_BIN);
	rpmmake_u32(out, (uint32_t)header->data.len);
	rpmmake_u32(out, 16);
	mf_buf_add(out, header->index.data, header->index.len);
	mf_buf_add(out, header->data.data, header->data.len);
	rpmmake_u32(out, region);
	rpmmake_u32(out, RPMMAKE_BIN);
	rpmmake_u32(out, (uint32_t) - (int32_t)((header->n + 1) * 16));
	rpmmake_u32(out, 16);
	mf_buf_free(&header->index);
	mf_buf_free(&header->data);
}

/* Name, flags and version lists; numbers are the tags of the three. */
static inline void rpmmake_deps(struct rpmmake_header *header, const struct rpmmake_dep *deps,
				const uint32_t tags[3])
{
	struct mf_buf names = {0}, senses = {0}, versions = {0};
	uint32_t n = 0;

	for (; deps[n].name; n++) {
		mf_buf_add(&names, deps[n].name, strlen(deps[n].name) + 1);
		rpmmake_u32(&senses, deps[n].sense);
		mf_buf_add(&versions, deps[n].version ? deps[n].version : "",
			   deps[n].version ? strlen(deps[n].version) + 1 : 1);
	}
	if (n) {
		rpmmake_tag(header,
			    &(struct rpmmake_tag){tags[0], RPMMAKE_LIST, n, mf_buf_bytes(&names)});
		rpmmake_tag(header, &(struct rpmmake_tag){tags[1], RPMMAKE_INT32, n,
							  mf_buf_bytes(&senses)});
		rpmmake_tag(header, &(struct rpmmake_tag){tags[2], RPMMAKE_LIST, n,
							  mf_buf_bytes(&versions)});
	}
	mf_buf_free(&names);
	mf_buf_free(&senses);
	mf_buf_free(&versions);
}

static inline uint32_t rpmmake_mode(const struct rpmmake_file *file)
{
	return file->mode ? file->mode : S_IFREG | 0644;
}

/* Each file names its folder anew: that is allowed, and simple. */
static inline void rpmmake_files(struct rpmmake_header *header, const struct rpmmake_file *files)
{
	struct mf_buf b[6] = {0}; /* sizes, modes, links, places, bases, folders */
	static const struct {
		uint32_t tag;
		uint32_t type;
	} tags[6] = {{1028, RPMMAKE_INT32}, {1030, RPMMAKE_INT16}, {1036, RPMMAKE_LIST},
		     {1116, RPMMAKE_INT32}, {1117, RPMMAKE_LIST},  {1118, RPMMAKE_LIST}};
	uint32_t n = 0;

	for (; files[n].path; n++) {
		const char *base = strrchr(files[n].path, '/') + 1;
		const char *link = files[n].link ? files[n].link : "";
		uint16_t mode = htobe16((uint16_t)rpmmake_mode(&files[n]));

		rpmmake_u32(&b[0], (uint32_t)files[n].content.n);
		mf_buf_add(&b[1], &mode, sizeof(mode));
		mf_buf_add(&b[2], link, strlen(link) + 1);
		rpmmake_u32(&b[3], n);
		mf_buf_add(&b[4], base, strlen(base) + 1);
		mf_buf_add(&b[5], files[n].path, (size_t)(base - files[n].path));
		mf_buf_addc(&b[5], 0);
	}
	for (size_t i = 0; i < 6; i++) {
		if (n)
			rpmmake_tag(header, &(struct rpmmake_tag){tags[i].tag, tags[i].type, n,
								  mf_buf_bytes(&b[i])});
		mf_buf_free(&b[i]);
	}
}

static inline void rpmmake_member(struct mf_buf *cpio, const char *path, uint32_t mode,
				  struct mf_bytes content)
{
	mf_buf_printf(cpio, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x",
		      (unsigned int)cpio->len, mode, 0, 0, 1, 0, content.n, 0, 0, 0, 0,
		      strlen(path) + 1, 0);
	mf_buf_add(cpio, path, strlen(path) + 1);
	mf_buf_zeros(cpio, -cpio->len & 3);
	mf_buf_add(cpio, content.p, content.n);
	mf_buf_zeros(cpio, -cpio->len & 3);
}

static inline void rpmmake_payload(const struct rpmmake_file *files, struct mf_buf *out)
{
	struct mf_buf cpio = {0};
	z_stream stream = {0};
	char path[4096];

	for (; files->path; files++) {
		snprintf(path, sizeof(path), ".%s", files->path);
		rpmmake_member(&cpio, path, rpmmake_mode(files),
			       files->link ? (struct mf_bytes){(const uint8_t *)files->link,
							       strlen(files->link)}
					   : files->content);
	}
	rpmmake_member(&cpio, "TRAILER!!!", 0, (struct mf_bytes){0});
	assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.avail_out = (uInt)deflateBound(&stream, cpio.len);
	stream.next_out = mf_buf_reserve(out, stream.avail_out);
	stream.next_in = cpio.data;
	stream.avail_in = (uInt)cpio.len;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	out->len += stream.total_out;
	deflateEnd(&stream);
	mf_buf_free(&cpio);
}

/* Where the header starts, behind the padded one of the signature. */
static inline size_t rpmmake_header_at(const struct mf_buf *rpm)
{
	uint32_t n = 0, size = 0;

	mf_get_u32(mf_buf_bytes(rpm), RPMMAKE_LEAD + 8, MF_BIG, &n);
	mf_get_u32(mf_buf_bytes(rpm), RPMMAKE_LEAD + 12, MF_BIG, &size);
	return (RPMMAKE_LEAD + 16 + n * 16 + size + 7) & ~(size_t)7;
}

/* Appends the whole RPM. */
static inline void rpmmake(struct mf_buf *out, const struct rpmmake *rpm)
{
	static const uint8_t lead[] = {0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0, 0, 1};
	struct rpmmake_header signature = {0}, header = {0};

	mf_buf_add(out, lead, sizeof(lead));
	mf_buf_adds(out, rpm->name && *rpm->name ? rpm->name : "kmod-test");
	mf_buf_zeros(out, RPMMAKE_LEAD - 20 - out->len);
	mf_buf_add(out, "\0\1\0\5", 4); /* Linux, signature of the header type */
	mf_buf_zeros(out, RPMMAKE_LEAD - out->len);
	if (rpm->signature.n)
		rpmmake_tag(&signature,
			    &(struct rpmmake_tag){268, RPMMAKE_BIN, (uint32_t)rpm->signature.n,
						  rpm->signature});
	rpmmake_header_end(&signature, 62, out);
	mf_buf_zeros(out, -out->len & 7);
	rpmmake_text(&header, 1000, rpm->name, "kmod-test");
	rpmmake_text(&header, 1001, rpm->version, "1.0");
	rpmmake_text(&header, 1002, rpm->release, "1");
	rpmmake_text(&header, 1005, rpm->description, "A driver");
	rpmmake_text(&header, 1022, rpm->arch, "x86_64");
	rpmmake_text(&header, 1024, rpm->post, "");
	rpmmake_files(&header, rpm->files);
	rpmmake_deps(&header, rpm->provides, (const uint32_t[]){1047, 1112, 1113});
	rpmmake_deps(&header, rpm->requires, (const uint32_t[]){1049, 1048, 1050});
	rpmmake_text(&header, 1125, rpm->compressor, "gzip");
	for (const struct rpmmake_tag *tag = rpm->tags; tag->tag; tag++)
		rpmmake_tag(&header, tag);
	rpmmake_header_end(&header, 63, out);
	if (rpm->payload.n)
		mf_buf_add(out, rpm->payload.p, rpm->payload.n);
	else
		rpmmake_payload(rpm->files, out);
	assert_int_equal(mf_buf_status(out), 0);
}
