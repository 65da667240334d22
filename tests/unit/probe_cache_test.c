// SPDX-License-Identifier: GPL-2.0-or-later
// What is remembered of a probed initrd: found again, never when the file or the memory is another.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/unit/unit.h"

#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/probe_cache.h"
#include "tests/unit/initrdmake.h"
#include "tests/unit/tempdir.h"

/* An initrd and a folder that remembers it. */
struct fixture {
	struct tempdir dir;
	char initrd[128];
	char cache[128];
	struct mf_probe_options options;
	struct mf_probe probe;
	struct mf_err err;
};

static void write_initrd(struct fixture *f, const char *words)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	const struct timespec tick = {.tv_nsec = 30000000};

	initrdmake(&image, words);
	initrdmake(&image, "|");
	initrdmake_write(f->initrd, mf_buf_bytes(&image));
	nanosleep(&tick, NULL); /* what changed just now is not remembered */
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	tempdir_make(&f->dir);
	snprintf(f->initrd, sizeof(f->initrd), "%s/initrd", f->dir.path);
	snprintf(f->cache, sizeof(f->cache), "%s/deep/cache", f->dir.path);
	f->options.cache = f->cache;
	write_initrd(f, "lib/ lib/modules/ lib/modules/6.1/ lib/modules/6.1/a.ko:b,c "
			"lib/modules/6.1/modules.order=x; lib/firmware/ lib/firmware/f=1 bin>lib "
			"etc/ etc/os-release=ID=debian;VERSION_ID=12;PRETTY_NAME=D "
			"etc/modprobe.d/ etc/modprobe.d/a.conf=blacklist~no");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mf_probe_free(&f->probe);
	tempdir_remove(&f->dir);
	free(f);
	return 0;
}

/* Probes; whether the facts were remembered ones. */
static bool is_cached(struct fixture *f)
{
	mf_probe_free(&f->probe);
	assert_int_equal(mf_probe_initrd(f->initrd, &f->options, &f->probe, &f->err), 0);
	return f->probe.is_cached;
}

/* Path of the only file in the cache's folder; how many there are. */
static size_t find_files(struct fixture *f, char path[256])
{
	DIR *dir = opendir(f->cache);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		assert_true(snprintf(path, 256, "%.120s/%.120s", f->cache, entry->d_name) < 256);
		n++;
	}
	closedir(dir);
	return n;
}

