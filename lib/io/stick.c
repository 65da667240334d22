// SPDX-License-Identifier: GPL-2.0-or-later
// What a block device is: its place in sysfs, its bus, size and names.
#include "lib/io/stick.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/stick_parts.h"

#define SECTOR 512 /* unit of sysfs' sizes, whatever the device's own is */

/* Type 5 of SCSI's peripheral device types: CD and DVD drives (SPC-4, 6.4.2). */
#define SCSI_OPTICAL "5"

const struct mf_stick_roots mf_stick_roots_here = {"/sys", "/proc/self/mountinfo", "/proc/swaps"};

bool mf_stick_read_line(const char *folder, const char *name, char *out, size_t size)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	char path[PATH_MAX];
	ssize_t n;

	out[0] = '\0';
	if (mf_path_join(path, sizeof(path), folder, name))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	n = fd >= 0 ? read(fd, out, size - 1) : -1;
	if (n < 0)
		return false;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	for (n = (ssize_t)strlen(out); n > 0 && out[n - 1] == ' '; n--) /* SCSI pads with blanks */
		out[n - 1] = '\0';
	return true;
}

static bool is_set(const char *folder, const char *name)
{
	char text[16];

	return mf_stick_read_line(folder, name, text, sizeof(text)) && !strcmp(text, "1");
}

/* 0 where there is no such number. */
static uint64_t read_number(const char *folder, const char *name)
{
	char text[32];
	uint64_t number;

	if (!mf_stick_read_line(folder, name, text, sizeof(text)) ||
	    mf_parse_u64(text, strlen(text), 10, &number))
		return 0;
	return number;
}

static uint64_t read_size(const char *folder)
{
	uint64_t sectors = read_number(folder, "size");

	return sectors > UINT64_MAX / SECTOR ? 0 : sectors * SECTOR;
}

/* "SanDisk Ultra"; a memory card has one name only. */
static void read_model(struct mf_stick *stick)
{
	char vendor[64], model[64];

	(void)mf_stick_read_line(stick->folder, "device/vendor", vendor, sizeof(vendor));
	if (!mf_stick_read_line(stick->folder, "device/model", model, sizeof(model)))
		(void)mf_stick_read_line(stick->folder, "device/name", model, sizeof(model));
	snprintf(stick->model, sizeof(stick->model), "%s%s%s", vendor,
		 vendor[0] && model[0] ? " " : "", model);
}

/* Whether the device of that folder belongs to a bus: where its link `subsystem` leads. */
static bool is_on(const char *folder, const char *bus)
{
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	if (mf_path_join(link, sizeof(link), folder, "subsystem"))
		return false;
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return strcmp(mf_path_base(target), bus) == 0;
}

/*
 * The bus that carries the device, by the subsystems of the devices above it, as util-linux decides
 * what may be plugged (lib/sysfs.c, is_hotpluggable_subsystem). `removable` alone does not tell:
 * USB disks and SSDs, many sticks too, say 0 there.
 */
static enum mf_stick_bus find_bus(const char *folder)
{
	char above[PATH_MAX];
	char type[16];

	snprintf(above, sizeof(above), "%s", folder);
	for (char *cut = strrchr(above, '/'); cut && cut != above; cut = strrchr(above, '/')) {
		*cut = '\0';
		if (is_on(above, "usb"))
			return MF_STICK_BUS_USB;
		if (!is_on(above, "mmc"))
			continue;
		/* "SD" or "MMC" (Documentation/driver-api/mmc/mmc-dev-attrs.rst) */
		(void)mf_stick_read_line(above, "type", type, sizeof(type));
		return strcmp(type, "SD") == 0 ? MF_STICK_BUS_CARD : MF_STICK_BUS_SOLDERED;
	}
	return MF_STICK_BUS_OTHER;
}

/* A partition's folder lies in its disk's. */
static void find_disk(struct mf_stick *stick)
{
	const char *end = stick->folder + strlen(stick->folder) - strlen(stick->name) - 1;
	const char *start = end;
	char number[16];

	if (!mf_stick_read_line(stick->folder, "partition", number, sizeof(number)))
		return;
	while (start > stick->folder && start[-1] != '/')
		start--;
	snprintf(stick->disk, sizeof(stick->disk), "%.*s", (int)(end - start), start);
}

int mf_stick_look(const struct mf_stick_node *node, const struct mf_stick_roots *roots,
		  struct mf_stick *out, struct mf_err *err)
{
	char link[PATH_MAX];
	char type[16];

	*out = (struct mf_stick){.number = node->number};
	if (strlen(node->path) >= sizeof(out->path))
		return mf_fail(err, -ENAMETOOLONG, "%s: its name is too long", node->path);
	snprintf(out->path, sizeof(out->path), "%s", node->path);
	snprintf(link, sizeof(link), "%s/dev/block/%u:%u", roots->sysfs, major(node->number),
		 minor(node->number));
	if (!realpath(link, out->folder))
		return mf_fail(
			err, -ENODEV,
			"%s: the kernel has no device of that number (%u:%u) now; plug it in again",
			node->path, major(node->number), minor(node->number));
	snprintf(out->name, sizeof(out->name), "%s", mf_path_base(out->folder));
	find_disk(out);
	read_model(out);
	out->size = read_size(out->folder);
	out->sector = read_number(out->folder, "queue/logical_block_size");
	out->sequence = read_number(out->folder, "diskseq");
	out->bus = find_bus(out->folder);
	out->is_removable = is_set(out->folder, "removable");
	out->is_read_only = is_set(out->folder, "ro");
	out->is_optical = mf_stick_read_line(out->folder, "device/type", type, sizeof(type)) &&
			  strcmp(type, SCSI_OPTICAL) == 0;
	return 0;
}

int mf_stick_find(const char *path, const struct mf_stick_roots *roots, struct mf_stick *out,
		  struct mf_err *err)
{
	struct mf_stick_node node = {.path = path};
	struct stat st;

	if (stat(path, &st))
		return mf_fail(err, -errno, "%s: %s; `lsblk` lists the disks that are there", path,
			       strerror(errno));
	if (!S_ISBLK(st.st_mode))
		return mf_fail(
			err, -ENOTBLK,
			"%s: is no block device, expected a USB stick like /dev/sdX; for a file use -o",
			path);
	node.number = st.st_rdev;
	return mf_stick_look(&node, roots, out, err);
}
