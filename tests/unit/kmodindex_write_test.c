// SPDX-License-Identifier: GPL-2.0-or-later
// Writer of kmod indexes: depmod's own bytes, read back by our reader and by libkmod, and limits.
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tempdir.h"

#include <libkmod.h>

#include "lib/base/cleanup.h"
#include "lib/core/kmodindex.h"
#include "lib/core/kmodindex_write.h"
#include "lib/io/file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct model {
	struct mf_arena arena;
	struct mf_kmodindex_entries entries;
};

static void add(struct model *model, const char *key, const char *value, uint32_t priority)
{
	model->entries.arena = &model->arena;
	assert_int_equal(mf_kmodindex_add(&model->entries, mf_arena_strdup(&model->arena, key),
					  mf_arena_strdup(&model->arena, value), priority),
			 0);
}

static void free_model(struct model *model)
{
	mf_arena_free(&model->arena);
}

static int read_one(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	add(context, key, (const char *)value.p, priority);
	return 0;
}

static int print_one(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	mf_buf_printf(context, "%s=%s@%u;", key, (const char *)value.p, priority);
	return 0;
}

static void assert_reads(const struct mf_buf *index, const char *expected)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf all = {0};
	struct mf_kmodindex opened;

	assert_int_equal(mf_kmodindex_open(mf_buf_bytes(index), &opened, NULL), 0);
	assert_int_equal(mf_kmodindex_each(&opened, print_one, &all), 0);
	assert_string_equal(mf_buf_str(&all), expected);
}

/* --- against depmod --- */

static void write_file(const char *folder, const char *name, const void *bytes, size_t n)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

