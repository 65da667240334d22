// SPDX-License-Identifier: GPL-2.0-or-later
// The file tree: what a recipe emits and a sink writes.
#pragma once

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"

struct mf_tree;

enum mf_entry_kind {
	MF_ENTRY_DIR,
	MF_ENTRY_BYTES,	  /* regular file with content here */
	MF_ENTRY_FILE,	  /* regular file, content is that of a file on disk (source) */
	MF_ENTRY_SYMLINK, /* content is the target text */
	MF_ENTRY_TREE,	  /* content is nested, written by sink: a file, or a folder where that sink
			     is no stream (a repository) */
};

struct mf_entry {
	const char *path; /* relative, '/' between components, no leading slash */
	enum mf_entry_kind kind;
	uint32_t mode; /* permission bits only */
	struct mf_bytes content;
	const char *source;
	uint64_t source_size;	/* bytes that source must have when it is written */
	struct mf_tree *nested; /* freed with the tree that has the entry */
	const char *sink;
};

/*
 * A parameter for the sink that writes the tree (ISO label, an rpm's Provides…). A key may stand
 * more than once; the order within a key is kept.
 */
struct mf_tree_param {
	const char *key;
	const char *value;
};

/* Zeroed is empty. Content of entries is borrowed: it must outlive the tree. */
struct mf_tree {
	struct mf_arena arena;
	struct mf_entry *entries;
	size_t n_entries;
	struct mf_tree_param *params;
	size_t n_params;
	uint64_t mtime; /* of every entry, seconds since 1970; 0 unless SOURCE_DATE_EPOCH says else
			 */
};

/* Add one entry; path is copied. -EINVAL for an unsafe path, -ENOMEM. */
int mf_tree_add_dir(struct mf_tree *tree, const char *path, uint32_t mode);
int mf_tree_add_bytes(struct mf_tree *tree, const char *path, uint32_t mode,
		      struct mf_bytes content);
int mf_tree_add_file(struct mf_tree *tree, const char *path, uint32_t mode, const char *source,
		     uint64_t size);
int mf_tree_add_symlink(struct mf_tree *tree, const char *path, const char *target);

/*
 * Adds an entry whose content is another tree, written by the sink of that name; *ret_nested is the
 * empty tree to fill (its mtime is that of the outer one), owned by tree.
 */
int mf_tree_add_tree(struct mf_tree *tree, const char *path, uint32_t mode, const char *sink,
		     struct mf_tree **ret_nested);

/* Adds a parameter; both are copied. 0 or -ENOMEM. */
int mf_tree_add_param(struct mf_tree *tree, const char *key, const char *value);

/* First value of a key, NULL when there is none. */
const char *mf_tree_param(const struct mf_tree *tree, const char *key);

/* Whether an entry of that path was added. */
bool mf_tree_has(const struct mf_tree *tree, const char *path);

/* Adds the missing parent directories of path that lie below root (not root itself; "" = all). */
int mf_tree_add_parents(struct mf_tree *tree, const char *path, const char *root);

/* Sorts by path, parents first, nested trees too. -EEXIST with the path in err when one stands
 * twice. */
int mf_tree_finish(struct mf_tree *tree, struct mf_err *err);

/*
 * Appends the text form, one entry a line: "d 0755 PATH", "f 0644 PATH SIZE", "l 0777 PATH ->
 * TARGET", "f 0644 PATH tree SINK"; text content follows, its lines behind "\t| ", and a nested
 * tree's list, indented by a tab. Parameters stand in front as "# KEY VALUE" (further lines of a
 * value behind "#\t"). Golden tests and --dry-run.
 */
void mf_tree_list(const struct mf_tree *tree, struct mf_buf *out);

/* Destructor. */
void mf_tree_free(struct mf_tree *tree);
