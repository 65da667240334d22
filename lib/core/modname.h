// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel module names: '-' and '_' are the same character in them.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* MODULE_NAME_LEN of the kernel on 64 bit (include/linux/moduleparam.h): 64 - sizeof(long), with
 * NUL. */
#define MF_MODNAME_MAX 56

/* Whether two module names are the same one. */
bool mf_modname_equal(const char *a, const char *b);

/* Order of names, '-' folded to '_'. */
int mf_modname_compare(const char *a, const char *b);

/*
 * Whether a string can be a module name: 1 to 55 bytes, letters, digits, '_', '-', '.', '+' only,
 * not starting with '.' or '-'.
 */
bool mf_modname_is_valid(const char *name);

/*
 * Name of the module in a file "…/NAME.ko[.gz|.xz|.zst]": '-' folded to '_', written to out.
 * 0, -EINVAL when the path does not end like a module, -ENAMETOOLONG.
 */
int mf_modname_from_path(const char *path, char out[MF_MODNAME_MAX]);
