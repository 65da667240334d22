// SPDX-License-Identifier: GPL-2.0-or-later
// BTF type information of a module, which binds it to one build of the kernel.
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Takes .BTF and .BTF.base out of the section table of an unsigned module, in place: a kernel
 * without MODULE_ALLOW_BTF_MISMATCH refuses a module whose BTF does not fit its own. Returns how
 * many sections were taken out; 0 for what is no ELF file.
 */
unsigned int mf_module_drop_btf(uint8_t *file, size_t size);
