// SPDX-License-Identifier: GPL-2.0-or-later
// Walking the files of a package through libarchive, bounded.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/bytes.h"
#include "lib/base/err.h"

struct archive; /* libarchive's */

/* Unpacked bytes of one payload; the largest driver packages (GPU) have 700 MB. */
#define MF_PAYLOAD_MAX_BYTES ((uint64_t)1 << 30)
#define MF_PAYLOAD_MAX_FILES ((size_t)200000)

/* Anything in a payload. */
struct mf_payload_entry {
	const char *path; /* without "./" and '/' in front; NULL: cannot be read */
	bool has_dot;	  /* "./" stands in front */
	uint32_t mode;	  /* type and permission bits */
	uint64_t size;
	const char *link; /* target of a symlink, else NULL */
};

/* Who walks; each function's nonzero result ends the walk. */
struct mf_payload_visitor {
	/* called for everything there is; may be NULL */
	int (*see)(void *data, const struct mf_payload_entry *entry);
	/* whether the content of a regular file is to follow */
	bool (*wanted)(void *data, const char *path);
	int (*read)(void *data, const char *path, struct mf_bytes content);
	void *data;
	const char *object;  /* what messages are about: "x.rpm: payload" */
	uint64_t max_wanted; /* bytes that a wanted file may have */
};

/*
 * Walks an archive that was opened, in its order. -EFBIG beyond the limits above, -EBADMSG for one
 * cut short or damaged, -ENOMEM, what the visitor returned; err names the object.
 */
int mf_payload_walk(struct archive *reader, const struct mf_payload_visitor *visitor,
		    struct mf_err *err);
