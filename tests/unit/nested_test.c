// SPDX-License-Identifier: GPL-2.0-or-later
// Nested trees become files: order, each content once, the store, folders, failures.
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/folder.h"
#include "lib/io/nested.h"
#include "lib/io/sinks.h"
#include "lib/io/source.h"
#include "tests/unit/tempdir.h"

/* --- sinks of this test ------------------------------------------------------------------------
 */

static atomic_int n_written; /* trees, by any sink here */
static atomic_int n_meeting;

/* All paths and contents, and the parameter "signer". */
static int write_text(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *signer = mf_tree_param(tree, "signer");

	atomic_fetch_add(&n_written, 1);
	if (signer)
		mf_buf_printf(&text, "signer %s\n", signer);
	for (size_t i = 0; i < tree->n_entries; i++) {
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};
		struct mf_bytes content;
		int r = mf_entry_content(&tree->entries[i], &map, &content, err);

		if (r)
			return r;
		mf_buf_printf(&text, "%s %o <", tree->entries[i].path, tree->entries[i].mode);
		mf_buf_add(&text, content.p, content.n);
		mf_buf_adds(&text, ">\n");
	}
	return mf_write_all(fd, mf_buf_bytes(&text), err);
}

/* Waits until another one is at work too, for 20 s at most. */
static int write_meeting(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	atomic_fetch_add(&n_meeting, 1);
	for (int i = 0; i < 20000 && atomic_load(&n_meeting) < 2; i++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return atomic_load(&n_meeting) < 2 ? -ETIMEDOUT : write_text(tree, fd, err);
}

static int write_failure(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	(void)fd;
	nanosleep(&(struct timespec){.tv_nsec = tree->n_entries > 1 ? 0 : 20000000}, NULL);
	return mf_fail(err, -EIO, "has %zu entries", tree->n_entries);
}

/* A folder with modes of its own, a folder and a link in it. */
static int write_folder(const struct mf_tree *tree, int folder, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int index = -1;
	int r = mf_sink_dir.write(tree, folder, err);

	if (r)
		return r;
	if (mkdirat(folder, "meta", 0700) || symlinkat("meta/index", folder, "index"))
		return -errno;
	index = openat(folder, "meta/index", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return index < 0 ? -errno : write_text(tree, index, err);
}

static int kill_self(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	int r = write_text(tree, fd, err);

	raise(SIGKILL);
	return r;
}

static const struct mf_sink sinks[] = {
	{.name = "text", .is_stream = true, .write = write_text},
	{.name = "tooled", .is_stream = true, .tool = "sh-that-is-missing", .write = write_text},
	{.name = "meet", .is_stream = true, .write = write_meeting},
	{.name = "fail", .is_stream = true, .write = write_failure},
	{.name = "folder", .write = write_folder},
	{.name = "repo", .is_stream = true, .write = write_text},
	{.name = "rpm", .is_stream = true, .write = write_text},
	{.name = "kill", .is_stream = true, .write = kill_self},
};

static const struct mf_sink *find(const char *name)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		if (strcmp(sinks[i].name, name) == 0)
			return &sinks[i];
	}
	return NULL;
}

/* --- trees --------------------------------------------------------------------------------------
 */

static struct mf_bytes bytes(const char *text)
{
	return (struct mf_bytes){(const uint8_t *)text, strlen(text)};
}

/* A nested tree with one file "f". */
static struct mf_tree *add_nested(struct mf_tree *tree, const char *path, const char *sink,
				  const char *content)
{
	struct mf_tree *nested = NULL;

	assert_int_equal(mf_tree_add_tree(tree, path, 0640, sink, &nested), 0);
	assert_int_equal(mf_tree_add_bytes(nested, "f", 0644, bytes(content)), 0);
	return nested;
}

/* The whole tree, with the contents of its files. */
static void show(const struct mf_tree *tree, struct mf_buf *out)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		static const char kinds[] = {'d', 'f', 'f', 'l', 't'};
		const struct mf_entry *entry = &tree->entries[i];
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};
		struct mf_bytes content;

		assert_int_equal(mf_entry_content(entry, &map, &content, NULL), 0);
		mf_buf_printf(out, "%c %o %s <%.*s>\n", kinds[entry->kind], entry->mode,
			      entry->path, (int)content.n,
			      content.p ? (const char *)content.p : "");
	}
}

static int write_with(struct mf_tree *tree, struct mf_nested_options options, struct mf_buf *out,
		      struct mf_err *err)
{
	MF_CLEANUP(mf_nested_free) struct mf_nested nested = {0};
	int r;

