// SPDX-License-Identifier: GPL-2.0-or-later
// FAT volumes made by mkfs.fat and mtools, and what is wrong with damaged ones.
#include <errno.h>
#include <string.h>

#include "tests/unit/runtool.h"
#include "tests/unit/tempdir.h"

#include "lib/base/cleanup.h"
#include "lib/core/fat.h"
#include "lib/io/file.h"

#define LONG_NAME "kmod-a-driver-with-a-long-name-5.14.0-427.13.1.el9_4.x86_64.rpm"
#define LARGE	  20000 /* bytes of a file of many clusters */

struct fixture {
	struct tempdir dir;
	char image[128];
	struct mf_buf bytes;
	struct mf_err err;
	struct mf_buf list; /* of the last walk */
};

static void fixture_free(struct fixture *f)
{
	tempdir_remove(&f->dir);
	mf_buf_free(&f->bytes);
	mf_buf_free(&f->list);
}

static int add_content(void *data, struct mf_bytes chunk)
{
	mf_buf_add(data, chunk.p, chunk.n);
	return 0;
}

/* One line an entry: "PATH/" of folders, "PATH SIZE FIRST-BYTES" of files. */
static int list_entry(void *data, const struct mf_fat_entry *entry, const struct mf_fat_file *file)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	struct fixture *f = data;

	if (entry->is_folder) {
		mf_buf_printf(&f->list, "%s/\n", entry->path);
		return 0;
	}
	assert_int_equal(mf_fat_read(file, add_content, &content, &f->err), 0);
	assert_int_equal(content.len, entry->size);
	for (size_t i = 0; entry->size == LARGE && i < LARGE; i++)
		assert_int_equal(content.data[i], "0123456789abcdef"[i / 16 % 16]);
	mf_buf_printf(&f->list, "%s %zu %.5s\n", entry->path, content.len, mf_buf_str(&content));
	return 0;
}

static struct mf_bytes image_of(const struct fixture *f)
{
	return mf_buf_bytes(&f->bytes);
}

static int walk(struct fixture *f)
{
	f->list.len = 0;
	f->err.text[0] = '\0';
	return mf_fat_walk(image_of(f), list_entry, f, &f->err);
}

static void put_file(struct fixture *f, const char *name, size_t size)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->dir.path, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		fputc("0123456789abcdef"[i / 16 % 16], file);
	assert_int_equal(fclose(file), 0);
}

static void format(struct fixture *f, const char *bits, const char *kib)
{
	if (!f->dir.path[0])
		tempdir_make(&f->dir);
	snprintf(f->image, sizeof(f->image), "%s/image%s", f->dir.path, bits);
	RUNTOOL("mkfs.fat", "--invariant", "-C", "-F", bits, "-s", "1", "-n", "OEMDRV", f->image,
		kib);
}

static void copy_in(struct fixture *f, const char *name, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->dir.path, name);
	RUNTOOL("mcopy", "-i", f->image, path, target);
}

static void load(struct fixture *f)
{
	f->bytes.len = 0;
	assert_int_equal(mf_read_file(f->image, 64 << 20, &f->bytes, &f->err), 0);
}

static uint8_t *find_bytes(struct fixture *f, const void *bytes, size_t n)
{
	uint8_t *at = memmem(f->bytes.data, f->bytes.len, bytes, n);

	assert_non_null(at);
	return at;
}

static uint8_t *find(struct fixture *f, const char *text)
{
	return find_bytes(f, text, strlen(text));
}

/* A small volume with a folder and files in it. */
static void make(struct fixture *f, const char *bits, const char *kib)
{
	format(f, bits, kib);
	put_file(f, "small", 5);
	put_file(f, "large", LARGE);
	put_file(f, "empty", 0);
	RUNTOOL("mmd", "-i", f->image, "::rpms", "::rpms/x86_64");
	copy_in(f, "small", "::rhdd3");
	copy_in(f, "empty", "::EMPTY.TXT");
	copy_in(f, "small", "::rpms/x86_64/" LONG_NAME);
	copy_in(f, "small", "::gone");
	copy_in(f, "large", "::rpms/x86_64/large");
	copy_in(f, "small", "::J\303\274rgen \342\202\254 XX.txt");
	RUNTOOL("mdel", "-i", f->image, "::gone");
	load(f);
	/* mtools writes nothing beyond 16 bits */
	memcpy(find_bytes(f, "X\0X\0", 4), "\x3d\xd8\x00\xde", 4);
}

