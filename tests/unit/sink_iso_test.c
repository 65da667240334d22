// SPDX-License-Identifier: GPL-2.0-or-later
// ISO images: the same bytes wherever they are made, every name as it was, read back by others.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/process.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"
#include "tests/unit/tempdir.h"

#define MTIME 1700000000
#define LONG_NAME \
	"kmod-a-driver-with-a-long-name-5.14.0-427.13.1.el9_4.x86_64-3.8.4-1.modferry.x86_64.rpm"
#define ODD_NAME "a \"b\" 'c' $;`(d)` \\101\\n *?[e] =%{f} -- #\xc3\xa9"

static void put_file(const char *folder, const char *name, size_t size)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc(name[0], file);
	fclose(file);
}

/* Two files on disk whose inodes come in the order asked for, and what is only in memory. */
static void make_tree(struct mf_tree *tree, const char *folder, bool is_reversed)
{
	static const uint8_t text[] = "Driver Update Disk version 3";
	char *source;

	put_file(folder, is_reversed ? "b" : "a", is_reversed ? 7000 : 5000);
	put_file(folder, is_reversed ? "a" : "b", is_reversed ? 5000 : 7000);
	tree->mtime = MTIME;
	assert_int_equal(mf_tree_add_param(tree, "label", "OEMDRV"), 0);
	assert_int_equal(
		mf_tree_add_bytes(tree, "rhdd3", 0644, (struct mf_bytes){text, sizeof(text) - 1}),
		0);
	assert_int_equal(mf_tree_add_dir(tree, "empty", 0700), 0);
	assert_int_equal(mf_tree_add_bytes(tree, "rpms/" ODD_NAME, 0600, (struct mf_bytes){0}), 0);
	source = mf_arena_printf(&tree->arena, "%s/a", folder);
	assert_int_equal(mf_tree_add_file(tree, "rpms/" LONG_NAME, 0444, source, 5000), 0);
	source = mf_arena_printf(&tree->arena, "%s/b", folder);
	assert_int_equal(mf_tree_add_file(tree, "-b --", 0755, source, 7000), 0);
	assert_int_equal(mf_tree_add_symlink(tree, "link *", "rpms/" ODD_NAME), 0);
	assert_int_equal(mf_tree_finish(tree, NULL), 0);
}

static void make_image(const struct tempdir *dir, const char *name, bool is_other)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	char folder[128], path[128];

	snprintf(folder, sizeof(folder), "%s/%s.sources", dir->path, name);
	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	assert_int_equal(mkdir(folder, 0777), 0);
	make_tree(&tree, folder, is_other);
	setenv("TMPDIR", folder, 1);
	assert_int_equal(
		mf_publish(&tree, &(struct mf_output){.sink = &mf_sink_iso, .path = path}, &err),
		0);
	assert_string_equal(err.text, "");
	unsetenv("TMPDIR");
}

static void images_are_the_same_everywhere(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_map_close) struct mf_map a = {0}, b = {0};
	char path[128];
	mode_t mask;

	(void)state;
	tempdir_make(&dir);
	make_image(&dir, "here", false);
	mask = umask(077);
	setenv("TZ", "Asia/Tokyo", 1);
	setenv("SOURCE_DATE_EPOCH", "12345", 1); /* for the tree alone */
	assert_int_equal(chdir("/"), 0);
	sleep(1); /* a clock with seconds would show */
	make_image(&dir, "elsewhere", true);
	umask(mask);
	unsetenv("TZ");
	unsetenv("SOURCE_DATE_EPOCH");
	snprintf(path, sizeof(path), "%s/here", dir.path);
	assert_int_equal(mf_map_file(AT_FDCWD, path, &a, NULL), 0);
	snprintf(path, sizeof(path), "%s/elsewhere", dir.path);
	assert_int_equal(mf_map_file(AT_FDCWD, path, &b, NULL), 0);
	assert_true(mf_bytes_equal(a.bytes, b.bytes));
	assert_int_equal(a.bytes.n % 2048, 0);
	/* nothing of who made it */
	assert_null(memmem(a.bytes.p, a.bytes.n, "XORRISO", 7));
	assert_null(memmem(a.bytes.p, a.bytes.n, "modferry-", 9));
}

/* What libarchive reads of it. */
static const struct {
	const char *path;
	mode_t mode;
	int64_t size;
	const char *link;
} wanted[] = {
	{".", S_IFDIR | 0755, 0, NULL},
	{"-b --", S_IFREG | 0755, 7000, NULL},
	{"empty", S_IFDIR | 0700, 0, NULL},
	{"link *", S_IFLNK | 0777, 0, "rpms/" ODD_NAME},
	{"rhdd3", S_IFREG | 0644, 28, NULL},
	{"rpms", S_IFDIR | 0755, 0, NULL},
	{"rpms/" ODD_NAME, S_IFREG | 0600, 0, NULL},
	{"rpms/" LONG_NAME, S_IFREG | 0444, 5000, NULL},
};

