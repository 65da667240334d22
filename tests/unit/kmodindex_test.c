// SPDX-License-Identifier: GPL-2.0-or-later
// Reader of kmod indexes: look-ups against libkmod on random indexes, and indexes that lie.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <libkmod.h>

#include "lib/base/cleanup.h"
#include "lib/core/kmodindex.h"
#include "lib/core/modalias.h"
#include "tests/unit/index_builder.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a walk found, as "KEY=VALUE@PRIORITY;". */
static int collect(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	mf_buf_printf(context, "%s=%s@%u;", key, (const char *)value.p, priority);
	return 0;
}

static void open_built(struct mf_buf *file, struct index_entry *entries, size_t n,
		       struct mf_kmodindex *out)
{
	struct mf_err err = {0};

	index_build(file, entries, n);
	assert_int_equal(mf_kmodindex_open(mf_buf_bytes(file), out, &err), 0);
}

static void finds_keys_and_walks_in_order(void **state)
{
	struct index_entry entries[] = {
		{"virtio_blk", "b", 0},
		{"virtio", "a", 0},
		{"ext4", "e", 0},
		{"ext4", "f", 1},
	};
	MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf all = {0};
	struct mf_kmodindex index;
	struct mf_bytes value;

	(void)state;
	open_built(&file, entries, COUNT(entries), &index);
	assert_int_equal(mf_kmodindex_get(&index, "virtio", &value), 0);
	assert_string_equal((const char *)value.p, "a");
	assert_int_equal(mf_kmodindex_get(&index, "ext4", &value), 0);
	assert_string_equal((const char *)value.p, "e");
	assert_int_equal(mf_kmodindex_get(&index, "ext", &value), -ENOENT);
	assert_int_equal(mf_kmodindex_get(&index, "virtio_", &value), -ENOENT);
	assert_int_equal(mf_kmodindex_get(&index, "virtio_blk2", &value), -ENOENT);
	assert_int_equal(mf_kmodindex_get(&index, "", &value), -ENOENT);
	assert_int_equal(mf_kmodindex_each(&index, collect, &all), 0);
	assert_string_equal(mf_buf_str(&all), "ext4=e@0;ext4=f@1;virtio=a@0;virtio_blk=b@0;");
}

static int stop_at_once(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	(void)key;
	(void)value;
	(void)priority;
	++*(int *)context;
	return 7;
}

static void a_result_of_the_callback_stops(void **state)
{
	struct index_entry entries[] = {{"a*", "x", 0}, {"ab*", "y", 0}};
	MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};
	struct mf_kmodindex index;
	int calls = 0;

	(void)state;
	open_built(&file, entries, COUNT(entries), &index);
	assert_int_equal(mf_kmodindex_match(&index, "abc", stop_at_once, &calls), 7);
	assert_int_equal(mf_kmodindex_each(&index, stop_at_once, &calls), 7);
	assert_int_equal(calls, 2);
}

static void matches_partial_devices(void **state)
{
	struct index_entry entries[] = {
		{"pci:v00001AF4d00001042sv*sd*bc*sc*i*", "one", 0},
		{"pci:v00001AF4d*sv0000*sd*bc*sc*i*", "two", 1},
		{"pci:v*d*sv*sd*bc01sc08i02*", "three", 2},
		{"pci:v*d*sv*sd*bc01sc08i0[4-6]*", "four", 3},
		{"pci:v00001AF4d00001042sv0000zzzz*", "five", 4},
	};
	MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf hits = {0};
	struct mf_kmodindex index;
	const char *device = "pci:v00001AF4d00001042sv????????sd????????bc01sc08i??";

	(void)state;
	open_built(&file, entries, COUNT(entries), &index);
	assert_int_equal(mf_kmodindex_match_partial(&index, device, collect, &hits), 0);
	assert_non_null(strstr(mf_buf_str(&hits), "=one@"));
	assert_non_null(strstr(mf_buf_str(&hits), "=two@"));
	assert_non_null(strstr(mf_buf_str(&hits), "=three@"));
	assert_non_null(strstr(mf_buf_str(&hits), "=four@"));
	assert_null(strstr(mf_buf_str(&hits), "=five@"));
	hits.len = 0;
	assert_int_equal(mf_kmodindex_match(&index, device, collect, &hits), 0);
	assert_null(strstr(mf_buf_str(&hits), "=three@"));
}

