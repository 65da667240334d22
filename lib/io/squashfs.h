// SPDX-License-Identifier: GPL-2.0-or-later
// Reader of a squashfs image in memory, by libsquashfs, bounded.
#pragma once

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Limits that keep hostile images bounded: a whole distribution has some 300,000 entries. */
#define MF_SQUASHFS_MAX_ENTRIES ((size_t)1000000)
#define MF_SQUASHFS_MAX_DEPTH	64
#define MF_SQUASHFS_MAX_FILE	((uint64_t)256 << 20)
#define MF_SQUASHFS_MAX_READ	((uint64_t)1 << 30) /* bytes of all files that are read */

struct mf_squashfs; /* the walk under way, for mf_squashfs_read */

struct mf_squashfs_entry {
	const char *path;   /* normal form: no slash in front or at the end, no "." and ".." */
	uint32_t mode;	    /* file type bits and permissions */
	uint64_t size;	    /* of a regular file */
	const char *target; /* of a symlink, else NULL */
};

struct mf_squashfs_visitor {
	int (*entry)(void *context, struct mf_squashfs *squashfs,
		     const struct mf_squashfs_entry *entry);
	void *context;
};

/* Whether a file begins like a squashfs image of the version that Linux mounts. */
bool mf_squashfs_detect(struct mf_bytes file);

/*
 * Visits each entry but the root, folders before what lies in them. A callback's non-zero result
 * stops and is returned. -EBADMSG for damage, -ENOTSUP for a compression that the library has not,
 * -E2BIG beyond the limits, -ENOMEM.
 */
int mf_squashfs_walk(struct mf_bytes image, const struct mf_squashfs_visitor *visitor,
		     struct mf_err *err);

/* During a callback: the content of its regular file, appended to out. Errors as above, with their
 * text in the err of the walk. */
int mf_squashfs_read(struct mf_squashfs *squashfs, struct mf_buf *out);
