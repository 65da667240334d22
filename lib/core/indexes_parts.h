// SPDX-License-Identifier: GPL-2.0-or-later
// What the files of the index merge share: indexes.c (aliases, symbols), _dep.c, _text.c.
#pragma once

#include "lib/core/indexes.h"
#include "lib/core/kmodindex_write.h"
#include "lib/core/modname.h"

/* A merge under way. */
struct mf_index_merge {
	const struct mf_indexes *stock;
	const struct mf_index_driver *drivers;
	size_t n;
	uint32_t n_front; /* priorities below it are the shipped drivers' */
	bool has_removed;
	const struct mf_index_driver **by_name; /* sorted; each name once, its first driver */
	size_t n_names;
	struct mf_indexes_merged *out;
	struct mf_err *err;
};

/* The driver of a name of n bytes ('-' is '_'); NULL when there is none. */
const struct mf_index_driver *mf_index_driver_find(const struct mf_index_merge *merge,
						   const char *name, size_t n);

/* An index as it was. */
struct mf_index_old {
	const char *name; /* "modules.dep", for messages */
	struct mf_bytes bin;
	struct mf_bytes text; /* read where there is no bin */
	bool is_dep;
};

/*
 * Reads an old index; priorities are raised by n_front. Values of removed drivers are left out,
 * unless it is modules.dep. 0, -EBADMSG, -E2BIG, -ENOMEM.
 */
int mf_index_read(struct mf_index_merge *merge, const struct mf_index_old *old,
		  struct mf_kmodindex_entries *entries);

/*
 * Lowers the priorities of the old entries again as far as they stand behind all new ones even so
 * (a second merge of the same drivers changes nothing) and writes the index.
 */
int mf_index_finish(const struct mf_index_merge *merge, struct mf_kmodindex_entries *entries,
		    struct mf_buf *out);

/* modules.dep.bin and modules.dep. */
int mf_index_merge_dep(struct mf_index_merge *merge);

/* --- text --- */

/* Where a line names its module. */
enum mf_index_column {
	MF_INDEX_NONE,	 /* modules.order */
	MF_INDEX_FIRST,	 /* modules.devname */
	MF_INDEX_SECOND, /* modules.softdep */
	MF_INDEX_LAST,	 /* modules.alias, modules.symbols: lines of replaced modules stay */
};

/* A text file whose old lines follow new ones. */
struct mf_index_text {
	struct mf_bytes old;
	const char *heading; /* first line of a file that was not there */
	enum mf_index_column column;
	struct mf_buf lines; /* owned; what leaves its old place: new ones, then those that go */
	size_t n_new;	     /* bytes of the new ones */
};

/* Writes the file. 0, -ENOMEM. */
int mf_index_text_merge(const struct mf_index_merge *merge, const struct mf_index_text *text,
			struct mf_buf *out);

/* modules.order, modules.softdep, modules.devname. */
int mf_index_merge_texts(struct mf_index_merge *merge);
