// SPDX-License-Identifier: GPL-2.0-or-later
// Selection: what fits, in dependency order, and what the message says when nothing does.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/core/select.h"
#include "tests/unit/drvmake.h"

#define K56 "6.1.0-56-amd64"
#define K50 "6.1.0-50-amd64"

static const char *names(const struct mf_selected_list *list, struct mf_buf *out)
{
	for (size_t i = 0; i < list->n; i++)
		mf_buf_printf(out, "%s%s@%s", i ? " " : "", list->v[i].driver->module.name,
			      list->v[i].build->kernel);
	return mf_buf_str(out);
}

static void needed_modules_come_first(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_selected_list list = {0};

	(void)state;
	drvmake(&set, "nvme-upd", "9.9", K56, "a_nvme")->module.depends = DRVMAKE_STRINGS(
		"nvme-core");
	drvmake(&set, "nvme-upd", "9.9", K56, "nvme_core")->module.depends = DRVMAKE_STRINGS(
		"t10-pi");
	drvmake(&set, "nvme-upd", "9.9", K50, "nvme_core");
	drvmake(&set, "x", "1", K56, "alone");
	mf_drvset_sort(&set);
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &list, NULL), 0);
	assert_string_equal(names(&list, &text),
			    "nvme_core@" K50 " alone@" K56 " nvme_core@" K56 " a_nvme@" K56);
}

static void a_circle_is_refused(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "x", "1", K56, "a")->module.depends = DRVMAKE_STRINGS("b");
	drvmake(&set, "x", "1", K56, "b")->module.depends = DRVMAKE_STRINGS("a");
	drvmake(&set, "x", "1", K56, "c");
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &list, &err), -ELOOP);
	assert_non_null(strstr(err.text, ": a, b;"));
}

static void only_and_kernel_restrict(void **state)
{
	const struct {
		struct mf_strings only;
		struct mf_strings kernels;
		const char *expected;
	} cases[] = {
		{DRVMAKE_STRINGS("x"), {0}, "a@" K56 " b_c@" K56},
		{DRVMAKE_STRINGS("x/1"), {0}, "a@" K56 " b_c@" K56},
		{DRVMAKE_STRINGS("x:b-c"), {0}, "b_c@" K56},
		{DRVMAKE_STRINGS("x/1:a", "y"), {0}, "d@" K50 " a@" K56},
		{DRVMAKE_STRINGS(":bare"), {0}, "bare@" K56},
		{{0}, DRVMAKE_STRINGS(K50), "d@" K50},
	};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};

	(void)state;
	drvmake(&set, "x", "1", K56, "a");
	drvmake(&set, "x", "1", K56, "b_c");
	drvmake(&set, "y", "2", K50, "d");
	drvmake(&set, NULL, NULL, K56, "bare");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		struct mf_selection selection = {.only = cases[i].only,
						 .kernels = cases[i].kernels};
		struct mf_selected_list list = {0};

		assert_int_equal(mf_select(&set, &selection, &list, NULL), 0);
		assert_string_equal(names(&list, &text), cases[i].expected);
	}
}

static void a_missing_build_says_the_line_that_makes_it(void **state)
{
	struct mf_selection selection = {.kernels = DRVMAKE_STRINGS(K56, K50)};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "x", "1", K56, "a");
	assert_int_equal(mf_select(&set, &selection, &list, &err), -ENOENT);
	assert_string_equal(err.text, "no build for kernel " K50 " (builds there are for: " K56
				      " (x86_64)); build it with: dkms build x/1 -k " K50
				      " (needs the package linux-headers-" K50 ")");
}

static void the_message_speaks_of_admitted_packages_only(void **state)
{
	struct mf_selection selection = {.kernels = DRVMAKE_STRINGS(K50),
					 .only = DRVMAKE_STRINGS("x")};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "w", "1", K50, "b");
	drvmake(&set, "x", "1", K56, "a");
	drvmake(&set, "x", "1", K50, "a");
	set.packages[1].builds[1].state = MF_BUILD_FAILED;
	set.packages[1].builds[1].note = "its last build failed";
	assert_int_equal(mf_select(&set, &selection, &list, &err), -ENOENT);
	assert_string_equal(err.text,
			    "no build for kernel " K50 " (builds there are for: " K56
			    " (x86_64)); build it with: dkms build x/1 -k " K50
			    " (needs the package linux-headers-" K50 "); x: its last build failed");
}

static void the_word_that_leaves_nothing_is_named(void **state)
{
	const struct {
		struct mf_strings only;
		const char *arch;
		const char *text;
	} cases[] = {
		{DRVMAKE_STRINGS("b"), NULL,
		 "no driver fits --only b; b is a module: name it with its package, --only w:b"},
		{DRVMAKE_STRINGS("w:c"), NULL,
		 "no driver fits --only w:c; see what there is with: modferry list"},
		{DRVMAKE_STRINGS("w"), "arm",
		 "no built driver for arm found (builds there are for: " K50
		 " (x86_64)); see all with: modferry list"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mf_selection selection = {.only = cases[i].only, .arch = cases[i].arch};
		MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
		struct mf_selected_list list = {0};
		struct mf_err err = {0};

		drvmake(&set, "w", "1", K50, "b");
		assert_int_equal(mf_select(&set, &selection, &list, &err), -ENOENT);
		assert_string_equal(err.text, cases[i].text);
	}
}

static void all_packages_to_be_built_are_named(void **state)
{
	struct mf_selection selection = {.kernels = DRVMAKE_STRINGS(K50)};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "w", "1", K56, "b");
	drvmake(&set, "x", "2", K56, "a");
	drvmake(&set, "y", "3", K56, "c");
	assert_int_equal(mf_select(&set, &selection, &list, &err), -ENOENT);
	assert_non_null(strstr(err.text, "dkms build w/1 -k " K50));
	assert_non_null(strstr(err.text, "; likewise x/2, y/3"));
}

