// SPDX-License-Identifier: GPL-2.0-or-later
// Writer of kmod's binary indexes: the bytes depmod would write for the same entries.
//
// Format (kmod libkmod/libkmod-index.h, tools/depmod.c index_write, up to kmod 33): three
// big-endian words (magic 0xB007F457, version 2.1, offset of the root node), then the nodes of a
// trie, children before their parent. A node is what it has of
//   - prefix: text that all keys below it go on with, NUL-terminated; the root has none,
//   - children: bytes FIRST and LAST, then for each character from FIRST to LAST a word: the offset
//   of
//     the child, 0 for none,
//   - values: their number, then for each its priority and its NUL-terminated text.
// An offset has 28 bits; the upper ones say which of the three there are. (Later depmods put
// parents before their children: the same format, other offsets.)
#pragma once

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

/* The largest known index (all of a distribution kernel's aliases) has 40,000 entries. */
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
	bool is_sorted; /* since the last add */
};

/* Adds an entry. -EINVAL for a key that no index can hold, -E2BIG beyond the limit, -ENOMEM. */
int mf_kmodindex_add(struct mf_kmodindex_entries *entries, const char *key, const char *value,
		     uint32_t priority);

/*
 * Sorts by key, priority and value. Of one key and value only the best priority stays; what is the
 * same in all three stays as often as it is there, as in depmod's indexes (a module may name an
 * alias twice).
 */
void mf_kmodindex_sort(struct mf_kmodindex_entries *entries);

/*
 * Sorts the entries and appends the index. Same entries, same bytes. 0, -E2BIG for an index beyond
 * its 28-bit offsets or the depth that is read (MF_KMODINDEX_MAX_DEPTH), -ENOMEM.
 */
int mf_kmodindex_write(struct mf_kmodindex_entries *entries, struct mf_buf *out);
