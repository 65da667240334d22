// SPDX-License-Identifier: GPL-2.0-or-later
// Sections of an ELF object of either class and byte order.
#pragma once

#include <stdbool.h>

#include "lib/base/bytes.h"
#include "lib/base/err.h"

/* A view of an ELF file in memory; nothing to free. */
struct mf_elf {
	struct mf_bytes file;
	unsigned int bits; /* 32 or 64 */
	enum mf_endian endian;
	uint16_t type;	  /* e_type */
	uint16_t machine; /* e_machine */
	uint64_t section_offset;
	uint32_t section_size; /* of one header */
	uint32_t n_sections;
	struct mf_bytes names;
};

struct mf_section {
	const char *name; /* NUL-terminated inside the file */
	uint32_t type;
	uint32_t link;
	uint64_t flags; /* SHF_* */
	uint64_t entry_size;
	uint64_t address;	 /* where it is in memory; 0 in relocatable files */
	uint64_t offset;	 /* of content in the file */
	struct mf_bytes content; /* empty for SHT_NOBITS */
};

/* -EBADMSG with the reason when the headers are not those of an ELF file or point outside. */
int mf_elf_open(struct mf_bytes file, struct mf_elf *out, struct mf_err *err);

/* Section by index; -EBADMSG when it points outside the file, has no terminated name, or index is
 * out of range. */
int mf_elf_section(const struct mf_elf *elf, uint32_t index, struct mf_section *out,
		   struct mf_err *err);

/* Size of an address in this class: 4 or 8. */
static inline unsigned int mf_elf_word(const struct mf_elf *elf)
{
	return elf->bits / 8;
}

/* NUL-terminated text at offset of a string table; NULL when it does not end inside. */
const char *mf_elf_string(struct mf_bytes table, uint64_t offset);

/* One symbol of a symbol table. */
struct mf_elf_symbol {
	const char *name;
	uint64_t value;
	uint32_t section; /* index, SHN_UNDEF (0), SHN_ABS (0xfff1) */
	uint8_t binding;  /* STB_* */
};

/*
 * Symbol number i of a table with its string table; false behind the last one or when it is
 * malformed (name outside the string table).
 */
bool mf_elf_symbol(const struct mf_elf *elf, const struct mf_section *table,
		   struct mf_bytes strings, uint64_t i, struct mf_elf_symbol *out);

/* Number of symbols in a table. */
uint64_t mf_elf_symbol_count(const struct mf_elf *elf, const struct mf_section *table);
