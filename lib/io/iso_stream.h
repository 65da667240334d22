// SPDX-License-Identifier: GPL-2.0-or-later
// Files of a tree as libisofs reads them.
#pragma once

#include <stdint.h>

#define LIBISOFS_WITHOUT_LIBBURN /* else struct burn_source is expected from there */
#include <libisofs/libisofs.h>

#include "lib/core/tree.h"

/* Why a source could not be read: libisofs hands on nothing of it. Zeroed is none. */
struct mf_iso_failure {
	struct mf_err err; /* set by libisofs' thread */
	int status;
};

/*
 * The content of a regular file of tree, mapped while libisofs reads it; files stand in the image
 * in the order of their entries. tree and failure must outlive the image that takes the stream;
 * iso_stream_unref() frees it. NULL when there is no memory.
 */
IsoStream *mf_iso_stream(const struct mf_tree *tree, const struct mf_entry *entry,
			 struct mf_iso_failure *failure);
