// SPDX-License-Identifier: GPL-2.0-or-later
// What anaconda does with whole disks: which packages it takes, loads and installs.
#include "lib/base/cleanup.h"
#include "tests/unit/dudmake.h"

static void test_usual(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	const struct mf_anaconda_result *result;

	(void)state;
	usual(&maker);
	result = judge(&maker);
	assert_true(result->is_disk);
	assert_true(result->is_automatic);
	assert_int_equal(result->notes.n, 0);
	assert_int_equal(result->n_rpms, 1);
	assert_true(result->rpms[0].is_taken && result->rpms[0].is_required);
	assert_ptr_equal(result->rpms[0].installed, result->rpms[0].rpm);
	assert_int_equal(result->n_modules, 1);
	assert_string_equal(result->modules[0].name, "a");
	assert_string_equal(result->modules[0].file->destination,
			    "lib/modules/" K "/updates/extra/a.ko");
	assert_false(result->modules[0].replaces_stock);
	assert_null(result->modules[0].rival);
}

/* Only OEMDRV, letter by letter, is looked for. */
static void test_label(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};

	(void)state;
	usual(&maker);
	maker.disk.label = "oemdrv";
	assert_false(judge(&maker)->is_automatic);
	assert_true(has_note(&maker.result, "\"oemdrv\", not OEMDRV"));
	maker.disk.label = NULL;
	assert_false(judge(&maker)->is_automatic);
	maker.disk.has_long_names = false;
	assert_true(has_note(judge(&maker), "neither Rock Ridge nor Joliet"));
	maker.disk.container = "cpio";
	assert_false(judge(&maker)->is_disk);
	assert_true(has_note(&maker.result, "cannot mount"));
}

/* Where packages must lie. */
static void test_places(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_disk *disk = &maker.disk;
	const struct mf_anaconda_result *result;

	(void)state;
	usual(&maker);
	put_rpm(&maker, disk, "rpms/x86_64/sub/b.rpm", rpm_of(&maker, "b-1-1.x86_64", EXACT, ""));
	put_rpm(&maker, disk, "rpms/aarch64/c.rpm", rpm_of(&maker, "c-1-1.aarch64", EXACT, ""));
	put_rpm(&maker, disk, "d.rpm", rpm_of(&maker, "d-1-1.x86_64", EXACT, ""));
	put_rpm(&maker, disk, "el9/rpms/x86_64/e.rpm", rpm_of(&maker, "e-1-1.x86_64", EXACT, ""));
	put_rpm(&maker, disk, "rpms/x86_64/.f.rpm", rpm_of(&maker, "f-1-1.x86_64", EXACT, ""));
	result = judge(&maker);
	assert_true(find(result, "rpms/x86_64/a.rpm")->is_taken);
	assert_why(result, "rpms/x86_64/sub/b.rpm", "in a folder below rpms/x86_64");
	assert_why(result, "rpms/aarch64/c.rpm",
		   "lies in rpms/aarch64, and the installer looks in");
	assert_why(result, "d.rpm", "outside rpms/x86_64");
	assert_why(result, "el9/rpms/x86_64/e.rpm", "expected \"el9/rhdd3\"");
	assert_why(result, "rpms/x86_64/.f.rpm", "does not find it");
	put(&maker, disk, 'f', "el9/rhdd3");
	assert_true(find(judge(&maker), "el9/rpms/x86_64/e.rpm")->is_taken);
}

/* A folder whose name is a pattern is searched for as one. */
static void test_brackets(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};

	(void)state;
	usual(&maker);
	put(&maker, &maker.disk, 'f', "[el9]/rhdd3");
	put_rpm(&maker, &maker.disk, "[el9]/rpms/x86_64/b.rpm",
		rpm_of(&maker, "b-1-1.x86_64", EXACT, ""));
	put_rpm(&maker, &maker.disk, "pool/x86_64/c.rpm",
		rpm_of(&maker, "c-1-1.x86_64", EXACT, ""));
	put(&maker, &maker.disk, 'f', "a[b/rhdd3");
	put(&maker, &maker.disk, 'l', "a[b/rpms")->link = "../pool";
	judge(&maker);
	assert_why(&maker.result, "[el9]/rpms/x86_64/b.rpm", "brackets");
	assert_true(find(&maker.result, "pool/x86_64/c.rpm")->is_taken);
	put(&maker, &maker.disk, 'f', "[b]/rhdd3");
	for (size_t i = 0; i < maker.disk.n_files; i++) {
		if (strcmp(maker.disk.files[i].path, "a[b/rpms") == 0)
			maker.disk.files[i].path = "[b]/rpms";
	}
	qsort(maker.disk.files, maker.disk.n_files, sizeof(*maker.disk.files), compare_files);
	assert_false(find(judge(&maker), "pool/x86_64/c.rpm")->is_taken);
}