/* --- libkmod as oracle --- */

static uint32_t seed = 7;

static uint32_t next_random(uint32_t limit)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % limit;
}

static void random_text(char *out, size_t max, const char *alphabet)
{
	size_t n = 1 + next_random((uint32_t)max - 2);

	for (size_t i = 0; i < n; i++)
		out[i] = alphabet[next_random((uint32_t)strlen(alphabet))];
	out[n] = '\0';
}

/* Values in the order of priority, which is unique here. */
static void sorted_values(struct mf_buf *hits, struct mf_buf *out, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		char needle[16];

		snprintf(needle, sizeof(needle), "@%u;", i);
		if (strstr(mf_buf_str(hits), needle))
			mf_buf_printf(out, "m%u ", i);
	}
}

static void ask_libkmod(const char *folder, const char *device, struct mf_buf *out)
{
	const char *no_config = NULL;
	struct kmod_ctx *ctx = kmod_new(folder, &no_config);
	struct kmod_list *list = NULL;
	struct kmod_list *item;

	assert_non_null(ctx);
	kmod_set_log_priority(ctx, 0);
	assert_int_equal(kmod_load_resources(ctx), 0);
	assert_true(kmod_module_new_from_lookup(ctx, device, &list) >= 0);
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		mf_buf_printf(out, "%s ", kmod_module_get_name(module));
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	kmod_unref(ctx);
}

static void write_file(const char *folder, const char *name, const struct mf_buf *content)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(content->data, 1, content->len, file), content->len);
	fclose(file);
}

static void compare_index(const char *folder, uint32_t n)
{
	char keys[40][12];
	char values[40][8];
	struct index_entry entries[40];
	MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};
	struct mf_kmodindex index;

	for (uint32_t i = 0; i < n; i++) {
		random_text(keys[i], sizeof(keys[i]), "ab:ab:\\*?[a]-b*a[!b]");
		snprintf(values[i], sizeof(values[i]), "m%u", i);
		entries[i] = (struct index_entry){keys[i], values[i], i};
	}
	open_built(&file, entries, n, &index);
	write_file(folder, "modules.alias.bin", &file);
	for (unsigned int query = 0; query < 40; query++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf hits = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf ours = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf theirs = {0};
		char device[10];

		random_text(device, sizeof(device), "aaabbb:\\_");
		assert_int_equal(mf_kmodindex_match(&index, device, collect, &hits), 0);
		sorted_values(&hits, &ours, n);
		ask_libkmod(folder, device, &theirs);
		assert_string_equal(mf_buf_str(&ours), mf_buf_str(&theirs));
	}
}

