// SPDX-License-Identifier: GPL-2.0-or-later
// Writing an image over a disk, and reading it back.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/fs.h>

#include "lib/base/cleanup.h"
#include "lib/io/stick.h"

#ifndef BLKGETDISKSEQ /* Linux 5.15 */
#define BLKGETDISKSEQ _IOR(0x12, 128, uint64_t)
#endif

#define BLOCK	    ((size_t)1 << 20) /* written and read at once */
#define ALIGNMENT   4096	      /* what O_DIRECT wants of memory, at most */
#define SYNC_BLOCKS 8 /* so that progress is that of the stick, not that of memory */

/*
 * Zeroed at both ends before the image is written. Of what lies there of former uses libblkid, and
 * so udev, would take the disk for something else, and it had no label: RAID (superblock in the
 * last 128 KiB; seen with libblkid 2.38.1), ZFS (last 512 KiB). Partition tools would offer to
 * restore the second GPT (last 33 sectors). Between image and tail only partitions lie, which
 * nobody finds without their table.
 */
#define EDGE BLOCK

struct writer {
	const struct mf_stick *stick;
	struct mf_bytes image;
	const struct mf_stick_watch *watch;
	uint8_t *block; /* BLOCK bytes, aligned */
	uint64_t size;	/* of the disk, as the open device says */
	int fd;
	struct mf_err *err;
};

static void free_writer(struct writer *writer)
{
	free(writer->block);
	mf_close_fd(&writer->fd);
}

static size_t count_blocks(const struct writer *writer)
{
	return (writer->image.n + BLOCK - 1) / BLOCK;
}

static void show(const struct writer *writer, const char *what, size_t done)
{
	if (writer->watch->show)
		writer->watch->show(writer->watch->data, what, done, count_blocks(writer));
}

static int fail_open(const struct writer *writer, int code)
{
	const char *path = writer->stick->path;

	if (code == EBUSY)
		return mf_fail(
			writer->err, -code,
			"%s: is in use by another program or mounted in another place; `lsof %s` and `lsblk %s` show by whom",
			path, path, path);
	if (code == EACCES || code == EPERM)
		return mf_fail(writer->err, -code,
			       "%s: %s; writing to disks is root's: run it with sudo", path,
			       strerror(code));
	return mf_fail(writer->err, -code, "%s: cannot open it for writing: %s", path,
		       strerror(code));
}

/* What path names may be another thing by now: a disk plugged into the same port, a file. */
static int check_same(const struct writer *writer, int fd)
{
	const struct mf_stick *stick = writer->stick;
	uint64_t sequence = 0;
	struct stat st;

	if (fstat(fd, &st))
		return fail_open(writer, errno);
	if (ioctl(fd, BLKGETDISKSEQ, &sequence))
		sequence = 0;
	if (st.st_rdev == stick->number &&
	    (!sequence || !stick->sequence || sequence == stick->sequence))
		return 0;
	return mf_fail(writer->err, -ENODEV,
		       "%s: is another device now than before; look again at what it is",
		       stick->path);
}

/* O_EXCL: on a block device the kernel refuses it while a partition is mounted or held. */
static int open_disk(struct writer *writer)
{
	uint64_t size;
	int is_read_only;
	int r;

	writer->size = writer->stick->size;
	writer->fd = open(writer->stick->path, O_RDWR | O_EXCL | O_CLOEXEC);
	if (writer->fd < 0)
		return fail_open(writer, errno);
	r = check_same(writer, writer->fd);
	if (r)
		return r;
	if (!ioctl(writer->fd, BLKROGET, &is_read_only) && is_read_only)
		return fail_open(writer, EROFS);
	if (!ioctl(writer->fd, BLKGETSIZE64, &size))
		writer->size = size;
	if (writer->image.n > writer->size)
		return mf_fail(writer->err, -ENOSPC,
			       "%s: is too small: the image is %zu bytes, it has %" PRIu64
			       " now; take a larger one",
			       writer->stick->path, writer->image.n, writer->size);
	return 0;
}

/* The one message for whatever goes wrong between the first byte and the last. */
static int fail_writing(const struct writer *writer, int code, uint64_t offset)
{
	return mf_fail(
		writer->err, -code,
		"%s: writing failed at %" PRIu64
		" of %zu MiB: %s; the stick is not usable as it is: plug it in again and write it anew",
		writer->stick->path, offset / BLOCK, count_blocks(writer), strerror(code));
}

