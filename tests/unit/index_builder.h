// SPDX-License-Identifier: GPL-2.0-or-later
// Writes small kmod indexes for tests, in the shape that depmod gives them.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

struct index_entry {
	const char *key;
	const char *value;
	uint32_t priority;
};

static inline void index_add_u32(struct mf_buf *out, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		mf_buf_addc(out, (uint8_t)(value >> shift));
}

static inline int index_compare(const void *left, const void *right)
{
	const struct index_entry *a = left;
	const struct index_entry *b = right;
	int order = strcmp(a->key, b->key);

	return order ? order : (a->priority > b->priority) - (a->priority < b->priority);
}

/* Writes the node of n sorted entries that share `skip` characters; returns offset with flags. */
static inline uint32_t index_add_node(struct mf_buf *out, const struct index_entry *entries,
				      size_t n, size_t skip)
{
	uint32_t children[128] = {0};
	size_t common = skip;
	size_t own = 0;
	unsigned int first = 0;
	unsigned int last = 0;
	uint32_t offset;

	while (entries[0].key[common] && entries[0].key[common] == entries[n - 1].key[common])
		common++;
	while (own < n && !entries[own].key[common])
		own++;
	for (size_t i = own; i < n;) {
		unsigned int c = (unsigned char)entries[i].key[common];
		size_t end = i;

		while (end < n && (unsigned char)entries[end].key[common] == c)
			end++;
		children[c] = index_add_node(out, entries + i, end - i, common + 1);
		first = first ? first : c;
		last = c;
		i = end;
	}
	offset = (uint32_t)out->len;
	if (common > skip) {
		offset |= 0x80000000u;
		mf_buf_add(out, entries[0].key + skip, common - skip);
		mf_buf_addc(out, 0);
	}
	if (last) {
		offset |= 0x20000000u;
		mf_buf_addc(out, (uint8_t)first);
		mf_buf_addc(out, (uint8_t)last);
		for (unsigned int c = first; c <= last; c++)
			index_add_u32(out, children[c]);
	}
	if (own) {
		offset |= 0x40000000u;
		index_add_u32(out, (uint32_t)own);
		for (size_t i = 0; i < own; i++) {
			index_add_u32(out, entries[i].priority);
			mf_buf_add(out, entries[i].value, strlen(entries[i].value) + 1);
		}
	}
	return offset;
}

/* Sorts the entries (at least one, keys not empty) and writes the index. */
static inline void index_build(struct mf_buf *out, struct index_entry *entries, size_t n)
{
	uint32_t root;

	qsort(entries, n, sizeof(*entries), index_compare);
	index_add_u32(out, 0xb007f457u);
	index_add_u32(out, 0x00020001u);
	index_add_u32(out, 0);
	root = index_add_node(out, entries, n, 0);
	for (int i = 0; i < 4; i++)
		out->data[8 + i] = (uint8_t)(root >> (24 - 8 * i));
}
