// SPDX-License-Identifier: GPL-2.0-or-later
// Archive rules on small overlays; tests/vm/archive-rules.sh shows that the kernel agrees.
#include "lib/io/check_archive.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "tests/unit/drvmake.h"

/* An archive of words: "dir/", "file=", "link>target". */
static void add(struct mf_buf *image, const char *words)
{
	char copy[1000];
	char *rest = copy;
	char *word;

	snprintf(copy, sizeof(copy), "%s TRAILER!!!=", words);
	while ((word = strsep(&rest, " "))) {
		char *end = word + strcspn(word, "/=>");
		const char *target = "";
		unsigned int mode = 0100644;

		while (*end == '/' && end[1]) /* not at the end: a path */
			end += 1 + strcspn(end + 1, "/=>");
		if (*end == '>') {
			target = end + 1;
			mode = 0120777;
		} else if (*end == '/') {
			mode = 0040755;
		}
		*end = '\0';
		mf_buf_printf(image, "070701%08X%08X%08X%08X%08X%08X%08zX%08X%08X%08X%08X%08zX%08X",
			      1U, mode, 0U, 0U, 1U, 0U, strlen(target), 0U, 0U, 0U, 0U,
			      strlen(word) + 1, 0U);
		mf_buf_add(image, word, strlen(word) + 1);
		mf_buf_zeros(image, -image->len & 3);
		mf_buf_adds(image, target);
		mf_buf_zeros(image, -image->len & 3);
	}
}

/* A usr-merged initrd of one kernel. */
static struct mf_base_link links[] = {{"lib", "usr/lib"}};
static struct mf_kernel kernels[] = {{.release = "6.1", .folder = "usr/lib/modules/6.1"}};

static struct mf_probe merged(void)
{
	static const char *dirs[] = {
		".", "opt", "opt/in", "usr", "usr/lib", "usr/lib/modules", "usr/lib/modules/6.1"};

	return (struct mf_probe){.base = {{dirs, 7}, links, 1}, .kernels = kernels, .n_kernels = 1};
}

/* What is said, a line each: weight, code, then the text up to its first colon. */
static void say(const struct mf_archive_check *check, struct mf_buf *out)
{
	struct mf_arena arena = {0};
	struct mf_reasons reasons = {0};

	assert_int_equal(mf_check_archive(check, &arena, &reasons, NULL), 0);
	for (size_t i = 0; i < reasons.n; i++)
		mf_buf_printf(out, "%d %s %.*s\n", (int)reasons.v[i].weight,
			      mf_reason_name(reasons.v[i].code),
			      (int)strcspn(reasons.v[i].text, ":"), reasons.v[i].text);
	mf_arena_free(&arena);
}

static void rules_of_entries(void **state)
{
	static const struct {
		const char *words;
		const char *said; /* besides the note on a raw archive */
	} cases[] = {
		{"lib/x=", ""},
		{"lib/", "2 archive-directory lib\n"},
		{"usr/ usr/lib/", "0 archive-directory usr and 1 more\n"},
		{"modferry/ modferry/d/", ""},
		{"no/x= no/y= no/", "2 archive-parent no/x and 1 more\n"},
		{"new/ new/x=", ""},
		{"opt= opt/y=", "2 archive-directory opt\n"},
		{"opt/in=", "1 archive-directory opt/in\n"},
		{"lib>usr/lib lib/x=", ""},
		{"kernel/ kernel/x86/ kernel/x86/microcode/ kernel/x86/microcode/x.bin=",
		 "0 placement kernel/x86/microcode/x.bin\n"},
		/* placement: through the link or not, the loader's own, another kernel's */
		{"lib/modules/6.1/x.ko=", ""},
		{"usr/lib/modules/6.1/x.ko.xz=", ""},
		{"modferry/ modferry/d/ modferry/d/0/ modferry/d/0/6.1/ modferry/d/0/6.1/x.ko=",
		 ""},
		{"lib/modules/6.2/ lib/modules/6.2/x.ko= lib/modules/6.2/y.ko=",
		 "2 placement lib/modules/6.2/x.ko and 1 more\n"},
		{"opt/x.ko= usr/lib/modules/6.1/x.ko=", "0 placement opt/x.ko\n"},
	};
	struct mf_probe probe = merged();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf said = {0};
		const char *first = "0 archive-alignment raw segment at offset 0\n";

		add(&image, cases[i].words);
		say(&(struct mf_archive_check){mf_buf_bytes(&image), &probe, 4096}, &said);
		assert_memory_equal(mf_buf_str(&said), first, strlen(first));
		assert_string_equal(mf_buf_str(&said) + strlen(first), cases[i].said);
	}
}

