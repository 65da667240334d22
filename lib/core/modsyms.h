// SPDX-License-Identifier: GPL-2.0-or-later
// Symbols a module imports and exports, with their CRCs.
#pragma once

#include "lib/core/elf.h"
#include "lib/core/module.h"

/* Sections that hold symbols, collected while the section table is walked. */
struct mf_modsyms {
	struct mf_section versions;  /* __versions: CRC and name of each import */
	struct mf_section ext_crcs;  /* __version_ext_crcs, kernels since 6.14 */
	struct mf_section ext_names; /* __version_ext_names */
	struct mf_section symtab;
	struct mf_bytes strings; /* of symtab */
};

/* Notes a section when it is one of these. -EBADMSG when the symbol table's strings are missing. */
int mf_modsyms_note(const struct mf_elf *elf, const struct mf_section *section,
		    struct mf_modsyms *symbols, struct mf_err *err);

/* Called with each version; the name is borrowed from the file. A non-zero result stops. */
typedef int mf_version_found(void *context, const char *name, uint32_t crc);

/*
 * The CRCs that a module names for its imports, in file order, from the table that its kernel
 * reads. 0, the callback's result, -EBADMSG.
 */
int mf_modsyms_each_version(const struct mf_elf *elf, const struct mf_modsyms *symbols,
			    mf_version_found *found, void *context);

/*
 * Sets boot_class of the module; with MF_MODULE_SYMBOLS also imports and exports, sorted by name.
 * -EBADMSG, -E2BIG, -ENOMEM.
 */
int mf_modsyms_read(const struct mf_elf *elf, const struct mf_modsyms *symbols, unsigned int want,
		    struct mf_arena *arena, struct mf_module *module, struct mf_err *err);