static void what_is_left_out_for_a_kernel_is_noted(void **state)
{
	struct mf_selection selection = {.kernels = DRVMAKE_STRINGS(K56)};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};

	(void)state;
	drvmake(&set, "w", "1", K50, "old");
	drvmake(&set, "w", "2", K56, "a");
	drvmake(&set, "x", "1", K50, "b");
	drvmake(&set, NULL, NULL, K50, "bare");
	assert_int_equal(mf_select(&set, &selection, &list, NULL), 0);
	assert_int_equal(mf_selection_note_missing(&set, &selection, &list), 0);
	assert_int_equal(set.n_notes, 1);
	assert_string_equal(set.notes[0].object, "x");
	assert_string_equal(set.notes[0].problem,
			    "no build for kernel " K56
			    ", it is left out; build it with: dkms build x/1 -k " K56);

	selection.only = DRVMAKE_STRINGS("w");
	set.n_notes = 0;
	assert_int_equal(mf_selection_note_missing(&set, &selection, &list), 0);
	assert_int_equal(set.n_notes, 0);
}

/* Thirty kernels make a long list: what to do still stands behind it. */
static void advice_survives_a_long_list(void **state)
{
	struct mf_selection selection = {.kernels = DRVMAKE_STRINGS(K50)};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	for (int i = 0; i < 60; i++) {
		char kernel[32];

		snprintf(kernel, sizeof(kernel), "6.12.%d-amd64", i);
		drvmake(&set, "x", "1", kernel, "a");
	}
	assert_int_equal(mf_select(&set, &selection, &list, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no build for kernel " K50 " (builds there are for: "));
	assert_non_null(strstr(err.text, "build it with: dkms build x/1 -k " K50 " (needs the "));
}

static void hostile_names_are_quoted_in_advice(void **state)
{
	struct mf_selection selection = {.kernels = DRVMAKE_STRINGS("6.1;reboot")};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "x'$(id)", "1", K56, "a");
	assert_int_equal(mf_select(&set, &selection, &list, &err), -ENOENT);
	assert_non_null(strstr(err.text, "dkms build 'x'\\''$(id)/1' -k '6.1;reboot' "));
}

static void two_files_of_one_package_are_told_apart(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "x", "1", K56, "a");
	drvmake(&set, "x", "1", K56, "a")->path = "/tree/other.ko";
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &list, &err), -EEXIST);
	assert_non_null(strstr(err.text, "both /tree/other.ko and /tree/x/1/" K56 "/a.ko"));
}

static void two_drivers_of_one_name_are_refused(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "x", "1", K56, "a");
	drvmake(&set, "x", "2", K56, "a");
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &list, &err), -EEXIST);
	assert_non_null(strstr(err.text, "both x/1 and x/2"));

	/* the installed one is what its owner chose */
	mf_drvset_package(&set, "x", "2", "/tree")->builds[0].state = MF_BUILD_INSTALLED;
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &list, NULL), 0);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.v[0].package->version, "2");
}

static void builds_of_one_source_count_once(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct mf_driver *driver = drvmake(&set, i ? "x" : NULL, i ? "1" : NULL, K56, "a");

		driver->module.version = "1";
		driver->module.srcversion = "ABCDEF";
		driver->module.vermagic = K56 " SMP";
	}
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &list, NULL), 0);
	assert_int_equal(list.n, 1);
}

static void failed_builds_are_not_selected(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "x", "1", K56, "a");
	set.packages[0].builds[0].state = MF_BUILD_FAILED;
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &list, &err), -ENOENT);
	assert_non_null(strstr(err.text, "builds there are for: none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needed_modules_come_first),
		cmocka_unit_test(a_circle_is_refused),
		cmocka_unit_test(only_and_kernel_restrict),
		cmocka_unit_test(a_missing_build_says_the_line_that_makes_it),
		cmocka_unit_test(the_message_speaks_of_admitted_packages_only),
		cmocka_unit_test(the_word_that_leaves_nothing_is_named),
		cmocka_unit_test(all_packages_to_be_built_are_named),
		cmocka_unit_test(what_is_left_out_for_a_kernel_is_noted),
		cmocka_unit_test(advice_survives_a_long_list),
		cmocka_unit_test(hostile_names_are_quoted_in_advice),
		cmocka_unit_test(two_files_of_one_package_are_told_apart),
		cmocka_unit_test(two_drivers_of_one_name_are_refused),
		cmocka_unit_test(builds_of_one_source_count_once),
		cmocka_unit_test(failed_builds_are_not_selected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
