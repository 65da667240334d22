// SPDX-License-Identifier: GPL-2.0-or-later
// The file tree: order, parents, text form.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/tree.h"

static void parents_come_first_in_any_order_of_adding(void **state)
{
	static const char text[] = "# label OEMDRV\n"
				   "d 0755 a\n"
				   "f 0644 a/b 3\n\t| hi\n"
				   "l 0777 a/c -> ../x y\n"
				   "d 0755 a-b\n"
				   "f 0755 a-b/d 70000\n";
	struct mf_tree_param param = {"label", "OEMDRV"};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {.params = &param, .n_params = 1};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	(void)state;
	assert_int_equal(mf_tree_add_file(&tree, "a-b/d", 0755, "/nowhere", 70000), 0);
	assert_int_equal(mf_tree_add_symlink(&tree, "a/c", "../x y"), 0);
	assert_int_equal(mf_tree_add_bytes(&tree, "a/b", 0644,
					   (struct mf_bytes){(const uint8_t *)"hi\n", 3}),
			 0);
	assert_int_equal(mf_tree_add_parents(&tree, "a-b/d", ""), 0);
	assert_int_equal(mf_tree_add_parents(&tree, "a/b", ""), 0);
	assert_int_equal(mf_tree_add_parents(&tree, "a/c", ""), 0);
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	mf_tree_list(&tree, &out);
	assert_string_equal(mf_buf_str(&out), text);
}

static void parents_below_a_root_only(void **state)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};

	(void)state;
	assert_int_equal(mf_tree_add_parents(&tree, "usr/lib/x/y/z", "usr/lib"), 0);
	assert_int_equal(tree.n_entries, 2);
	assert_string_equal(tree.entries[0].path, "usr/lib/x");
}

static void refuses_unsafe_and_double_paths(void **state)
{
	static const char *const unsafe[] = {"", "/a", "a/../b", "..", "a//b", "a/", ".", "a\nb"};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		assert_int_equal(mf_tree_add_dir(&tree, unsafe[i], 0755), -EINVAL);
	assert_int_equal(mf_tree_add_dir(&tree, "a", 0755), 0);
	assert_int_equal(mf_tree_add_symlink(&tree, "a", "b"), 0);
	assert_int_equal(mf_tree_finish(&tree, &err), -EEXIST);
	assert_string_equal(err.text, "a would stand twice in the artifact");
}

static void only_folders_hold_something(void **state)
{
	static const char *const paths[] = {"a-b", "a.b", "a/b/c"};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(mf_tree_add_bytes(&tree, "a", 0644, (struct mf_bytes){0}), 0);
	assert_int_equal(mf_tree_add_bytes(&tree, "a-b", 0644, (struct mf_bytes){0}), 0);
	assert_int_equal(mf_tree_finish(&tree, &err), 0);
	for (size_t i = 1; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(mf_tree_add_bytes(&tree, paths[i], 0644, (struct mf_bytes){0}), 0);
	assert_int_equal(mf_tree_finish(&tree, &err), -EEXIST);
	assert_string_equal(err.text, "a/b/c would stand below a, which is no folder");
}

static void nested_trees_are_sorted_listed_and_freed(void **state)
{
	static const char text[] = "# label OEMDRV\n"
				   "d 0755 a\n"
				   "f 0644 a/x.rpm tree rpm\n"
				   "\t# post line one\n"
				   "\t#\tline two\n"
				   "\t# provides b\n"
				   "\t# provides a\n"
				   "\tf 0644 m 0\n"
				   "\tf 0644 n 0\n";
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {.mtime = 7};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_tree *nested;

	(void)state;
	assert_int_equal(mf_tree_add_param(&tree, "label", "OEMDRV"), 0);
	assert_int_equal(mf_tree_add_tree(&tree, "a/x.rpm", 0644, "rpm", &nested), 0);
	assert_int_equal(nested->mtime, 7);
	assert_int_equal(mf_tree_add_dir(&tree, "a", 0755), 0);
	assert_int_equal(mf_tree_add_param(nested, "post", "line one\nline two"), 0);
	assert_int_equal(mf_tree_add_param(nested, "provides", "b"), 0);
	assert_int_equal(mf_tree_add_param(nested, "provides", "a"), 0);
	assert_int_equal(mf_tree_add_bytes(nested, "n", 0644, (struct mf_bytes){0}), 0);
	assert_int_equal(mf_tree_add_bytes(nested, "m", 0644, (struct mf_bytes){0}), 0);
	assert_string_equal(mf_tree_param(nested, "provides"), "b");
	assert_null(mf_tree_param(nested, "label"));
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	mf_tree_list(&tree, &out);
	assert_string_equal(mf_buf_str(&out), text);
}

static void a_double_path_in_a_nested_tree_is_refused(void **state)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	struct mf_tree *nested;

	(void)state;
	assert_int_equal(mf_tree_add_tree(&tree, "x.rpm", 0644, "rpm", &nested), 0);
	assert_int_equal(mf_tree_add_dir(nested, "a", 0755), 0);
	assert_int_equal(mf_tree_add_dir(nested, "a", 0755), 0);
	assert_int_equal(mf_tree_finish(&tree, &err), -EEXIST);
	assert_string_equal(err.text, "x.rpm: a would stand twice in the artifact");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parents_come_first_in_any_order_of_adding),
		cmocka_unit_test(parents_below_a_root_only),
		cmocka_unit_test(refuses_unsafe_and_double_paths),
		cmocka_unit_test(only_folders_hold_something),
		cmocka_unit_test(nested_trees_are_sorted_listed_and_freed),
		cmocka_unit_test(a_double_path_in_a_nested_tree_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