	options.find = find;
	assert_int_equal(mf_tree_finish(tree, NULL), 0);
	atomic_store(&n_written, 0);
	r = mf_nested_write(tree, &options, &nested, err);
	if (!r)
		show(tree, out);
	return r;
}

static int written(void)
{
	return atomic_load(&n_written);
}

/* A folder that TMPDIR names: what is left behind would be seen in it. */
static void make_root(struct tempdir *dir)
{
	tempdir_make(dir);
	assert_int_equal(setenv("TMPDIR", dir->path, 1), 0);
}

static void assert_empty(const char *path)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;

	assert_int_equal(mf_folder_read(AT_FDCWD, path, false, &folder), 0);
	assert_int_equal(folder.n, 0);
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void inner_trees_come_first(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_tree *one, *two;

	(void)state;
	make_root(&dir);
	one = add_nested(&tree, "one", "text", "1");
	two = add_nested(one, "two", "text", "2");
	add_nested(two, "three", "text", "3");
	add_nested(&tree, "also", "text", "4");
	assert_int_equal(mf_tree_add_bytes(&tree, "plain", 0600, bytes("p")), 0);
	assert_int_equal(write_with(&tree, (struct mf_nested_options){0}, &text, NULL), 0);
	assert_string_equal(
		mf_buf_str(&text),
		"f 640 also <f 644 <4>\n>\n"
		"f 640 one <f 644 <1>\ntwo 640 <f 644 <2>\nthree 640 <f 644 <3>\n>\n>\n>\n"
		"f 600 plain <p>\n");
	assert_int_equal(written(), 4);
	assert_empty(dir.path);
}

static void sinks_work_at_the_same_time(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	make_root(&dir);
	add_nested(&tree, "a", "meet", "1");
	add_nested(&tree, "b", "meet", "2");
	assert_int_equal(write_with(&tree, (struct mf_nested_options){.jobs = 2}, &text, NULL), 0);
}

/* Same content under several names, in several trees; another time or mode is another content. */
static void one_content_is_written_once(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_tree *other;

	(void)state;
	make_root(&dir);
	add_nested(&tree, "a", "text", "same");
	add_nested(&tree, "b", "text", "same");
	add_nested(add_nested(&tree, "c", "text", "same"), "inner", "text", "same");
	add_nested(&tree, "sink", "meet", "same");
	add_nested(&tree, "time", "text", "same")->mtime = 5;
	other = add_nested(&tree, "param", "text", "same");
	assert_int_equal(mf_tree_add_param(other, "key", "value"), 0);
	other = add_nested(&tree, "entry", "text", "same");
	assert_int_equal(mf_tree_add_dir(other, "d", 0755), 0);
	other = add_nested(&tree, "mode", "text", "same");
	other->entries[0].mode = 0600;
	atomic_store(&n_meeting, 2);
	assert_int_equal(write_with(&tree, (struct mf_nested_options){.jobs = 3}, &text, NULL), 0);
	assert_int_equal(written(), 7);
	assert_non_null(strstr(mf_buf_str(&text), "f 640 b <f 644 <same>\n>\n"));
	assert_non_null(strstr(mf_buf_str(&text), "inner 640 <f 644 <same>\n>\n"));
}

static void a_folder_becomes_entries(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_tree *folder;

	(void)state;
	make_root(&dir);
	add_nested(&tree, "z", "text", "last");
	folder = add_nested(&tree, "rpms", "folder", "one");
	add_nested(folder, "x.rpm", "text", "inner");
	folder->entries[0].mode = 0700;
	assert_int_equal(write_with(&tree, (struct mf_nested_options){0}, &text, NULL), 0);
	assert_string_equal(mf_buf_str(&text),
			    "d 755 rpms <>\n"
			    "f 755 rpms/f <one>\n"
			    "l 777 rpms/index <meta/index>\n"
			    "d 755 rpms/meta <>\n"
			    "f 644 rpms/meta/index <f 700 <one>\nx.rpm 640 <f 644 <inner>\n>\n>\n"
			    "f 644 rpms/x.rpm <f 644 <inner>\n>\n"
			    "f 640 z <f 644 <last>\n>\n");
	assert_empty(dir.path);
}

static void a_folder_over_other_entries_is_an_error(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_nested_free) struct mf_nested nested = {0};
	struct mf_nested_options options = {.find = find};
	struct mf_err err = {0};

	(void)state;
	make_root(&dir);
	add_nested(&tree, "rpms", "folder", "one");
	assert_int_equal(mf_tree_add_bytes(&tree, "rpms/f", 0644, bytes("two")), 0);
	assert_int_equal(mf_nested_write(&tree, &options, &nested, &err), -EEXIST);
	assert_non_null(strstr(err.text, "rpms/f would stand twice"));
	assert_empty(dir.path);
}

