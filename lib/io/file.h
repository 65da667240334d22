// SPDX-License-Identifier: GPL-2.0-or-later
// Reading files: mapped, or whole with a limit.
#pragma once

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* A file mapped read-only; zeroed is none. */
struct mf_map {
	struct mf_bytes bytes;
	bool is_borrowed; /* not mapped, but read into a buffer of someone else's */
};

/*
 * Maps a regular file (links are followed, the dkms tree uses them); an empty one gives no bytes.
 * dirfd as for openat. -errno with the path in err; -EINVAL for what is no regular file.
 */
int mf_map_file(int dirfd, const char *path, struct mf_map *out, struct mf_err *err);

/*
 * The same, but a small file is read into *scratch (its content is replaced) and *out borrows from
 * there: for thousands of small files that is cheaper than mapping each. Close the map all the
 * same.
 */
int mf_map_file_via(struct mf_buf *scratch, int dirfd, const char *path, struct mf_map *out,
		    struct mf_err *err);

/* Destructor. */
void mf_map_close(struct mf_map *map);

/* Reads a file, pipe or "-" (standard input) whole; -EFBIG beyond limit bytes. */
int mf_read_file(const char *path, size_t limit, struct mf_buf *out, struct mf_err *err);
