// SPDX-License-Identifier: GPL-2.0-or-later
// Scanners on small trees and tarballs made here: what becomes of them, and reading their modules.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/scan.h"
#include "tests/unit/elfmake.h"
#include "tests/unit/tempdir.h"

#define KERNEL "6.1.0-1-amd64"

/* A scratch folder, the current one during a test, and a module. */
struct fixture {
	struct tempdir dir;
	struct mf_buf ko;
	struct mf_drvset set;
	struct mf_err err;
};

static int set_up(void **state)
{
	static const char *const modinfo[] = {"name=box", "version=1.0",
					      "vermagic=" KERNEL " SMP mod_unload ",
					      "alias=pci:v1*", NULL};
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	tempdir_make(&f->dir);
	assert_int_equal(chdir(f->dir.path), 0);
	elfmake(&f->ko, &(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = modinfo});
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(chdir("/"), 0);
	mf_drvset_free(&f->set);
	mf_buf_free(&f->ko);
	tempdir_remove(&f->dir);
	free(f);
	return 0;
}

/* Makes the folders above path, then the file. */
static void put(const char *path, const void *content, size_t n)
{
	char part[256];
	int fd;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdir(part, 0755))
			assert_int_equal(errno, EEXIST);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, n), n);
	close(fd);
}

static void put_gzip(const char *path, const struct mf_buf *content)
{
	gzFile file;

	put(path, "", 0);
	file = gzopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(gzwrite(file, content->data, (unsigned int)content->len), content->len);
	assert_int_equal(gzclose(file), Z_OK);
}

static void add_member(struct archive *out, const char *path, const void *content, size_t n)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, path);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, (int64_t)n);
	assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
	assert_int_equal(archive_write_data(out, content, n), n);
	archive_entry_free(entry);
}

static void put_tarball(const char *path, const struct mf_buf *ko)
{
	struct archive *out = archive_write_new();

	archive_write_set_format_ustar(out);
	archive_write_add_filter_xz(out);
	assert_int_equal(archive_write_open_filename(out, path), ARCHIVE_OK);
	add_member(out, "dkms_main_tree/" KERNEL "/x86_64/log/make.log", "log", 3);
	add_member(out, "dkms_main_tree/" KERNEL "/x86_64/module/box.ko", ko->data, ko->len);
	add_member(out, "dkms_binaries_only/PACKAGE_NAME", "parcel\n", 7);
	add_member(out, "dkms_binaries_only/PACKAGE_VERSION", "2.0\n", 4);
	assert_int_equal(archive_write_close(out), ARCHIVE_OK);
	archive_write_free(out);
}

static const struct mf_driver *only_driver(const struct fixture *f)
{
	assert_int_equal(f->set.n_packages, 1);
	assert_int_equal(f->set.packages[0].n_builds, 1);
	assert_int_equal(f->set.packages[0].builds[0].n_drivers, 1);
	assert_int_equal(f->set.n_notes, 0);
	return &f->set.packages[0].builds[0].drivers[0];
}

static void check_content(struct fixture *f, const struct mf_driver *driver)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};

	assert_int_equal(mf_driver_read(driver, &content, &f->err), 0);
	assert_int_equal(content.len, f->ko.len);
	assert_memory_equal(content.data, f->ko.data, content.len);
}

static void reads_a_compressed_module_of_a_tree(void **state)
{
	struct fixture *f = *state;
	const struct mf_driver *driver;

	put("src/parcel-2.0/dkms.conf", "", 0);
	put_gzip("tree/parcel/2.0/" KERNEL "/x86_64/module/box.ko.gz", &f->ko);
	assert_int_equal(symlink("../../../src/parcel-2.0", "tree/parcel/2.0/source"), 0);
	assert_int_equal(symlink("2.0/" KERNEL "/x86_64", "tree/parcel/kernel-" KERNEL "-x86_64"),
			 0);
	assert_int_equal(mf_scan("tree", MF_MODULE_FACTS, &f->set, &f->err), 0);
	driver = only_driver(f);
	assert_string_equal(f->set.packages[0].name, "parcel");
	assert_string_equal(f->set.packages[0].version, "2.0");
	assert_string_equal(f->set.packages[0].origin, "tree");
	assert_int_equal(f->set.packages[0].builds[0].state, MF_BUILD_INSTALLED);
	assert_null(f->set.packages[0].builds[0].note);
	assert_string_equal(driver->path, "tree/parcel/2.0/" KERNEL "/x86_64/module/box.ko.gz");
	assert_null(driver->member);
	assert_int_equal(driver->compression, MF_COMPRESSION_GZIP);
	assert_string_equal(driver->module.name, "box");
	assert_int_equal(driver->module.aliases.n, 1);
	check_content(f, driver);
}

