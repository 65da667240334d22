// SPDX-License-Identifier: GPL-2.0-or-later
// USB sticks and memory cards: what is on one, whether it may be overwritten, and writing it.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Where the kernel tells of block devices and their users; tests give folders and files of theirs.
 */
struct mf_stick_roots {
	const char *sysfs;     /* "/sys" */
	const char *mountinfo; /* "/proc/self/mountinfo" */
	const char *swaps;     /* "/proc/swaps" */
};

extern const struct mf_stick_roots mf_stick_roots_here;

/* What carries a block device, as far as writing to it depends on that. */
enum mf_stick_bus {
	MF_STICK_BUS_OTHER,
	MF_STICK_BUS_USB,
	MF_STICK_BUS_CARD,     /* memory card in a reader of its own (mmc) */
	MF_STICK_BUS_SOLDERED, /* the same bus, but memory that nobody can take out (eMMC) */
};

/* A block device as the kernel describes it. */
struct mf_stick {
	char path[PATH_MAX];   /* as the user named it */
	char folder[PATH_MAX]; /* in sysfs, without symlinks */
	char name[64];	       /* the kernel's: "sdb" */
	char disk[64];	       /* which disk it is a partition of, "" for a whole disk */
	char model[128];       /* vendor and model, "" when it tells none */
	dev_t number;
	uint64_t size;	   /* bytes; 0: no medium in it */
	uint64_t sector;   /* bytes; 0: it does not tell */
	uint64_t sequence; /* no other disk since the machine's start has that number; 0: kernels
			      before 5.15 do not tell */
	enum mf_stick_bus bus;
	bool is_removable; /* the drive says that its medium can be taken out */
	bool is_optical;
	bool is_read_only;
};

/* How a block device, a partition of it or what is stacked on them is used; worse ones later. */
enum mf_stick_use_kind {
	MF_STICK_UNUSED,
	MF_STICK_HELD,	  /* a device of LVM, RAID, a cipher or a loop lies on it */
	MF_STICK_POOL,	  /* a mounted btrfs spans it */
	MF_STICK_SWAP,	  /* where is not set */
	MF_STICK_MOUNTED, /* where: the folder */
	MF_STICK_SYSTEM,  /* where: /, /boot… of the running system */
};

struct mf_stick_use {
	enum mf_stick_use_kind kind;
	char device[64]; /* the kernel's name of what is used: "sdb1", "dm-0" */
	char where[PATH_MAX];
};

/*
 * Finds the device that path names. -ENOTBLK when it is no block device, -ENODEV when sysfs does
 * not have it, -errno of stat.
 */
int mf_stick_find(const char *path, const struct mf_stick_roots *roots, struct mf_stick *out,
		  struct mf_err *err);

/* The same for a device number; path is for messages and for opening it. */
struct mf_stick_node {
	const char *path;
	dev_t number;
};
int mf_stick_look(const struct mf_stick_node *node, const struct mf_stick_roots *roots,
		  struct mf_stick *out, struct mf_err *err);

/* The worst use of the disk, its partitions and all that is stacked on them. -errno. */
int mf_stick_find_use(const struct mf_stick *stick, const struct mf_stick_roots *roots,
		      struct mf_stick_use *out, struct mf_err *err);

/*
 * Whether it may be overwritten: a whole disk, on USB or a memory card or removable, writable, and
 * unused. -EPERM, -EINVAL, -EROFS, -ENOMEDIUM, -EBUSY with why not and what to do.
 */
int mf_stick_check(const struct mf_stick *stick, const struct mf_stick_roots *roots,
		   struct mf_err *err);

/* Whether an image of that many bytes fits; -ENOSPC with both sizes. */
int mf_stick_check_size(const struct mf_stick *stick, uint64_t size, struct mf_err *err);

/* Appends what it is and, by libblkid, what is on it: lines for people. -errno of opening it. */
int mf_stick_describe(const struct mf_stick *stick, struct mf_buf *out, struct mf_err *err);

/* Appends a size for people: "14.3 GiB", "512 bytes". */
void mf_stick_add_size(struct mf_buf *out, uint64_t size);

/* Is told how far writing is, in MiB; show may be NULL. */
struct mf_stick_watch {
	void (*show)(void *data, const char *what, size_t done, size_t total);
	void *data;
};

/*
 * Overwrites the disk with the image and reads it back past all caches. A run that ends before
 * leaves no file system there that anybody would find. -EBUSY, -EACCES, -EROFS when it could not
 * begin, -ENODEV when path is another disk than before, even of the same device number; -EIO,
 * -ENODEV… when writing failed; -EBADMSG when the disk gives back other bytes.
 */
int mf_stick_write(const struct mf_stick *stick, struct mf_bytes image,
		   const struct mf_stick_watch *watch, struct mf_err *err);
