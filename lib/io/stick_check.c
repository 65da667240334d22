// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a disk may be overwritten, and the one sentence that says why not.
#include <errno.h>
#include <inttypes.h>

#include "lib/base/cleanup.h"
#include "lib/io/stick.h"

/*
 * Of FAT images; ISO 9660 has 2048. Linux mounts neither where the disk's sectors are larger
 * (fat_fill_super of fs/fat/inode.c, isofs_fill_super of fs/isofs/inode.c).
 */
#define SECTOR 512

/* What the disk is, whoever uses it. */
static int check_kind(const struct mf_stick *stick, struct mf_err *err)
{
	if (stick->is_optical)
		return mf_fail(
			err, -EPERM,
			"%s: is a CD or DVD drive; make a file with -o FILE.iso and burn that",
			stick->path);
	if (stick->bus == MF_STICK_BUS_SOLDERED)
		return mf_fail(
			err, -EPERM,
			"%s: is memory of this machine that cannot be taken out (eMMC), expected a USB stick or memory card",
			stick->path);
	if (stick->bus == MF_STICK_BUS_OTHER && !stick->is_removable)
		return mf_fail(
			err, -EPERM,
			"%s: is neither removable nor on USB, expected a USB stick or memory card; `lsblk -o NAME,TRAN,RM,SIZE,MODEL` lists what there is",
			stick->path);
	if (!stick->size)
		return mf_fail(err, -ENOMEDIUM, "%s: has no medium in it; put one in", stick->path);
	if (stick->sector > SECTOR)
		return mf_fail(
			err, -EINVAL,
			"%s: has sectors of %" PRIu64
			" bytes, and installers could not mount the disk on it, expected %d; take another one",
			stick->path, stick->sector, SECTOR);
	if (stick->is_read_only)
		return mf_fail(
			err, -EROFS,
			"%s: is read-only; move the write protection switch, or take another one",
			stick->path);
	return 0;
}

static int check_use(const struct mf_stick *stick, const struct mf_stick_use *use,
		     struct mf_err *err)
{
	switch (use->kind) {
	case MF_STICK_UNUSED: return 0;
	case MF_STICK_HELD:
		return mf_fail(
			err, -EBUSY,
			"%s: /dev/%s lies on it (LVM, RAID, a cipher or a loop device); take that down first, `lsblk %s` shows it",
			stick->path, use->device, stick->path);
	case MF_STICK_POOL:
		return mf_fail(err, -EBUSY,
			       "%s: /dev/%s is part of a mounted btrfs (%s); unmount that first",
			       stick->path, use->device, use->where);
	case MF_STICK_SWAP:
		return mf_fail(err, -EBUSY,
			       "%s: /dev/%s is swap in use; end that with `swapoff /dev/%s`",
			       stick->path, use->device, use->device);
	case MF_STICK_MOUNTED:
		return mf_fail(err, -EBUSY,
			       "%s: /dev/%s is mounted at %s; unmount it with `umount %s`",
			       stick->path, use->device, use->where, use->where);
	case MF_STICK_SYSTEM:
		return mf_fail(
			err, -EPERM,
			"%s: the running system is on it (/dev/%s is mounted at %s), which is never overwritten; name a USB stick",
			stick->path, use->device, use->where);
	}
	return 0;
}

int mf_stick_check(const struct mf_stick *stick, const struct mf_stick_roots *roots,
		   struct mf_err *err)
{
	struct mf_stick_use use;
	int r = mf_stick_find_use(stick, roots, &use, err);

	if (r)
		return mf_wrap(err, r, "%s", stick->path);
	/* said first: it is what the user has to know of that disk */
	if (use.kind == MF_STICK_SYSTEM)
		return check_use(stick, &use, err);
	if (stick->disk[0])
		return mf_fail(err, -EINVAL,
			       "%s: is a partition of /dev/%s, expected a whole disk; name /dev/%s",
			       stick->path, stick->disk, stick->disk);
	r = check_kind(stick, err);
	return r ? r : check_use(stick, &use, err);
}

int mf_stick_check_size(const struct mf_stick *stick, uint64_t size, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf needed = {0}, has = {0};

	if (size <= stick->size)
		return 0;
	mf_stick_add_size(&needed, size);
	mf_stick_add_size(&has, stick->size);
	return mf_fail(err, -ENOSPC,
		       "%s: is too small: the image is %s (%" PRIu64 " bytes), it has %s (%" PRIu64
		       " bytes); take a larger one",
		       stick->path, mf_buf_str(&needed), size, mf_buf_str(&has), stick->size);
}