static void reads_a_member_of_a_tarball(void **state)
{
	struct fixture *f = *state;
	const struct mf_driver *driver;

	put_tarball("parcel.dkms.tar.xz", &f->ko);
	assert_int_equal(mf_scan("parcel.dkms.tar.xz", MF_MODULE_FACTS, &f->set, &f->err), 0);
	driver = only_driver(f);
	assert_string_equal(f->set.packages[0].name, "parcel");
	assert_string_equal(f->set.packages[0].builds[0].kernel, KERNEL);
	assert_int_equal(f->set.packages[0].builds[0].state, MF_BUILD_BUILT);
	assert_string_equal(driver->path, "parcel.dkms.tar.xz");
	assert_string_equal(driver->member, "dkms_main_tree/" KERNEL "/x86_64/module/box.ko");
	check_content(f, driver);
}

static void a_module_that_changed_since_is_refused(void **state)
{
	struct fixture *f = *state;
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};

	put("box.ko", f->ko.data, f->ko.len);
	assert_int_equal(mf_scan("box.ko", MF_MODULE_FACTS, &f->set, &f->err), 0);
	put("box.ko", f->ko.data, f->ko.len - 1);
	assert_int_equal(mf_driver_read(only_driver(f), &content, &f->err), -ESTALE);
	put("box.ko", "", 0);
	assert_int_equal(mf_driver_read(only_driver(f), &content, &f->err), -ESTALE);
	assert_int_equal(unlink("box.ko"), 0);
	assert_int_equal(mf_driver_read(only_driver(f), &content, &f->err), -ENOENT);
}

static void order_of_sources_does_not_matter(void **state)
{
	static const char *const sources[] = {"b", "a/box.ko", "parcel.dkms.tar.gz"};
	struct fixture *f = *state;
	struct mf_drvset other = {0};

	put("a/box.ko", f->ko.data, f->ko.len);
	put("b/deep/box.ko", f->ko.data, f->ko.len);
	put("b/broken.ko", "text", 4);
	put_tarball("parcel.dkms.tar.gz", &f->ko);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(mf_scan(sources[i], 0, &f->set, &f->err), 0);
		assert_int_equal(mf_scan(sources[2 - i], 0, &other, &f->err), 0);
	}
	mf_drvset_sort(&f->set);
	mf_drvset_sort(&other);
	assert_int_equal(f->set.n_packages, 3);
	assert_int_equal(other.n_packages, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(f->set.packages[i].origin, other.packages[i].origin);
	assert_int_equal(f->set.n_notes, 1);
	assert_string_equal(f->set.notes[0].object, "b/broken.ko");
	mf_drvset_free(&other);
}

static void what_is_no_source_is_an_error(void **state)
{
	struct fixture *f = *state;

	put("text", "text", 4);
	put("empty.ko", "", 0);
	assert_int_equal(mf_scan("missing", 0, &f->set, &f->err), -ENOENT);
	assert_int_equal(mf_scan("text", 0, &f->set, &f->err), -EBADMSG);
	assert_int_equal(mf_scan("empty.ko", 0, &f->set, &f->err), -EBADMSG);
	assert_int_equal(mf_scan("/dev/null", 0, &f->set, NULL), -EINVAL);
	assert_int_equal(f->set.n_packages, 0);
}

static void files_are_read_within_limits(void **state)
{
	struct fixture *f = *state;
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	struct mf_map map = {0};

	put("file", "12345", 5);
	put("nothing", "", 0);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(mf_read_file("file", 5, &content, &f->err), 0);
	assert_string_equal(mf_buf_str(&content), "12345");
	assert_int_equal(mf_read_file("file", 4, &content, &f->err), -EFBIG);
	assert_true(mf_has_prefix(f->err.text, "file: larger than 4 bytes"));
	assert_int_equal(mf_read_file("missing", 4, &content, &f->err), -ENOENT);
	assert_int_equal(mf_map_file(AT_FDCWD, "file", &map, &f->err), 0);
	assert_int_equal(map.bytes.n, 5);
	mf_map_close(&map);
	assert_int_equal(mf_map_file(AT_FDCWD, "nothing", &map, &f->err), 0);
	assert_int_equal(map.bytes.n, 0);
	assert_int_equal(mf_map_file(AT_FDCWD, "pipe", &map, &f->err), -EINVAL);
	assert_int_equal(mf_map_file(AT_FDCWD, ".", &map, &f->err), -EINVAL);
	assert_int_equal(mf_map_file(AT_FDCWD, "missing", &map, &f->err), -ENOENT);
	mf_map_close(&map);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_FIXTURE(reads_a_compressed_module_of_a_tree),
		WITH_FIXTURE(reads_a_member_of_a_tarball),
		WITH_FIXTURE(a_module_that_changed_since_is_refused),
		WITH_FIXTURE(order_of_sources_does_not_matter),
		WITH_FIXTURE(what_is_no_source_is_an_error),
		WITH_FIXTURE(files_are_read_within_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
