// SPDX-License-Identifier: GPL-2.0-or-later
// Which file system an image holds and its label, by libblkid: udev asks it too in the installer.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <blkid/blkid.h>

#include "lib/base/cleanup.h"
#include "lib/io/disk_parts.h"

#define SECTOR	       512 /* unit of libblkid's partitions */
#define MAX_PARTITIONS 128 /* as many as a GPT has */

/* The label that installers look for by themselves (anaconda, SUSE's linuxrc). */
#define DRIVER_LABEL "OEMDRV"

static void free_probe(blkid_probe *probe)
{
	if (*probe)
		blkid_free_probe(*probe);
	*probe = NULL;
}

static void take_value(blkid_probe probe, const char *name, char *out, size_t size)
{
	const char *value = NULL;
	size_t n = 0;

	out[0] = '\0';
	if (blkid_probe_lookup_value(probe, name, &value, &n))
		return;
	snprintf(out, size, "%.*s", (int)n, value);
}

int mf_disk_identify(int fd, struct mf_disk_volume *volume)
{
	MF_CLEANUP(free_probe) blkid_probe probe = blkid_new_probe();

	volume->type[0] = volume->label[0] = '\0';
	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, (blkid_loff_t)volume->start,
				   (blkid_loff_t)volume->size))
		return -EIO;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL);
	if (blkid_do_safeprobe(probe) != 0) /* 1: nothing, -2: several things, -1: errors */
		return 0;
	take_value(probe, "TYPE", volume->type, sizeof(volume->type));
	take_value(probe, "LABEL", volume->label, sizeof(volume->label));
	return 0;
}

static bool is_readable(const struct mf_disk_volume *volume)
{
	return strcmp(volume->type, "iso9660") == 0 || strcmp(volume->type, "vfat") == 0;
}

/* Looks into one partition; the best one so far stays in *best. */
static int try_partition(int fd, blkid_partition partition, uint64_t size,
			 struct mf_disk_volume *best)
{
	int64_t start = blkid_partition_get_start(partition);
	int64_t length = blkid_partition_get_size(partition);
	struct mf_disk_volume volume = {0};
	int r;

	if (start <= 0 || length <= 0 || (uint64_t)start > size / SECTOR ||
	    (uint64_t)length > size / SECTOR - (uint64_t)start)
		return 0;
	volume.start = (uint64_t)start * SECTOR;
	volume.size = (uint64_t)length * SECTOR;
	r = mf_disk_identify(fd, &volume);
	if (r || !is_readable(&volume))
		return r;
	if (!is_readable(best) ||
	    (strcmp(volume.label, DRIVER_LABEL) == 0 && strcmp(best->label, DRIVER_LABEL) != 0))
		*best = volume;
	return 0;
}

static int search_partitions(int fd, struct mf_disk_volume *out)
{
	MF_CLEANUP(free_probe) blkid_probe probe = blkid_new_probe();
	uint64_t size = out->size;
	blkid_partlist list;
	int n;
	int r = 0;

	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, 0, (blkid_loff_t)size))
		return -EIO;
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	if (blkid_do_fullprobe(probe) != 0)
		return 0;
	list = blkid_probe_get_partitions(probe);
	n = list ? blkid_partlist_numof_partitions(list) : 0;
	for (int i = 0; !r && i < n && i < MAX_PARTITIONS; i++)
		r = try_partition(fd, blkid_partlist_get_partition(list, i), size, out);
	return r;
}

int mf_disk_find_volume(int fd, uint64_t size, struct mf_disk_volume *out)
{
	int r;

	*out = (struct mf_disk_volume){.size = size};
	if (!size)
		return 0;
	r = mf_disk_identify(fd, out);
	if (r || out->type[0])
		return r;
	return search_partitions(fd, out);
}
