// SPDX-License-Identifier: GPL-2.0-or-later
// The root file system model: what the kernel makes of duplicates, symlinks, hard links, lost
// parents.
#include "lib/io/rootfs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"

static void add_entry(struct mf_buf *image, const char *name, uint32_t mode, const char *content)
{
	static unsigned int ino = 1000;
	unsigned int device = (unsigned int)(strrchr(name, '#') ? strlen(strchr(name, '#')) : 0);
	unsigned int major = mode == 0020600 && *content ? (unsigned int)(*content - '0') : 0;
	int n = (int)strcspn(name, "#");

	mf_buf_printf(image, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		      device ? 7 : ++ino, mode, 0U, 0U, device ? 2 : 1, 0U,
		      major ? 0 : (unsigned int)strlen(content), 0U, device, major, 0U,
		      (unsigned int)n + 1, 0U);
	mf_buf_printf(image, "%.*s", n, name);
	mf_buf_zeros(image, 1 + (4 - (image->len + 1) % 4) % 4);
	mf_buf_adds(image, major ? "" : content);
	mf_buf_zeros(image, (4 - image->len % 4) % 4);
}

/*
 * Entries as words: "name/" is a directory, "name>target" a symlink, "name=content" a file,
 * "name!MAJOR" a device node, "|" the trailer; "#" behind a name makes it one of the names of file
 * number 7.
 */
static void build(struct mf_buf *image, const char *words)
{
	static const char kinds[] = "/>=!|";
	static const uint32_t modes[] = {040755, 0120777, 0100644, 0020600, 0};
	char copy[256];
	char *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		size_t at = strcspn(word, ">=!|");
		const char *kind;

		if (!word[at]) /* a directory's slash is the last one */
			at = strlen(word) - 1;
		kind = strchr(kinds, word[at]);
		assert_non_null(kind);
		word[at] = '\0';
		add_entry(image, *kind == '|' ? "TRAILER!!!" : word, modes[kind - kinds],
			  word + at + 1);
	}
}

/* Fates as one letter an entry: w wins, r replaced, h hidden, d dropped. */
static void assert_fates(const char *fates, const char *words)
{
	MF_CLEANUP(mf_rootfs_free) struct mf_rootfs rootfs = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	struct mf_err err = {0};
	char got[32] = "";

	build(&image, words);
	assert_int_equal(mf_rootfs_read(mf_buf_bytes(&image), 0, &rootfs, &err), 0);
	assert_string_equal(err.text, "");
	assert_int_equal(rootfs.n_entries, strlen(fates));
	for (size_t i = 0; i < rootfs.n_entries; i++) {
		const struct mf_rootfs_entry *entry = &rootfs.entries[i];

		got[i] = "wrhd"[entry->fate];
		assert_int_equal(!!entry->reason,
				 entry->fate == MF_FATE_HIDDEN || entry->fate == MF_FATE_DROPPED);
		assert_int_equal(entry->replaced_by != MF_ROOTFS_NONE,
				 entry->fate == MF_FATE_REPLACED);
	}
	assert_string_equal(got, fates);
}

static void test_later_wins(void **state)
{
	(void)state;
	assert_fates("rw", "x=1 /x=2");
	assert_fates("wrw", "a/ a/x=1 | ./a//x=2");
	/* another type */
	assert_fates("rw", "x=1 x/");
	assert_fates("rw", "x/ x=1");
	assert_fates("rw", "x>y x=1");
	assert_fates("rw", "x>y x>z");
	/* a directory that is not empty stays */
	assert_fates("wwd", "x/ x/y=1 x=1");
	assert_fates("wwd", "x/ x/y=1 x>z");
	assert_fates("rww", "x/ x/y=1 x/");
	/* device nodes stay */
	assert_fates("rw", "n! n!");
	assert_fates("wd", "n! n!5");
	assert_fates("rw", "n! n=1");
	assert_fates("rw", "./ ./");
	assert_fates("d", ".=1");
}

static void test_lost_parents(void **state)
{
	(void)state;
	assert_fates("d", "a/x=1");
	assert_fates("ddw", "a/x=1 a/b/c/ a/");
	assert_fates("wd", "a=1 a/x=1");
	assert_fates("wd", "a>nowhere a/x=1");
	assert_fates("wd", "a>a a/x=1");
	assert_fates("wwd", "a>b b>/a a/x=1");
	/* the kernel's built-in archive: /dev, /dev/console, /root */
	assert_fates("wwd", "dev/null! root/x=1 dev/console!4");
	assert_fates("w", "dev/");
}

