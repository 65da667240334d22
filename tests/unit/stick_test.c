// SPDX-License-Identifier: GPL-2.0-or-later
// Sticks: what sysfs and the mounts say of them, and each refusal.
#include "tests/unit/stickmake.h"

/* Checks that the device is refused with that code and both texts. */
static void refuse(const struct machine *machine, const struct mf_stick *stick, int code,
		   const char *const texts[2])
{
	struct mf_err err = {0};

	assert_int_equal(mf_stick_check(stick, &machine->roots, &err), code);
	assert_non_null(strstr(err.text, texts[0]));
	assert_non_null(strstr(err.text, texts[1]));
}

#define REFUSE(machine, stick, code, a, b) \
	refuse(machine, stick, code, (const char *const[2]){a, b})

static void a_stick_is_told_by_its_bus(void **state)
{
	struct mf_stick stick = look(*state, 8, 16);

	assert_string_equal(stick.name, "sdb");
	assert_string_equal(stick.disk, "");
	assert_string_equal(stick.model, "SanDisk Ultra Fit");
	assert_int_equal(stick.size, 8 * MIB);
	assert_int_equal(stick.bus, MF_STICK_BUS_USB);
	assert_false(stick.is_removable);
	assert_int_equal(mf_stick_check(&stick, &((struct machine *)*state)->roots, NULL), 0);
}

static void a_memory_card_is_told_from_soldered_memory(void **state)
{
	struct machine *machine = *state;
	struct mf_stick stick = look(machine, 179, 0);

	assert_int_equal(stick.bus, MF_STICK_BUS_CARD);
	assert_string_equal(stick.model, "SC16G");
	assert_int_equal(mf_stick_check(&stick, &machine->roots, NULL), 0);
	put(machine, MMC "/type", "MMC\n");
	stick = look(machine, 179, 0);
	REFUSE(machine, &stick, -EPERM, "eMMC", "expected a USB stick");
}

static void what_sysfs_lacks_is_no_device(void **state)
{
	const struct machine *machine = *state;
	struct mf_stick_node node = {"/dev/gone", makedev(8, 160)};
	struct mf_err err = {0};
	struct mf_stick stick;

	assert_int_equal(mf_stick_look(&node, &machine->roots, &stick, &err), -ENODEV);
	assert_non_null(strstr(err.text, "/dev/gone"));
}

static void files_and_folders_are_no_sticks(void **state)
{
	const struct machine *machine = *state;
	struct mf_err err = {0};
	struct mf_stick stick;

	assert_int_equal(mf_stick_find(machine->swaps, &machine->roots, &stick, &err), -ENOTBLK);
	assert_non_null(strstr(err.text, "no block device"));
	assert_int_equal(mf_stick_find("/dev/null", &machine->roots, &stick, &err), -ENOTBLK);
	assert_int_equal(mf_stick_find(machine->node, &machine->roots, &stick, &err), -ENOENT);
	assert_non_null(strstr(err.text, "lsblk"));
}

static void a_partition_is_refused_with_its_disk(void **state)
{
	struct mf_stick stick = look(*state, 8, 17);

	assert_string_equal(stick.disk, "sdb");
	REFUSE(*state, &stick, -EINVAL, "partition of /dev/sdb", "name /dev/sdb");
}

static void a_fixed_disk_is_refused(void **state)
{
	struct machine *machine = *state;
	struct mf_stick stick = look(machine, 8, 0);

	set_mounts(machine, "", "");
	REFUSE(machine, &stick, -EPERM, "neither removable nor on USB", "lsblk");
	put(machine, SDA "/removable", "1\n");
	stick = look(machine, 8, 0);
	assert_int_equal(mf_stick_check(&stick, &machine->roots, NULL), 0);
}

static void other_kinds_are_refused(void **state)
{
	struct machine *machine = *state;
	struct mf_stick stick;

	put(machine, SDB "/ro", "1\n");
	stick = look(machine, 8, 16);
	REFUSE(machine, &stick, -EROFS, "read-only", "switch");
	put(machine, SDB "/size", "0\n");
	stick = look(machine, 8, 16);
	REFUSE(machine, &stick, -ENOMEDIUM, "no medium", "put one in");
	put(machine, USB_SCSI "/type", "5\n");
	stick = look(machine, 8, 16);
	REFUSE(machine, &stick, -EPERM, "CD or DVD", "-o FILE.iso");
}

/* How a disk is used: mountinfo, swaps, and what the refusal says. */
struct use_case {
	const char *mounts;
	const char *swaps;
	int code;
	const char *texts[2];
};