static int write_at(const struct writer *writer, uint64_t offset, struct mf_bytes bytes)
{
	while (bytes.n) {
		ssize_t n = pwrite(writer->fd, bytes.p, bytes.n, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_writing(writer, n ? errno : EIO, offset);
		bytes.p += n;
		bytes.n -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int sync_disk(const struct writer *writer, uint64_t offset)
{
	return fsync(writer->fd) ? fail_writing(writer, errno, offset) : 0;
}

static int zero_edges(const struct writer *writer)
{
	size_t n = writer->size < EDGE ? (size_t)writer->size : EDGE;
	struct mf_bytes zeros = {writer->block, n};
	int r;

	memset(writer->block, 0, BLOCK);
	r = write_at(writer, 0, zeros);
	if (!r)
		r = write_at(writer, writer->size - n, zeros);
	return r ? r : sync_disk(writer, 0);
}

static struct mf_bytes image_block(const struct writer *writer, size_t i)
{
	size_t left = writer->image.n - i * BLOCK;

	return (struct mf_bytes){writer->image.p + i * BLOCK, left < BLOCK ? left : BLOCK};
}

/* The first block comes last: with it the disk has a file system, and not before it is whole. */
static int write_image(const struct writer *writer)
{
	size_t n = count_blocks(writer);
	int r = zero_edges(writer);

	for (size_t i = 1; !r && i < n; i++) {
		show(writer, "MiB written", i - 1);
		r = write_at(writer, (uint64_t)i * BLOCK, image_block(writer, i));
		if (!r && i % SYNC_BLOCKS == 0)
			r = sync_disk(writer, (uint64_t)i * BLOCK);
	}
	if (!r)
		r = sync_disk(writer, (uint64_t)n * BLOCK);
	if (!r)
		r = write_at(writer, 0, image_block(writer, 0));
	if (!r)
		r = sync_disk(writer, 0);
	if (!r)
		show(writer, "MiB written", n);
	return r;
}

/*
 * A descriptor that reads the medium and not the page cache. BLKFLSBUF drops the cache of a block
 * device; where O_DIRECT is not known, that and the advice have to do.
 */
static int open_again(const struct writer *writer, int *ret_fd)
{
	(void)ioctl(writer->fd, BLKFLSBUF, 0);
	(void)posix_fadvise(writer->fd, 0, 0, POSIX_FADV_DONTNEED);
	*ret_fd = open(writer->stick->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (*ret_fd < 0 && errno == EINVAL)
		*ret_fd = open(writer->stick->path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? fail_writing(writer, errno, 0) : check_same(writer, *ret_fd);
}

static int fail_verify(const struct writer *writer, uint64_t offset)
{
	return mf_fail(writer->err, -EBADMSG,
		       "%s: gives back other bytes than were written (from MiB %" PRIu64
		       " on); it is worn out, or smaller than it says: take another one",
		       writer->stick->path, offset / BLOCK);
}

static int verify_block(const struct writer *writer, int fd, size_t i)
{
	struct mf_bytes expected = image_block(writer, i);
	uint64_t offset = (uint64_t)i * BLOCK;
	ssize_t n;

	do {
		n = pread(fd, writer->block, BLOCK, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return mf_fail(
			writer->err, -errno,
			"%s: reading it back failed at %zu of %zu MiB: %s; the stick is not usable as it is: plug it in again and write it anew",
			writer->stick->path, i, count_blocks(writer), strerror(errno));
	if ((size_t)n < expected.n || memcmp(writer->block, expected.p, expected.n) != 0)
		return fail_verify(writer, offset);
	return 0;
}

static int verify(const struct writer *writer)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	size_t n = count_blocks(writer);
	int r = open_again(writer, &fd);

	for (size_t i = 0; !r && i < n; i++) {
		show(writer, "MiB read back", i);
		r = verify_block(writer, fd, i);
	}
	return r;
}

int mf_stick_write(const struct mf_stick *stick, struct mf_bytes image,
		   const struct mf_stick_watch *watch, struct mf_err *err)
{
	MF_CLEANUP(free_writer)
	struct writer writer = {
		.stick = stick, .image = image, .watch = watch, .fd = -1, .err = err};
	void *block;
	int r;

	if (!image.n)
		return mf_fail(err, -EINVAL, "%s: the image is empty, nothing was written",
			       stick->path);
	if (posix_memalign(&block, ALIGNMENT, BLOCK))
		return mf_fail(err, -ENOMEM, "out of memory");
	writer.block = block;
	r = open_disk(&writer);
	if (!r)
		r = write_image(&writer);
	if (!r)
		r = verify(&writer);
	if (!r)
		(void)ioctl(writer.fd, BLKRRPART); /* its old partitions go; sticks may have none */
	return r;
}
