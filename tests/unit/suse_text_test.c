// SPDX-License-Identifier: GPL-2.0-or-later
// Driver updates of SUSE: what their texts say of modules, whatever these are called.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "tests/unit/suseplan.h"

/* Text of the only file of that path; NULL. */
static char *text_of(const struct mf_tree *tree, const char *path, struct mf_arena *arena)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		struct mf_bytes text = tree->entries[i].content;

		if (strcmp(tree->entries[i].path, path) == 0)
			return mf_arena_strndup(arena, (const char *)text.p, text.n);
	}
	return NULL;
}

/* insmod resolves nothing; systemd-modules-load of Agama does, and rmmod would unload them. */
static void stock_modules_come_before_what_needs_them(void **state)
{
	static const struct {
		struct wanted wanted;
		const char *kernel, *path, *order;
	} cases[] = {
		{{&mf_dud_linuxrc_recipe, {"sles15"}, {0}},
		 SP6,
		 "linux/suse/x86_64-sles15/modules/module.order",
		 "ptp\na_core\nmdio\nz-nic\n"},
		{{&mf_dud_agama_recipe, {"sles16.0"}, {0}},
		 SLES16,
		 "linux/suse/x86_64-sles16.0/modules/module.order",
		 "a_core\nz-nic\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(free_selection) struct selection selection = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct mf_driver *nic = add(&selection, "p", "1", cases[i].kernel, "z_nic");
		struct mf_driver *core = add(&selection, "p", "1", cases[i].kernel, "a_core");

		nic->path = "/tree/z-nic.ko";
		nic->module.depends = drvmake_strings(&selection.set, "a-core", "mdio", "ptp",
						      NULL);
		core->module.depends = drvmake_strings(&selection.set, "ptp", NULL);
		assert_int_equal(plan(&selection, &cases[i].wanted, &tree, NULL), 0);
		assert_string_equal(text_of(&tree, cases[i].path, &tree.arena), cases[i].order);
	}
}

/* linuxrc's lines have 1,023 bytes: what comes behind them would be a line of its own. */
static void names_make_no_lines(void **state)
{
	static const struct wanted wanted = {
		&mf_dud_linuxrc_recipe, {"sles15"}, {.install = MF_INSTALL_NONE}};
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	char name[1100];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[1023 - strlen("UpdateName: ")] = '\0';
	add(&selection, name, "Exec:reboot", SP6, "m");
	assert_int_equal(plan(&selection, &wanted, &tree, &err), -EINVAL);
	assert_non_null(strstr(err.text, "longer than a line of dud.config"));
}

static void refuses_strange_dependencies(void **state)
{
	static const struct wanted wanted = {
		&mf_dud_linuxrc_recipe, {"sles15"}, {.install = MF_INSTALL_NONE}};
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	struct mf_driver *driver = add(&selection, "p", "1", SP6, "m");

	(void)state;
	driver->module.depends = drvmake_strings(&selection.set, "a\nb", NULL);
	assert_int_equal(plan(&selection, &wanted, &tree, &err), -EINVAL);
	assert_non_null(strstr(err.text, "m: depends on a\\x0ab, expected the name of a module"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stock_modules_come_before_what_needs_them),
		cmocka_unit_test(names_make_no_lines),
		cmocka_unit_test(refuses_strange_dependencies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