static void test_same_facts(void **state)
{
	struct fixture *f = *state;
	const struct mf_kernel *kernel;
	const struct mf_export *export;
	struct stat st;
	char path[256];

	assert_false(is_cached(f));
	assert_true(is_cached(f));
	assert_true(is_cached(f));
	assert_int_equal(f->probe.n_kernels, 1);
	kernel = &f->probe.kernels[0];
	assert_string_equal(kernel->release, "6.1");
	assert_string_equal(kernel->folder, "lib/modules/6.1");
	assert_string_equal(kernel->arch, "x86_64");
	assert_string_equal(kernel->modules[0].path, "a.ko");
	assert_string_equal(kernel->modules[0].depends.v[1], "c");
	assert_memory_equal(kernel->indexes.order.p, "x\n", 2);
	export = mf_symtab_find(&kernel->symbols, "a_export");
	assert_non_null(export);
	assert_string_equal(export->owner, "a");
	assert_int_equal(export->crc, 0x10);
	assert_int_equal(export->is_gpl, MF_ANSWER_NO);
	assert_null(mf_symtab_find(&kernel->symbols, "printk")->owner);
	assert_string_equal(f->probe.distribution, "D");
	assert_ptr_equal(f->probe.target, mf_target_find("debian12"));
	assert_string_equal(f->probe.framework, "unknown");
	assert_string_equal(f->probe.blacklist.v[0], "no");
	assert_string_equal(f->probe.firmware.v[0], "f");
	assert_string_equal(f->probe.base.links[0].target, "lib");
	assert_int_equal(f->probe.base.dirs.n, 6);

	assert_int_equal(find_files(f, path), 1);
	assert_int_equal(stat(f->cache, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_changed_file(void **state)
{
	struct fixture *f = *state;
	const struct timespec times[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};

	assert_false(is_cached(f));
	assert_true(is_cached(f));
	write_initrd(f, "x/");
	assert_false(is_cached(f));
	assert_true(is_cached(f));
	assert_int_equal(f->probe.n_kernels, 0);
	/* the same bytes, but touched */
	assert_int_equal(utimensat(AT_FDCWD, f->initrd, times, 0), 0);
	assert_false(is_cached(f));
	/* asked for another kernel */
	nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
	assert_false(is_cached(f));
	f->options.kernel = "6.1";
	assert_false(is_cached(f));
	assert_true(is_cached(f));
	/* without a cache */
	f->options.cache = NULL;
	assert_false(is_cached(f));
}

/* Whatever is changed in the file, it is not believed, and written again. */
static void test_damaged(void **state)
{
	struct fixture *f = *state;
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};
	char path[256];

	assert_false(is_cached(f));
	assert_int_equal(find_files(f, path), 1);
	assert_int_equal(mf_read_file(path, 1 << 20, &bytes, &f->err), 0);
	for (size_t i = 0; i < bytes.len; i += 1 + bytes.len / 50) {
		bytes.data[i] ^= 0x40;
		initrdmake_write(path, mf_buf_bytes(&bytes));
		assert_false(is_cached(f));
		assert_true(is_cached(f));
		bytes.data[i] ^= 0x40;
		initrdmake_write(path, mf_bytes_sub(mf_buf_bytes(&bytes), 0, i));
		assert_false(is_cached(f));
	}
	initrdmake_write(path, mf_buf_bytes(&bytes));
	assert_true(is_cached(f));
}

/* Nothing that others could have written is read, and nothing written where they can. */
static void test_foreign(void **state)
{
	struct fixture *f = *state;
	char path[256], other[300];

	assert_false(is_cached(f));
	assert_int_equal(find_files(f, path), 1);
	assert_int_equal(chmod(path, 0622), 0);
	assert_false(is_cached(f));
	assert_true(is_cached(f));
	/* a symlink to our own file */
	snprintf(other, sizeof(other), "%s.other", path);
	assert_int_equal(rename(path, other), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_false(is_cached(f));
	assert_true(is_cached(f));
	assert_int_equal(unlink(other), 0);
	assert_int_equal(chmod(f->cache, 0777), 0);
	assert_false(is_cached(f));
	assert_false(is_cached(f));
	assert_int_equal(chmod(f->cache, 0700), 0);
	assert_true(is_cached(f));
	/* no folder at all */
	f->options.cache = f->initrd;
	assert_false(is_cached(f));
	f->options.cache = "/proc/nowhere";
	assert_false(is_cached(f));
}

static void test_newest_are_kept(void **state)
{
	struct fixture *f = *state;
	char path[256], release[8], other[256];

	assert_false(is_cached(f));
	snprintf(other, sizeof(other), "%s/others-file", f->cache);
	initrdmake_write(other, initrdmake_text("x"));
	for (unsigned int i = 0; i < MF_PROBE_CACHE_FILES + 8; i++) {
		snprintf(release, sizeof(release), "%u", i);
		f->options.kernel = release;
		assert_false(is_cached(f));
		assert_true(is_cached(f));
		f->options.kernel = NULL; /* used again and again */
		assert_true(is_cached(f));
	}
	assert_int_equal(find_files(f, path), MF_PROBE_CACHE_FILES + 1);
	assert_int_equal(access(other, F_OK), 0);
	f->options.kernel = release;
	assert_true(is_cached(f));
	f->options.kernel = "0";
	assert_false(is_cached(f));
}

static void test_folder(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};

	(void)state;
	setenv("XDG_CACHE_HOME", "/x/cache", 1);
	assert_string_equal(mf_probe_cache(&arena), "/x/cache/modferry");
	setenv("XDG_CACHE_HOME", "relative", 1);
	setenv("HOME", "/home/x", 1);
	assert_string_equal(mf_probe_cache(&arena),
			    geteuid() ? "/home/x/.cache/modferry" : "/var/cache/modferry");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	if (geteuid())
		assert_null(mf_probe_cache(&arena));
}

/* What was remembered of a file as an initrd says nothing of it as a medium. */
static void test_kind_of_file(void **state)
{
	struct fixture *f = *state;

	assert_false(is_cached(f));
	assert_true(is_cached(f));
	mf_probe_free(&f->probe);
	assert_int_not_equal(mf_probe_iso(f->initrd, &f->options, &f->probe, &f->err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_facts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_kind_of_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_foreign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_newest_are_kept, set_up, tear_down),
		cmocka_unit_test(test_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
