// SPDX-License-Identifier: GPL-2.0-or-later
// anaconda's rules for one Provides, one package, one file. The tables were seen with its own
// dd_list, dd_extract and driver_updates.py.
#include "lib/base/cleanup.h"
#include "tests/unit/dudmake.h"

static unsigned int flags(const char *provides, const char *kernel)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_rpm rpm = {.provides = deps_of(&arena, provides)};

	return mf_dd_flags_of(&rpm, kernel);
}

#define DRIVER (MF_DD_MODULES | MF_DD_FIRMWARES)
#define TOOLS  (MF_DD_BINARIES | MF_DD_LIBRARIES)

static void test_provides(void **state)
{
	static const struct {
		const char *provides, *kernel;
		unsigned int flags;
	} rows[] = {
		{"kernel-modules = " K, K, DRIVER},
		{"kernel-modules = " K, "5.14.0-427.16.1.el9_4.x86_64", 0},
		{"kernel-modules = 5.14.0-427.13.1.el9_4", K, 0},
		{"kernel-modules >= " K, "5.14.0-427.el9.x86_64", 0},
		{"kernel-modules >= 5.14.0-427.el9.x86_64", K, DRIVER},
		{"kernel-modules >= " K, "5.14.0-503.11.1.el9_5.x86_64", DRIVER},
		{"kernel-modules >= " K, "6.12.0-55.el10.x86_64", DRIVER},
		{"kernel-modules >= " K, K "+rt", DRIVER},
		{"kernel-modules >= " K, K "+debug", DRIVER},
		{"kernel-modules = " K, K "+rt", 0},
		{"kernel-modules >= 5.0, kernel-modules < 5.10", "6.1", DRIVER},
		{"kernel-modules >= 5.0, kernel-modules < 5.10", "4.1", DRIVER},
		{"kernel-modules < 4, kernel-modules > 7", K, 0},
		{"kernel-modules", K, 0},
		{"kernel-modules > 0", K, DRIVER},
		{"kernel-modules >= 1:5.14.0", K, DRIVER},
		{"kernel-modules >= 1:5.14.0", "1", 0},
		{"kernel-modules <= " K, "5.14.0-427.el9.x86_64", DRIVER},
		{"kernel-modules = 2.6.32-131.el6", K, DRIVER},
		{"kernel-modules = 2.6.32-71", K, DRIVER},
		{"kernel-modules = 2.6.32-1310", K, DRIVER},
		{"kernel-modules = 2.6.32-7", K, 0},
		/* rpmvercmp: separators, leading zeros */
		{"kernel-modules = 5.14.0-427.13.1.el9_4.x86_64", "05.14.0-427.13.1.el9_4.x86_64",
		 DRIVER},
		{"kernel-modules > 5.14.0~rc1", "5.14.0", DRIVER},
		{"kernel-modules-core >= 1", K, 0},
		{"kmod-foo = 1-1", K, 0},
		{"", K, 0},
		{"installer-enhancement = 19.0", K, TOOLS},
		{"installer-enhancement >= 19", K, TOOLS},
		{"installer-enhancement = 19", K, 0},
		{"installer-enhancement >= 33", K, 0},
		{"installer-enhancement = 19.0.0", K, 0},
		{"installer-enhancement > 18", K, TOOLS},
		{"installer-enhancement", K, 0},
		{"installer-enhancement = 19.0, kernel-modules >= 5", K, DRIVER | TOOLS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (flags(rows[i].provides, rows[i].kernel) != rows[i].flags)
			fail_msg("%s for %s: 0x%x", rows[i].provides, rows[i].kernel,
				 flags(rows[i].provides, rows[i].kernel));
	}
}

static const struct fate_row {
	const char *path;
	const char *fate;	 /* of an installer that takes compressed modules */
	const char *fate_el8;	 /* NULL: the same */
	const char *destination; /* NULL: not extracted */
} fates[] = {
	{"/lib/modules/5.14.0-1.el9/extra/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/extra/f.ko"},
	{"/lib/modules/5.14.0-1.el9/f.ko", "loaded", NULL, "lib/modules/" K "/updates/f.ko"},
	{"/lib/modules/5.14.0-1.el9/kernel/drivers/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/drivers/f.ko"},
	{"/lib/modules/9kernel/kernel/kernel/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/kernel/f.ko"},
	{"/lib/modules/A/f.ko", "loaded", NULL, "lib/modules/" K "/updates/A/f.ko"},
	{"/lib/modules/kernel/x/f.ko", "loaded", NULL, "lib/modules/" K "/updates/kernel/x/f.ko"},
	{"/lib/modules/f.ko", "loaded", NULL, "lib/modules/" K "/updates/f.ko"},
	{"/lib/modules/" K "/updates/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/updates/f.ko"},
	{"/./lib/modules/5/f.ko", "loaded", NULL, "lib/modules/" K "/updates/f.ko"},
	{"//././lib/modules/5/f.ko", "loaded", NULL, "lib/modules/" K "/updates/f.ko"},
	{"/lib/modules/5/f.ko.gz", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.gz"},
	{"/lib/modules/5/f.ko.xz", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.xz"},
	{"/lib/modules/5/f.ko.bz2", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.bz2"},
	{"/lib/modules/5/f.ko.zst", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.zst"},
	{"/lib/modules/5/f.ko.lz4", "skipped", NULL, NULL},
	{"/lib/modules/5/f.KO", "skipped", NULL, NULL},
	{"/lib/modules/5/f.ko.debug", "skipped", NULL, NULL},
	{"/lib/modules/5/modules.order", "skipped", NULL, NULL},
	{"/usr/lib/modules/5/f.ko", "misplaced", NULL, "updates/usr/lib/modules/5/f.ko"},
	{"/usr/lib/modules/5/f.ko.xz", "misplaced", NULL, "updates/usr/lib/modules/5/f.ko.xz"},
	{"/opt/f.ko", "misplaced", NULL, "updates/opt/f.ko"},
	{"/lib/firmware/a.bin", "firmware", NULL, "lib/firmware/updates/a.bin"},
	{"/lib/firmware/sub/a.bin", "firmware", NULL, "lib/firmware/updates/sub/a.bin"},
	{"/lib/firmware/9sub/a.kobin", "firmware", NULL, "lib/firmware/updates/a.kobin"},
	{"/lib/firmware/9sub/a.bin", "firmware", NULL, "lib/firmware/updates/9sub/a.bin"},
	{"/lib/firmware/f.ko", "firmware", NULL, "lib/firmware/updates/f.ko"},
	{"/lib/firmware/updates/a", "firmware", NULL, "lib/firmware/updates/updates/a"},
	{"/usr/lib/firmware/a.bin", "misplaced", NULL, "updates/usr/lib/firmware/a.bin"},
	{"/usr/bin/tool", "extracted", NULL, "updates/usr/bin/tool"},
	{"/usr/sbin/tool", "extracted", NULL, "updates/usr/sbin/tool"},
	{"/bin/tool", "extracted", NULL, "updates/bin/tool"},
	{"/sbin/tool", "extracted", NULL, "updates/sbin/tool"},
	{"/lib64/l.so", "extracted", NULL, "updates/lib64/l.so"},
	{"/usr/lib64/l.so", "extracted", NULL, "updates/usr/lib64/l.so"},
	{"/usr/lib/l.so", "extracted", NULL, "updates/usr/lib/l.so"},
	{"/lib/l.so", "extracted", NULL, "updates/lib/l.so"},
	{"/usr/libexec/x", "skipped", NULL, NULL},
	{"/etc/depmod.d/f.conf", "skipped", NULL, NULL},
	{"/etc/modprobe.d/f.conf", "skipped", NULL, NULL},
	{"/usr/share/doc/f", "skipped", NULL, NULL},
	{"/boot/f", "skipped", NULL, NULL},
};

static void test_fates(void **state)
{
	struct mf_anaconda el8 = {.kernel = K, .arch = "x86_64"};
	struct mf_anaconda later = {.kernel = K, .arch = "x86_64", .reads_compressed_ko = true};

	(void)state;
	for (size_t i = 0; i < COUNT(fates); i++) {
		struct mf_rpm_file file = {.path = fates[i].path, .mode = S_IFREG | 0644};
		const char *el8_fate = fates[i].fate_el8 ? fates[i].fate_el8 : fates[i].fate;

		assert_string_equal(mf_dd_fate_name(mf_dd_fate_of(&file, &later)), fates[i].fate);
		assert_string_equal(mf_dd_fate_name(mf_dd_fate_of(&file, &el8)), el8_fate);
		file.mode = S_IFDIR | 0755;
		assert_int_equal(mf_dd_fate_of(&file, &later), MF_DD_SKIPPED);
	}
}

/* Symlinks of what is extracted get a target out of stale memory; others are left alone. */
static void test_symlinks(void **state)
{
	struct mf_anaconda anaconda = {.kernel = K, .arch = "x86_64"};
	struct mf_rpm_file file = {.mode = S_IFLNK | 0777, .link = "x"};

	(void)state;
	file.path = "/lib/modules/5/extra/f.ko";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_BROKEN);
	assert_true(mf_dd_stops_modinfo(file.path));
	file.path = "/lib/firmware/a.bin";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_BROKEN);
	assert_false(mf_dd_stops_modinfo(file.path));
	file.path = "/lib/modules/5/extra/f.ko.xz";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_SKIPPED);
	file.path = "/etc/link";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_SKIPPED);
}

static void test_releases(void **state)
{
	static const struct {
		const char *target, *kernel;
		bool reads, is_unsure;
	} rows[] = {
		{"rhel8", "4.18.0-553.el8_10.x86_64", false, false},
		{"rhel9", K, false, false},
		{"rhel9", "5.14.0-503.11.1.el9_5.x86_64", false, false},
		{"rhel9", "5.14.0-570.12.1.el9_6.x86_64", true, false},
		{"rhel9", "5.14.0-611.el9_10.x86_64", true, false},
		{"rhel9", "5.14.0-503.el9.x86_64", false, true},
		{"rhel9", "5.14.0-503.el9_x.x86_64", false, true},
		{"rhel10", "6.12.0-55.el10.x86_64", true, false},
		{"fedora", "6.8.5-301.fc40.x86_64", true, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mf_anaconda anaconda = {.kernel = rows[i].kernel};

		mf_anaconda_set_release(&anaconda, mf_target_find(rows[i].target));
		assert_int_equal(anaconda.reads_compressed_ko, rows[i].reads);
		assert_int_equal(anaconda.is_compressed_unsure, rows[i].is_unsure);
	}
}

static void test_destinations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fates); i++) {
		MF_CLEANUP(free_maker) struct maker maker = {0};
		struct mf_anaconda anaconda = {
			.kernel = K, .arch = "x86_64", .reads_compressed_ko = true};
		struct mf_anaconda_input input = {.disk = &maker.disk, .anaconda = &anaconda};
		const char *path;

		usual(&maker)->files[0].path = fates[i].path;
		assert_int_equal(mf_anaconda_run(&input, &maker.result), 0);
		path = maker.result.rpms[0].files[0].destination;
		if (!fates[i].destination)
			assert_null(path);
		else
			assert_string_equal(path, fates[i].destination);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_provides),     cmocka_unit_test(test_fates),
		cmocka_unit_test(test_symlinks),     cmocka_unit_test(test_releases),
		cmocka_unit_test(test_destinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