static void rules_of_segments(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf said = {0};
	struct mf_probe probe = merged();

	(void)state;
	/* at no multiple of 4 nothing of it is read, not even a rule of entries */
	add(&image, "lib/");
	say(&(struct mf_archive_check){mf_buf_bytes(&image), &probe, 4097}, &said);
	assert_string_equal(mf_buf_str(&said), "2 archive-alignment raw segment at offset 0\n");
	mf_buf_free(&said);
	/* cut off in an entry, and between two */
	say(&(struct mf_archive_check){{image.data, 50}, &probe, 0}, &said);
	assert_non_null(strstr(mf_buf_str(&said), "2 malformed offset 0\n"));
	mf_buf_free(&said);
	say(&(struct mf_archive_check){{image.data, 116}, &probe, 0}, &said);
	assert_non_null(strstr(mf_buf_str(&said), "2 malformed raw segment at offset 0\n"));
	mf_buf_free(&said);
	/* lz4 in front */
	probe.has_lz4 = true;
	say(&(struct mf_archive_check){mf_buf_bytes(&image), &probe, 0}, &said);
	assert_non_null(strstr(mf_buf_str(&said), "2 archive-compression the file\n"));
}

/* The target's initrd with an overlay behind it: it boots in the place of both. */
static void one_file_of_both(void **state)
{
	static const char whole[] = "init= opt/ opt/in/ usr/ usr/lib/ usr/lib/modules/ "
				    "usr/lib/modules/6.1/ lib>usr/lib";
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf said = {0};
	struct mf_probe probe = merged();

	(void)state;
	add(&image, "kernel/ kernel/x86/ kernel/x86/microcode/ kernel/x86/microcode/x.bin=");
	add(&image, whole);
	add(&image, "opt/in/x.ko=");
	probe.has_lz4 = true;
	say(&(struct mf_archive_check){mf_buf_bytes(&image), &probe, 4097}, &said);
	assert_string_equal(mf_buf_str(&said), "2 placement opt/in/x.ko\n");
	/* one that only replaces /init still stands behind the target */
	mf_buf_free(&image);
	mf_buf_free(&said);
	add(&image, "init= opt/in/y=");
	probe.has_lz4 = false;
	say(&(struct mf_archive_check){mf_buf_bytes(&image), &probe, 4096}, &said);
	assert_string_equal(mf_buf_str(&said), "");
}

static void a_target_that_is_not_known(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf said = {0};
	struct mf_archive_check check = {0};
	struct mf_probe probe = merged();

	(void)state;
	add(&image, "lib/ dev/x= opt/x=");
	check.overlay = mf_buf_bytes(&image);
	say(&check, &said);
	assert_string_equal(mf_buf_str(&said), "0 archive-alignment raw segment at offset 0\n"
					       "1 archive-directory lib\n"
					       "1 archive-parent opt/x\n");
	/* an installed system is not what the initramfs holds */
	mf_buf_free(&said);
	probe.framework = "installed system";
	check.probe = &probe;
	say(&check, &said);
	assert_non_null(strstr(mf_buf_str(&said), "1 archive-directory lib\n"));
	check.probe = NULL;
	/* a whole initrd has all there is */
	mf_buf_free(&image);
	mf_buf_free(&said);
	add(&image, "lib/ init= opt/x=");
	check.overlay = mf_buf_bytes(&image);
	say(&check, &said);
	assert_string_equal(mf_buf_str(&said), "2 archive-parent opt/x\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_entries),
		cmocka_unit_test(rules_of_segments),
		cmocka_unit_test(one_file_of_both),
		cmocka_unit_test(a_target_that_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
