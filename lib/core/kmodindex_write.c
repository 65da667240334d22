// SPDX-License-Identifier: GPL-2.0-or-later
// Writer of kmod's binary indexes: the bytes depmod would write for the same entries.
#include "lib/core/kmodindex_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/kmodindex.h"

#define INDEX_MAGIC   0xb007f457u
#define INDEX_VERSION 0x00020001u
#define HEADER_SIZE   12u
#define NODE_PREFIX   0x80000000u
#define NODE_VALUES   0x40000000u
#define NODE_CHILDREN 0x20000000u
#define NODE_MASK     0x0fffffffu
#define N_CHARACTERS  128u /* keys are 7-bit ASCII */

struct writer {
	struct mf_buf *out;
	size_t start; /* of the index in out */
	int status;   /* sticky */
};

int mf_kmodindex_add(struct mf_kmodindex_entries *entries, const char *key, const char *value,
		     uint32_t priority)
{
	size_t n = 0;
	int status;

	for (; key[n]; n++) {
		if ((unsigned char)key[n] >= N_CHARACTERS)
			return -EINVAL;
	}
	if (!n || n >= MF_KMODINDEX_MAX_KEY)
		return -EINVAL;
	if (entries->n >= MF_KMODINDEX_MAX_ENTRIES)
		return -E2BIG;
	entries->is_sorted = false;
	status = mf_arena_grow(entries->arena, &entries->v, entries->n, sizeof(*entries->v));
	if (!status)
		entries->v[entries->n++] = (struct mf_kmodindex_entry){key, value, priority};
	return status;
}

static int compare_priorities(const struct mf_kmodindex_entry *a,
			      const struct mf_kmodindex_entry *b)
{
	return (a->priority > b->priority) - (a->priority < b->priority);
}

/* Of one key by value, priority: what has to be dropped stands behind what stays. */
static int compare_values(const void *left, const void *right)
{
	const struct mf_kmodindex_entry *a = left;
	const struct mf_kmodindex_entry *b = right;
	int order = strcmp(a->value, b->value);

	return order ? order : compare_priorities(a, b);
}

/* By key, priority, value: as they are written. */
static int compare_written(const void *left, const void *right)
{
	const struct mf_kmodindex_entry *a = left;
	const struct mf_kmodindex_entry *b = right;
	int order = strcmp(a->key, b->key);

	if (!order)
		order = compare_priorities(a, b);
	return order ? order : strcmp(a->value, b->value);
}

/* Of entries of one key, at least one; returns how many stay. Most keys have one entry only. */
static size_t drop_worse(struct mf_kmodindex_entry *v, size_t n)
{
	size_t kept = 0;

	qsort(v, n, sizeof(*v), compare_values);
	for (size_t i = 0; i < n; i++) {
		if (!kept || v[i].priority == v[kept - 1].priority ||
		    strcmp(v[i].value, v[kept - 1].value) != 0)
			v[kept++] = v[i];
	}
	qsort(v, kept, sizeof(*v), compare_written);
	return kept;
}

void mf_kmodindex_sort(struct mf_kmodindex_entries *entries)
{
	struct mf_kmodindex_entry *v = entries->v;
	size_t n = 0;
	size_t same;

	if (!entries->n || entries->is_sorted)
		return;
	qsort(v, entries->n, sizeof(*v), compare_written);
	for (size_t i = 0; i < entries->n; i += same) {
		for (same = 1; i + same < entries->n && !strcmp(v[i].key, v[i + same].key);)
			same++;
		memmove(v + n, v + i, same * sizeof(*v));
		n += same > 1 ? drop_worse(v + n, same) : 1;
	}
	entries->n = n;
	entries->is_sorted = true;
}

static void put_u32(uint8_t *p, uint32_t value)
{
	value = htobe32(value);
	memcpy(p, &value, sizeof(value));
}

static void add_u32(struct mf_buf *out, uint32_t value)
{
	value = htobe32(value);
	mf_buf_add(out, &value, sizeof(value));
}

static void add_text(struct mf_buf *out, const char *text)
{
	mf_buf_add(out, text, strlen(text) + 1);
}

static void add_values(struct mf_buf *out, const struct mf_kmodindex_entry *entries, size_t n)
{
	add_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		add_u32(out, entries[i].priority);
		add_text(out, entries[i].value);
	}
}