static void test_no_disk(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "iso9660"};

	(void)state;
	maker.disk.has_long_names = true;
	put(&maker, &maker.disk, 'd', "rhdd3");
	put_rpm(&maker, &maker.disk, "rpms/x86_64/a.rpm",
		rpm_of(&maker, "a-1-1.x86_64", EXACT, ""));
	assert_false(judge(&maker)->is_disk);
	assert_true(has_note(&maker.result, "no driver update disk: no file rhdd3"));
	assert_int_equal(maker.result.n_modules, 0);
}

/* Symlinks on the disk are followed, off it they lead nowhere. */
static void test_disk_links(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "iso9660"};
	struct mf_disk *disk = &maker.disk;

	(void)state;
	put(&maker, disk, 'f', "el9/rhdd3");
	put(&maker, disk, 'l', "el9/rpms")->link = "../all";
	put(&maker, disk, 'l', "all/x86_64")->link = "./deep/../deep";
	put_rpm(&maker, disk, "all/deep/a.rpm", rpm_of(&maker, "a-1-1.x86_64", EXACT, ""));
	assert_true(find(judge(&maker), "all/deep/a.rpm")->is_taken);
	put(&maker, disk, 'f', "pool/b.rpm")->rpm = rpm_of(&maker, "b-1-1.x86_64", EXACT, "");
	put(&maker, disk, 'l', "all/deep/b.rpm")->link = "../../pool/b.rpm";
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, "pool/b.rpm") == 0)
			((struct mf_rpm *)(uintptr_t)disk->files[i].rpm)->source = "pool/b.rpm";
	}
	assert_true(find(judge(&maker), "pool/b.rpm")->is_taken);
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, "el9/rpms") == 0)
			disk->files[i].link = "/all";
	}
	put_rpm(&maker, disk, "el9/all/x86_64/c.rpm", rpm_of(&maker, "c-1-1.x86_64", EXACT, ""));
	assert_false(judge(&maker)->is_disk);
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, "el9/rpms") == 0)
			disk->files[i].link = "rpms";
	}
	assert_false(judge(&maker)->is_disk);
}

static struct mf_disk *put_image(struct maker *maker, struct mf_disk *outer, const char *path)
{
	struct mf_disk *inner = mf_arena_alloc(&maker->disk.arena, sizeof(*inner));

	inner->container = "iso9660";
	inner->has_long_names = true;
	put(maker, outer, 'f', path)->nested = inner;
	return inner;
}

/* Images on a disk count when it has no repository itself: those in its root, all of them. */
static void test_images(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "vfat"};
	struct mf_disk *one, *two, *deep, *inner;

	(void)state;
	one = put_image(&maker, &maker.disk, "one.iso");
	put(&maker, one, 'f', "rhdd3");
	put_rpm(&maker, one, "rpms/x86_64/a.rpm", rpm_of(&maker, "a-1-1.x86_64", EXACT, KO "a.ko"));
	two = put_image(&maker, &maker.disk, "two.ISO");
	inner = put_image(&maker, two, "inner.iso");
	put(&maker, inner, 'f', "rhdd3");
	put_rpm(&maker, inner, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "b-1-1.x86_64", EXACT, KO "b.ko"));
	deep = put_image(&maker, &maker.disk, "deep/three.iso");
	put(&maker, deep, 'f', "rhdd3");
	put_rpm(&maker, deep, "rpms/x86_64/c.rpm",
		rpm_of(&maker, "c-1-1.x86_64", EXACT, KO "c.ko"));
	judge(&maker);
	assert_true(maker.result.is_disk);
	assert_true(find(&maker.result, "rpms/x86_64/a.rpm")->is_taken);
	assert_true(find(&maker.result, "rpms/x86_64/b.rpm")->is_taken);
	assert_false(find(&maker.result, "rpms/x86_64/c.rpm")->is_taken);
	assert_int_equal(maker.result.n_modules, 2);
	put(&maker, &maker.disk, 'f', "rhdd3");
	put_rpm(&maker, &maker.disk, "rpms/x86_64/d.rpm",
		rpm_of(&maker, "d-1-1.x86_64", EXACT, ""));
	judge(&maker);
	assert_false(find(&maker.result, "rpms/x86_64/a.rpm")->is_taken);
	assert_true(find(&maker.result, "rpms/x86_64/d.rpm")->is_taken);
}