static void test_symlinked_folders(void **state)
{
	(void)state;
	assert_fates("wwww", "usr/ usr/lib/ lib>usr/lib lib/x=1");
	/* the same file by another way */
	assert_fates("wwrww", "usr/ usr/lib/ usr/lib/x=1 lib>/usr/lib lib/x=2");
	assert_fates("wwww", "usr/ up/ up/l>../usr/. up/l/x=1");
	/* the hazard: a directory in place of the symlink */
	assert_fates("wwrhww", "usr/ usr/lib/ lib>usr/lib lib/x=1 lib/ lib/x=2");
}

static void test_hard_links(void **state)
{
	MF_CLEANUP(mf_rootfs_free) struct mf_rootfs rootfs = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	struct mf_err err = {0};
	static const size_t content[] = {1, 1, MF_ROOTFS_NONE, 6, MF_ROOTFS_NONE, 6, 6, 7};

	(void)state;
	build(&image, "a#= b#=ab s#>a | c#=c d#= e#= d=new x##=own");
	assert_int_equal(mf_rootfs_read(mf_buf_bytes(&image), MF_ROOTFS_SHA256, &rootfs, &err), 0);
	assert_int_equal(rootfs.n_entries, 8);
	/* numbers count within one archive and device; writing one name writes all */
	for (size_t i = 0; i < rootfs.n_entries; i++)
		assert_int_equal(rootfs.entries[i].content, content[i]);
	assert_int_equal(rootfs.entries[4].fate, MF_FATE_REPLACED);
	assert_string_equal(rootfs.entries[1].sha256, "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb97"
						      "7b8b4d5903b85055620603");
	assert_null(rootfs.entries[2].sha256);
	/* no first name any more; type in the way */
	assert_fates("rwd", "a#= a/ b#=");
	assert_fates("wwwd", "a#= b/ b/c=1 b#=");
	assert_fates("rd", "a#= a#=");
	assert_fates("ww", "a#! b#!");
	assert_fates("rwd", "a#= a! b#=x");
}

static void test_find(void **state)
{
	MF_CLEANUP(mf_rootfs_free) struct mf_rootfs rootfs = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	struct mf_err err = {0};
	size_t i;

	(void)state;
	build(&image, "usr/ lib>usr usr/x=1 |");
	mf_buf_adds(&image, "junk");
	assert_int_equal(mf_rootfs_read(mf_buf_bytes(&image), 0, &rootfs, &err), -EBADMSG);
	assert_false(rootfs.is_cut);
	assert_int_equal(rootfs.n_segments, 1);
	assert_int_equal(rootfs.segments[0].n_members, 3);
	assert_int_equal(mf_rootfs_find(&rootfs, "lib/x", false, &i), 0);
	assert_int_equal(i, 2);
	assert_int_equal(mf_rootfs_find(&rootfs, "/lib", false, &i), 0);
	assert_int_equal(i, 1);
	assert_int_equal(mf_rootfs_find(&rootfs, "lib", true, &i), 0);
	assert_int_equal(i, 0);
	assert_int_equal(mf_rootfs_find(&rootfs, "dev", true, &i), 0);
	assert_int_equal(i, MF_ROOTFS_NONE);
	assert_int_equal(mf_rootfs_find(&rootfs, "lib/y", false, &i), -ENOENT);
}

/* A segment that breaks off: what was complete is there. */
static void test_cut(void **state)
{
	MF_CLEANUP(mf_rootfs_free) struct mf_rootfs rootfs = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	struct mf_err err = {0};

	(void)state;
	build(&image, "a=12345678 b=12345678");
	image.len -= 1;
	assert_int_equal(mf_rootfs_read(mf_buf_bytes(&image), 0, &rootfs, &err), -EBADMSG);
	assert_true(rootfs.is_cut);
	assert_int_equal(rootfs.n_entries, 1);
	assert_int_equal(rootfs.segments[0].n_members, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_later_wins),
		cmocka_unit_test(test_lost_parents),
		cmocka_unit_test(test_symlinked_folders),
		cmocka_unit_test(test_hard_links),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
