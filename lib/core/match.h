// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers for devices: patterns of a driver set and of kmod indexes, hits in the order "best
// first".
#pragma once

#include "lib/core/hardware.h"
#include "lib/core/kmodindex.h"
#include "lib/core/select.h"

/* Where a driver comes from; in this order they get at a device. */
enum mf_layer {
	MF_LAYER_BUILTIN, /* in the kernel image: there before any module */
	MF_LAYER_SHIPPED, /* of a driver set: modferry loads it before stock ones */
	MF_LAYER_STOCK,	  /* of a kernel's module folder */
};

/* "built-in", "update" (shipped, as in modferry-report(5)), "stock". */
const char *mf_layer_name(enum mf_layer layer);

struct mf_pattern {
	const char *text; /* folded */
	size_t literal;	  /* bytes before the first wildcard */
	struct mf_selected owner;
};

/* Patterns of drivers; zeroed is empty. */
struct mf_patterns {
	struct mf_arena arena;
	struct mf_pattern *v;
	size_t n;
};

/*
 * Adds the aliases of a driver. As in depmod, those with unmatched brackets are left out; weak
 * dependencies are no aliases and never make a hit. 0 or -ENOMEM. Sort when all are in.
 */
int mf_patterns_add(struct mf_patterns *patterns, const struct mf_selected *owner);
void mf_patterns_sort(struct mf_patterns *patterns);
void mf_patterns_free(struct mf_patterns *patterns);

/* A driver that serves a device. */
struct mf_hit {
	const char *module;
	const char *pattern; /* the most specific one of it that matches */
	enum mf_layer layer;
	bool is_certain;	  /* no unknown digit of a partial device was needed */
	uint32_t priority;	  /* place in modules.order; layers of the index only */
	struct mf_selected owner; /* zero for layers of the index */
	const char *folder;	  /* the module folder, NULL for shipped drivers */
};

/* Hits for one device; zeroed is empty. Text lives in the arena. */
struct mf_hits {
	struct mf_arena *arena;
	struct mf_hit *v;
	size_t n;
};

/* Adds what matches the device, each driver once. 0 or -ENOMEM. */
int mf_match_patterns(const struct mf_patterns *patterns, const struct mf_device *device,
		      struct mf_hits *hits);

/* A kernel's index as a source of hits. */
struct mf_match_index {
	struct mf_kmodindex index;
	enum mf_layer layer;
	const char *folder;
};

/* The same from an index; -EBADMSG for a malformed one. */
int mf_match_index(const struct mf_match_index *source, const struct mf_device *device,
		   struct mf_hits *hits);

/*
 * Best first: by layer; shipped drivers by pattern (more specific first), package version (newer
 * first), package and module name; stock ones in the order of modules.order, as modprobe loads
 * them; then by name and kernel.
 */
void mf_hits_sort(struct mf_hits *hits);
