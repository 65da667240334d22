// SPDX-License-Identifier: GPL-2.0-or-later
// Content of a tree entry, wherever it lies.
#pragma once

#include "lib/core/tree.h"
#include "lib/io/file.h"

/*
 * Content of a regular file entry: its bytes, or its source file mapped into *map (close it after
 * use). -ESTALE when the source's size is not what was planned, -EOPNOTSUPP for a nested tree
 * (mf_nested_write comes first), -errno with the path.
 */
int mf_entry_content(const struct mf_entry *entry, struct mf_map *map, struct mf_bytes *out,
		     struct mf_err *err);
