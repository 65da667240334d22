// SPDX-License-Identifier: GPL-2.0-or-later
// Reader of kmod's binary indexes (modules.dep.bin, modules.alias.bin, …).
#pragma once

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"
#include "lib/base/err.h"

/* Limits of what depmod writes, by far: longest key with NUL (kmod's buffer is PATH_MAX), nested
 * nodes (one more for each key that is the beginning of another). Beyond them an index is
 * malformed. */
#define MF_KMODINDEX_MAX_KEY   4096
#define MF_KMODINDEX_MAX_DEPTH 512

/*
 * A view of an index in memory (mapped file); nothing to free. Format: kmod libkmod/libkmod-index.c
 * and tools/depmod.c index_write: big-endian, magic 0xB007F457, version 2.1.
 */
struct mf_kmodindex {
	struct mf_bytes bytes;
	uint32_t root; /* node offset with flags */
};

/* Called for each value found, which is NUL-terminated behind its bytes, like the key (valid
 * during the call only); a non-zero result stops the walk and is returned. */
typedef int mf_kmodindex_found(void *context, const char *key, struct mf_bytes value,
			       uint32_t priority);

/* -EBADMSG for what is no such index; err says which. */
int mf_kmodindex_open(struct mf_bytes file, struct mf_kmodindex *out, struct mf_err *err);

/*
 * Value of an exact key with the best priority, borrowed from the index: 0, -ENOENT, -EBADMSG for
 * a malformed index.
 */
int mf_kmodindex_get(const struct mf_kmodindex *index, const char *key, struct mf_bytes *ret);

/*
 * All values whose key, taken as a pattern, matches the device's modalias (folded: see
 * mf_modalias_fold_device). Found by trie order; priority is the order of modules.order, lower
 * first. 0, the callback's result, -EBADMSG, -ENOMEM. A modalias of MF_MODALIAS_MAX or more bytes
 * matches nothing. Work is bounded by the index' size × the modalias.
 */
int mf_kmodindex_match(const struct mf_kmodindex *index, const char *modalias,
		       mf_kmodindex_found *found, void *context);

/* The same for a partial device: see mf_modalias_match_partial. */
int mf_kmodindex_match_partial(const struct mf_kmodindex *index, const char *modalias,
			       mf_kmodindex_found *found, void *context);

/* Every key and value, keys in byte order. Same results as mf_kmodindex_match. */
int mf_kmodindex_each(const struct mf_kmodindex *index, mf_kmodindex_found *found, void *context);
