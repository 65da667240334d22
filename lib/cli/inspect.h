// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of `modferry inspect`: what is shown of an image, and the two ways to show it.
#pragma once

#include "lib/cli/output.h"
#include "lib/io/rootfs.h"

/* What to show. */
struct mf_inspect_view {
	const char *file;
	uint64_t size;	     /* of the file */
	const char *pattern; /* of paths; NULL for all */
	bool is_segments_only;
	bool is_duplicates_only;
	const char *error; /* that ended the reading; NULL for none */
};

/* Whether the view has this entry. */
bool mf_inspect_has(const struct mf_inspect_view *view, const struct mf_rootfs *rootfs, size_t i);

/* Calls warn for everything about the image that people should know. */
void mf_inspect_warnings(const struct mf_rootfs *rootfs, void (*warn)(void *, const char *),
			 void *context);

/* Print the image: tables, or one JSON document: modferry-inspect(1). 0 or -errno. */
int mf_inspect_print(const struct mf_inspect_view *view, const struct mf_rootfs *rootfs,
		     struct mf_err *err);
int mf_inspect_print_json(const struct mf_inspect_view *view, const struct mf_rootfs *rootfs,
			  struct mf_err *err);