/* Whatever is done first, and whatever else fails later. */
static void the_lowest_failure_is_told(void **state)
{
	(void)state;
	for (unsigned int jobs = 1; jobs < 6; jobs++) {
		MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct mf_err err = {0};
		struct mf_tree *outer;

		make_root(&dir);
		add_nested(&tree, "a", "text", "fine");
		outer = add_nested(&tree, "b.iso", "text", "outer");
		add_nested(outer, "slow", "fail", "1");
		assert_int_equal(mf_tree_add_dir(add_nested(outer, "tall", "fail", "2"), "d", 0755),
				 0);
		assert_int_equal(mf_tree_add_dir(add_nested(&tree, "c", "fail", "3"), "d", 0755),
				 0);
		assert_int_equal(
			write_with(&tree, (struct mf_nested_options){.jobs = jobs}, NULL, &err),
			-EIO);
		assert_string_equal(err.text, "b.iso: slow: has 1 entries");
		assert_empty(dir.path);
	}
}

static void unknown_sinks_and_unwritten_trees_are_told(void **state)
{
	static const struct mf_sink *const unaware[] = {&mf_sink_cpio, &mf_sink_tar, &mf_sink_dir};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};

	(void)state;
	make_root(&dir);
	add_nested(&tree, "a", "none", "1");
	assert_int_equal(write_with(&tree, (struct mf_nested_options){0}, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "a: internal error: there is no sink none"));
	for (size_t i = 0; i < 3; i++) {
		int flags = unaware[i]->is_stream ? O_RDWR | O_TMPFILE : O_RDONLY | O_DIRECTORY;
		MF_CLEANUP(mf_close_fd) int fd = open(dir.path, flags | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(unaware[i]->write(&tree, fd, &err), -EOPNOTSUPP);
		assert_non_null(strstr(err.text, "a: internal error: a nested tree (none)"));
	}
}

struct counts {
	size_t calls, done, total;
};

static void count(void *data, size_t done, size_t total)
{
	struct counts *counts = data;

	assert_true(done > counts->done && done <= total);
	*counts = (struct counts){counts->calls + 1, done, total};
}

/* Many trees, two deep, some the same. */
static void make_many(struct mf_tree *tree)
{
	for (unsigned int i = 0; i < 40; i++) {
		const char *content = mf_arena_printf(&tree->arena, "%u", i / 2);
		struct mf_tree *nested;
		char path[16];

		assert_non_null(content);
		snprintf(path, sizeof(path), "%02u", 40 - i);
		nested = add_nested(tree, path, i % 3 ? "text" : "folder", content);
		if (i % 4 == 0)
			add_nested(nested, "in", "text", content);
	}
}

static void threads_do_not_change_anything(void **state)
{
	static const unsigned int jobs[] = {1, 2, 8};
	MF_CLEANUP(mf_buf_free) struct mf_buf first = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		struct counts counts = {0};
		struct mf_nested_options options = {
			.jobs = jobs[i], .progress = count, .data = &counts};

		make_root(&dir);
		make_many(&tree);
		assert_int_equal(write_with(&tree, options, i ? &text : &first, NULL), 0);
		assert_int_equal(counts.done, 50);
		assert_int_equal(counts.total, 50);
		assert_true(i || counts.calls == (size_t)written());
		if (i)
			assert_string_equal(mf_buf_str(&text), mf_buf_str(&first));
	}
}

/* Writes the same trees with a store in the folder; the number that sinks wrote. */
static int write_stored(const struct tempdir *dir, const char *signer)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char store[256];

	snprintf(store, sizeof(store), "%s/store", dir->path);
	add_nested(add_nested(&tree, "a", "repo", "1"), "in", "text", "2");
	add_nested(&tree, "b", "text", "3");
	assert_int_equal(
		write_with(&tree,
			   (struct mf_nested_options){.jobs = 2, .store = store, .signer = signer},
			   &text, NULL),
		0);
	assert_int_equal(strncmp(mf_buf_str(&text), "f 640 a <", 9), 0);
	assert_int_equal(strstr(mf_buf_str(&text), "signer me\n") != NULL, signer != NULL);
	assert_non_null(strstr(mf_buf_str(&text), "f 644 <1>\nin 640 <f 644 <2>\n>\n>\n"
						  "f 640 b <f 644 <3>\n>\n"));
	return written();
}

