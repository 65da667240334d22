// SPDX-License-Identifier: GPL-2.0-or-later
// Sinks give the same bytes for the same tree; publishing leaves the whole output or the old one.
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/hash.h"
#include "lib/io/decompress.h"
#include "lib/io/file.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"
#include "tests/unit/tempdir.h"

static void make_tree(struct mf_tree *tree)
{
	static const uint8_t content[] = "hello\n";

	assert_int_equal(mf_tree_add_dir(tree, "modferry", 0755), 0);
	assert_int_equal(
		mf_tree_add_bytes(tree, "modferry/a b", 0644, (struct mf_bytes){content, 6}), 0);
	assert_int_equal(mf_tree_add_bytes(tree, "modferry/empty", 0600, (struct mf_bytes){0}), 0);
	assert_int_equal(mf_tree_add_symlink(tree, "modferry/link", "a b"), 0);
	assert_int_equal(mf_tree_finish(tree, NULL), 0);
}

static char *in(const struct tempdir *dir, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%s", dir->path, name);
	return out;
}

static size_t count_files(const struct tempdir *dir)
{
	DIR *stream = opendir(dir->path);
	size_t n = 0;

	assert_non_null(stream);
	while (readdir(stream))
		n++;
	closedir(stream);
	return n - 2;
}

static void digests_of_sinks(void **state)
{
	/* raw formats are exact to the byte; of compressed ones the library decides */
	static const struct {
		const struct mf_sink *sink;
		const char *sha256;
	} cases[] = {
		{&mf_sink_cpio, "d81d4f8f006e4fc036b992d92a76234d1466b547197f096c70f3ec7232e6e205"},
		{&mf_sink_tar, "39c9ab95276796838ae601e475838e9c1dd217a9c7e22d2331835539396a7270"},
		{&mf_sink_list, "bae85301e22dde3f340ecff8a67fa38ab15ace0cabcad1e7a0cc8359f326f9de"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};
		char path[256], sha256[65];

		tempdir_make(&dir);
		make_tree(&tree);
		assert_int_equal(mf_publish(&tree,
					    &(struct mf_output){.sink = cases[i].sink,
								.path = in(&dir, "out", path)},
					    NULL),
				 0);
		assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
		assert_int_equal(mf_sha256_hex(map.bytes, sha256), 0);
		assert_string_equal(sha256, cases[i].sha256);
	}
}

static void compressed_sinks_repeat_themselves(void **state)
{
	static const struct mf_sink *const sinks[] = {&mf_sink_cpio_gz, &mf_sink_cpio_xz,
						      &mf_sink_cpio_zst, &mf_sink_cpio_lz4};

	(void)state;
	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
		char sha256[2][65];

		tempdir_make(&dir);
		for (int k = 0; k < 2; k++) {
			MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
			MF_CLEANUP(mf_map_close) struct mf_map map = {0};
			struct mf_output output = {.sink = sinks[i]};
			char path[256];
			mode_t mask = umask(k ? 077 : 0);

			output.path = in(&dir, k ? "a" : "b", path);
			make_tree(&tree);
			assert_int_equal(mf_publish(&tree, &output, NULL), 0);
			umask(mask);
			assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
			assert_int_equal(mf_sha256_hex(map.bytes, sha256[k]), 0);
		}
		assert_string_equal(sha256[0], sha256[1]);
	}
}

/* What the kernel's decompressors insist on, or what tells one run from another. */
static void compressed_sinks_suit_the_kernel(void **state)
{
	static const struct {
		const struct mf_sink *sink;
		const char *head; /* first bytes */
		size_t n;
	} cases[] = {
		/* no flags, time 0, unix: RFC 1952, 2.3 */
		{&mf_sink_cpio_gz, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10},
		/* stream flags 00 01: CRC32, the .xz file format, 2.1.1.2 */
		{&mf_sink_cpio_xz,
		 "\xfd"
		 "7zXZ\x00\x00\x01",
		 8},
		{&mf_sink_cpio_zst, "\x28\xb5\x2f\xfd", 4},
		/* the legacy magic, the only one that lib/decompress_unlz4.c knows */
		{&mf_sink_cpio_lz4, "\x02\x21\x4c\x18", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};
		struct mf_output output = {.sink = cases[i].sink};
		char path[256];

		tempdir_make(&dir);
		make_tree(&tree);
		output.path = in(&dir, "out", path);
		assert_int_equal(mf_publish(&tree, &output, NULL), 0);
		assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
		assert_memory_equal(map.bytes.p, cases[i].head, cases[i].n);
		if (cases[i].sink ==
		    &mf_sink_cpio_zst) /* RFC 8878, 3.1.1.1: checksum, no size, … */
			assert_true(map.bytes.p[4] & 4 && map.bytes.p[5] >> 3 <= 23 - 10);
	}
}

