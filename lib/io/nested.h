// SPDX-License-Identifier: GPL-2.0-or-later
// Nested trees become files: each is written by its sink, several at a time, each content once.
#pragma once

#include "lib/core/tree.h"

struct mf_nested_options {
	unsigned int jobs; /* sinks at work at a time; 0: one for each CPU this process may use */
	const char
		*store; /* folder that keeps what was built, for later runs; NULL: this run only */
	const char *signer; /* --gpg-key: who signs the packages and repositories, NULL: nobody */
	/* called from the caller's thread after each one; may be NULL */
	void (*progress)(void *data, size_t done, size_t total);
	void *data;
};

/* What was written; zeroed is none. The tree refers to it: free it after the tree was written. */
struct mf_nested {
	char folder[4096];
};

/*
 * Writes every nested tree, innermost first, below a temporary folder ($TMPDIR, else /var/tmp) and
 * puts in its place a file entry, or, for a sink that writes a folder, the folder's entries. The
 * same content (sink, parameters, entries, bytes, times, and the sink's tool version) is written
 * once; a store keeps it under the sha256 of all that, whole or not at all, at most 1 GiB, the
 * longest unused going first. Signing happens to the copy, never in the store. -errno of a sink
 * with the entry's path in err; then nothing is left behind.
 */
int mf_nested_write(struct mf_tree *tree, const struct mf_nested_options *options,
		    struct mf_nested *out, struct mf_err *err);

/* Destructor: removes the folder. */
void mf_nested_free(struct mf_nested *nested);
