// SPDX-License-Identifier: GPL-2.0-or-later
// Content of a tree entry, wherever it lies.
#include "lib/io/source.h"

#include <errno.h>
#include <fcntl.h>

int mf_entry_content(const struct mf_entry *entry, struct mf_map *map, struct mf_bytes *out,
		     struct mf_err *err)
{
	int r;

	if (entry->kind == MF_ENTRY_TREE)
		return mf_fail(err, -EOPNOTSUPP,
			       "%s: internal error: a nested tree (%s) that was not written before",
			       entry->path, entry->sink);
	if (entry->kind != MF_ENTRY_FILE) {
		*out = entry->content;
		return 0;
	}
	r = mf_map_file(AT_FDCWD, entry->source, map, err);
	if (r)
		return r;
	if (map->bytes.n != entry->source_size)
		return mf_fail(
			err, -ESTALE,
			"%s has %zu bytes, it had %llu when the artifact was planned; run again",
			entry->source, map->bytes.n, (unsigned long long)entry->source_size);
	*out = map->bytes;
	return 0;
}