static void all_widths_are_read(void **state)
{
	static const char *const widths[][2] = {{"12", "360"}, {"16", "6000"}, {"32", "34000"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		MF_CLEANUP(fixture_free) struct fixture f = {0};
		char label[12];

		make(&f, widths[i][0], widths[i][1]);
		assert_true(mf_fat_is_one(image_of(&f)));
		mf_fat_label(image_of(&f), label);
		assert_string_equal(label, "OEMDRV");
		assert_int_equal(walk(&f), 0);
		assert_string_equal(mf_buf_str(&f.list),
				    "rpms/\n"
				    "rpms/x86_64/\n"
				    "rpms/x86_64/" LONG_NAME " 5 00000\n"
				    "rpms/x86_64/large 20000 00000\n"
				    "rhdd3 5 00000\n"
				    "EMPTY.TXT 0 \n"
				    "J\303\274rgen \342\202\254 \360\237\230\200.txt 5 00000\n");
	}
}

static void fragments_are_put_together(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};

	(void)state;
	format(&f, "12", "64");
	put_file(&f, "large", LARGE);
	put_file(&f, "part", 3000);
	copy_in(&f, "part", "::a");
	copy_in(&f, "part", "::b");
	copy_in(&f, "part", "::c");
	RUNTOOL("mdel", "-i", f.image, "::a");
	copy_in(&f, "part", "::d");
	RUNTOOL("mdel", "-i", f.image, "::b", "::d");
	copy_in(&f, "large", "::large");
	load(&f);
	assert_int_equal(walk(&f), 0);
	assert_non_null(strstr(mf_buf_str(&f.list), "large 20000 00000\n"));
	assert_non_null(strstr(mf_buf_str(&f.list), "c 3000 00000\n"));
}

static void large_folders_span_clusters(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	size_t n = 0;

	(void)state;
	format(&f, "12", "360");
	RUNTOOL("mmd", "-i", f.image, "::many");
	for (char name[] = "a"; name[0] <= 'z'; name[0]++) {
		char target[64];

		put_file(&f, name, 1);
		snprintf(target, sizeof(target), "::many/a name of thirty characters %s", name);
		copy_in(&f, name, target);
	}
	load(&f);
	assert_int_equal(walk(&f), 0);
	for (const char *at = mf_buf_str(&f.list); (at = strstr(at, "characters")); at++)
		n++;
	assert_int_equal(n, 26);
}

static void assert_bad(struct fixture *f, int code, const char *part)
{
	assert_int_equal(walk(f), code);
	if (!strstr(f->err.text, part))
		fail_msg("\"%s\" does not say \"%s\"", f->err.text, part);
}

/* Sets a cluster's entry of the first table of a FAT16 volume with one reserved sector or more. */
static void set_next(struct fixture *f, uint16_t cluster, uint16_t next)
{
	uint16_t n_reserved = 0;

	mf_get_u16(image_of(f), 14, MF_LITTLE, &n_reserved);
	next = htole16(next);
	memcpy(f->bytes.data + n_reserved * 512 + cluster * 2, &next, 2);
}

static uint16_t first_cluster(struct fixture *f, const char *short_name)
{
	uint8_t *entry = find(f, short_name);

	return (uint16_t)(entry[26] | entry[27] << 8);
}

static void set_first(struct fixture *f, const char *short_name, uint16_t cluster)
{
	uint8_t *entry = find(f, short_name);

	entry[26] = (uint8_t)cluster;
	entry[27] = (uint8_t)(cluster >> 8);
}

static void chains_that_go_astray_are_refused(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	uint16_t large, folder;
	uint8_t *entry;

	(void)state;
	make(&f, "16", "6000");
	large = first_cluster(&f, "LARGE      ");
	folder = first_cluster(&f, "RPMS       ");
	set_next(&f, large, large);
	assert_bad(&f, -EBADMSG, "rpms/x86_64/large: its cluster");
	set_next(&f, large, (uint16_t)(large + 2));
	assert_bad(&f, -EBADMSG, "its chain ends 32 bytes before the file does");
	set_next(&f, large, 0xfff7);
	assert_bad(&f, -EBADMSG, "cluster 65527, which does not exist");
	set_next(&f, large, 0);
	assert_bad(&f, -EBADMSG, "cluster 1, which does not exist");
	set_next(&f, large, 0xffff);
	assert_bad(&f, -EBADMSG, "its chain ends 19488 bytes before the file does");
	load(&f);
	set_next(&f, folder, folder);
	/* no end mark in it: deleted entries up to the cluster's end */
	entry = find(&f, "X86_64     ") + 32;
	memset(entry, 0xe5, 512 - (size_t)(entry - f.bytes.data) % 512);
	assert_bad(&f, -EBADMSG, "rpms: its cluster");
	load(&f);
	set_first(&f, "LARGE      ", folder);
	assert_bad(&f, -EBADMSG, "stands in two chains");
	load(&f);
	set_first(&f, "X86_64     ", folder);
	assert_bad(&f, -EBADMSG, "rpms/x86_64: its cluster");
	load(&f);
	set_first(&f, "RHDD3      ", 65000);
	assert_bad(&f, -EBADMSG, "does not exist");
	load(&f);
	f.bytes.len = 70000;
	assert_bad(&f, -EBADMSG, "lies behind the image's end");
	f.bytes.len = 2000;
	assert_bad(&f, -EBADMSG, "cut off");
}

