// SPDX-License-Identifier: GPL-2.0-or-later
// Makes small kernel modules of any class and byte order for tests.
#pragma once

#include <elf.h>
#include <string.h>

#include "lib/base/buf.h"

/* An import in __versions or an export with its CRC. */
struct elfmake_symbol {
	const char *name;
	uint32_t crc;
};

/* A module to make; zeroed fields are left out. */
struct elfmake {
	unsigned int bits;
	enum mf_endian endian;
	uint16_t machine;
	const char *const *modinfo;	      /* "key=value", NULL at the end */
	const struct elfmake_symbol *imports; /* name NULL at the end; CRC 0: no version of it */
	const struct elfmake_symbol *exports; /* name NULL at the end; CRC as absolute symbol */
	bool no_versions;		      /* imports as undefined symbols only */
	bool btf;			      /* a .BTF section */
};

static inline void elfmake_uint(struct mf_buf *out, const struct elfmake *spec, unsigned int size,
				uint64_t value)
{
	for (unsigned int i = 0; i < size; i++) {
		unsigned int shift = 8 * (spec->endian == MF_BIG ? size - 1 - i : i);

		mf_buf_addc(out, (uint8_t)(value >> shift));
	}
}

static inline void elfmake_symbol_entry(struct mf_buf *out, const struct elfmake *spec,
					uint32_t name, uint64_t value, uint16_t section)
{
	elfmake_uint(out, spec, 4, name);
	if (spec->bits == 32) {
		elfmake_uint(out, spec, 4, value);
		elfmake_uint(out, spec, 4, 0);
	}
	elfmake_uint(out, spec, 1, STB_GLOBAL << 4);
	elfmake_uint(out, spec, 1, 0);
	elfmake_uint(out, spec, 2, section);
	if (spec->bits == 64) {
		elfmake_uint(out, spec, 8, value);
		elfmake_uint(out, spec, 8, 0);
	}
}

/* Sections: 0 null, 1 .modinfo, 2 __versions, 3 .symtab, 4 .strtab, 5 .shstrtab, 6 struct module,
 * 7 .BTF or like. */
static inline void elfmake(struct mf_buf *out, const struct elfmake *spec)
{
	static const char names[] = "\0.modinfo\0__versions\0.symtab\0.strtab\0.shstrtab\0"
				    ".gnu.linkonce.this_module\0.BTF";
	static const uint32_t name_at[8] = {0, 1, 10, 21, 29, 37, 47, 73};
	static const uint32_t types[8] = {SHT_NULL,   SHT_PROGBITS, SHT_PROGBITS, SHT_SYMTAB,
					  SHT_STRTAB, SHT_STRTAB,   SHT_PROGBITS, SHT_PROGBITS};
	unsigned int word = spec->bits / 8;
	size_t n = spec->btf ? 8 : 7;
	struct mf_buf parts[8] = {0};
	uint64_t offset = spec->bits == 64 ? 64 : 52;

	for (size_t i = 0; spec->modinfo && spec->modinfo[i]; i++)
		mf_buf_add(&parts[1], spec->modinfo[i], strlen(spec->modinfo[i]) + 1);
	mf_buf_addc(&parts[4], 0);
	elfmake_symbol_entry(&parts[3], spec, 0, 0, SHN_UNDEF);
	for (const struct elfmake_symbol *s = spec->imports; s && s->name; s++) {
		size_t at = parts[2].len;

		elfmake_symbol_entry(&parts[3], spec, (uint32_t)parts[4].len, 0, SHN_UNDEF);
		mf_buf_add(&parts[4], s->name, strlen(s->name) + 1);
		if (spec->no_versions || !s->crc)
			continue;
		elfmake_uint(&parts[2], spec, word, s->crc);
		mf_buf_adds(&parts[2], s->name);
		mf_buf_zeros(&parts[2], at + 64 - parts[2].len);
	}
	for (const struct elfmake_symbol *s = spec->exports; s && s->name; s++) {
		elfmake_symbol_entry(&parts[3], spec, (uint32_t)parts[4].len, 0, 1);
		mf_buf_adds(&parts[4], "__ksymtab_");
		mf_buf_add(&parts[4], s->name, strlen(s->name) + 1);
		elfmake_symbol_entry(&parts[3], spec, (uint32_t)parts[4].len, s->crc, SHN_ABS);
		mf_buf_adds(&parts[4], "__crc_");
		mf_buf_add(&parts[4], s->name, strlen(s->name) + 1);
	}
	mf_buf_add(&parts[5], names, sizeof(names));
	mf_buf_zeros(&parts[6], 8);
	if (spec->btf)
		mf_buf_adds(&parts[7], "btf");

	mf_buf_add(out, "\177ELF", 4);
	mf_buf_addc(out, spec->bits == 64 ? ELFCLASS64 : ELFCLASS32);
	mf_buf_addc(out, spec->endian == MF_BIG ? ELFDATA2MSB : ELFDATA2LSB);
	mf_buf_addc(out, EV_CURRENT);
	mf_buf_zeros(out, 9);
	elfmake_uint(out, spec, 2, ET_REL);
	elfmake_uint(out, spec, 2, spec->machine);
	elfmake_uint(out, spec, 4, EV_CURRENT);
	elfmake_uint(out, spec, word, 0);
	elfmake_uint(out, spec, word, 0);
	for (size_t i = 1; i < n; i++)
		offset += parts[i].len;
	elfmake_uint(out, spec, word, offset);
	elfmake_uint(out, spec, 4, 0);
	elfmake_uint(out, spec, 2, spec->bits == 64 ? 64 : 52);
	elfmake_uint(out, spec, 2, 0);
	elfmake_uint(out, spec, 2, 0);
	elfmake_uint(out, spec, 2, spec->bits == 64 ? 64 : 40);
	elfmake_uint(out, spec, 2, n);
	elfmake_uint(out, spec, 2, 5);
	for (size_t i = 1; i < n; i++)
		mf_buf_add(out, mf_buf_str(&parts[i]), parts[i].len);
	offset = spec->bits == 64 ? 64 : 52;
	for (size_t i = 0; i < n; i++) {
		elfmake_uint(out, spec, 4, i == 2 && spec->no_versions ? 0 : name_at[i]);
		elfmake_uint(out, spec, 4, types[i]);
		elfmake_uint(out, spec, word, 0);
		elfmake_uint(out, spec, word, 0);
		elfmake_uint(out, spec, word, i ? offset : 0);
		elfmake_uint(out, spec, word, parts[i].len);
		elfmake_uint(out, spec, 4, i == 3 ? 4 : 0);
		elfmake_uint(out, spec, 4, 0);
		elfmake_uint(out, spec, word, 0);
		elfmake_uint(out, spec, word, 0);
		offset += parts[i].len;
		mf_buf_free(&parts[i]);
	}
}
