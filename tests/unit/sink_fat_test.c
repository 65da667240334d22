// SPDX-License-Identifier: GPL-2.0-or-later
// FAT images: the same bytes each time, whole for fsck.fat and mtools, and what cannot be refused.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/process.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"
#include "tests/unit/tempdir.h"

#define LONG_NAME "kmod-a-driver-5.14.0-427.13.1.el9_4.x86_64-3.8.4-1.modferry.x86_64.rpm"
#define ODD_NAME  "-a 'c' $;`(d)` [x] =%{f} # ,+.ko"

static uint8_t big[70000]; /* more than one cluster, and in memory */

static void make_tree(struct mf_tree *tree, uint64_t mtime)
{
	static const uint8_t text[] = "Driver Update Disk version 3";

	memset(big, 'x', sizeof(big));
	tree->mtime = mtime;
	assert_int_equal(mf_tree_add_param(tree, "label", "OEMDRV"), 0);
	assert_int_equal(
		mf_tree_add_bytes(tree, "rhdd3", 0644, (struct mf_bytes){text, sizeof(text) - 1}),
		0);
	assert_int_equal(mf_tree_add_dir(tree, "empty one", 0755), 0);
	assert_int_equal(mf_tree_add_bytes(tree, "rpms/x86_64/" LONG_NAME, 0644,
					   (struct mf_bytes){big, sizeof(big)}),
			 0);
	assert_int_equal(
		mf_tree_add_bytes(tree, "rpms/x86_64/" ODD_NAME, 0644, (struct mf_bytes){big, 3}),
		0);
	assert_int_equal(mf_tree_finish(tree, NULL), 0);
}

static void make_image(const char *path, const char *scratch, uint64_t mtime)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};

	make_tree(&tree, mtime);
	if (scratch)
		setenv("TMPDIR", scratch, 1);
	assert_int_equal(
		mf_publish(&tree, &(struct mf_output){.sink = &mf_sink_fat, .path = path}, &err),
		0);
	unsetenv("TMPDIR");
	assert_string_equal(err.text, "");
}

static void images_are_the_same_everywhere(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_map_close) struct mf_map a = {0}, b = {0};
	char one[128], other[128];
	mode_t mask;

	(void)state;
	tempdir_make(&dir);
	snprintf(one, sizeof(one), "%s/one", dir.path);
	snprintf(other, sizeof(other), "%s/other", dir.path);
	make_image(one, NULL, 1700000000);
	mask = umask(077);
	setenv("TZ", "Asia/Tokyo", 1);
	assert_int_equal(chdir("/"), 0);
	sleep(2); /* FAT counts times in steps of two seconds */
	make_image(other, dir.path, 1700000000);
	umask(mask);
	unsetenv("TZ");
	assert_int_equal(mf_map_file(AT_FDCWD, one, &a, NULL), 0);
	assert_int_equal(mf_map_file(AT_FDCWD, other, &b, NULL), 0);
	assert_true(mf_bytes_equal(a.bytes, b.bytes));
	assert_true(a.bytes.n < 2500000); /* the smallest FAT16 */
}

/* Output of a tool on the image. */
static const char *ask(const char *const *argv, struct mf_buf *output)
{
	struct mf_err err = {0};

	output->len = 0;
	mf_process_run(&(struct mf_process){.argv = argv, .output = output}, &err);
	assert_string_equal(err.text, "");
	return mf_buf_str(output);
}

static void images_are_read_back(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	char image[128];
	const char *const fsck[] = {"fsck.fat", "-n", image, NULL};
	const char *const names[] = {"mdir", "-i", image, "-b", "-/", "::", NULL};
	const char *const times[] = {"mdir", "-i", image, "::/rpms", NULL};
	const char *const content[] = {"mtype", "-i", image, "::/rpms/x86_64/" LONG_NAME, NULL};
	const char *const label[] = {"blkid", "-p", "-o", "export", image, NULL};

	(void)state;
	tempdir_make(&dir);
	snprintf(image, sizeof(image), "%s/image", dir.path);
	make_image(image, NULL, 1700000000);
	assert_non_null(strstr(ask(fsck, &output), ": 7 files,"));
	assert_string_equal(ask(names, &output), "::/empty one/\n"
						 "::/rpms/\n"
						 "::/rhdd3\n"
						 "::/rpms/x86_64/\n"
						 "::/rpms/x86_64/" ODD_NAME "\n"
						 "::/rpms/x86_64/" LONG_NAME "\n");
	assert_non_null(strstr(ask(times, &output), "2023-11-14  22:13"));
	ask(content, &output);
	assert_true(mf_bytes_equal(mf_buf_bytes(&output), (struct mf_bytes){big, sizeof(big)}));
	assert_non_null(strstr(ask(label, &output), "\nLABEL=OEMDRV\n"));
	assert_non_null(strstr(mf_buf_str(&output), "\nTYPE=vfat\n"));
	assert_non_null(strstr(mf_buf_str(&output), "\nVERSION=FAT16\n"));
}

