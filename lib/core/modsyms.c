// SPDX-License-Identifier: GPL-2.0-or-later
// Symbols a module imports and exports, with their CRCs.
#include "lib/core/modsyms.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* struct modversion_info (include/linux/module.h): unsigned long crc, name up to 64 bytes in all.
 */
#define VERSION_ENTRY 64u

/* nvidia.ko has some 3,000 imports, the kernel itself 15,000 exports. */
#define MAX_SYMBOLS ((size_t)1 << 18)

#define KSYMTAB "__ksymtab_"
#define CRC	"__crc_"
#define SPACE	"__kstrtabns_"

/* Where symbols go while they are read. */
struct sink {
	struct mf_arena *arena;
	struct mf_module *module;
	bool keep;
};

int mf_modsyms_note(const struct mf_elf *elf, const struct mf_section *section,
		    struct mf_modsyms *symbols, struct mf_err *err)
{
	struct mf_section strings;
	int r;

	if (section->type == SHT_SYMTAB) {
		r = mf_elf_section(elf, section->link, &strings, err);
		if (r)
			return r;
		symbols->symtab = *section;
		symbols->strings = strings.content;
	} else if (strcmp(section->name, "__versions") == 0) {
		symbols->versions = *section;
	} else if (strcmp(section->name, "__version_ext_crcs") == 0) {
		symbols->ext_crcs = *section;
	} else if (strcmp(section->name, "__version_ext_names") == 0) {
		symbols->ext_names = *section;
	}
	return 0;
}

static int add_symbol(struct sink *sink, struct mf_symbols *symbols, struct mf_symbol symbol)
{
	int r;

	if (symbols->n >= MAX_SYMBOLS)
		return -E2BIG;
	r = mf_arena_grow(sink->arena, &symbols->v, symbols->n, sizeof(symbol));
	if (r)
		return r;
	symbol.name = mf_arena_strdup(sink->arena, symbol.name);
	if (!symbol.name)
		return -ENOMEM;
	symbols->v[symbols->n++] = symbol;
	return 0;
}

static int add_import(struct sink *sink, const char *name, bool has_crc, uint32_t crc)
{
	sink->module->boot_class |= mf_boot_class_of_symbol(name);
	if (!sink->keep)
		return 0;
	return add_symbol(sink, &sink->module->imports,
			  (struct mf_symbol){.name = name, .crc = crc, .has_crc = has_crc});
}

/* __versions: fixed entries. */
static int each_fixed(const struct mf_elf *elf, struct mf_bytes table, mf_version_found *found,
		      void *context)
{
	unsigned int word = mf_elf_word(elf);
	int r = 0;

	for (uint64_t at = 0; !r && at + VERSION_ENTRY <= table.n; at += VERSION_ENTRY) {
		uint64_t crc;
		const char *name;

		if (!mf_get_uint(table, at, word, elf->endian, &crc))
			return -EBADMSG;
		name = mf_elf_string(mf_bytes_sub(table, at + word, VERSION_ENTRY - word), 0);
		if (!name)
			return -EBADMSG;
		if (*name) /* some builds have padding at the end */
			r = found(context, name, (uint32_t)crc);
	}
	return r;
}

/* __version_ext_crcs: 32 bit each; __version_ext_names: as many NUL-terminated names. */
static int each_extended(const struct mf_elf *elf, const struct mf_modsyms *symbols,
			 mf_version_found *found, void *context)
{
	uint64_t at = 0;
	int r = 0;

	for (uint64_t i = 0; !r && i < symbols->ext_crcs.content.n / 4; i++) {
		const char *name = mf_elf_string(symbols->ext_names.content, at);
		uint32_t crc;

		if (!name || !mf_get_u32(symbols->ext_crcs.content, i * 4, elf->endian, &crc))
			return -EBADMSG;
		at += strlen(name) + 1;
		r = found(context, name, crc);
	}
	return r;
}

int mf_modsyms_each_version(const struct mf_elf *elf, const struct mf_modsyms *symbols,
			    mf_version_found *found, void *context)
{
	if (symbols->ext_crcs.content.n)
		return each_extended(elf, symbols, found, context);
	return each_fixed(elf, symbols->versions.content, found, context);
}

static int add_version(void *context, const char *name, uint32_t crc)
{
	return add_import(context, name, true, crc);
}

/* Imports of a kernel without modversions: undefined symbols. */
static int read_undefined(const struct mf_elf *elf, const struct mf_modsyms *symbols,
			  struct sink *sink)
{
	uint64_t n = mf_elf_symbol_count(elf, &symbols->symtab);

	for (uint64_t i = 1; i < n; i++) {
		struct mf_elf_symbol symbol;
		int r;

		if (!mf_elf_symbol(elf, &symbols->symtab, symbols->strings, i, &symbol))
			return -EBADMSG;
		if (symbol.section != SHN_UNDEF || !*symbol.name)
			continue;
		r = add_import(sink, symbol.name, false, 0);
		if (r)
			return r;
	}
	return 0;
}