/* A file of more than two blocks comes back as it was. */
static void lz4_blocks_are_whole(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf big = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf back = {0};
	struct mf_output output = {.sink = &mf_sink_cpio_lz4};
	uint32_t size, x = 1;
	char path[256];
	size_t used;

	(void)state;
	for (size_t i = 0; i < (size_t)17 << 18; i++) { /* 17 MiB */
		x = x * 1664525 + 1013904223;
		mf_buf_add(&big, &x, sizeof(x));
	}
	tempdir_make(&dir);
	assert_int_equal(mf_tree_add_bytes(&tree, "big", 0644, mf_buf_bytes(&big)), 0);
	output.path = in(&dir, "out", path);
	assert_int_equal(mf_publish(&tree, &output, NULL), 0);
	assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
	assert_true(mf_get_u32(map.bytes, 4, MF_LITTLE, &size));
	/* a block of 8 MiB, incompressible: at most LZ4_COMPRESSBOUND of it */
	assert_in_range(size, 8 << 20, (8 << 20) + (8 << 20) / 255 + 16);
	assert_int_equal(mf_decompress(MF_CODEC_LZ4, map.bytes, 1 << 26, &back, &used, NULL), 0);
	assert_int_equal(used, map.bytes.n);
	assert_true(back.len > big.len);
	assert_memory_equal(back.data + 116, big.data, big.len); /* header and name */
}

static void appending_pads_to_four(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	char base[256], path[256];
	struct mf_output output = {.sink = &mf_sink_cpio};
	FILE *file;

	(void)state;
	tempdir_make(&dir);
	file = fopen(in(&dir, "base", base), "w");
	assert_non_null(file);
	assert_true(fputs("12345", file) >= 0);
	assert_int_equal(fclose(file), 0);
	make_tree(&tree);
	output.append_to = base;
	output.path = in(&dir, "out", path);
	assert_int_equal(mf_publish(&tree, &output, NULL), 0);
	assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
	assert_memory_equal(map.bytes.p, "12345\0\0\000070701", 14);

	/* where zeros do harm there are none */
	mf_map_close(&map);
	output.is_unpadded = true;
	assert_int_equal(mf_publish(&tree, &output, NULL), 0);
	assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
	assert_memory_equal(map.bytes.p, "12345070701", 11);

	/* never in place, neither by name nor by link */
	assert_int_equal(link(base, in(&dir, "same", path)), 0);
	assert_int_equal(mf_publish(&tree, &output, NULL), -EINVAL);
}

