// SPDX-License-Identifier: GPL-2.0-or-later
// Module.symvers: the exports of a kernel build, as modpost writes them.
#pragma once

#include "lib/core/symtab.h"

/*
 * Adds the lines "0xCRC TAB SYMBOL TAB OWNER TAB EXPORT_SYMBOL[_GPL] TAB [NAMESPACE]" to the table
 * (scripts/mod/modpost.c, write_dump; the namespace stands there since 5.4, before EXPORT in 5.4
 * to 5.8) and marks it complete when the kernel image's own exports (owner vmlinux) are among them.
 * -EBADMSG with the line number for anything else, -ENOMEM.
 */
int mf_symvers_read(struct mf_bytes text, struct mf_symtab *table, struct mf_err *err);