/* CRC behind a __crc_NAME symbol: its value (absolute), or 32 bits in its section (since 5.19). */
static bool read_crc(const struct mf_elf *elf, const struct mf_elf_symbol *symbol, uint32_t *out)
{
	struct mf_section section;

	if (symbol->section == SHN_ABS) {
		*out = (uint32_t)symbol->value;
		return true;
	}
	return !mf_elf_section(elf, symbol->section, &section, NULL) &&
	       mf_get_u32(section.content, symbol->value, elf->endian, out);
}

/* Namespace behind a __kstrtabns_NAME symbol: a string in its section; NULL when there is none. */
static const char *read_space(const struct mf_elf *elf, const struct mf_elf_symbol *symbol)
{
	struct mf_section section;

	if (mf_elf_section(elf, symbol->section, &section, NULL))
		return NULL;
	return mf_elf_string(section.content, symbol->value);
}

static int keep_space(struct mf_arena *arena, const char *space, const char **out)
{
	if (space)
		*out = *space ? mf_arena_strdup(arena, space) : "";
	return space && !*out ? -ENOMEM : 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct mf_symbol *left = a;
	const struct mf_symbol *right = b;

	return strcmp(left->name, right->name);
}

static void sort_symbols(struct mf_symbols *symbols)
{
	if (symbols->n > 1)
		qsort(symbols->v, symbols->n, sizeof(*symbols->v), compare_names);
}

/* Exports: a __ksymtab_NAME symbol each, the CRC in __crc_NAME where the kernel has modversions,
 * the namespace in __kstrtabns_NAME. */
static int read_exports(const struct mf_elf *elf, const struct mf_modsyms *symbols,
			struct sink *sink)
{
	struct mf_symbols *exports = &sink->module->exports;
	uint64_t n = mf_elf_symbol_count(elf, &symbols->symtab);
	struct mf_elf_symbol symbol;
	bool has_spaces = false;
	int r = 0;

	for (uint64_t i = 1; !r && i < n; i++) {
		struct mf_section section;
		bool is_gpl;

		if (!mf_elf_symbol(elf, &symbols->symtab, symbols->strings, i, &symbol))
			return -EBADMSG;
		if (symbol.section == SHN_UNDEF || !mf_has_prefix(symbol.name, KSYMTAB))
			continue;
		is_gpl = !mf_elf_section(elf, symbol.section, &section, NULL) &&
			 strstr(section.name, "_gpl") != NULL;
		r = add_symbol(sink, exports,
			       (struct mf_symbol){.name = symbol.name + strlen(KSYMTAB),
						  .is_gpl = is_gpl});
	}
	sort_symbols(exports);
	for (uint64_t i = 1; !r && exports->n && i < n; i++) {
		struct mf_symbol key = {0};
		struct mf_symbol *export;
		bool is_space;

		if (!mf_elf_symbol(elf, &symbols->symtab, symbols->strings, i, &symbol))
			return -EBADMSG;
		is_space = mf_has_prefix(symbol.name, SPACE);
		if (!is_space && !mf_has_prefix(symbol.name, CRC))
			continue;
		key.name = symbol.name + strlen(is_space ? SPACE : CRC);
		export = bsearch(&key, exports->v, exports->n, sizeof(key), compare_names);
		has_spaces = has_spaces || is_space;
		if (export && is_space)
			r = keep_space(sink->arena, read_space(elf, &symbol), &export->space);
		else if (export)
			export->has_crc = read_crc(elf, &symbol, &export->crc);
	}
	/* kernels before 5.4 have no namespaces */
	for (size_t i = 0; !r && !has_spaces && i < exports->n; i++)
		exports->v[i].space = "";
	return r;
}

int mf_modsyms_read(const struct mf_elf *elf, const struct mf_modsyms *symbols, unsigned int want,
		    struct mf_arena *arena, struct mf_module *module, struct mf_err *err)
{
	struct sink sink = {
		.arena = arena, .module = module, .keep = (want & MF_MODULE_SYMBOLS) != 0};
	int r;

	if (symbols->ext_crcs.content.n || symbols->versions.content.n)
		r = mf_modsyms_each_version(elf, symbols, add_version, &sink);
	else
		r = read_undefined(elf, symbols, &sink);
	if (!r && sink.keep)
		r = read_exports(elf, symbols, &sink);
	if (r == -EBADMSG)
		return mf_fail(err, r, "its symbol table is malformed");
	if (r == -E2BIG)
		return mf_fail(err, r, "has more than %zu symbols", MAX_SYMBOLS);
	sort_symbols(&module->imports);
	return r;
}