static void check_entry(struct archive *archive, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	uint8_t bytes[8192];

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcmp(path, wanted[i].path) != 0)
			continue;
		assert_int_equal(archive_entry_mode(entry), wanted[i].mode);
		assert_int_equal(archive_entry_mtime(entry), MTIME);
		assert_int_equal(archive_entry_atime(entry), MTIME);
		assert_int_equal(archive_entry_ctime(entry), MTIME);
		assert_int_equal(archive_entry_uid(entry), 0);
		assert_int_equal(archive_entry_gid(entry), 0);
		if (S_ISREG(wanted[i].mode))
			assert_int_equal(archive_read_data(archive, bytes, sizeof(bytes)),
					 wanted[i].size);
		if (wanted[i].size == 5000)
			assert_true(bytes[0] == 'a' && bytes[4999] == 'a');
		if (wanted[i].link)
			assert_string_equal(archive_entry_symlink(entry), wanted[i].link);
		return;
	}
	fail_msg("nobody put %s there", path);
}

static void images_are_read_back(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	char path[128];
	size_t n = 0;

	(void)state;
	tempdir_make(&dir);
	make_image(&dir, "image", false);
	snprintf(path, sizeof(path), "%s/image", dir.path);
	archive_read_support_format_iso9660(archive);
	assert_int_equal(archive_read_open_filename(archive, path, 10240), ARCHIVE_OK);
	for (; archive_read_next_header(archive, &entry) == ARCHIVE_OK; n++)
		check_entry(archive, entry);
	assert_int_equal(n, sizeof(wanted) / sizeof(wanted[0]));
	archive_read_free(archive);
}

static void label_and_joliet_are_seen_by_blkid(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	char path[128], joliet[2 * sizeof(LONG_NAME)];
	const char *const argv[] = {"blkid", "-p", "-o", "export", path, NULL};

	(void)state;
	tempdir_make(&dir);
	make_image(&dir, "image", false);
	snprintf(path, sizeof(path), "%s/image", dir.path);
	assert_int_equal(
		mf_process_run(&(struct mf_process){.argv = argv, .output = &output}, NULL), 0);
	assert_non_null(strstr(mf_buf_str(&output), "\nLABEL=OEMDRV\n"));
	assert_non_null(strstr(mf_buf_str(&output), "\nTYPE=iso9660\n"));
	assert_non_null(strstr(mf_buf_str(&output), "Joliet"));
	assert_non_null(strstr(mf_buf_str(&output), "\nUUID=2023-11-14-22-13-20-00\n"));
	/* the long name, whole, in big-endian UCS-2 */
	for (size_t i = 0; i < sizeof(LONG_NAME) - 1; i++) {
		joliet[2 * i] = '\0';
		joliet[2 * i + 1] = LONG_NAME[i];
	}
	assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
	assert_non_null(memmem(map.bytes.p, map.bytes.n, joliet, 2 * (sizeof(LONG_NAME) - 1)));
}

/* Writes a tree with one file of that name, that label and time. */
static int try_image(const char *name, const char *label, uint64_t mtime, struct mf_err *err)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {.mtime = mtime};
	MF_CLEANUP(mf_close_fd) int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	*err = (struct mf_err){0};
	assert_int_equal(mf_tree_add_bytes(&tree, name, 0644, (struct mf_bytes){0}), 0);
	if (label)
		assert_int_equal(mf_tree_add_param(&tree, "label", label), 0);
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	return mf_sink_iso.write(&tree, fd, err);
}

static void what_an_image_cannot_have_is_refused(void **state)
{
	static const struct {
		const char *label;
		int result;
	} labels[] = {
		{"OEMDRV", 0},
		{"RHEL-9-4-0-BaseOS-x86_64", 0},
		{"My drivers $(x)", 0},
		{"12345678901234567890123456789012", 0},
		{"123456789012345678901234567890123", -EINVAL},
		{"", -EINVAL},
		{" A", -EINVAL},
		{"A ", -EINVAL},
		{"A/B", -EINVAL},
		{"A\\B", -EINVAL},
		{"A\nB", -EINVAL},
		{"\xc3\xa9", -EINVAL},
	};
	char name[300];
	struct mf_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		assert_int_equal(try_image("a", labels[i].label, 0, &err), labels[i].result);
		assert_int_equal(!err.text[0], !labels[i].result);
	}
	memset(name, 'n', sizeof(name));
	name[103] = '\0';
	assert_int_equal(try_image(name, NULL, 0, &err), 0);
	name[103] = 'n';
	name[104] = '\0';
	assert_int_equal(try_image(name, NULL, 0, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.text, "at most 103 characters (Joliet)"));
	name[104] = 'n';
	name[256] = '\0';
	assert_int_equal(try_image(name, NULL, 0, &err), -ENAMETOOLONG);
	assert_int_equal(try_image("a\xff", NULL, 0, &err), -EILSEQ);
	assert_int_equal(try_image("a", NULL, 5869583999, &err), 0);
	assert_int_equal(try_image("a", NULL, 5869584000, &err), -ERANGE);
}

static void failures_are_told_once(void **state)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_close_fd) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(mf_tree_add_file(&tree, "a", 0644, "/proc/version", 12345), 0);
	assert_int_equal(mf_sink_iso.write(&tree, fd, &err), -ESTALE);
	tree.n_entries = 0;
	assert_int_equal(mf_sink_iso.write(&tree, fd, &err), -ENOSPC); /* the disk is full */
	assert_non_null(strstr(err.text, "No space left on device"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_the_same_everywhere),
		cmocka_unit_test(images_are_read_back),
		cmocka_unit_test(label_and_joliet_are_seen_by_blkid),
		cmocka_unit_test(what_an_image_cannot_have_is_refused),
		cmocka_unit_test(failures_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