static void test_single(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "rpm"};

	(void)state;
	put_rpm(&maker, &maker.disk, "a.rpm", rpm_of(&maker, "a-1-1.x86_64", EXACT, KO "a.ko"));
	assert_true(judge(&maker)->is_disk);
	assert_false(maker.result.is_automatic);
	assert_int_equal(maker.result.n_modules, 1);
	maker.disk.container = "folder";
	assert_int_equal(judge(&maker)->n_modules, 1);
	assert_true(has_note(&maker.result, "inst.dd=nfs:"));
	maker.disk.container = "vfat";
	assert_false(judge(&maker)->is_disk);
}

static void test_refused(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *rpm = usual(&maker);

	(void)state;
	rpm->provides = deps_of(&maker.disk.arena, "kernel-modules >= 9, kmod-a = 1");
	assert_why(judge(&maker), "rpms/x86_64/a.rpm",
		   "provides kernel-modules >= 9, and the installer's kernel is " K);
	rpm->provides = deps_of(&maker.disk.arena, "kernel-modules");
	assert_why(judge(&maker), "rpms/x86_64/a.rpm", "kernel-modules without a version");
	rpm->provides = deps_of(&maker.disk.arena, "kmod-a = 1");
	assert_why(judge(&maker), "rpms/x86_64/a.rpm", "provides no kernel-modules");
	rpm->malformed = "cut short";
	assert_why(judge(&maker), "rpms/x86_64/a.rpm", "cannot be read: cut short");
	assert_int_equal(maker.result.n_modules, 0);
}

/* What is unpacked is looked through when any package of the disk brought modules. */
static void test_enhancement(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *rpm = usual(&maker);
	const struct mf_dd_rpm *entry;

	(void)state;
	rpm->provides = deps_of(&maker.disk.arena, "installer-enhancement = 19.0");
	entry = find(judge(&maker), "rpms/x86_64/a.rpm");
	assert_true(entry->is_taken);
	assert_false(entry->is_required);
	assert_int_equal(maker.result.n_modules, 0);
	put_rpm(&maker, &maker.disk, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "kmod-b-1-1.x86_64", EXACT, KO "b.ko"));
	assert_int_equal(judge(&maker)->n_modules, 2);
	/* one that provides nothing at all passes dd_list, too */
	rpm->provides.n = 0;
	entry = find(judge(&maker), "rpms/x86_64/a.rpm");
	assert_true(entry->is_taken);
	assert_false(entry->is_required);
	assert_int_equal(maker.result.n_modules, 2);
}

static void test_rivals(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	const char *stock[] = {"a", "zz"};

	(void)state;
	usual(&maker);
	put_rpm(&maker, &maker.disk, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "kmod-b-1-1.x86_64", "kernel-modules >= 1",
		       "/lib/modules/5.14.0-1.el9/extra/a.ko /lib/modules/5/extra/b-c.kobold.ko"));
	maker.stock = (struct mf_strings){stock, 2};
	judge(&maker);
	assert_int_equal(maker.result.n_modules, 3);
	assert_true(maker.result.modules[0].replaces_stock);
	assert_ptr_equal(maker.result.modules[0].rival, &maker.result.modules[1]);
	assert_ptr_equal(maker.result.modules[1].rival, &maker.result.modules[0]);
	assert_string_equal(maker.result.modules[0].file->destination,
			    maker.result.modules[1].file->destination);
	assert_string_equal(maker.result.modules[2].name, "b_c");
	assert_null(maker.result.modules[2].rival);
	assert_false(maker.result.modules[2].replaces_stock);
}

