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

/*
 * Sets boot_class of the module; with MF_MODULE_SYMBOLS also imports and exports, sorted by name.
 * -EBADMSG, -E2BIG, -ENOMEM.
 */
int mf_modsyms_read(const struct mf_elf *elf, const struct mf_modsyms *symbols, unsigned int want,
		    struct mf_arena *arena, struct mf_module *module, struct mf_err *err);
