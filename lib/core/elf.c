// SPDX-License-Identifier: GPL-2.0-or-later
// Sections of an ELF object of either class and byte order.
#include "lib/core/elf.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

/* A module built with -ffunction-sections has some thousands; beyond this it is made to hurt. */
#define MAX_SECTIONS 262144u

/* Offset of a member in the 32 or 64 bit form of an ELF structure. */
#define AT(elf, type, member) \
	((elf)->bits == 64 ? offsetof(Elf64_##type, member) : offsetof(Elf32_##type, member))

/* Reads a 32 bit word at offset; members of both classes have it. */
static bool get_half(const struct mf_elf *elf, uint64_t offset, uint16_t *out)
{
	return mf_get_u16(elf->file, offset, elf->endian, out);
}

static bool get_word(const struct mf_elf *elf, uint64_t offset, uint32_t *out)
{
	return mf_get_u32(elf->file, offset, elf->endian, out);
}

/* Reads an address-sized integer. */
static bool get_address(const struct mf_elf *elf, struct mf_bytes bytes, uint64_t offset,
			uint64_t *out)
{
	return mf_get_uint(bytes, offset, mf_elf_word(elf), elf->endian, out);
}

const char *mf_elf_string(struct mf_bytes table, uint64_t offset)
{
	if (offset >= table.n || !memchr(table.p + offset, '\0', table.n - offset))
		return NULL;
	return (const char *)table.p + offset;
}

/* Section header as it stands, content unchecked; false when the header is outside the file. */
static bool read_header(const struct mf_elf *elf, uint32_t index, struct mf_section *out,
			uint64_t *ret_size, uint32_t *ret_name)
{
	uint64_t at = elf->section_offset + (uint64_t)index * elf->section_size;

	return get_word(elf, at + AT(elf, Shdr, sh_name), ret_name) &&
	       get_word(elf, at + AT(elf, Shdr, sh_type), &out->type) &&
	       get_word(elf, at + AT(elf, Shdr, sh_link), &out->link) &&
	       get_address(elf, elf->file, at + AT(elf, Shdr, sh_flags), &out->flags) &&
	       get_address(elf, elf->file, at + AT(elf, Shdr, sh_addr), &out->address) &&
	       get_address(elf, elf->file, at + AT(elf, Shdr, sh_offset), &out->offset) &&
	       get_address(elf, elf->file, at + AT(elf, Shdr, sh_size), ret_size) &&
	       get_address(elf, elf->file, at + AT(elf, Shdr, sh_entsize), &out->entry_size);
}

static int check_ident(struct mf_bytes file, struct mf_elf *elf, struct mf_err *err)
{
	if (file.n < EI_NIDENT || memcmp(file.p, ELFMAG, SELFMAG) != 0)
		return mf_fail(err, -EBADMSG, "not an ELF file (no magic at its start)");
	if (file.p[EI_CLASS] != ELFCLASS32 && file.p[EI_CLASS] != ELFCLASS64)
		return mf_fail(err, -EBADMSG, "unknown ELF class %u", file.p[EI_CLASS]);
	if (file.p[EI_DATA] != ELFDATA2LSB && file.p[EI_DATA] != ELFDATA2MSB)
		return mf_fail(err, -EBADMSG, "unknown ELF byte order %u", file.p[EI_DATA]);
	elf->bits = file.p[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	elf->endian = file.p[EI_DATA] == ELFDATA2MSB ? MF_BIG : MF_LITTLE;
	elf->file = file;
	return 0;
}

/* Section count and name table index, which move into section 0 when they are large. */
static int read_extended(struct mf_elf *elf, uint16_t count, uint16_t names, uint32_t *ret_names,
			 struct mf_err *err)
{
	struct mf_section first = {0};
	uint64_t size = 0;
	uint32_t name;

	if ((!count || names == SHN_XINDEX) && !read_header(elf, 0, &first, &size, &name))
		return mf_fail(err, -EBADMSG, "truncated: section headers are missing");
	if (!count && size > MAX_SECTIONS)
		return mf_fail(err, -EBADMSG, "%llu sections, at most %u are accepted",
			       (unsigned long long)size, MAX_SECTIONS);
	elf->n_sections = count ? count : (uint32_t)size;
	*ret_names = names == SHN_XINDEX ? first.link : names;
	return 0;
}

int mf_elf_open(struct mf_bytes file, struct mf_elf *out, struct mf_err *err)
{
	struct mf_elf elf = {0};
	struct mf_section names;
	uint16_t entry_size, count, names_index;
	uint32_t index = 0;
	int r = check_ident(file, &elf, err);

	if (r)
		return r;
	if (!get_half(&elf, AT(&elf, Ehdr, e_type), &elf.type) ||
	    !get_half(&elf, AT(&elf, Ehdr, e_machine), &elf.machine) ||
	    !get_address(&elf, file, AT(&elf, Ehdr, e_shoff), &elf.section_offset) ||
	    !get_half(&elf, AT(&elf, Ehdr, e_shentsize), &entry_size) ||
	    !get_half(&elf, AT(&elf, Ehdr, e_shnum), &count) ||
	    !get_half(&elf, AT(&elf, Ehdr, e_shstrndx), &names_index))
		return mf_fail(err, -EBADMSG, "truncated: ends inside the ELF header");
	elf.section_size = entry_size;
	if (entry_size < (elf.bits == 64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)) ||
	    !elf.section_offset || elf.section_offset > file.n)
		return mf_fail(err, -EBADMSG, "truncated: section headers are missing");
	r = read_extended(&elf, count, names_index, &index, err);
	if (r)
		return r;
	if (!mf_bytes_has(file, elf.section_offset, (uint64_t)elf.n_sections * entry_size))
		return mf_fail(err, -EBADMSG, "truncated: section headers are missing");
	r = mf_elf_section(&elf, index, &names, err);
	if (r)
		return r;
	elf.names = names.content;
	*out = elf;
	return 0;
}

int mf_elf_section(const struct mf_elf *elf, uint32_t index, struct mf_section *out,
		   struct mf_err *err)
{
	struct mf_section section = {0};
	uint64_t size;
	uint32_t name;

	if (index >= elf->n_sections || !read_header(elf, index, &section, &size, &name))
		return mf_fail(err, -EBADMSG, "section %u does not exist", index);
	if (section.type != SHT_NOBITS && section.type != SHT_NULL) {
		if (!mf_bytes_has(elf->file, section.offset, size))
			return mf_fail(err, -EBADMSG, "truncated: section %u ends behind the file",
				       index);
		section.content = mf_bytes_sub(elf->file, section.offset, size);
	}
	section.name = mf_elf_string(elf->names, name);
	if (!section.name) {
		if (elf->names.p) /* the name table itself is read before there are names */
			return mf_fail(err, -EBADMSG, "section %u has no valid name", index);
		section.name = "";
	}
	*out = section;
	return 0;
}

uint64_t mf_elf_symbol_count(const struct mf_elf *elf, const struct mf_section *table)
{
	return table->content.n / (elf->bits == 64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym));
}

bool mf_elf_symbol(const struct mf_elf *elf, const struct mf_section *table,
		   struct mf_bytes strings, uint64_t i, struct mf_elf_symbol *out)
{
	uint64_t size = elf->bits == 64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	struct mf_bytes content = table->content;
	uint16_t section;
	uint32_t name;
	uint64_t info;

	if (i >= content.n / size ||
	    !mf_get_u32(content, i * size + AT(elf, Sym, st_name), elf->endian, &name) ||
	    !mf_get_uint(content, i * size + AT(elf, Sym, st_info), 1, elf->endian, &info) ||
	    !mf_get_u16(content, i * size + AT(elf, Sym, st_shndx), elf->endian, &section) ||
	    !get_address(elf, content, i * size + AT(elf, Sym, st_value), &out->value))
		return false;
	out->name = mf_elf_string(strings, name);
	out->section = section;
	out->binding = (uint8_t)(info >> 4);
	return out->name != NULL;
}