static void the_store_saves_work(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	char path[256];

	(void)state;
	make_root(&dir);
	assert_int_equal(write_stored(&dir, NULL), 3);
	assert_int_equal(write_stored(&dir, NULL), 0);
	assert_int_equal(write_stored(&dir, "me"), 1); /* another tree, by its parameter */
	snprintf(path, sizeof(path), "%s/store", dir.path);
	assert_int_equal(mf_folder_read(AT_FDCWD, path, false, &folder), 0);
	assert_int_equal(folder.n, 4);
	for (size_t i = 0; i < folder.n; i++) { /* all damaged */
		snprintf(path, sizeof(path), "%s/store/%s", dir.path, folder.v[i].name);
		assert_int_equal(truncate(path, 70), 0);
	}
	assert_int_equal(write_stored(&dir, NULL), 3);
	assert_int_equal(write_stored(&dir, NULL), 0);
}

/* A store saves time, and is no reason to fail. */
static void a_bad_store_is_done_without(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_nested_free) struct mf_nested nested = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_nested_options options = {.find = find, .store = "/proc/none/store"};
	struct mf_tree *inner;

	(void)state;
	make_root(&dir);
	assert_int_equal(mf_tree_add_tree(&tree, "a", 0644, "text", &inner), 0);
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	assert_int_equal(mf_nested_write(&tree, &options, &nested, NULL), 0);
	assert_int_equal(tree.entries[0].kind, MF_ENTRY_FILE);
	assert_non_null(strstr(nested.store.text, "/proc/none/store: cannot be used as store"));
}

/* The tool's version enters the key, so without it there is no key. */
static void a_missing_tool_is_told(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	char store[256];

	(void)state;
	make_root(&dir);
	snprintf(store, sizeof(store), "%s/store", dir.path);
	add_nested(&tree, "a", "tooled", "1");
	assert_int_equal(write_with(&tree, (struct mf_nested_options){.store = store}, NULL, &err),
			 -ENOENT);
	assert_non_null(strstr(err.text, "sh-that-is-missing"));
}

/* Its file is no RPM, so that signing fails: behind the store, which keeps what is unsigned. */
static void what_is_signed_is_the_copy(void **state)
{
	static const char *const signers[] = {"-me", "me", NULL};
	static const int results[] = {-EINVAL, -EIO, 0}, writes[] = {0, 1, 0};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	char store[256];

	(void)state;
	make_root(&dir);
	assert_int_equal(setenv("GNUPGHOME", dir.path, 1), 0);
	snprintf(store, sizeof(store), "%s/store", dir.path);
	for (size_t i = 0; i < 3; i++) {
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		struct mf_nested_options options = {.store = store, .signer = signers[i]};
		struct mf_err err = {0};

		add_nested(&tree, "a.rpm", "rpm", "1");
		assert_int_equal(write_with(&tree, options, &text, &err), results[i]);
		assert_int_equal(written(), writes[i]);
		assert_int_equal(strncmp(err.text, "a.rpm: ", 7) == 0, i == 1);
	}
}

static void a_killed_run_leaves_nothing_for_long(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree bad = {0}, good = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	pid_t child;

	(void)state;
	make_root(&dir);
	add_nested(&bad, "a", "kill", "1");
	child = fork();
	if (!child) {
		(void)write_with(&bad, (struct mf_nested_options){0}, &text, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(mf_folder_read(AT_FDCWD, dir.path, false, &folder), 0);
	assert_int_equal(folder.n, 1);
	add_nested(&good, "a", "text", "1");
	assert_int_equal(write_with(&good, (struct mf_nested_options){0}, &text, NULL), 0);
	assert_empty(dir.path);
}

static void without_nested_trees_nothing_happens(void **state)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	assert_int_equal(mf_tree_add_bytes(&tree, "plain", 0600, bytes("p")), 0);
	assert_int_equal(write_with(&tree, (struct mf_nested_options){0}, &text, NULL), 0);
	assert_string_equal(mf_buf_str(&text), "f 600 plain <p>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inner_trees_come_first),
		cmocka_unit_test(sinks_work_at_the_same_time),
		cmocka_unit_test(one_content_is_written_once),
		cmocka_unit_test(a_folder_becomes_entries),
		cmocka_unit_test(a_folder_over_other_entries_is_an_error),
		cmocka_unit_test(the_lowest_failure_is_told),
		cmocka_unit_test(unknown_sinks_and_unwritten_trees_are_told),
		cmocka_unit_test(threads_do_not_change_anything),
		cmocka_unit_test(the_store_saves_work),
		cmocka_unit_test(a_bad_store_is_done_without),
		cmocka_unit_test(a_missing_tool_is_told),
		cmocka_unit_test(what_is_signed_is_the_copy),
		cmocka_unit_test(a_killed_run_leaves_nothing_for_long),
		cmocka_unit_test(without_nested_trees_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
