// SPDX-License-Identifier: GPL-2.0-or-later
// A module as the kernel's loader sees it: what must hold before its first line of code runs.
#include "lib/core/modload.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/modsyms.h"
#include "lib/core/signature.h"

#define LAYOUT	   "module_layout"
#define WRITE_EXEC (SHF_WRITE | SHF_EXECINSTR)

/* Sections that load_module() looks for by type or name. */
struct parts {
	struct mf_modsyms symbols;
	bool has_module; /* .gnu.linkonce.this_module */
};

/* A CRC that a module names. */
struct version {
	const char *name;
	uint32_t crc;
	size_t at; /* its place: of two for one symbol the kernel takes the first */
};

/* Sorted by symbol. */
struct versions {
	struct mf_arena *arena;
	struct version *v;
	size_t n;
};

static const char *find_parts(const struct mf_elf *elf, struct parts *out)
{
	for (uint32_t i = 1; i < elf->n_sections; i++) {
		struct mf_section section;

		if (mf_elf_section(elf, i, &section, NULL))
			return "a section lies outside of the file";
		/* module_enforce_rwx_sections() */
		if ((section.flags & WRITE_EXEC) == WRITE_EXEC)
			return "a section of it is both writable and executable";
		if (mf_modsyms_note(elf, &section, &out->symbols, NULL))
			return "its symbol table has no strings";
		if (strcmp(section.name, ".gnu.linkonce.this_module") == 0)
			out->has_module = true;
	}
	if (!out->symbols.symtab.content.n)
		return "it has no symbol table (stripped?)";
	return out->has_module ? NULL : "it has no .gnu.linkonce.this_module section";
}

static int compare_names(const void *a, const void *b)
{
	const struct mf_needed *left = a;
	const struct mf_needed *right = b;

	return strcmp(left->name, right->name);
}

static int compare_versions(const void *a, const void *b)
{
	const struct version *left = a;
	const struct version *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->at > right->at) - (left->at < right->at);
}

static int add(void *context, const char *name, uint32_t crc)
{
	struct versions *versions = context;

	if (mf_arena_grow(versions->arena, &versions->v, versions->n, sizeof(*versions->v)))
		return -ENOMEM;
	versions->v[versions->n] = (struct version){name, crc, versions->n};
	versions->n++;
	return 0;
}

static int read_versions(const struct mf_elf *elf, const struct parts *parts, struct versions *out)
{
	int r = mf_modsyms_each_version(elf, &parts->symbols, add, out);

	if (!r && out->n > 1)
		qsort(out->v, out->n, sizeof(*out->v), compare_versions);
	return r;
}

static const struct version *version_of(const struct versions *versions, const char *name)
{
	size_t low = 0, high = versions->n;

	while (low < high) { /* the first one that is not before it */
		size_t middle = low + (high - low) / 2;

		if (strcmp(versions->v[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < versions->n && strcmp(versions->v[low].name, name) == 0 ? &versions->v[low]
									     : NULL;
}

/* Undefined symbols that name no export: ignore_undef_symbol() of kernel/module/main.c, and the
 * table of contents of 64 bit PowerPC (dedotify() of its module_64.c). */
static bool is_linkers(const struct mf_elf *elf, const char *name)
{
	switch (elf->machine) {
	case EM_386:
	case EM_X86_64: return strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0;
	case EM_PPC64: return strcmp(name, ".TOC.") == 0;
	default: return false;
	}
}

/* Undefined symbols, each with the CRC that the module names for it. */
static int read_needed(const struct mf_elf *elf, const struct parts *parts,
		       const struct versions *versions, struct mf_arena *arena,
		       struct mf_modload *out)
{
	uint64_t n = mf_elf_symbol_count(elf, &parts->symbols.symtab);

	for (uint64_t i = 1; i < n; i++) {
		const struct version *version;
		struct mf_elf_symbol symbol;
		struct mf_needed needed;

		if (!mf_elf_symbol(elf, &parts->symbols.symtab, parts->symbols.strings, i,
				   &symbol)) {
			out->malformed = "a symbol has no valid name";
			return 0;
		}
		if (symbol.section == SHN_COMMON && strncmp(symbol.name, "__gnu_lto", 9) != 0) {
			out->malformed = "it has a common symbol; build it with -fno-common";
			return 0;
		}
		if (symbol.section != SHN_UNDEF || !*symbol.name || is_linkers(elf, symbol.name))
			continue;
		version = version_of(versions, symbol.name);
		needed = (struct mf_needed){.name = symbol.name,
					    .crc = version ? version->crc : 0,
					    .has_crc = version != NULL,
					    .is_weak = symbol.binding == STB_WEAK};
		if (mf_arena_grow(arena, &out->needed, out->n_needed, sizeof(needed)))
			return -ENOMEM;
		out->needed[out->n_needed++] = needed;
	}
	if (out->n_needed > 1)
		qsort(out->needed, out->n_needed, sizeof(*out->needed), compare_names);
	return 0;
}

int mf_modload_read(struct mf_bytes file, struct mf_arena *arena, struct mf_modload *out)
{
	const struct version *layout;
	struct mf_module signature = {0};
	struct versions versions = {.arena = arena};
	struct parts parts = {0};
	struct mf_err err = {0};
	struct mf_bytes content;
	struct mf_elf elf;
	int r = mf_signature_read(file, arena, &signature, &content);

	*out = (struct mf_modload){0};
	if (r)
		return r;
	if (mf_elf_open(content, &elf, &err)) {
		out->malformed = mf_arena_strdup(arena, err.text);
		return out->malformed ? 0 : -ENOMEM;
	}
	if (elf.type != ET_REL) {
		out->malformed = "it is no relocatable ELF file";
		return 0;
	}
	out->malformed = find_parts(&elf, &parts);
	if (out->malformed)
		return 0;
	r = read_versions(&elf, &parts, &versions);
	if (r == -EBADMSG) {
		out->malformed = "its table of symbol versions is malformed";
		return 0;
	}
	if (r)
		return r;
	layout = version_of(&versions, LAYOUT);
	/* with content or without */
	out->has_versions = parts.symbols.versions.name || parts.symbols.ext_crcs.name;
	out->has_layout = layout != NULL;
	out->layout = layout ? layout->crc : 0;
	return read_needed(&elf, &parts, &versions, arena, out);
}
