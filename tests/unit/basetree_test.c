// SPDX-License-Identifier: GPL-2.0-or-later
// The target's initramfs as a recipe sees it: symlinks on the way, folders that are missing.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/basetree.h"
#include "tests/unit/drvmake.h"

/* A merged-usr image. Both lists are sorted by path. */
static struct mf_base_link links[] = {
	{"a", "b"},
	{"b", "a"},
	{"deep", "usr/lib/x/y/../../z"},
	{"lib", "usr/lib"},
	{"out", "../../../usr"},
	{"self", "self/x"},
	{"sys", "/usr/lib/./systemd//"},
	{"usr/lib64", "/lib"},
};

static struct mf_base_tree merged(const char **dirs, size_t n)
{
	return (struct mf_base_tree){
		.dirs = {dirs, n}, .links = links, .n_links = sizeof(links) / sizeof(links[0])};
}

static const char *dirs[] = {"usr", "usr/lib", "usr/lib/modules"};

static void a_path_leads_where_its_links_lead(void **state)
{
	static const char *const cases[][2] = {
		{"lib/modules/6.1", "usr/lib/modules/6.1"},
		{"/lib/modules/", "usr/lib/modules"},
		{"lib", "usr/lib"},
		{"usr/lib64/x", "usr/lib/x"},
		{"deep/f", "usr/lib/z/f"},
		{"out/lib64", "usr/lib"},
		{"sys/system", "usr/lib/systemd/system"},
		{"nowhere/lib", "nowhere/lib"},
		{"lib/../..", ""},
		{"", ""},
	};
	struct mf_base_tree base = merged(dirs, 3);
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	const char *got;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(mf_base_resolve(&base, cases[i][0], &arena, &got, NULL), 0);
		assert_string_equal(got, cases[i][1]);
	}
	assert_int_equal(mf_base_resolve(NULL, "lib/x", &arena, &got, NULL), 0);
	assert_string_equal(got, "lib/x");
}

static void links_without_end_are_an_error(void **state)
{
	struct mf_base_tree base = merged(dirs, 3);
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_err err = {0};
	char path[6000];
	const char *got;

	(void)state;
	assert_int_equal(mf_base_resolve(&base, "a/x", &arena, &got, &err), -ELOOP);
	assert_non_null(strstr(err.text, "a/x: "));
	assert_int_equal(mf_base_resolve(&base, "self", &arena, &got, &err), -ELOOP);
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(mf_base_resolve(&base, path, &arena, &got, &err), -ENAMETOOLONG);
}

static void only_missing_folders_get_an_entry(void **state)
{
	struct mf_base_tree base = merged(dirs, 3);
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *got;

	(void)state;
	assert_int_equal(mf_base_place(&base, &tree, "lib/modules/6.1/modules.dep", &got, NULL), 0);
	assert_string_equal(got, "usr/lib/modules/6.1/modules.dep");
	assert_int_equal(mf_base_place(&base, &tree, "lib/modules/6.1/u/a.ko", &got, NULL), 0);
	assert_int_equal(mf_base_place(&base, &tree, "lib", &got, NULL), 0);
	assert_string_equal(got, "lib"); /* a link at the end is not followed */
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	mf_tree_list(&tree, &text);
	assert_string_equal(mf_buf_str(&text), "d 0755 usr/lib/modules/6.1\n"
					       "d 0755 usr/lib/modules/6.1/u\n");
	assert_int_equal(mf_base_place(&base, &tree, "bad\n/x", &got, NULL), -EINVAL);
}

static void folders_and_links_are_told_apart(void **state)
{
	struct mf_base_tree base = merged(dirs, 3);

	(void)state;
	assert_true(mf_base_has_dir(&base, "usr/lib"));
	assert_false(mf_base_has_dir(&base, "lib"));
	assert_false(mf_base_has_dir(NULL, "usr"));
	assert_string_equal(mf_base_link_target(&base, "lib"), "usr/lib");
	assert_null(mf_base_link_target(&base, "usr/lib"));
	assert_null(mf_base_link_target(NULL, "lib"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_leads_where_its_links_lead),
		cmocka_unit_test(links_without_end_are_an_error),
		cmocka_unit_test(only_missing_folders_get_an_entry),
		cmocka_unit_test(folders_and_links_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
