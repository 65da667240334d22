// SPDX-License-Identifier: GPL-2.0-or-later
// What the root file system holds after an initrd was unpacked: which copy of a path wins, and why.
#pragma once

#include "lib/base/arena.h"
#include "lib/io/initrd.h"

/* No such entry. */
#define MF_ROOTFS_NONE ((size_t)-1)

/* Limits that keep hostile images bounded: bytes of names, and path parts looked up. */
#define MF_ROOTFS_MAX_NAMES ((size_t)256 << 20)
#define MF_ROOTFS_MAX_STEPS ((size_t)400000000)

/* What became of an entry. */
enum mf_fate {
	MF_FATE_WINS,	  /* it stands at its path */
	MF_FATE_REPLACED, /* a later entry took its place: replaced_by */
	MF_FATE_HIDDEN,	  /* it exists, but its path leads elsewhere by now: reason */
	MF_FATE_DROPPED,  /* the kernel passed over it without a word: reason */
};

/* One cpio member after unpacking. Texts live in the model's arena. */
struct mf_rootfs_entry {
	const char *path;   /* normal form, as in struct mf_member */
	const char *target; /* of a symlink, else NULL */
	const char *sha256; /* of a regular file's own content, where asked for; else NULL */
	const char *reason; /* for HIDDEN and DROPPED */
	uint64_t size;
	uint64_t offset;
	uint64_t rdevice;
	uint32_t mode;
	unsigned int segment;
	enum mf_fate fate;
	size_t replaces;    /* entry whose place it took, or NONE */
	size_t replaced_by; /* or NONE */
	size_t content;	    /* regular file that wins: entry whose bytes it shows (hard links) */
};

struct mf_rootfs_state;

/* Zeroed is empty. */
struct mf_rootfs {
	struct mf_arena arena;
	struct mf_segment *segments;
	size_t n_segments;
	bool is_cut; /* the last segment broke off: its end and sizes are what was readable */
	struct mf_rootfs_entry *entries;
	size_t n_entries;
	struct mf_rootfs_state *state;
};

/* For mf_rootfs_read: digests of all regular files, not only of the loader's (modferry/load). */
#define MF_ROOTFS_SHA256 1U

/*
 * Reads an image into the model, following the kernel's steps for each entry: folders that stand
 * in the way, symlinks on the way, hard links, and the /dev, /dev/console and /root that its
 * built-in archive brings. Errors as of mf_initrd_walk; the model has what was readable before.
 */
int mf_rootfs_read(struct mf_bytes image, unsigned int want, struct mf_rootfs *out,
		   struct mf_err *err);

/* Sees the bytes of each regular file as it is unpacked, those that a later one replaces too. */
struct mf_rootfs_watch {
	int (*file)(void *context, size_t entry, struct mf_bytes content);
	void *context;
};

/* The same without digests; a watcher's non-zero result stops and is returned. */
int mf_rootfs_read_watched(struct mf_bytes image, const struct mf_rootfs_watch *watch,
			   struct mf_rootfs *out, struct mf_err *err);

/*
 * Unpacks one more member behind those of the image, as if it were its last one; its content is
 * not kept. Fates are final only after mf_rootfs_settle. -E2BIG beyond the limits, -ENOMEM.
 */
int mf_rootfs_add(struct mf_rootfs *rootfs, const struct mf_member *member, struct mf_err *err);
void mf_rootfs_settle(struct mf_rootfs *rootfs);

/*
 * Where an entry stands, symlinks on the way resolved. 0, -ENOENT for a dropped one,
 * -ENAMETOOLONG.
 */
int mf_rootfs_real_path(const struct mf_rootfs *rootfs, size_t entry, char out[MF_INITRD_MAX_PATH]);

/*
 * What stands at a path in the end; symlinks on the way are followed, one at its end if asked for.
 * 0, or -ENOENT. *ret is NONE for what the kernel itself brought.
 */
int mf_rootfs_find(const struct mf_rootfs *rootfs, const char *path, bool is_followed, size_t *ret);

/* Destructor. */
void mf_rootfs_free(struct mf_rootfs *rootfs);