/* Many small files in the root and in a folder: the room for names counts too. */
static void many_files_fit(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	char image[128], name[300];
	const char *const fsck[] = {"fsck.fat", "-n", image, NULL};
	struct mf_err err = {0};

	(void)state;
	tempdir_make(&dir);
	snprintf(image, sizeof(image), "%s/image", dir.path);
	for (unsigned int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "%s%0200u", i % 2 ? "folder/" : "", i);
		assert_int_equal(
			mf_tree_add_bytes(&tree, name, 0644, (struct mf_bytes){big, i * 40}), 0);
	}
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	assert_int_equal(
		mf_publish(&tree, &(struct mf_output){.sink = &mf_sink_fat, .path = image}, &err),
		0);
	assert_non_null(strstr(ask(fsck, &output), ": 501 files,"));
}

struct odd_entry {
	const char *path;
	char kind;
	uint64_t size;
};

static int try_image(const struct odd_entry entries[2], const char *label, struct mf_err *err)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_close_fd) int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	*err = (struct mf_err){0};
	for (int i = 0; i < 2 && entries[i].path; i++) {
		const char *path = entries[i].path;

		switch (entries[i].kind) {
		case 'l': assert_int_equal(mf_tree_add_symlink(&tree, path, "x"), 0); break;
		case 'd': assert_int_equal(mf_tree_add_dir(&tree, path, 0755), 0); break;
		default:
			assert_int_equal(
				mf_tree_add_file(&tree, path, 0644, "/dev/null", entries[i].size),
				0);
		}
	}
	if (label)
		assert_int_equal(mf_tree_add_param(&tree, "label", label), 0);
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	return mf_sink_fat.write(&tree, fd, err);
}

static void what_an_image_cannot_have_is_refused(void **state)
{
	static const struct {
		struct odd_entry entries[2];
		int result;
		const char *message; /* part of it */
	} cases[] = {
		{{{"a*b", 'f', 0}, {0}}, -EINVAL, "a*b: a FAT image cannot have * in a name"},
		{{{"a:b/c", 'f', 0}, {0}}, -EINVAL, "cannot have : in a name"},
		{{{"a\\b", 'd', 0}, {0}}, -EINVAL, "cannot have \\ in a name"},
		{{{"a.", 'f', 0}, {0}}, -EINVAL, "loses the dot or blank"},
		{{{"a /b", 'f', 0}, {0}}, -EINVAL, "loses the dot or blank"},
		{{{"\xc3\xa9", 'f', 0}, {0}}, -EINVAL, "ASCII only"},
		{{{"a[b]/c", 'f', 0}, {0}}, -EINVAL, "brackets"},
		{{{"a[b]", 'd', 0}, {0}}, -EINVAL, "brackets"},
		{{{"link", 'l', 0}, {0}}, -EINVAL, "link: is a symlink"},
		{{{"big", 'f', 4294967296}, {0}}, -EFBIG, "big: has 4294967296 bytes"},
		{{{"big", 'f', 4294967295}, {0}}, -EINVAL, "not a regular file"}, /* it would fit */
		{{{"README", 'f', 0}, {"readme", 'd', 0}}, -EEXIST, "are one name"},
		{{{"A/x", 'f', 0}, {"a/y", 'f', 0}}, -EEXIST, "are one name"},
	};
	static const struct odd_entry none[2];
	char name[300] = "";
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r = try_image(cases[i].entries, NULL, &err);

		if (!strstr(err.text, cases[i].message))
			fail_msg("%zu: %s", i, err.text);
		assert_int_equal(r, cases[i].result);
	}
	memset(name, 'n', 256);
	assert_int_equal(try_image((struct odd_entry[2]){{name, 'd', 0}}, NULL, &err), -EINVAL);
	name[255] = '\0';
	assert_int_equal(try_image((struct odd_entry[2]){{name, 'd', 0}}, NULL, &err), 0);
	assert_int_equal(try_image(none, "ABCDEFGHIJK", &err), 0);
	assert_int_equal(try_image(none, "ABCDEFGHIJKL", &err), -EINVAL);
	assert_int_equal(try_image(none, "", &err), -EINVAL);
	assert_int_equal(try_image(none, "oemdrv", &err), -EINVAL);
	assert_non_null(strstr(err.text, "label oemdrv: a FAT image cannot have it"));
}

static void failures_are_told_once(void **state)
{
	static const struct odd_entry none[2];
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_free_ptr) char *path = strdup(getenv("PATH"));
	char command[256];
	struct mf_err err;

	(void)state;
	tempdir_make(&dir);
	/* mkfs.fat lies in a folder that is always searched */
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(try_image((struct odd_entry[2]){{"d", 'd', 0}}, NULL, &err), -ENOENT);
	assert_string_equal(
		err.text,
		"mmd: not found in PATH; install its package: mtools (Debian), mtools (Red Hat), mtools (SUSE)");
	setenv("PATH", path, 1);
	setenv("TMPDIR", dir.path, 1);
	assert_int_equal(try_image(none, NULL, &err), 0);
	unsetenv("TMPDIR");
	snprintf(command, sizeof(command), "%s", dir.path);
	assert_int_equal(rmdir(command), 0); /* nothing was left in it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_the_same_everywhere),
		cmocka_unit_test(images_are_read_back),
		cmocka_unit_test(many_files_fit),
		cmocka_unit_test(what_an_image_cannot_have_is_refused),
		cmocka_unit_test(failures_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