static void names_that_are_none_are_refused(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	uint8_t *entry;

	(void)state;
	make(&f, "12", "360");
	entry = find(&f, "EMPTY   TXT");
	memcpy(entry, "A/B     ", 8);
	assert_bad(&f, -EBADMSG, "a name is none that a file can have");
	memcpy(entry, "\n       ", 8);
	assert_bad(&f, -EBADMSG, "a name is none that a file can have");
	memcpy(entry, "           ", 11);
	assert_bad(&f, -EBADMSG, "a name is none that a file can have");
	memcpy(entry, "\x05UML\x9aUT ", 8); /* a name that starts with 0xe5 */
	entry[12] = 0x08;		    /* in lower case */
	memcpy(entry + 8, "   ", 3);
	assert_int_equal(walk(&f), 0);
	assert_non_null(strstr(mf_buf_str(&f.list), "\n\317\203uml\303\234ut 0 \n"));
}

static void long_names_have_to_fit_their_short_ones(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	uint8_t *entry;

	(void)state;
	make(&f, "12", "360");
	entry = find(&f, "KMOD-A~1RPM");
	for (int part = 1; part <= 5; part++)
		entry[-32 * part + 13] ^= 1; /* the checksum */
	assert_int_equal(walk(&f), 0);
	assert_non_null(strstr(mf_buf_str(&f.list), "x86_64/KMOD-A~1.RPM 5"));
	for (int part = 1; part <= 5; part++)
		entry[-32 * part + 13] ^= 1;
	assert_int_equal(walk(&f), 0);
	assert_non_null(strstr(mf_buf_str(&f.list), "x86_64/" LONG_NAME " 5"));
	entry[-64] = 7; /* the number of the part before that */
	assert_int_equal(walk(&f), 0);
	assert_non_null(strstr(mf_buf_str(&f.list), "x86_64/KMOD-A~1.RPM 5"));
	load(&f);
	entry = find_bytes(&f, "J\0\374\0r\0", 6);
	entry[2] = 0xdc; /* half a surrogate */
	entry[3] = 0xdc;
	assert_bad(&f, -EBADMSG, "a name is none that a file can have");
}

static void labels_come_from_the_root_alone(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	char label[12];
	uint8_t *entry;

	(void)state;
	make(&f, "12", "360");
	entry = memmem(f.bytes.data + 512, f.bytes.len - 512, "OEMDRV     ", 11);
	assert_non_null(entry);
	memcpy(entry, "OTHER      ", 11);
	mf_fat_label(image_of(&f), label);
	assert_string_equal(label, "OTHER");
	entry[0] = 0xe5;
	mf_fat_label(image_of(&f), label);
	assert_string_equal(label, "");
}

static void other_files_are_not_taken_for_fat(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	char label[12];

	(void)state;
	assert_false(mf_fat_is_one((struct mf_bytes){0}));
	assert_int_equal(walk(&f), -EINVAL);
	mf_fat_label((struct mf_bytes){0}, label);
	assert_string_equal(label, "");
	make(&f, "12", "360");
	for (size_t at = 11; at < 17; at++) {
		load(&f);
		f.bytes.data[at] = 0;
		f.bytes.data[12] = at == 11 ? 1 : f.bytes.data[12];
		if (at != 11 && at != 15) /* 256 bytes a sector; the upper half of a number */
			assert_false(mf_fat_is_one(image_of(&f)));
	}
}

static void deep_folders_are_refused(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	char path[128] = "::";

	(void)state;
	format(&f, "12", "360");
	for (size_t i = 0; i < 33; i++) {
		strncat(path, i ? "/d" : "d", 3);
		RUNTOOL("mmd", "-i", f.image, path);
	}
	load(&f);
	assert_bad(&f, -E2BIG, "more than 32 levels");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_widths_are_read),
		cmocka_unit_test(fragments_are_put_together),
		cmocka_unit_test(large_folders_span_clusters),
		cmocka_unit_test(chains_that_go_astray_are_refused),
		cmocka_unit_test(names_that_are_none_are_refused),
		cmocka_unit_test(long_names_have_to_fit_their_short_ones),
		cmocka_unit_test(labels_come_from_the_root_alone),
		cmocka_unit_test(other_files_are_not_taken_for_fat),
		cmocka_unit_test(deep_folders_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
