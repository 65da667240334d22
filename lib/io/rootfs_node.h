// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the root file system model: nodes and path lookup.
#pragma once

#include "lib/io/rootfs.h"

#define NODE_NONE UINT32_MAX
#define NODE_ROOT 0U

/* A hash table of items that are numbered from 0 and never removed. */
struct chain_slot {
	uint32_t hash;
	uint32_t next;
};

struct chain {
	uint32_t *heads;
	size_t n_heads; /* a power of two */
	struct chain_slot *slots;
	size_t n;
};

/* Adds item number chain->n. 0 or -ENOMEM. */
int mf_chain_add(struct chain *chain, struct mf_arena *arena, uint32_t hash);

/* First item that may have the hash, and the one behind an item; NODE_NONE at the end. */
uint32_t mf_chain_first(const struct chain *chain, uint32_t hash);
uint32_t mf_chain_next(const struct chain *chain, uint32_t item);

/* FNV-1a over bytes, continued from a seed. */
uint32_t mf_chain_hash(uint32_t seed, const void *bytes, size_t n);

/* A name in a folder. A removed one stays as a slot that is used again. */
struct node {
	const char *name;
	const char *target; /* of a symlink */
	size_t entry;	    /* that made it, or MF_ROOTFS_NONE */
	uint64_t rdevice;   /* of a device node */
	uint32_t n;	    /* length of the name */
	uint32_t parent;
	uint32_t mode;
	uint32_t file; /* regular: index of the file that the name stands for */
	uint32_t n_children;
	bool is_alive;
};

struct nodes {
	struct node *v;
	size_t n;
	struct chain chain;
	size_t n_steps; /* path parts looked up so far */
};

/* Makes the root folder. 0 or -ENOMEM. */
int mf_nodes_init(struct nodes *nodes, struct mf_arena *arena);

/* The living node of a name in a folder, or NODE_NONE. */
uint32_t mf_nodes_child(struct nodes *nodes, uint32_t parent, const char *name, size_t n);

/* A living node for the name (none may live there); name is borrowed. 0 or -ENOMEM. */
int mf_nodes_make(struct nodes *nodes, struct mf_arena *arena, const struct node *wanted,
		  uint32_t *ret);

void mf_nodes_remove(struct nodes *nodes, uint32_t node);

/*
 * Looks a path of n bytes up from a folder, symlinks on the way followed. NODE_NONE with *reason
 * where it leads nowhere.
 */
struct lookup {
	struct nodes *nodes;
	const char *reason;
	unsigned int n_links; /* symlinks followed */
};

uint32_t mf_nodes_walk(struct lookup *lookup, uint32_t at, struct mf_bytes path, bool is_followed);