static void each_use_of_the_stick_is_refused(void **state)
{
	static const struct use_case cases[] = {
		{"30 1 8:17 / /media/a\\040b rw shared:5 master:1 - vfat /dev/sdb1 rw\n",
		 "",
		 -EBUSY,
		 {"/dev/sdb1 is mounted at /media/a b", "umount"}},
		{"30 1 8:16 /sub /mnt ro - iso9660 /dev/sdb ro\n",
		 "",
		 -EBUSY,
		 {"/dev/sdb is mounted at /mnt", "umount"}},
		/* btrfs has a number of its own */
		{"30 1 0:45 / /mnt rw - btrfs /dev/sdb1 rw\n",
		 "",
		 -EBUSY,
		 {"/dev/sdb1 is mounted", "umount"}},
		{"30 1 8:17 / /boot/efi rw - vfat /dev/sdb1 rw\n",
		 "",
		 -EPERM,
		 {"running system is on it", "/boot/efi"}},
		{"30 1 8:17 / /mnt rw - ext4 /dev/sdb1 rw\n31 1 8:17 / / rw - ext4 /dev/sdb1 rw\n",
		 "",
		 -EPERM,
		 {"running system", "mounted at /)"}},
		{"", "/dev/sdb1 partition 100 0 -2\n", -EBUSY, {"swap", "swapoff /dev/sdb1"}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mf_stick stick = look(*state, 8, 16);

		set_mounts(*state, cases[i].mounts, cases[i].swaps);
		refuse(*state, &stick, cases[i].code, cases[i].texts);
	}
}

static void another_disk_with_a_longer_name_is_no_use(void **state)
{
	struct machine *machine = *state;
	struct mf_stick stick = look(machine, 8, 16);

	set_mounts(machine, "30 1 8:170 / /mnt rw - ext4 /dev/sdb12 rw\n",
		   "/dev/sdba partition 100 0 -2\n");
	assert_int_equal(mf_stick_check(&stick, &machine->roots, NULL), 0);
}

static void what_is_stacked_on_it_counts(void **state)
{
	struct machine *machine = *state;
	struct mf_stick stick = look(machine, 8, 16);

	put_link(machine, SDB "/sdb1/holders/dm-0", "devices/virtual/block/dm-0");
	REFUSE(machine, &stick, -EBUSY, "/dev/dm-0 lies on it", "lsblk");
	put_link(machine, "devices/virtual/block/dm-0/holders/dm-1", "devices/virtual/block/dm-1");
	set_mounts(machine, "30 1 253:1 / /usr rw - xfs /dev/mapper/vg-usr rw\n", "");
	REFUSE(machine, &stick, -EPERM, "running system", "/dev/dm-1 is mounted at /usr");
}

static void loops_and_pools_count(void **state)
{
	struct machine *machine = *state;
	struct mf_stick stick = look(machine, 8, 16);

	put(machine, "devices/virtual/block/loop7/loop/backing_file", "/dev/sdb1\n");
	REFUSE(machine, &stick, -EBUSY, "/dev/loop7 lies on it", "loop");
	put_link(machine, "fs/btrfs/0123-abcd/devices/sdb1", SDB "/sdb1");
	REFUSE(machine, &stick, -EBUSY, "mounted btrfs", "0123-abcd");
}

static void unreadable_tables_are_no_permission(void **state)
{
	struct machine *machine = *state;
	struct mf_stick stick = look(machine, 8, 16);

	assert_int_equal(unlink(machine->mountinfo), 0);
	REFUSE(machine, &stick, -ENOENT, "cannot tell what is in use", "mountinfo");
}

static void both_sizes_are_said(void **state)
{
	struct mf_stick stick = look(*state, 8, 16);
	struct mf_err err = {0};

	assert_int_equal(mf_stick_check_size(&stick, 8 * MIB, &err), 0);
	assert_int_equal(mf_stick_check_size(&stick, 8 * MIB + 1, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "8388609 bytes"));
	assert_non_null(strstr(err.text, "8.0 MiB (8388608 bytes)"));
}

/* Of 512 bytes or unknown: good. */
static void larger_sectors_than_the_image_has_are_refused(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {{"512\n", 0}, {"\n", 0}, {"2048\n", -EINVAL}, {"4096\n", -EINVAL}};
	const struct machine *machine = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mf_stick stick;
		struct mf_err err = {0};

		put(machine, SDB "/queue/logical_block_size", cases[i].text);
		stick = look(machine, 8, 16);
		assert_int_equal(mf_stick_check(&stick, &machine->roots, &err), cases[i].result);
		if (cases[i].result)
			assert_non_null(strstr(err.text, "sectors of"));
	}
}

static void a_disk_has_a_number_of_its_own(void **state)
{
	const struct machine *machine = *state;

	assert_true(look(machine, 8, 16).sequence == 0);
	put(machine, SDB "/diskseq", "17\n");
	assert_true(look(machine, 8, 16).sequence == 17);
}

static void sizes_are_rounded_down(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
		{0, "0 bytes"},		 {1023, "1023 bytes"},	    {1536, "1.5 KiB"},
		{MIB - 1, "1023.9 KiB"}, {15376000000, "14.3 GiB"}, {UINT64_MAX, "15.9 EiB"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

		mf_stick_add_size(&text, cases[i].size);
		assert_string_equal(mf_buf_str(&text), cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STICK_TEST(a_stick_is_told_by_its_bus),
		STICK_TEST(a_memory_card_is_told_from_soldered_memory),
		STICK_TEST(what_sysfs_lacks_is_no_device),
		STICK_TEST(files_and_folders_are_no_sticks),
		STICK_TEST(a_partition_is_refused_with_its_disk),
		STICK_TEST(a_fixed_disk_is_refused),
		STICK_TEST(other_kinds_are_refused),
		STICK_TEST(each_use_of_the_stick_is_refused),
		STICK_TEST(another_disk_with_a_longer_name_is_no_use),
		STICK_TEST(what_is_stacked_on_it_counts),
		STICK_TEST(loops_and_pools_count),
		STICK_TEST(unreadable_tables_are_no_permission),
		STICK_TEST(both_sizes_are_said),
		STICK_TEST(larger_sectors_than_the_image_has_are_refused),
		STICK_TEST(a_disk_has_a_number_of_its_own),
		STICK_TEST(sizes_are_rounded_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
