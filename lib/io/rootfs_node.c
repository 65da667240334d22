// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the root file system model: nodes and path lookup.
#include "lib/io/rootfs_node.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Symlinks that one lookup may follow (MAXSYMLINKS of the kernel). */
#define LINKS_MAX 40

uint32_t mf_chain_hash(uint32_t seed, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t hash = seed ^ 2166136261U;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * 16777619U;
	return hash;
}

static int grow_heads(struct chain *chain, struct mf_arena *arena)
{
	size_t n = chain->n_heads ? chain->n_heads * 2 : 64;
	uint32_t *heads = mf_arena_alloc(arena, n * sizeof(*heads));

	if (!heads)
		return -ENOMEM;
	memset(heads, 0xff, n * sizeof(*heads));
	for (size_t i = 0; i < chain->n; i++) {
		uint32_t *head = &heads[chain->slots[i].hash & (n - 1)];

		chain->slots[i].next = *head;
		*head = (uint32_t)i;
	}
	chain->heads = heads;
	chain->n_heads = n;
	return 0;
}

int mf_chain_add(struct chain *chain, struct mf_arena *arena, uint32_t hash)
{
	uint32_t *head;

	if (chain->n >= chain->n_heads && grow_heads(chain, arena))
		return -ENOMEM;
	if (mf_arena_grow(arena, &chain->slots, chain->n, sizeof(*chain->slots)))
		return -ENOMEM;
	head = &chain->heads[hash & (chain->n_heads - 1)];
	chain->slots[chain->n] = (struct chain_slot){hash, *head};
	*head = (uint32_t)chain->n++;
	return 0;
}

uint32_t mf_chain_first(const struct chain *chain, uint32_t hash)
{
	return chain->n_heads ? chain->heads[hash & (chain->n_heads - 1)] : NODE_NONE;
}

uint32_t mf_chain_next(const struct chain *chain, uint32_t item)
{
	return chain->slots[item].next;
}

static uint32_t find_slot(const struct nodes *nodes, uint32_t parent, const char *name, size_t n)
{
	uint32_t i = mf_chain_first(&nodes->chain, mf_chain_hash(parent, name, n));

	for (; i != NODE_NONE; i = mf_chain_next(&nodes->chain, i)) {
		const struct node *node = &nodes->v[i];

		if (node->parent == parent && node->n == n && !memcmp(node->name, name, n))
			return i;
	}
	return NODE_NONE;
}

uint32_t mf_nodes_child(struct nodes *nodes, uint32_t parent, const char *name, size_t n)
{
	uint32_t i;

	nodes->n_steps++;
	i = find_slot(nodes, parent, name, n);
	return i != NODE_NONE && nodes->v[i].is_alive ? i : NODE_NONE;
}

int mf_nodes_make(struct nodes *nodes, struct mf_arena *arena, const struct node *wanted,
		  uint32_t *ret)
{
	uint32_t i = find_slot(nodes, wanted->parent, wanted->name, wanted->n);

	if (i == NODE_NONE) {
		uint32_t hash = mf_chain_hash(wanted->parent, wanted->name, wanted->n);

		if (mf_arena_grow(arena, &nodes->v, nodes->n, sizeof(*nodes->v)) ||
		    mf_chain_add(&nodes->chain, arena, hash))
			return -ENOMEM;
		i = (uint32_t)nodes->n++;
	}
	nodes->v[i] = *wanted;
	nodes->v[i].is_alive = true;
	nodes->v[i].n_children = 0;
	if (i != NODE_ROOT)
		nodes->v[wanted->parent].n_children++;
	*ret = i;
	return 0;
}

int mf_nodes_init(struct nodes *nodes, struct mf_arena *arena)
{
	struct node root = {
		.name = "", .parent = NODE_ROOT, .mode = S_IFDIR | 0755, .entry = MF_ROOTFS_NONE};
	uint32_t i;

	return mf_nodes_make(nodes, arena, &root, &i);
}

void mf_nodes_remove(struct nodes *nodes, uint32_t node)
{
	nodes->v[node].is_alive = false;
	nodes->v[nodes->v[node].parent].n_children--;
}

static uint32_t fail(struct lookup *lookup, const char *reason)
{
	lookup->reason = reason;
	return NODE_NONE;
}

/* One part of a path, from a folder. */
static uint32_t step(struct lookup *lookup, uint32_t at, struct mf_bytes part, bool is_followed)
{
	const char *name = (const char *)part.p;
	const struct node *node;
	struct mf_bytes target;
	uint32_t child;

	if (!S_ISDIR(lookup->nodes->v[at].mode))
		return fail(lookup, "its folder is no directory");
	if (part.n == 1 && *name == '.')
		return at;
	if (part.n == 2 && !memcmp(name, "..", 2))
		return lookup->nodes->v[at].parent;
	child = mf_nodes_child(lookup->nodes, at, name, part.n);
	if (child == NODE_NONE)
		return fail(lookup, "its folder is missing");
	node = &lookup->nodes->v[child];
	if (!S_ISLNK(node->mode) || !is_followed)
		return child;
	if (++lookup->n_links > LINKS_MAX)
		return fail(lookup, "symlinks on the way to it form a loop");
	target = (struct mf_bytes){(const uint8_t *)node->target, strlen(node->target)};
	return mf_nodes_walk(lookup, *node->target == '/' ? NODE_ROOT : at, target, true);
}

/* Recursion ends with LINKS_MAX, which counts for the whole lookup. */
uint32_t mf_nodes_walk(struct lookup *lookup, uint32_t at, struct mf_bytes path, bool is_followed)
{
	size_t from = 0;

	while (from < path.n && at != NODE_NONE) {
		const uint8_t *slash = memchr(path.p + from, '/', path.n - from);
		size_t n = slash ? (size_t)(slash - path.p) - from : path.n - from;

		if (n)
			at = step(lookup, at, (struct mf_bytes){path.p + from, n},
				  slash || is_followed);
		from += n + 1;
	}
	return at;
}
