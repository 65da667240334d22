// SPDX-License-Identifier: GPL-2.0-or-later
// The export tables of a kernel image with section headers.
#pragma once

#include "lib/core/elf.h"
#include "lib/core/symtab.h"

/*
 * Adds every export of an x86 image (__ksymtab, __ksymtab_gpl, CRCs in __kcrctab…) to the table,
 * owner "vmlinux", and marks it complete. *ret_found is false, with nothing added, where there are
 * no such tables or they have a form that is not known here. -ENOMEM, -E2BIG.
 */
int mf_ksymtab_read(const struct mf_elf *elf, struct mf_symtab *symbols, bool *ret_found);
