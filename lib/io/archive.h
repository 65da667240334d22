// SPDX-License-Identifier: GPL-2.0-or-later
// Reading tarballs as a stream, bounded: sizes that an archive states are never believed.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Uncompressed bytes of a whole archive, and its members: the largest driver packages (GPU, with
 * source) have 400 MB and 3,000. */
#define MF_ARCHIVE_MAX_BYTES   ((uint64_t)1 << 30)
#define MF_ARCHIVE_MAX_MEMBERS ((size_t)100000)

/* Zeroed is closed. */
struct mf_archive {
	void *reader; /* libarchive's */
	struct mf_buf path;
	size_t n_members;
	uint64_t n_bytes;	 /* of contents given out or passed over so far */
	bool is_content_pending; /* of the member reached last */
};

struct mf_archive_member {
	const char *path; /* without "./" in front and '/' behind; NULL when unreadable; valid
			     until the next member */
	bool is_file;	  /* regular, and no hard link */
};

/* Opens a tar archive, plain or compressed by gzip, bzip2, xz or zstd. -errno, text in err. */
int mf_archive_open(const char *path, struct mf_archive *out, struct mf_err *err);

/* The next member. -ENODATA at the end, -EBADMSG for damage, -E2BIG beyond the limits, -ENOMEM. */
int mf_archive_next(struct mf_archive *archive, struct mf_archive_member *out, struct mf_err *err);

/*
 * Content of the member reached last, once. -EFBIG beyond limit, -EINVAL for one with holes: both
 * leave the archive usable; else as mf_archive_next.
 */
int mf_archive_content(struct mf_archive *archive, size_t limit, struct mf_buf *out,
		       struct mf_err *err);

/* Destructor. */
void mf_archive_close(struct mf_archive *archive);
