// SPDX-License-Identifier: GPL-2.0-or-later
// Initrd walker: every segment of an initrd as the kernel's unpacker sees it (init/initramfs.c).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/io/decompress.h"

/* Limits that keep hostile images bounded. */
#define MF_INITRD_MAX_SEGMENTS	256
#define MF_INITRD_MAX_UNPACKED	((size_t)2 << 30)   /* all compressed segments together */
#define MF_INITRD_FREE_UNPACKED ((size_t)256 << 20) /* a segment may have, however small */
#define MF_INITRD_MAX_RATIO	((size_t)100)	    /* beyond that; real ones stay below 10 */
#define MF_INITRD_MAX_MEMBERS	((size_t)2000000)
#define MF_INITRD_MAX_PATH	4096 /* NUL included; the kernel's PATH_MAX */

/* One cpio member, its trailer excepted. */
struct mf_member {
	const char *path; /* in normal form: no leading, doubled or trailing slash, no "." part;
			     the root itself is "." */
	uint32_t mode;	  /* with file type bits */
	uint64_t size;
	struct mf_bytes content; /* borrowed, valid during the call; target text of a symlink */
	uint32_t ino;
	uint32_t nlink;	 /* above 1: the names of one (archive, ino, device, file type) are one file
			  */
	uint64_t device; /* major << 32 | minor of the file system it came from */
	uint64_t rdevice;     /* major << 32 | minor of a device node */
	unsigned int archive; /* trailers before it in the image: names link only within one */
	uint64_t offset;      /* of the header in the uncompressed segment */
	const char *ignored;  /* why the kernel passes over it silently; NULL when it does not */
};

/* One segment: padding in front, then one raw archive, or one compressed stream of archives. */
struct mf_segment {
	unsigned int index;
	uint64_t padding; /* zero bytes in front of it */
	uint64_t start;	  /* offset of its first byte in the file */
	uint64_t end; /* offset behind its last byte (behind the 4-byte padded trailer if raw) */
	enum mf_codec codec;
	uint64_t size; /* uncompressed */
	size_t n_members;
	bool is_aligned;     /* starts at a multiple of 4: a raw one is lost otherwise */
	bool has_trailer;    /* the last archive in it has its end mark: it is not cut off */
	const char *warning; /* why kernels may refuse what was read here; NULL for none */
};

struct mf_initrd_visitor {
	/* start, padding, codec, is_aligned and warning are known */
	int (*segment_begin)(void *context, const struct mf_segment *segment);
	int (*member)(void *context, const struct mf_segment *segment,
		      const struct mf_member *member);
	/* segment complete: everything is known; not called for one that ends in an error */
	int (*segment_end)(void *context, const struct mf_segment *segment);
	void *context;
};

/*
 * Walks an initrd image. Callbacks may be NULL; a callback's non-zero result stops and is returned.
 * -EBADMSG where the kernel's unpacker would stop, or lose something without a word: data cut off,
 * a name that is empty, too long or has "..". err says at which offset and why; what comes before
 * has been visited. -E2BIG beyond the limits, -ENOMEM. One segment at a time is in memory.
 */
int mf_initrd_walk(struct mf_bytes image, const struct mf_initrd_visitor *visitor,
		   struct mf_err *err);
