// SPDX-License-Identifier: GPL-2.0-or-later
// Nested trees become files: each is written by its sink, several at a time, each content once.
#pragma once

#include "lib/base/err.h"
#include "lib/core/sink.h"
#include "lib/io/spool.h"
#include "lib/io/workdir.h"

struct mf_nested_options {
	const struct mf_sink *(*find)(const char *name); /* sink of a name, NULL: there is none */
	unsigned int jobs; /* sinks at work at a time; 0: one for each CPU this process may use */
	/* folder that keeps what was built, for later runs; NULL: this run only */
	const char *store;
	/* that the trees' content may lie in: its memory is given back meanwhile; may be NULL */
	const struct mf_spool *spool;
	const char *signer; /* --gpg-key: who signs the packages and repositories, NULL: nobody */
	/* called from the caller's thread when trees were written; may be NULL */
	void (*progress)(void *data, size_t done, size_t total);
	void *data;
};

/* What was written; zeroed is none. The tree refers to it: free it after the tree was written. */
struct mf_nested {
	struct mf_workdir work;
	struct mf_err store; /* why the store was not used; no text: it was, or none was named */
};

/*
 * Writes every nested tree, innermost first, below a temporary folder (lib/io/workdir.h) and puts
 * in its place a file entry, or, for a sink that writes a folder, the folder's entries (mode 0644
 * or 0755). The same content (sink, parameters, entries, bytes, times) is written once; a store
 * keeps files under the sha256 of all that, this program and the version of the sink's tool
 * (lib/io/nested_store.h); one that cannot be used is done without. With a signer, RPMs are signed
 * in the copy, never in the store; repo and apt trees get the parameter "signer". The tree must be
 * finished, and is again afterwards. -errno of a sink, of several failures that of the innermost,
 * then lowest path, which err names; nothing is left behind then, but the tree is of no more use.
 */
int mf_nested_write(struct mf_tree *tree, const struct mf_nested_options *options,
		    struct mf_nested *out, struct mf_err *err);

/* Destructor: removes the folder. */
void mf_nested_free(struct mf_nested *nested);
