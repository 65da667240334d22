// SPDX-License-Identifier: GPL-2.0-or-later
// What is on a disk, by libblkid, for whoever is about to overwrite it.
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include <blkid/blkid.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/disk_parts.h"
#include "lib/io/stick.h"

#define SECTOR	       512 /* unit of libblkid's partitions */
#define MAX_PARTITIONS 32  /* lines that still fit a screen */

static void free_probe(blkid_probe *probe)
{
	if (*probe)
		blkid_free_probe(*probe);
	*probe = NULL;
}

void mf_stick_add_size(struct mf_buf *out, uint64_t size)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;
	uint64_t tenths;

	if (size < 1024) {
		mf_buf_printf(out, "%" PRIu64 " bytes", size);
		return;
	}
	while (size >= (uint64_t)1024 * 1024) {
		size /= 1024;
		unit++;
	}
	tenths = size * 10 / 1024;
	mf_buf_printf(out, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
}

/* "vfat, label BACKUP" */
static void add_volume(struct mf_buf *out, const struct mf_disk_volume *volume)
{
	mf_buf_adds(out, volume->type[0] ? volume->type : "nothing known");
	if (volume->label[0]) {
		mf_buf_adds(out, ", label ");
		mf_buf_add_visible(out, volume->label, strlen(volume->label));
	}
}

static int add_partition(int fd, blkid_partition partition, struct mf_buf *out)
{
	struct mf_disk_volume volume = {
		.start = (uint64_t)blkid_partition_get_start(partition) * SECTOR,
		.size = (uint64_t)blkid_partition_get_size(partition) * SECTOR,
	};
	int r = mf_disk_identify(fd, &volume);

	if (r)
		volume.type[0] = volume.label[0] = '\0'; /* it may lie behind the disk's end */
	mf_buf_printf(out, "  partition %d: ", blkid_partition_get_partno(partition));
	add_volume(out, &volume);
	mf_buf_adds(out, ", ");
	mf_stick_add_size(out, volume.size);
	mf_buf_adds(out, "\n");
	return r == -ENOMEM ? r : 0;
}

/* *ret_n: how many there are. */
static int add_partitions(int fd, uint64_t size, struct mf_buf *out, int *ret_n)
{
	MF_CLEANUP(free_probe) blkid_probe probe = blkid_new_probe();
	blkid_partlist list;
	int r = 0;

	*ret_n = 0;
	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, 0, (blkid_loff_t)size))
		return 0;
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	list = blkid_do_fullprobe(probe) ? NULL : blkid_probe_get_partitions(probe);
	*ret_n = list ? blkid_partlist_numof_partitions(list) : 0;
	for (int i = 0; !r && i < *ret_n && i < MAX_PARTITIONS; i++)
		r = add_partition(fd, blkid_partlist_get_partition(list, i), out);
	if (*ret_n > MAX_PARTITIONS)
		mf_buf_printf(out, "  and %d partitions more\n", *ret_n - MAX_PARTITIONS);
	return r;
}

static void add_heading(const struct mf_stick *stick, struct mf_buf *out)
{
	mf_buf_add_visible(out, stick->path, strlen(stick->path));
	mf_buf_adds(out, ": ");
	if (stick->model[0]) {
		mf_buf_add_visible(out, stick->model, strlen(stick->model));
		mf_buf_adds(out, ", ");
	}
	if (stick->bus == MF_STICK_BUS_USB)
		mf_buf_adds(out, "USB, ");
	else if (stick->bus == MF_STICK_BUS_CARD)
		mf_buf_adds(out, "memory card, ");
	mf_stick_add_size(out, stick->size);
	mf_buf_adds(out, "\n");
}

int mf_stick_describe(const struct mf_stick *stick, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int fd = open(stick->path, O_RDONLY | O_CLOEXEC);
	struct mf_disk_volume whole = {.size = stick->size};
	int n;
	int r;

	if (fd < 0)
		return mf_fail(err, -errno, "%s: cannot read it: %s%s", stick->path,
			       strerror(errno), errno == EACCES ? "; run it as root" : "");
	add_heading(stick, out);
	r = mf_disk_identify(fd, &whole);
	if (r != -ENOMEM && (r || whole.type[0])) {
		mf_buf_adds(out, "  whole disk: ");
		add_volume(out, &whole);
		mf_buf_adds(out, "\n");
	}
	r = add_partitions(fd, stick->size, out, &n);
	if (!r && !n && !whole.type[0])
		mf_buf_adds(out, "  nothing that libblkid knows is on it\n");
	if (r || mf_buf_status(out))
		return mf_fail(err, -ENOMEM, "out of memory");
	return 0;
}
