// SPDX-License-Identifier: GPL-2.0-or-later
// The export tables of a kernel image with section headers.
#include "lib/core/ksymtab.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* KSYM_NAME_LEN of the kernel (include/linux/kallsyms.h), with NUL. */
#define MAX_NAME 512u

/* What is exported for everybody and what for GPL modules alone. */
enum kind { PLAIN, GPL, N_KINDS };

struct tables {
	struct mf_section symbols[N_KINDS];
	struct mf_section crcs[N_KINDS];
	struct mf_section strings;
	bool has_flags; /* __kflagstab says what is GPL, kernels to come */
};

/*
 * struct kernel_symbol (include/linux/export-internal.h and export.h): value, name and since 5.4
 * namespace; addresses, or since 4.19 offsets of 32 bits from the place where they stand.
 */
struct form {
	bool is_relative;
	bool has_space;
};

static const struct form forms[] = {
	{.is_relative = true, .has_space = true},
	{.is_relative = true, .has_space = false},
	{.is_relative = false, .has_space = true},
	{.is_relative = false, .has_space = false},
};

/* What readers of entries share. */
struct reader {
	const struct mf_elf *elf;
	const struct tables *tables;
	const struct form *form;
};

static void note_section(struct tables *tables, const struct mf_section *section)
{
	const struct {
		const char *name;
		struct mf_section *to;
	} wanted[] = {
		{"__ksymtab", &tables->symbols[PLAIN]},	 {"__ksymtab_gpl", &tables->symbols[GPL]},
		{"__kcrctab", &tables->crcs[PLAIN]},	 {"__kcrctab_gpl", &tables->crcs[GPL]},
		{"__ksymtab_strings", &tables->strings},
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcmp(section->name, wanted[i].name) == 0)
			*wanted[i].to = *section;
	}
	if (strcmp(section->name, "__kflagstab") == 0)
		tables->has_flags = true;
}

static void find_tables(const struct mf_elf *elf, struct tables *out)
{
	for (uint32_t i = 0; i < elf->n_sections; i++) {
		struct mf_section section;

		if (!mf_elf_section(elf, i, &section, NULL))
			note_section(out, &section);
	}
}

static unsigned int word_size(const struct reader *reader)
{
	return reader->form->is_relative ? 4 : mf_elf_word(reader->elf);
}

static unsigned int entry_size(const struct reader *reader)
{
	return word_size(reader) * (reader->form->has_space ? 3 : 2);
}

/* The text that a word of an entry points at; "" for no address, NULL for one outside. */
static const char *read_text(const struct reader *reader, const struct mf_section *table,
			     uint64_t at)
{
	const struct mf_section *strings = &reader->tables->strings;
	unsigned int size = word_size(reader);
	struct mf_bytes text;
	uint64_t address;

	if (!mf_get_uint(table->content, at, size, reader->elf->endian, &address))
		return NULL;
	if (!address)
		return "";
	if (reader->form->is_relative)
		address = table->address + at + (uint64_t)(int64_t)(int32_t)address;
	if (reader->elf->bits == 32)
		address = (uint32_t)address;
	address -= strings->address;
	if (address >= strings->content.n)
		return NULL;
	text = mf_bytes_sub(strings->content, address, strings->content.n - address);
	if (text.n > MAX_NAME)
		text.n = MAX_NAME;
	return mf_elf_string(text, 0);
}

static bool read_entry(const struct reader *reader, enum kind kind, uint64_t i,
		       struct mf_export *out)
{
	const struct mf_section *table = &reader->tables->symbols[kind];
	uint64_t at = i * entry_size(reader);

	out->owner = "vmlinux";
	out->is_gpl = kind == GPL ? MF_ANSWER_YES : MF_ANSWER_NO;
	out->space = "";
	out->name = read_text(reader, table, at + word_size(reader));
	if (reader->form->has_space)
		out->space = read_text(reader, table, at + 2 * word_size(reader));
	return out->name && *out->name && out->space;
}

static uint64_t count(const struct reader *reader, enum kind kind)
{
	return reader->tables->symbols[kind].content.n / entry_size(reader);
}

/* Whether all entries of both tables name text of the string table. */
static bool is_readable(const struct reader *reader)
{
	for (enum kind kind = PLAIN; kind < N_KINDS; kind++) {
		if (reader->tables->symbols[kind].content.n % entry_size(reader))
			return false;
		for (uint64_t i = 0; i < count(reader, kind); i++) {
			struct mf_export ignored = {0};

			if (!read_entry(reader, kind, i, &ignored))
				return false;
		}
	}
	return true;
}

/* Whether there are as many CRCs as symbols, or none at all (no CONFIG_MODVERSIONS). */
static bool has_fitting_crcs(const struct reader *reader, unsigned int *ret_size)
{
	uint64_t n = count(reader, PLAIN) + count(reader, GPL);
	uint64_t bytes = 0;

	for (enum kind kind = PLAIN; kind < N_KINDS; kind++)
		bytes += reader->tables->crcs[kind].content.n;
	*ret_size = (unsigned int)(bytes / n);
	for (enum kind kind = PLAIN; kind < N_KINDS; kind++) {
		if (reader->tables->crcs[kind].content.n != count(reader, kind) * *ret_size)
			return false;
	}
	return *ret_size == 0 || *ret_size == 4 || *ret_size == mf_elf_word(reader->elf);
}

static int add_all(const struct reader *reader, unsigned int crc_size, struct mf_symtab *symbols)
{
	int r = 0;

	for (enum kind kind = PLAIN; kind < N_KINDS; kind++) {
		for (uint64_t i = 0; !r && i < count(reader, kind); i++) {
			struct mf_export export = {0};
			uint64_t crc = 0;

			read_entry(reader, kind, i, &export);
			if (crc_size)
				export.has_crc = mf_get_uint(reader->tables->crcs[kind].content,
							     i * crc_size, crc_size,
							     reader->elf->endian, &crc);
			export.crc = (uint32_t)crc;
			r = mf_symtab_add(symbols, &export);
		}
	}
	return r;
}

int mf_ksymtab_read(const struct mf_elf *elf, struct mf_symtab *symbols, bool *ret_found)
{
	struct tables tables = {0};
	unsigned int crc_size;

	*ret_found = false;
	/* elsewhere the CRCs of kernels before 5.19 are offsets (CONFIG_MODULE_REL_CRCS) */
	if (elf->machine != EM_X86_64 && elf->machine != EM_386)
		return 0;
	find_tables(elf, &tables);
	if (!tables.strings.content.n || tables.has_flags)
		return 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct reader reader = {elf, &tables, &forms[i]};
		int r;

		if (!count(&reader, PLAIN) || !is_readable(&reader) ||
		    !has_fitting_crcs(&reader, &crc_size))
			continue;
		r = add_all(&reader, crc_size, symbols);
		*ret_found = !r;
		symbols->is_complete = symbols->is_complete || !r;
		return r;
	}
	return 0;
}