/* A module folder whose built-in modules have these aliases, indexed by depmod. */
static void make_tree(const struct tempdir *dir, char folder[128], const struct mf_buf *modinfo)
{
	static const char builtin[] = "kernel/a/virtio.ko\nkernel/a/virtio_ring.ko\nkernel/b.ko\n";
	char base[80];
	char *argv[] = {(char[]){"depmod"}, (char[]){"-b"}, base, (char[]){"1.0.0"}, NULL};
	char *environment[] = {(char[]){"LC_ALL=C"}, NULL};
	int status = -1;
	pid_t pid;

	snprintf(base, sizeof(base), "%s", dir->path);
	snprintf(folder, 128, "%s/lib", base);
	assert_int_equal(mkdir(folder, 0755), 0);
	snprintf(folder, 128, "%s/lib/modules", base);
	assert_int_equal(mkdir(folder, 0755), 0);
	snprintf(folder, 128, "%s/lib/modules/1.0.0", base);
	assert_int_equal(mkdir(folder, 0755), 0);
	write_file(folder, "modules.builtin", builtin, sizeof(builtin) - 1);
	write_file(folder, "modules.order", "", 0);
	write_file(folder, "modules.builtin.modinfo", modinfo->data, modinfo->len);
	assert_int_equal(posix_spawn(&pid, "/usr/sbin/depmod", NULL, NULL, argv, environment), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void assert_same_when_written_back(const char *folder, const char *name)
{
	MF_CLEANUP(free_model) struct model model = {.entries.arena = &model.arena};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_kmodindex index;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mf_map_file(AT_FDCWD, path, &map, NULL), 0);
	assert_int_equal(mf_kmodindex_open(map.bytes, &index, NULL), 0);
	assert_int_equal(mf_kmodindex_each(&index, read_one, &model), 0);
	mf_buf_adds(&out, "before"); /* offsets count from the beginning of the index */
	assert_int_equal(mf_kmodindex_write(&model.entries, &out), 0);
	assert_int_equal(out.len - 6, map.bytes.n);
	assert_memory_equal(out.data + 6, map.bytes.p, map.bytes.n);
}

static void add_alias(struct mf_buf *modinfo, const char *module, const char *alias)
{
	mf_buf_printf(modinfo, "%s.alias=%s", module, alias);
	mf_buf_addc(modinfo, '\0');
}

static void depmod_writes_the_same_bytes(void **state)
{
	static const char *const indexes[] = {
		"modules.builtin.alias.bin", "modules.builtin.bin", "modules.alias.bin",
		"modules.dep.bin",	     "modules.symbols.bin",
	};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf modinfo = {0};
	uint32_t seed = 7;
	char folder[128];

	(void)state;
	for (unsigned int i = 0; i < 500; i++) {
		char alias[64];
		unsigned int n = 0;

		/* few characters: keys that begin others, deep and shallow nodes */
		for (seed = seed * 1664525 + 1013904223; n < 1 + (seed >> 28); n++)
			alias[n] = "ab:*~!"[(seed >> n) % 6];
		snprintf(alias + n, sizeof(alias) - n, "%u", i % 300 ? i : 1);
		add_alias(&modinfo, "m", alias);
	}
	add_alias(&modinfo, "m", "twice"); /* the same pair two times stays so */
	add_alias(&modinfo, "m", "twice");
	tempdir_make(&dir);
	make_tree(&dir, folder, &modinfo);
	for (size_t i = 0; i < COUNT(indexes); i++)
		assert_same_when_written_back(folder, indexes[i]);
}

/* libkmod finds in an index of ours what it should. */
static void libkmod_reads_it(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf modinfo = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf dep = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf alias = {0};
	MF_CLEANUP(free_model) struct model deps = {0};
	MF_CLEANUP(free_model) struct model aliases = {0};
	const char *no_config = NULL;
	struct kmod_list *list = NULL;
	struct kmod_module *module;
	struct kmod_ctx *kmod;
	char folder[128];

	(void)state;
	tempdir_make(&dir);
	make_tree(&dir, folder, &modinfo);
	add(&deps, "first", "kernel/first.ko:", 0);
	add(&deps, "second", "kernel/second.ko: kernel/first.ko", 1);
	add(&aliases, "pci:v*", "second", 1);
	add(&aliases, "pci:v1", "first", 0);
	assert_int_equal(mf_kmodindex_write(&deps.entries, &dep), 0);
	assert_int_equal(mf_kmodindex_write(&aliases.entries, &alias), 0);
	write_file(folder, "modules.dep.bin", dep.data, dep.len);
	write_file(folder, "modules.alias.bin", alias.data, alias.len);
	kmod = kmod_new(folder, &no_config);
	assert_non_null(kmod);
	kmod_set_log_priority(kmod, 0); /* the modules themselves are not there */
	assert_int_equal(kmod_module_new_from_lookup(kmod, "pci:v1", &list), 0);
	module = kmod_module_get_module(list);
	assert_string_equal(kmod_module_get_name(module), "first");
	kmod_module_unref(module);
	module = kmod_module_get_module(kmod_list_next(list, list));
	assert_string_equal(kmod_module_get_name(module), "second");
	assert_non_null(strstr(kmod_module_get_path(module), "/kernel/second.ko"));
	kmod_module_unref(module);
	kmod_module_unref_list(list);
	kmod_unref(kmod);
}

/* --- entries --- */

static void entries_are_sorted_and_pairs_stand_once(void **state)
{
	MF_CLEANUP(free_model) struct model model = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	(void)state;
	add(&model, "b", "late", 9);
	add(&model, "b", "x", 4);
	add(&model, "b", "x", 2);
	add(&model, "b", "early", 3);
	add(&model, "ab", "", 0);
	add(&model, "a", "y", 1);
	add(&model, "a", "x", 1);
	assert_int_equal(mf_kmodindex_write(&model.entries, &out), 0);
	assert_reads(&out, "a=x@1;a=y@1;ab=@0;b=x@2;b=early@3;b=late@9;");
	out.len = 0;
	add(&model, "ab", "", 0);
	add(&model, "aa", "later", 0);
	add(&model, "b", "late", 1);
	assert_int_equal(mf_kmodindex_write(&model.entries, &out), 0);
	assert_reads(&out, "a=x@1;a=y@1;aa=later@0;ab=@0;ab=@0;b=late@1;b=x@2;b=early@3;");
}

static void nothing_gives_an_empty_index(void **state)
{
	static const uint8_t expected[] = {0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0, 0, 0, 12};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_kmodindex_entries none = {0};

	(void)state;
	assert_int_equal(mf_kmodindex_write(&none, &out), 0);
	assert_int_equal(out.len, sizeof(expected));
	assert_memory_equal(out.data, expected, sizeof(expected));
	assert_reads(&out, "");
}

static void keys_that_no_index_holds_are_refused(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_kmodindex_entries entries = {.arena = &arena};
	static char key[MF_KMODINDEX_MAX_KEY + 1];
	struct mf_kmodindex index;
	struct mf_bytes value;

	(void)state;
	memset(key, 'k', MF_KMODINDEX_MAX_KEY);
	assert_int_equal(mf_kmodindex_add(&entries, "", "v", 0), -EINVAL);
	assert_int_equal(mf_kmodindex_add(&entries, "caf\xc3\xa9", "v", 0), -EINVAL);
	assert_int_equal(mf_kmodindex_add(&entries, key, "v", 0), -EINVAL);
	key[MF_KMODINDEX_MAX_KEY - 1] = '\0';
	assert_int_equal(mf_kmodindex_add(&entries, key, "v", 0), 0);
	assert_int_equal(mf_kmodindex_write(&entries, &out), 0);
	assert_int_equal(mf_kmodindex_open(mf_buf_bytes(&out), &index, NULL), 0);
	assert_int_equal(mf_kmodindex_get(&index, key, &value), 0);
}

/* "a", "aa", "aaa"…: each key is a node below the one before. */
static int write_chain(size_t n)
{
	MF_CLEANUP(free_model) struct model model = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf all = {0};
	struct mf_kmodindex index;
	char key[MF_KMODINDEX_MAX_DEPTH + 8] = "";
	int status;

	for (size_t i = 0; i < n; i++) {
		key[i] = 'a';
		add(&model, key, "v", 0);
	}
	status = mf_kmodindex_write(&model.entries, &out);
	if (!status) {
		assert_int_equal(mf_kmodindex_open(mf_buf_bytes(&out), &index, NULL), 0);
		assert_int_equal(mf_kmodindex_each(&index, print_one, &all), 0);
	}
	return status;
}

static void depth_is_that_of_the_reader(void **state)
{
	(void)state;
	assert_int_equal(write_chain(MF_KMODINDEX_MAX_DEPTH), 0);
	assert_int_equal(write_chain(MF_KMODINDEX_MAX_DEPTH + 1), -E2BIG);
}

static void too_many_entries_are_refused(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_kmodindex_entries entries = {.arena = &arena};
	size_t n = 0;
	int status = 0;

	(void)state;
	while (!status && n < 10000000) {
		status = mf_kmodindex_add(&entries, "key", "value", 0);
		n += !status;
	}
	assert_int_equal(status, -E2BIG);
	assert_int_equal(n, MF_KMODINDEX_MAX_ENTRIES);
}

/* Values of a megabyte each: more than 28-bit offsets can reach. */
static void too_many_bytes_are_refused(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_kmodindex_entries entries = {.arena = &arena};
	size_t size = (size_t)1 << 20;
	char *value = mf_arena_alloc(&arena, size + 1);

	(void)state;
	assert_non_null(value);
	memset(value, 'v', size);
	for (unsigned int i = 0; i < 300; i++)
		assert_int_equal(
			mf_kmodindex_add(&entries, mf_arena_printf(&arena, "%u", i), value, 0), 0);
	assert_int_equal(mf_kmodindex_write(&entries, &out), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depmod_writes_the_same_bytes),
		cmocka_unit_test(libkmod_reads_it),
		cmocka_unit_test(entries_are_sorted_and_pairs_stand_once),
		cmocka_unit_test(nothing_gives_an_empty_index),
		cmocka_unit_test(keys_that_no_index_holds_are_refused),
		cmocka_unit_test(depth_is_that_of_the_reader),
		cmocka_unit_test(too_many_entries_are_refused),
		cmocka_unit_test(too_many_bytes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
