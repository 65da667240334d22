// SPDX-License-Identifier: GPL-2.0-or-later
// The store of built files: hits, damage, the limit, and whom it trusts.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/io/folder.h"
#include "lib/io/nested_store.h"
#include "tests/unit/tempdir.h"

#define SIZE ((size_t)1000)

/* Keys are 64 hex digits. */
static const char *key_of(unsigned int i, char out[65])
{
	snprintf(out, 65, "%064x", i);
	return out;
}

static int scratch(void)
{
	int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void put(struct mf_store *store, unsigned int i)
{
	MF_CLEANUP(mf_close_fd) int fd = scratch();
	char content[SIZE], key[65];

	memset(content, (int)i, sizeof(content));
	assert_int_equal(write(fd, content, sizeof(content)), sizeof(content));
	mf_store_put(store, key_of(i, key), fd);
}

/* Whether the store has it, whole. */
static bool get(struct mf_store *store, unsigned int i)
{
	MF_CLEANUP(mf_close_fd) int fd = scratch();
	char content[SIZE + 1], wanted[SIZE], key[65];
	int r = mf_store_get(store, key_of(i, key), fd, NULL);
	ssize_t n = pread(fd, content, sizeof(content), 0);

	memset(wanted, (int)i, sizeof(wanted));
	if (r) {
		assert_int_equal(r, -ENOENT);
		assert_int_equal(n, 0);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
		return false;
	}
	assert_int_equal(n, SIZE);
	assert_memory_equal(content, wanted, SIZE);
	return true;
}

static void open_store(const struct tempdir *dir, uint64_t limit, struct mf_store *out)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/made/here/store", dir->path);
	assert_int_equal(mf_store_open(path, limit, out, NULL), 0);
}

static void what_was_put_is_found_by_a_later_run(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct mf_store store = {0};
	struct stat st;

	(void)state;
	tempdir_make(&dir);
	open_store(&dir, MF_STORE_LIMIT, &store);
	assert_int_equal(fstat(store.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_false(get(&store, 1));
	put(&store, 1);
	mf_store_close(&store);
	mf_store_close(&store);
	open_store(&dir, MF_STORE_LIMIT, &store);
	assert_true(get(&store, 1));
	assert_false(get(&store, 2));
	mf_store_close(&store);
}

/* Each byte lost, and some changed: never used, and gone so that it is built anew. */
static void damage_is_never_used(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct mf_store store = {0};
	char key[65];

	(void)state;
	tempdir_make(&dir);
	open_store(&dir, MF_STORE_LIMIT, &store);
	for (off_t at = 0; at < (off_t)SIZE + 65; at += 13) {
		for (int is_cut = 0; is_cut < 2; is_cut++) {
			MF_CLEANUP(mf_close_fd) int fd = -1;

			put(&store, 7);
			fd = openat(store.fd, key_of(7, key), O_WRONLY | O_CLOEXEC);
			assert_true(fd >= 0);
			if (is_cut)
				assert_int_equal(ftruncate(fd, at), 0);
			else
				assert_int_equal(pwrite(fd, "!", 1, at), 1);
			assert_false(get(&store, 7));
			assert_int_equal(faccessat(store.fd, key, F_OK, 0), -1);
		}
	}
	assert_int_equal(symlinkat("/etc/passwd", store.fd, key_of(8, key)), 0);
	assert_false(get(&store, 8));
	mf_store_close(&store);
}

static void the_longest_unused_goes_first(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct mf_store store = {0};
	char key[65];

	(void)state;
	tempdir_make(&dir);
	open_store(&dir, 4 * (SIZE + 65), &store);
	for (unsigned int i = 1; i <= 4; i++) {
		struct timespec times[2] = {{.tv_sec = i}, {.tv_sec = i}};

		put(&store, i);
		assert_int_equal(utimensat(store.fd, key_of(i, key), times, 0), 0);
	}
	assert_true(get(&store, 1)); /* used now */
	put(&store, 5);
	assert_false(get(&store, 2));
	assert_true(get(&store, 1));
	assert_true(get(&store, 3));
	assert_true(get(&store, 5));
	mf_store_close(&store);
	open_store(&dir, SIZE, &store); /* too small for any */
	assert_false(get(&store, 1));
	put(&store, 6);
	assert_false(get(&store, 6));
	mf_store_close(&store);
}

static void only_its_own_files_are_touched(void **state)
{
	static const char *const names[] = {"new-0123456789abcdef", "new-0123456789abcdeg",
					    "notes"};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct mf_store store = {0};

	(void)state;
	tempdir_make(&dir);
	open_store(&dir, MF_STORE_LIMIT, &store);
	for (size_t i = 0; i < 3; i++) {
		int fd = openat(store.fd, names[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		close(fd);
	}
	mf_store_close(&store);
	open_store(&dir, 0, &store);
	assert_int_equal(faccessat(store.fd, names[0], F_OK, 0), -1); /* of a killed run */
	assert_int_equal(faccessat(store.fd, names[1], F_OK, 0), 0);
	assert_int_equal(faccessat(store.fd, names[2], F_OK, 0), 0);
	mf_store_close(&store);
}

static void a_store_of_others_is_refused(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	struct mf_store store = {0};
	struct mf_err err = {0};

	(void)state;
	tempdir_make(&dir);
	assert_int_equal(chmod(dir.path, 0770), 0);
	assert_int_equal(mf_store_open(dir.path, MF_STORE_LIMIT, &store, &err), -EPERM);
	assert_non_null(strstr(err.text, "others may write to it"));
	assert_false(store.is_open);
	if (!geteuid()) {
		assert_int_equal(chmod(dir.path, 0700), 0);
		assert_int_equal(chown(dir.path, 12345, (gid_t)-1), 0);
	}
	assert_int_equal(mf_store_open(geteuid() ? "/" : dir.path, MF_STORE_LIMIT, &store, &err),
			 -EPERM);
	assert_non_null(strstr(err.text, "belongs to another user"));
	assert_int_equal(mf_store_open("/proc/none/store", MF_STORE_LIMIT, &store, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/proc/none/store: cannot be used as store"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_found_by_a_later_run),
		cmocka_unit_test(damage_is_never_used),
		cmocka_unit_test(the_longest_unused_goes_first),
		cmocka_unit_test(only_its_own_files_are_touched),
		cmocka_unit_test(a_store_of_others_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