/* Entries at the beginning whose key has the same character at `at` as the first one's. They are
 * sorted and many: halving finds their end without a look at each on each level of the tree. */
static size_t count_same(const struct mf_kmodindex_entry *entries, size_t n, size_t at)
{
	size_t same = 1;

	while (same < n) {
		size_t middle = same + (n - same) / 2;

		if (entries[middle].key[at] == entries[0].key[at])
			same = middle + 1;
		else
			n = middle;
	}
	return same;
}

/* A node to be written. */
struct node {
	const char *prefix;
	size_t prefix_length;
	unsigned int first; /* character that has a child; 0: none has */
	unsigned int last;
	uint32_t children[N_CHARACTERS]; /* as they stand in the file; set from first to last */
	size_t n_values;
};

/* Characters come in their order. */
static void set_child(struct node *node, unsigned int c, uint32_t offset)
{
	if (!node->first)
		node->first = c;
	else
		memset(node->children + node->last + 1, 0,
		       (c - node->last - 1) * sizeof(*node->children));
	node->children[c] = htobe32(offset);
	node->last = c;
}

/* Writes a node whose values are those of the entries; returns its offset with flags. */
static uint32_t add_node(struct writer *writer, const struct node *node,
			 const struct mf_kmodindex_entry *entries)
{
	struct mf_buf *out = writer->out;
	uint32_t offset = (uint32_t)(out->len - writer->start) & NODE_MASK;

	if (out->len - writer->start > NODE_MASK)
		writer->status = -E2BIG;
	if (node->prefix_length) {
		offset |= NODE_PREFIX;
		mf_buf_add(out, node->prefix, node->prefix_length);
		mf_buf_addc(out, '\0');
	}
	if (node->first) {
		offset |= NODE_CHILDREN;
		mf_buf_add(out, (const uint8_t[]){(uint8_t)node->first, (uint8_t)node->last}, 2);
		mf_buf_add(out, node->children + node->first,
			   (node->last - node->first + 1) * sizeof(*node->children));
	}
	if (node->n_values) {
		offset |= NODE_VALUES;
		add_values(out, entries, node->n_values);
	}
	return offset;
}

/* Writes all below the first `start` characters, which these sorted entries have in common; returns
 * the offset of the node they lead to. */
/* NOLINTNEXTLINE(misc-no-recursion): at most MF_KMODINDEX_MAX_DEPTH deep */
static uint32_t add_tree(struct writer *writer, const struct mf_kmodindex_entries *entries,
			 size_t start, unsigned int depth)
{
	struct mf_kmodindex_entry *v = entries->v;
	struct node node;
	size_t at = start;

	/* what the first and the last have in common, all have; the root has no prefix */
	while (depth && v[0].key[at] && v[0].key[at] == v[entries->n - 1].key[at])
		at++;
	node.first = 0;
	node.n_values = entries->n && !v[0].key[at] ? count_same(v, entries->n, at) : 0;
	if (entries->n > node.n_values && depth >= MF_KMODINDEX_MAX_DEPTH)
		writer->status = -E2BIG;
	for (size_t i = node.n_values; i < entries->n && !writer->status;) {
		struct mf_kmodindex_entries below = {.v = v + i};
		unsigned int c = (unsigned char)v[i].key[at];

		below.n = count_same(v + i, entries->n - i, at);
		set_child(&node, c, add_tree(writer, &below, at + 1, depth + 1));
		i += below.n;
	}
	node.prefix = at > start ? v[0].key + start : NULL;
	node.prefix_length = at - start;
	return writer->status ? 0 : add_node(writer, &node, v);
}

int mf_kmodindex_write(struct mf_kmodindex_entries *entries, struct mf_buf *out)
{
	struct writer writer = {.out = out, .start = out->len};
	uint32_t root;

	mf_kmodindex_sort(entries);
	add_u32(out, INDEX_MAGIC);
	add_u32(out, INDEX_VERSION);
	add_u32(out, 0);
	root = add_tree(&writer, entries, 0, 0);
	if (writer.status || mf_buf_status(out))
		return writer.status ? writer.status : mf_buf_status(out);
	put_u32(out->data + writer.start + HEADER_SIZE - 4, root);
	return 0;
}
