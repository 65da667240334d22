// SPDX-License-Identifier: GPL-2.0-or-later
// Makes small kernel images of any kind for tests.
#pragma once

#include <elf.h>
#include <string.h>

#include <zlib.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"

#define IMAGEMAKE_RELEASE  "6.1.0-9-test"
#define IMAGEMAKE_VERMAGIC IMAGEMAKE_RELEASE " SMP mod_unload modversions "

static inline void imagemake_uint(struct mf_buf *out, unsigned int size, uint64_t value)
{
	for (unsigned int i = 0; i < size; i++)
		mf_buf_addc(out, (uint8_t)(value >> 8 * i));
}

/* The texts of every kernel; the strings stand alone, as a compiler puts them. */
static inline void imagemake_texts(struct mf_buf *out)
{
	static const char texts[] = "\0Linux version %s\0" /* no release: not the banner */
				    "Linux version " IMAGEMAKE_RELEASE
				    " (someone@somewhere) #1 SMP\n\0" IMAGEMAKE_RELEASE
				    "\0see " IMAGEMAKE_RELEASE " there\0" IMAGEMAKE_VERMAGIC "\0";

	mf_buf_add(out, texts, sizeof(texts) - 1);
}

struct imagemake_section {
	const char *name;
	uint64_t address;
	struct mf_bytes content;
};

/* An ELF image, little endian, of these sections; the name table comes behind them. */
static inline void imagemake_elf(struct mf_buf *out, unsigned int bits, uint16_t machine,
				 const struct imagemake_section *sections, size_t n)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf headers = {0};
	unsigned int word = bits / 8;
	uint64_t start = bits == 64 ? 64 : 52;
	struct mf_buf body = {0};

	mf_buf_addc(&names, 0);
	mf_buf_zeros(&headers, bits == 64 ? 64 : 40);
	for (size_t i = 0; i <= n; i++) {
		struct imagemake_section names_section = {".shstrtab", 0, {0}};
		const struct imagemake_section *section = i < n ? &sections[i] : &names_section;

		imagemake_uint(&headers, 4, names.len);
		mf_buf_add(&names, section->name, strlen(section->name) + 1);
		if (i == n)
			names_section.content = mf_buf_bytes(&names);
		mf_buf_zeros(&body, -(start + body.len) & 7);
		imagemake_uint(&headers, 4, i < n ? SHT_PROGBITS : SHT_STRTAB);
		imagemake_uint(&headers, word, 0);
		imagemake_uint(&headers, word, section->address);
		imagemake_uint(&headers, word, start + body.len);
		imagemake_uint(&headers, word, section->content.n);
		imagemake_uint(&headers, 4, 0);
		imagemake_uint(&headers, 4, 0);
		imagemake_uint(&headers, word, 0);
		imagemake_uint(&headers, word, 0);
		mf_buf_add(&body, section->content.p, section->content.n);
	}
	mf_buf_add(out, "\177ELF", 4);
	mf_buf_addc(out, bits == 64 ? ELFCLASS64 : ELFCLASS32);
	mf_buf_addc(out, ELFDATA2LSB);
	mf_buf_addc(out, EV_CURRENT);
	mf_buf_zeros(out, 9);
	imagemake_uint(out, 2, ET_EXEC);
	imagemake_uint(out, 2, machine);
	imagemake_uint(out, 4, EV_CURRENT);
	imagemake_uint(out, word, 0);
	imagemake_uint(out, word, 0);
	imagemake_uint(out, word, start + body.len);
	imagemake_uint(out, 4, 0);
	imagemake_uint(out, 2, start);
	imagemake_uint(out, 4, 0);
	imagemake_uint(out, 2, bits == 64 ? 64 : 40);
	imagemake_uint(out, 2, n + 2);
	imagemake_uint(out, 2, n + 1);
	mf_buf_add(out, body.data, body.len);
	mf_buf_add(out, headers.data, headers.len);
	mf_buf_free(&body);
}

/* A flat arm64 Image: the magic and the texts, at an offset that is a multiple of 8. */
static inline void imagemake_flat(struct mf_buf *out)
{
	mf_buf_zeros(out, 56);
	mf_buf_add(out, "ARM\x64", 4);
	mf_buf_zeros(out, 4);
	imagemake_texts(out);
}

/* Appends a gzip stream of bytes. */
static inline void imagemake_gzip(struct mf_buf *out, struct mf_bytes bytes)
{
	z_stream stream = {0};
	uint8_t *room;

	/* 15: the largest window; + 16: gzip, not zlib */
	deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	room = mf_buf_reserve(out, deflateBound(&stream, bytes.n));
	stream.next_in = (z_const Bytef *)(uintptr_t)bytes.p;
	stream.avail_in = (unsigned int)bytes.n;
	stream.next_out = room;
	stream.avail_out = (unsigned int)deflateBound(&stream, bytes.n);
	deflate(&stream, Z_FINISH);
	out->len += stream.total_out;
	deflateEnd(&stream);
}

/* A bzImage around a compressed kernel (with the size behind it where it is not gzip). */
static inline void imagemake_bzimage(struct mf_buf *out, struct mf_bytes payload)
{
	enum { SETUP = 2 * 512, GAP = 16 };
	size_t at = out->len;

	mf_buf_zeros(out, SETUP + GAP);
	mf_buf_add(out, payload.p, payload.n);
	mf_buf_zeros(out, 100); /* code and signature behind the payload */
	out->data[at + 0x1f1] = 1;
	memcpy(out->data + at + 0x1fe, "\x55\xaaxxHdrS\x0f\x02", 10);
	out->data[at + 0x248] = GAP;
	for (unsigned int i = 0; i < 4; i++)
		out->data[at + 0x24c + i] = (uint8_t)(payload.n >> 8 * i);
}

/* An EFI zboot image around a compressed kernel. */
static inline void imagemake_zboot(struct mf_buf *out, struct mf_bytes payload)
{
	enum { HEADER = 256 };

	mf_buf_add(out, "MZ\0\0zimg", 8);
	imagemake_uint(out, 4, HEADER);
	imagemake_uint(out, 4, payload.n);
	mf_buf_zeros(out, HEADER - 16);
	mf_buf_add(out, payload.p, payload.n);
	mf_buf_zeros(out, 64);
}
