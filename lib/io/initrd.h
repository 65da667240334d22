// SPDX-License-Identifier: GPL-2.0-or-later
// Initrd walker: every segment of an initrd as the kernel's unpacker sees it (init/initramfs.c).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/io/decompress.h"

/* One cpio member. path as the kernel would create it: no leading slashes. */
struct mf_member {
	const char *path;
	uint32_t mode; /* with file type bits */
	uint64_t size;
	struct mf_bytes content; /* borrowed, valid during the call; target text of a symlink */
	uint32_t ino;
	uint32_t nlink;
	uint64_t offset; /* of the header in the uncompressed segment */
};

/* One segment: padding in front, then one archive, raw or compressed. */
struct mf_segment {
	unsigned int index;
	uint64_t padding; /* zero bytes in front of it */
	uint64_t start;	  /* offset of its first byte in the file */
	uint64_t end; /* offset behind its last byte (behind the 4-byte padded trailer if raw) */
	enum mf_codec codec;
	uint64_t size; /* uncompressed */
	size_t n_members;
	bool is_aligned; /* starts at a multiple of 4: a raw one is lost otherwise */
};

struct mf_initrd_visitor {
	int (*segment_begin)(void *context, const struct mf_segment *segment);
	int (*member)(void *context, const struct mf_segment *segment,
		      const struct mf_member *member);
	/* segment complete: end, size, n_members are known */
	int (*segment_end)(void *context, const struct mf_segment *segment);
	void *context;
};

/* Limits that keep hostile images bounded. */
#define MF_INITRD_MAX_SEGMENTS 256
#define MF_INITRD_MAX_UNPACKED ((size_t)2 << 30) /* all segments together */
#define MF_INITRD_MAX_MEMBERS  ((size_t)2000000)

/*
 * Walks an initrd image. Callbacks may be NULL; a callback's non-zero result stops and is returned.
 * -EBADMSG where the kernel's unpacker would stop (err says at which offset and why; what comes
 * before has been visited), -E2BIG beyond the limits, -ENOMEM.
 */
int mf_initrd_walk(struct mf_bytes image, const struct mf_initrd_visitor *visitor,
		   struct mf_err *err);
