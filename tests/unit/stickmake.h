// SPDX-License-Identifier: GPL-2.0-or-later
// A machine of folders and files for the tests of sticks: its sysfs, mounts and swap areas.
#pragma once

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tests/unit/tempdir.h"
#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/stick.h"

#define MACHINE_PATH 1024
#define MIB	     ((size_t)1 << 20)
#define USB	     "devices/pci0/usb1/1-1"
#define USB_SCSI     USB "/1-1:1.0/host6/target6:0:0/6:0:0:0"
#define SDB	     USB_SCSI "/block/sdb"
#define SDA	     "devices/pci0/ata1/host0/target0:0:0/0:0:0:0/block/sda"
#define MMC	     "devices/pci0/mmc_host/mmc0/mmc0:0001"

/* Machine with a USB stick sdb of 8 MiB and one partition, a disk sda, a memory card, device
 * mapper.
 */
struct machine {
	struct tempdir dir;
	char sysfs[128], mountinfo[128], swaps[128], node[128];
	struct mf_stick_roots roots;
};

static inline void path_of(const struct machine *machine, const char *name, char out[MACHINE_PATH])
{
	assert_int_equal(mf_path_join(out, MACHINE_PATH, machine->sysfs, name), 0);
}

/* Folders above a path. */
static inline void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static inline void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void put(const struct machine *machine, const char *name, const char *text)
{
	char path[MACHINE_PATH];

	path_of(machine, name, path);
	make_folders(path);
	write_text(path, text);
}

/* A link with an absolute target below sysfs. */
static inline void put_link(const struct machine *machine, const char *name, const char *target)
{
	char path[MACHINE_PATH], to[MACHINE_PATH];

	path_of(machine, name, path);
	path_of(machine, target, to);
	make_folders(path);
	assert_int_equal(symlink(to, path), 0);
}

static inline void put_below(const struct machine *machine, const char *folder, const char *name,
			     const char *text)
{
	char path[MACHINE_PATH];

	assert_int_equal(mf_path_join(path, sizeof(path), folder, name), 0);
	put(machine, path, text);
}

static inline void add_device(const struct machine *machine, const char *folder, const char *number,
			      const char *sectors)
{
	char link[MACHINE_PATH];

	put_below(machine, folder, "dev", number);
	put_below(machine, folder, "size", sectors);
	put_below(machine, folder, "ro", "0\n");
	put_below(machine, folder, "removable", "0\n");
	snprintf(link, sizeof(link), "dev/block/%.*s", (int)strcspn(number, "\n"), number);
	put_link(machine, link, folder);
	snprintf(link, sizeof(link), "class/block/%s", strrchr(folder, '/') + 1);
	put_link(machine, link, folder);
}

static inline void set_mounts(const struct machine *machine, const char *mounts, const char *swaps)
{
	write_text(machine->mountinfo, mounts);
	write_text(machine->swaps, swaps);
}

static inline int set_up(void **state)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	assert_non_null(machine);
	tempdir_make(&machine->dir);
	snprintf(machine->sysfs, sizeof(machine->sysfs), "%s/sys", machine->dir.path);
	snprintf(machine->mountinfo, sizeof(machine->mountinfo), "%s/mountinfo", machine->dir.path);
	snprintf(machine->swaps, sizeof(machine->swaps), "%s/swaps", machine->dir.path);
	snprintf(machine->node, sizeof(machine->node), "%s/node", machine->dir.path);
	machine->roots = (struct mf_stick_roots){machine->sysfs, machine->mountinfo,
						 machine->swaps};
	add_device(machine, SDB, "8:16\n", "16384\n");
	add_device(machine, SDB "/sdb1", "8:17\n", "16000\n");
	put(machine, SDB "/sdb1/partition", "1\n");
	put_link(machine, SDB "/device", USB_SCSI);
	put(machine, USB_SCSI "/vendor", "SanDisk \n");
	put(machine, USB_SCSI "/model", "Ultra Fit       \n");
	put(machine, USB_SCSI "/type", "0\n");
	put_link(machine, USB "/subsystem", "bus/usb");
	add_device(machine, SDA, "8:0\n", "1048576\n");
	add_device(machine, SDA "/sda1", "8:1\n", "1000000\n");
	put(machine, SDA "/sda1/partition", "1\n");
	add_device(machine, MMC "/block/mmcblk0", "179:0\n", "16384\n");
	put_link(machine, MMC "/subsystem", "bus/mmc");
	put_link(machine, MMC "/block/mmcblk0/device", MMC);
	put(machine, MMC "/type", "SD\n");
	put(machine, MMC "/name", "SC16G\n");
	add_device(machine, "devices/virtual/block/dm-0", "253:0\n", "9000\n");
	add_device(machine, "devices/virtual/block/dm-1", "253:1\n", "8000\n");
	add_device(machine, "devices/virtual/block/loop7", "7:7\n", "8000\n");
	set_mounts(machine, "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n",
		   "Filename Type Size Used Priority\n");
	*state = machine;
	return 0;
}

static inline int tear_down(void **state)
{
	struct machine *machine = *state;

	tempdir_remove(&machine->dir);
	free(machine);
	return 0;
}

static inline struct mf_stick look(const struct machine *machine, unsigned int major,
				   unsigned int minor)
{
	struct mf_stick_node node = {"/dev/named", makedev(major, minor)};
	struct mf_stick stick;

	assert_int_equal(mf_stick_look(&node, &machine->roots, &stick, NULL), 0);
	return stick;
}

#define STICK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
