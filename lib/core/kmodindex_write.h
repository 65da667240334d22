// SPDX-License-Identifier: GPL-2.0-or-later
// Writer of kmod's binary indexes: the bytes depmod would write for the same entries.
#pragma once

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* The largest known index (all of a distribution kernel's symbols) has 40,000 entries. */
#define MF_KMODINDEX_MAX_ENTRIES ((size_t)2000000)

struct mf_kmodindex_entry {
	const char *key;   /* 1 to MF_KMODINDEX_MAX_KEY - 1 bytes of 7-bit ASCII */
	const char *value; /* may be "" */
	uint32_t priority; /* lower first */
};

/* Entries to be written; zeroed is empty. Text is borrowed. */
struct mf_kmodindex_entries {
	struct mf_arena *arena; /* for v; set it before the first add */
	struct mf_kmodindex_entry *v;
	size_t n;
};

/* Adds an entry. -EINVAL for a key that no index can hold, -E2BIG beyond the limit, -ENOMEM. */
int mf_kmodindex_add(struct mf_kmodindex_entries *entries, const char *key, const char *value,
		     uint32_t priority);

/*
 * Sorts the entries (key, priority, value; of equal key and value the best priority stays) and
 * appends the index. Same entries, same bytes. 0, -E2BIG for an index beyond its 28-bit offsets,
 * -ENOMEM.
 */
int mf_kmodindex_write(struct mf_kmodindex_entries *entries, struct mf_buf *out);