/* Runs publish in a child that may only write a few bytes (as on a full disk). */
static void a_failed_write_leaves_the_old_output(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf old = {0};
	char path[256];
	FILE *file;
	pid_t child;
	int status;

	(void)state;
	tempdir_make(&dir);
	file = fopen(in(&dir, "out", path), "w");
	assert_non_null(file);
	assert_true(fputs("old", file) >= 0);
	assert_int_equal(fclose(file), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct rlimit limit = {100, 100};
		struct mf_err err = {0};
		int r;

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		make_tree(&tree);
		r = mf_publish(&tree, &(struct mf_output){.sink = &mf_sink_cpio, .path = path},
			       &err);
		mf_tree_free(&tree);
		_exit(r == -EFBIG && strstr(err.text, "cannot write") ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(count_files(&dir), 1);
	assert_int_equal(mf_read_file(path, 100, &old, NULL), 0);
	assert_string_equal(mf_buf_str(&old), "old");
}

static void temporaries_of_killed_runs_go(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	char dead[256], live[256], other[256], path[256];
	struct mf_output output = {.sink = &mf_sink_cpio};
	int fd;

	(void)state;
	tempdir_make(&dir);
	make_tree(&tree);
	fd = open(in(&dir, ".out.modferry-tmp-0000dead", dead), O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = open(in(&dir, ".other.modferry-tmp-00000000", other), O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = open(in(&dir, ".out.modferry-tmp-0000beef", live), O_CREAT | O_WRONLY, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0); /* a run that still writes */
	output.path = in(&dir, "out", path);
	assert_int_equal(mf_publish(&tree, &output, NULL), 0);
	assert_int_equal(access(dead, F_OK), -1);
	assert_int_equal(access(live, F_OK), 0);
	assert_int_equal(access(other, F_OK), 0);
	close(fd);
}

/* Not even a pipe of that name, on which opening waits; and nothing that is only called alike. */
static void what_looks_like_a_temporary_does_no_harm(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	static const char *const names[] = {".out.modferry-tmp-notes", ".out.modferry-tmp-",
					    ".out.modferry-tmp-0123456789",
					    ".out.modferry-tmp-0123456G"};
	struct mf_output output = {.sink = &mf_sink_cpio};
	char other[256], path[256];

	(void)state;
	tempdir_make(&dir);
	make_tree(&tree);
	assert_int_equal(mkfifo(in(&dir, ".out.modferry-tmp-00000001", other), 0600), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(open(in(&dir, names[i], other), O_CREAT | O_WRONLY, 0600));
	output.path = in(&dir, "out", path);
	alarm(10);
	assert_int_equal(mf_publish(&tree, &output, NULL), 0);
	alarm(0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(access(in(&dir, names[i], other), F_OK), 0);
}

/* Two runs for one name: one may clear away what the other has created, but not locked yet. */
static void runs_at_the_same_time_all_succeed(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	char path[256];
	pid_t children[4];

	(void)state;
	tempdir_make(&dir);
	in(&dir, "out", path);
	for (size_t i = 0; i < 4; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i])
			continue;
		for (int k = 0; k < 100; k++) {
			MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
			struct mf_output output = {.sink = &mf_sink_list, .path = path};

			make_tree(&tree);
			if (mf_publish(&tree, &output, NULL))
				_exit(1);
		}
		_exit(0);
	}
	for (size_t i = 0; i < 4; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count_files(&dir), 1);
}

/* An initrd that only root may read (it may hold keys) stays so in its copy. */
static void a_copy_is_no_more_readable_than_its_base(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_output output = {.sink = &mf_sink_cpio};
	char base[256], path[256];
	mode_t mask = umask(022);
	struct stat st;

	(void)state;
	tempdir_make(&dir);
	make_tree(&tree);
	output.append_to = in(&dir, "base", base);
	output.path = in(&dir, "out", path);
	for (mode_t mode = 0600; mode <= 0755; mode += 0155) {
		close(open(base, O_CREAT | O_WRONLY, 0600));
		assert_int_equal(chmod(base, mode), 0);
		assert_int_equal(mf_publish(&tree, &output, NULL), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, mode & 0644);
	}
	umask(mask);
}

static void folders_with_files_are_not_touched(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_output output = {.sink = &mf_sink_dir};
	struct mf_err err = {0};
	char path[256], inside[256];
	struct stat st;

	(void)state;
	tempdir_make(&dir);
	make_tree(&tree);
	output.path = in(&dir, "out", path);
	assert_int_equal(mf_publish(&tree, &output, NULL), 0);
	assert_int_equal(stat(in(&dir, "out/modferry/empty", inside), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_mtime, 0);
	assert_int_equal(mf_publish(&tree, &output, &err), -EEXIST);
	assert_non_null(strstr(err.text, "folder with files"));
	assert_int_equal(count_files(&dir), 1);
}

static void a_folder_may_be_named_with_a_slash(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_output output = {.sink = &mf_sink_dir};
	char path[256], inside[256];

	(void)state;
	tempdir_make(&dir);
	make_tree(&tree);
	output.path = in(&dir, "out//", path);
	assert_int_equal(mf_publish(&tree, &output, NULL), 0);
	assert_int_equal(access(in(&dir, "out/modferry/empty", inside), F_OK), 0);
	output.sink = &mf_sink_cpio;
	output.path = in(&dir, "file/", path);
	assert_int_equal(mf_publish(&tree, &output, NULL), -EINVAL);
}

static void odd_outputs_are_refused(void **state)
{
	static const char *const paths[] = {"/dev/null", "/tmp", "/", "/nonexistent/x", "."};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};

	(void)state;
	make_tree(&tree);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct mf_output output = {.sink = &mf_sink_cpio, .path = paths[i]};
		struct mf_err err = {0};

		assert_true(mf_publish(&tree, &output, &err) < 0);
		assert_true(err.text[0] != '\0');
	}
}

static void a_source_that_changed_is_refused(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_output output = {.sink = &mf_sink_cpio_gz};
	char path[256], source[256];
	struct mf_err err = {0};
	FILE *file;

	(void)state;
	tempdir_make(&dir);
	file = fopen(in(&dir, "source", source), "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(mf_tree_add_file(&tree, "load", 0755, source, 7), 0);
	output.path = in(&dir, "out", path);
	assert_int_equal(mf_publish(&tree, &output, &err), -ESTALE);
	assert_int_equal(count_files(&dir), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_of_sinks),
		cmocka_unit_test(compressed_sinks_repeat_themselves),
		cmocka_unit_test(compressed_sinks_suit_the_kernel),
		cmocka_unit_test(lz4_blocks_are_whole),
		cmocka_unit_test(appending_pads_to_four),
		cmocka_unit_test(a_failed_write_leaves_the_old_output),
		cmocka_unit_test(temporaries_of_killed_runs_go),
		cmocka_unit_test(what_looks_like_a_temporary_does_no_harm),
		cmocka_unit_test(runs_at_the_same_time_all_succeed),
		cmocka_unit_test(a_copy_is_no_more_readable_than_its_base),
		cmocka_unit_test(a_folder_may_be_named_with_a_slash),
		cmocka_unit_test(folders_with_files_are_not_touched),
		cmocka_unit_test(odd_outputs_are_refused),
		cmocka_unit_test(a_source_that_changed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
