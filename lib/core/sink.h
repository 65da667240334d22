// SPDX-License-Identifier: GPL-2.0-or-later
// A sink writes a file tree as bytes.
#pragma once

#include "lib/core/tree.h"

struct mf_sink {
	const char *name;      /* --format word: "cpio.gz", "dir", "list" */
	const char *extension; /* of the files it writes, "" for none */
	const char *summary;
	bool is_stream;	  /* may go to standard output */
	bool is_segment;  /* what it writes may stand behind an initrd */
	const char *tool; /* program it runs, whose --version tells one result from another's; NULL:
			     none */
	const char *(*library)(void); /* name and version of the one it writes with, to the same
					 end; NULL: part of this program */
	/*
	 * Writes tree to fd (is_stream), else below the directory fd. Nothing is cleaned up here:
	 * the caller publishes or removes what was written.
	 */
	int (*write)(const struct mf_tree *tree, int fd, struct mf_err *err);
};