/* dnf is told the name alone, and takes the newest. */
static void test_newest(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *taken = usual(&maker);
	struct mf_rpm *other = put_rpm(
		&maker, &maker.disk, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "kmod-a-1-2.x86_64", "kernel-modules = 9", ""));

	(void)state;
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, other);
	put(&maker, &maker.disk, 'f', "el8/rhdd3"); /* nothing is taken there, nothing is copied */
	put_rpm(&maker, &maker.disk, "el8/rpms/x86_64/c.rpm",
		rpm_of(&maker, "kmod-a-7-1.x86_64", "kernel-modules = 8", ""));
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, other);
	other->release = "0.9";
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	other->version = "1.10";
	taken->version = "1.9";
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, other);
	taken->epoch = 1;
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	taken->epoch = 0;
	other->arch = "aarch64"; /* dnf leaves it out */
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	taken->arch = "aarch64"; /* the installer unpacks it, nobody installs it */
	assert_null(find(judge(&maker), taken->source)->installed);
	taken->arch = "noarch";
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	maker.packages[0] = *rpm_of(&maker, "kmod-a-2-1.x86_64", "", "");
	maker.n_packages = 1;
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, &maker.packages[0]);
}

static void test_requires(void **state)
{
	static const struct {
		const char *requires;
		bool is_missing;
		const char *offer;
	} rows[] = {
		{"/bin/sh, kmod, depmod, rpmlib(PayloadIsXz) <= 5.2-1, coreutils", false, NULL},
		{"kernel(printk) = 0x11111111", false, NULL},
		{"kernel(printk) = 0x22222222", true, "0x11111111"},
		{"kernel(gone) = 0x1", true, NULL},
		{"ksym(of_b) = 0x33333333", false, NULL},
		{"ksym(of_b) = 0x44444444", true, "0x33333333"},
		{"kernel >= 5.14.0-427.13.1.el9_4", false, NULL},
		{"kernel >= 5.14.0-503.el9", true, "5.14.0-427.13.1.el9_4"},
		{"kernel < 5.15", false, NULL},
		{"kernel = 5.14.0", false, NULL}, /* no release to compare */
		{"kernel-core-uname-r = " K, false, NULL},
		{"kernel-core-uname-r >= 6", true, K},
		{"kmod-b", false, NULL},
		{"kmod-b >= 2", true, "1-1"},
		{"kmod-gone", true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_maker) struct maker maker = {0};
		struct mf_rpm *rpm = usual(&maker);
		const struct mf_dd_rpm *entry;

		put_rpm(&maker, &maker.disk, "rpms/x86_64/b.rpm",
			rpm_of(&maker, "kmod-b-1-1.x86_64", "kmod-b = 1-1, ksym(of_b) = 0x33333333",
			       ""));
		rpm->requires = deps_of(&maker.disk.arena, rows[i].requires);
		assert_int_equal(find(judge(&maker), rpm->source)->n_missing, 0);
		maker.packages[0] = *rpm_of(&maker, "kernel-core-5.14.0-427.13.1.el9_4.x86_64",
					    "kernel = 5.14.0-427.13.1.el9_4, "
					    "kernel-core-uname-r = " K
					    ", kernel(printk) = 0x11111111",
					    "");
		maker.n_packages = 1;
		entry = find(judge(&maker), rpm->source);
		if (entry->n_missing != rows[i].is_missing)
			fail_msg("%s: %zu missing", rows[i].requires, entry->n_missing);
		if (rows[i].offer)
			assert_string_equal(entry->missing[0].offer->version, rows[i].offer);
		else if (rows[i].is_missing)
			assert_null(entry->missing[0].offer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual),	 cmocka_unit_test(test_label),
		cmocka_unit_test(test_places),	 cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_no_disk),	 cmocka_unit_test(test_disk_links),
		cmocka_unit_test(test_images),	 cmocka_unit_test(test_single),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_enhancement),
		cmocka_unit_test(test_rivals),	 cmocka_unit_test(test_newest),
		cmocka_unit_test(test_requires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