static void finds_what_libkmod_finds(void **state)
{
	static const char *const names[] = {
		"modules.dep.bin",	     "modules.symbols.bin", "modules.builtin.bin",
		"modules.builtin.alias.bin", "modules.alias.bin",
	};
	char folder[] = "/tmp/kmodindex-test-XXXXXX";
	struct index_entry nothing[] = {{"zzz", "zzz", 0}};
	MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	index_build(&file, nothing, 1);
	for (size_t i = 0; i < COUNT(names); i++)
		write_file(folder, names[i], &file);
	for (unsigned int i = 0; i < 60; i++)
		compare_index(folder, 1 + next_random(40));
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

/* --- indexes that lie --- */

static void refuses_what_is_no_index(void **state)
{
	static const struct {
		uint8_t bytes[16];
		size_t n;
		const char *message;
	} cases[] = {
		{{0xb0, 0x07, 0xf4, 0x57}, 11, "shorter"},
		{{0xb0, 0x07, 0xfa, 0x57, 0, 2, 0, 1, 0, 0, 0, 12}, 12, "magic 0xb007fa57"},
		{{0xb0, 0x07, 0xf4, 0x57, 0, 3, 0, 1, 0, 0, 0, 12}, 12, "version 3.1"},
		{{0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0x80, 0, 0, 99}, 12, "outside"},
		{{0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0x80, 0, 0, 0}, 12, "outside"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct mf_bytes file = {cases[i].bytes, cases[i].n};
		struct mf_kmodindex index;
		struct mf_err err = {0};

		assert_int_equal(mf_kmodindex_open(file, &index, &err), -EBADMSG);
		assert_non_null(strstr(err.text, cases[i].message));
	}
}

/* A node whose only child is itself, and one with 127 children that all are itself. */
static void ends_on_cycles(void **state)
{
	static const uint8_t chain[] = {0xb0, 0x07, 0xf4, 0x57, 0,   2,	   0, 1, 0x20,
					0,    0,    12,	  '*',	'*', 0x20, 0, 0, 12};
	MF_CLEANUP(mf_buf_free) struct mf_buf fan = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf hits = {0};
	struct mf_kmodindex index;
	struct mf_bytes value;

	(void)state;
	assert_int_equal(mf_kmodindex_open((struct mf_bytes){chain, sizeof(chain)}, &index, NULL),
			 0);
	assert_int_equal(mf_kmodindex_each(&index, collect, &hits), -EBADMSG);
	assert_int_equal(mf_kmodindex_match(&index, "aaaaaa", collect, &hits), -EBADMSG);
	assert_int_equal(mf_kmodindex_get(&index, "******", &value), -ENOENT);
	mf_buf_add(&fan, chain, 12);
	mf_buf_add(&fan, "\001\177", 2);
	for (unsigned int i = 0; i < 127; i++)
		index_add_u32(&fan, 0x2000000c);
	assert_int_equal(mf_kmodindex_open(mf_buf_bytes(&fan), &index, NULL), 0);
	assert_int_equal(mf_kmodindex_each(&index, collect, &hits), -EBADMSG);
	assert_int_equal(mf_kmodindex_match(&index, "aaaaaa", collect, &hits), -EBADMSG);
}

/* Sixty nodes, each with the next one as both children: 2^60 ways down. */
static void ends_where_ways_join_again(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf hits = {0};
	struct mf_kmodindex index;
	uint32_t child;

	(void)state;
	index_add_u32(&file, 0xb007f457u);
	index_add_u32(&file, 0x00020001u);
	index_add_u32(&file, 0x2000000cu + 7 + 59 * 10);
	mf_buf_adds(&file, "x");
	mf_buf_zeros(&file, 6); /* no value */
	child = 0xc000000cu;
	for (unsigned int i = 0; i < 60; i++) {
		uint32_t next = 0x20000000u | (uint32_t)file.len;

		mf_buf_adds(&file, "ab");
		index_add_u32(&file, child);
		index_add_u32(&file, child);
		child = next;
	}
	assert_int_equal(mf_kmodindex_open(mf_buf_bytes(&file), &index, NULL), 0);
	assert_int_equal(mf_kmodindex_each(&index, collect, &hits), -EBADMSG);
}

/* Every truncation and every changed byte of a good index: an answer, never a read outside. */
static void survives_damage(void **state)
{
	struct index_entry entries[] = {
		{"pci:v00001AF4d*", "virtio", 0},
		{"pci:v*[0-9]x\\*", "odd", 3},
		{"usb:v1234p*", "stick", 1},
		{"usb:v1234p00*", "other", 2},
	};
	MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf hits = {0};
	struct mf_bytes value;
	struct mf_kmodindex index;

	(void)state;
	index_build(&file, entries, COUNT(entries));
	for (size_t n = 0; n < file.len; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, file.data, n);
		if (!mf_kmodindex_open((struct mf_bytes){copy, n}, &index, NULL)) {
			mf_kmodindex_each(&index, collect, &hits);
			mf_kmodindex_match(&index, "usb:v1234p0000", collect, &hits);
			mf_kmodindex_get(&index, "usb:v1234p*", &value);
		}
		free(copy);
	}
	for (size_t i = 0; i < file.len * 256; i++) {
		uint8_t old = file.data[i / 256];

		file.data[i / 256] = (uint8_t)i;
		hits.len = 0;
		if (!mf_kmodindex_open(mf_buf_bytes(&file), &index, NULL)) {
			mf_kmodindex_each(&index, collect, &hits);
			mf_kmodindex_match(&index, "pci:v00001AF4d00009", collect, &hits);
			mf_kmodindex_get(&index, "usb:v1234p*", &value);
		}
		file.data[i / 256] = old;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_keys_and_walks_in_order),
		cmocka_unit_test(a_result_of_the_callback_stops),
		cmocka_unit_test(matches_partial_devices),
		cmocka_unit_test(finds_what_libkmod_finds),
		cmocka_unit_test(refuses_what_is_no_index),
		cmocka_unit_test(ends_on_cycles),
		cmocka_unit_test(ends_where_ways_join_again),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
