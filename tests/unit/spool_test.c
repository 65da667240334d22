// SPDX-License-Identifier: GPL-2.0-or-later
// Temporary content: views of the spool, and work folders that come and go.
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/io/folder.h"
#include "lib/io/spool.h"
#include "lib/io/workdir.h"
#include "tests/unit/tempdir.h"

static size_t count_files(const char *path)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;

	assert_int_equal(mf_folder_read(AT_FDCWD, path, false, &folder), 0);
	return folder.n;
}

/* A folder that TMPDIR names. */
static void make_root(struct tempdir *dir)
{
	tempdir_make(dir);
	assert_int_equal(setenv("TMPDIR", dir->path, 1), 0);
}

static bool is_all(struct mf_bytes view, uint8_t byte)
{
	for (size_t i = 0; i < view.n; i++) {
		if (view.p[i] != byte)
			return false;
	}
	return true;
}

static void views_stay_valid(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_spool_free) struct mf_spool spool = {0};
	struct mf_bytes views[40];
	uint8_t content[10000];

	(void)state;
	make_root(&dir);
	for (size_t i = 0; i < 40; i++) {
		memset(content, (int)i, sizeof(content));
		assert_int_equal(
			mf_spool_add(&spool, (struct mf_bytes){content, i * 250}, &views[i], NULL),
			0);
		assert_int_equal(views[i].n, i * 250);
	}
	assert_int_equal(count_files(dir.path), 0); /* nothing that could be left behind */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 40; i++)
			assert_true(is_all(views[i], (uint8_t)i));
		for (size_t i = 0; i < 40; i++)
			mf_spool_drop(&spool, views[i]);
	}
	mf_spool_free(&spool);
	assert_false(spool.is_open);
}

/* Pages of files that this process has in memory (proc(5), statm: shared). */
static long file_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, resident, shared;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld %ld", &size, &resident, &shared), 3);
	fclose(file);
	return shared;
}

static void dropped_views_take_no_memory(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_spool_free) struct mf_spool spool = {0};
	MF_CLEANUP(mf_free_ptr) uint8_t *content = calloc(16, 1 << 20);
	struct mf_bytes view;
	long before;

	(void)state;
	make_root(&dir);
	assert_non_null(content);
	assert_int_equal(mf_spool_add(&spool, (struct mf_bytes){content, 16 << 20}, &view, NULL),
			 0);
	assert_true(is_all(view, 0));
	before = file_pages();
	mf_spool_drop(&spool, view);
	assert_true(file_pages() * sysconf(_SC_PAGESIZE) <=
		    before * sysconf(_SC_PAGESIZE) - (15 << 20));
	assert_true(is_all(view, 0));
	content[0] = 7; /* of others nothing is forgotten */
	mf_spool_drop(&spool, (struct mf_bytes){content, 16 << 20});
	assert_int_equal(content[0], 7);
}

static void a_spool_without_place_says_where(void **state)
{
	struct mf_spool spool = {0};
	struct mf_bytes view;
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nonexistent/place", 1), 0);
	assert_int_equal(
		mf_spool_add(&spool, (struct mf_bytes){(const uint8_t *)"x", 1}, &view, &err),
		-ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/place: "));
	assert_non_null(strstr(err.text, "TMPDIR"));
	mf_spool_free(&spool);
}

static void work_folders_are_private_and_go(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct mf_workdir first, second;
	char path[sizeof(first.path)];
	struct stat st;

	(void)state;
	make_root(&dir);
	assert_int_equal(mf_workdir_make(&first, NULL), 0);
	assert_int_equal(stat(first.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(mf_workdir_make(&second, NULL), 0);
	assert_int_equal(count_files(dir.path), 2); /* the first one is in use */
	memcpy(path, first.path, sizeof(path));
	mf_workdir_remove(&first);
	assert_int_equal(stat(path, &st), -1);
	mf_workdir_remove(&first);
	mf_workdir_remove(&second);
	assert_int_equal(count_files(dir.path), 0);
}

static void only_what_a_killed_run_left_is_removed(void **state)
{
	static const char *const others[] = {"modferry-work-1234567", "modferry-work-1234567g",
					     "modferry-work-123456789", "something"};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct mf_workdir work;
	char path[256];
	pid_t child;

	(void)state;
	make_root(&dir);
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir.path, others[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	child = fork();
	if (!child) {
		(void)!mf_workdir_make(&work, NULL);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(count_files(dir.path), 5);
	assert_int_equal(mf_workdir_make(&work, NULL), 0);
	assert_int_equal(count_files(dir.path), 5);
	mf_workdir_remove(&work);
	assert_int_equal(count_files(dir.path), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(views_stay_valid),
		cmocka_unit_test(dropped_views_take_no_memory),
		cmocka_unit_test(a_spool_without_place_says_where),
		cmocka_unit_test(work_folders_are_private_and_go),
		cmocka_unit_test(only_what_a_killed_run_left_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
