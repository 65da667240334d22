// SPDX-License-Identifier: GPL-2.0-or-later
// What anaconda can list, open and copy of a disk: odd packages, images and symlinks.
#include "lib/base/cleanup.h"
#include "tests/unit/dudmake.h"

/* save_repo() copies what a symlink leads to, so that dnf has it. */
static void test_linked_package(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	const struct mf_dd_rpm *entry;

	(void)state;
	usual(&maker);
	put_rpm(&maker, &maker.disk, "pool/b.rpm",
		rpm_of(&maker, "kmod-b-1-1.x86_64", EXACT, KO "b.ko"));
	put(&maker, &maker.disk, 'l', "rpms/x86_64/b.rpm")->link = "../../pool/b.rpm";
	entry = find(judge(&maker), "pool/b.rpm");
	assert_true(entry->is_taken);
	assert_ptr_equal(entry->installed, entry->rpm);
	assert_int_equal(maker.result.n_modules, 2);
	assert_int_equal(maker.result.notes.n, 0);
}

/* One file that cannot be copied, and nothing of the disk is loaded. */
static void test_stopped_copy(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_disk_file *file;

	(void)state;
	usual(&maker);
	put(&maker, &maker.disk, 'l', "gone")->link = "nowhere";
	assert_int_equal(judge(&maker)->n_modules, 1); /* only what is copied matters */
	put(&maker, &maker.disk, 'l', "rpms/x86_64/sub/gone")->link = "nowhere";
	assert_int_equal(judge(&maker)->n_modules, 0);
	assert_true(has_note(&maker.result, "cannot copy rpms/x86_64/sub/gone, a symlink"));
	assert_true(find(&maker.result, "rpms/x86_64/a.rpm")->is_required);
	file = &maker.disk.files[mf_disk_find(&maker.disk, "rpms/x86_64/sub/gone") -
				 maker.disk.files];
	file->link = "../a.rpm";
	assert_int_equal(judge(&maker)->n_modules, 1);
	file->kind = 'o';
	assert_int_equal(judge(&maker)->n_modules, 0);
	assert_true(has_note(&maker.result, "which is no file"));
}

/* A repository that nothing is taken of is not copied, nor is a neighbour of like name. */
static void test_uncopied(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};

	(void)state;
	usual(&maker);
	put(&maker, &maker.disk, 'f', "el8/rhdd3");
	put(&maker, &maker.disk, 'l', "rpms/x86_64_v2/gone")->link = "nowhere";
	put(&maker, &maker.disk, 'l', "el8/rpms/x86_64/gone")->link = "nowhere";
	assert_int_equal(judge(&maker)->n_modules, 1);
	assert_int_equal(maker.result.notes.n, 0);
}

/* Packages of the distribution come before those of the disk when they are newer, and fit. */
static void test_distribution(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *rpm = usual(&maker);

	(void)state;
	maker.packages[0] = *rpm_of(&maker, "kmod-a-1-1.x86_64", "", "");
	maker.packages[1] = *rpm_of(&maker, "kmod-a-9-1.aarch64", "", "");
	maker.n_packages = 2;
	assert_ptr_equal(find(judge(&maker), rpm->source)->installed, rpm);
}

static void test_no_description(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};

	(void)state;
	usual(&maker)->description = NULL;
	assert_why(judge(&maker), "rpms/x86_64/a.rpm", "has no description");
}

/* dnf takes no source package, whatever its version; anaconda lists it when it has no Provides. */
static void test_source_package(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *rpm = usual(&maker);

	(void)state;
	put_rpm(&maker, &maker.disk, "rpms/x86_64/a.src.rpm",
		rpm_of(&maker, "kmod-a-9-1.src", "", "/a.spec"));
	judge(&maker);
	assert_true(find(&maker.result, "rpms/x86_64/a.src.rpm")->is_taken);
	assert_ptr_equal(find(&maker.result, rpm->source)->installed, rpm);
}

static struct mf_disk *put_image(struct maker *maker, const char *path)
{
	struct mf_disk *inner = mf_arena_alloc(&maker->disk.arena, sizeof(*inner));

	inner->container = "iso9660";
	inner->has_long_names = true;
	put(maker, inner, 'f', "rhdd3");
	put_rpm(maker, inner, "rpms/x86_64/a.rpm",
		rpm_of(maker, "kmod-a-1-1.x86_64", EXACT, KO "a.ko"));
	put(maker, &maker->disk, 'f', path)->nested = inner;
	return inner;
}

/* An archive called like an image is none that can be mounted. */
static void test_archive(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "iso9660"};
	struct mf_disk *inner = put_image(&maker, "a.iso");

	(void)state;
	assert_true(judge(&maker)->is_disk);
	inner->container = "cpio";
	assert_false(judge(&maker)->is_disk);
	assert_why(&maker.result, "rpms/x86_64/a.rpm", "lies in an image");
}

static void test_linked_image(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "iso9660"};

	(void)state;
	put_image(&maker, "deep/a.iso");
	assert_false(judge(&maker)->is_disk);
	assert_why(&maker.result, "rpms/x86_64/a.rpm", "lies in an image");
	put(&maker, &maker.disk, 'l', "linked")->link = "deep/a.iso";
	assert_false(judge(&maker)->is_disk);
	put(&maker, &maker.disk, 'l', "linked.ISO")->link = "deep/a.iso";
	put(&maker, &maker.disk, 'l', "again.iso")->link = "linked.ISO";
	assert_int_equal(judge(&maker)->n_modules, 1);
	assert_ptr_equal(find(&maker.result, "rpms/x86_64/a.rpm")->installed,
			 maker.result.rpms[0].rpm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linked_package), cmocka_unit_test(test_stopped_copy),
		cmocka_unit_test(test_uncopied),       cmocka_unit_test(test_no_description),
		cmocka_unit_test(test_source_package), cmocka_unit_test(test_archive),
		cmocka_unit_test(test_linked_image),   cmocka_unit_test(test_distribution),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
