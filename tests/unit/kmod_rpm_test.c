// SPDX-License-Identifier: GPL-2.0-or-later
// Packages of drivers: parts of a selection, golden trees of kmod RPMs, what is refused.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "dud/package.h"
#include "lib/base/cleanup.h"
#include "lib/core/rpmspec.h"
#include "tests/unit/golden.h"
#include "tests/unit/selectmake.h"

#define K9 "5.14.0-427.13.1.el9_4.x86_64"
#define K8 "4.18.0-553.el8_10.x86_64"

/* Plans a package for each part. */
static int plan(struct selection *selection, struct mf_dud_options dud, struct mf_tree *tree,
		struct mf_err *err)
{
	const struct mf_plan plan = {.selected = &selection->list, .dud = dud};
	struct mf_package_part *parts;
	size_t n;
	int r = mf_package_split(&selection->list, &selection->set.arena, &parts, &n);

	for (size_t i = 0; !r && i < n; i++)
		r = mf_kmod_rpm_add(tree, "rpms/x86_64", &plan, &parts[i], err);
	return r ? r : mf_tree_finish(tree, err);
}

static void parts_are_packages_and_kernels(void **state)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	struct mf_package_part *parts;
	size_t n;

	(void)state;
	add(&selection, "b", "1", K9, "b2");
	add(&selection, "b", "1", K9, "b1");
	add(&selection, NULL, NULL, K9, "loose");
	add(&selection, "b", "1", K8, "b1");
	add(&selection, "a", "2", K9, "a1");
	add(&selection, "a", "1", K9, "a1");
	add(&selection, NULL, "7", K9, "loose");
	assert_int_equal(mf_package_split(&selection.list, &selection.set.arena, &parts, &n), 0);
	assert_int_equal(n, 6);
	assert_string_equal(mf_package_version(&parts[0]), "1");
	assert_string_equal(mf_package_version(&parts[1]), "2");
	assert_string_equal(parts[2].v[0].build->kernel, K8);
	assert_int_equal(parts[3].n, 2);
	assert_string_equal(parts[3].v[0].driver->module.name, "b2");
	assert_string_equal(mf_package_name(&parts[4]), "loose");
	assert_string_equal(mf_package_version(&parts[4]), "0");
	assert_string_equal(mf_package_version(&parts[5]), "7");
}

/* Two modules that share firmware and a symbol, a sibling package, and what text may hold. */
static void fill(struct selection *selection)
{
	static struct mf_firmware firmware[] = {
		{.name = "vendor/fw one.bin", .content = {(const uint8_t *)"fw\n", 3}},
	};
	static struct mf_symbol exports[] = {
		{.name = "upd_register", .crc = 0xabc, .has_crc = true}};
	static struct mf_symbol imports[] = {
		{.name = "module_layout", .crc = 0x12345678, .has_crc = true},
		{.name = "printk"},
		{.name = "upd_register", .crc = 0xabc, .has_crc = true},
	};
	struct mf_driver *core = add(selection, "virtio-upd", "9.9-rc1", K9, "upd_core");
	struct mf_driver *blk = add(selection, "virtio-upd", "9.9-rc1", K9, "virtio_blk_upd");
	struct mf_driver *user = add(selection, "user", "1", K9, "user");

	core->module.exports = (struct mf_symbols){exports, 1};
	core->module.license = "GPL";
	core->module.description = "100% of it,\n%files\\";
	core->firmware = firmware;
	core->n_firmware = 1;
	blk->path = "/tree/virtio-blk-upd.ko.xz";
	blk->module.license = "Dual BSD/GPL";
	blk->module.aliases = drvmake_strings(&selection->set, "virtio:d00000002v*",
					      "pci:v00001AF4d00001001sv*sd*bc*sc*i*",
					      "pci:v00001AF4d00001042sv*sd*bc*sc*i*", NULL);
	blk->module.imports = (struct mf_symbols){imports, 3};
	blk->firmware = firmware;
	blk->n_firmware = 1;
	user->module.imports = (struct mf_symbols){imports, 3};
}

static void golden_of(const char *name, struct mf_dud_options dud)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_err err = {0};

	fill(&selection);
	assert_int_equal(plan(&selection, dud, &tree, &err), 0);
	for (size_t i = 0; i < tree.n_entries; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf spec = {0};

		assert_int_equal(mf_rpmspec_emit(tree.entries[i].nested, &spec, &err), 0);
	}
	mf_tree_list(&tree, &text);
	golden(name, mf_buf_str(&text));
}

static void golden_of_each_kind(void **state)
{
	(void)state;
	golden_of("kmod-rpm-exact.txt", (struct mf_dud_options){.match = MF_MATCH_EXACT});
	golden_of("kmod-rpm-abi.txt",
		  (struct mf_dud_options){.match = MF_MATCH_MINIMUM, .has_abi_requires = true});
}

static void refuses_bad_names(void **state)
{
	static const char *const names[] = {"a b",  "a\"b", "a;$(id)", "a%{b}", "a\nb", "\xc3\xa9",
					    "../a", "",	    ".a",      "a/b",	"a..b", "-a"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		MF_CLEANUP(free_selection) struct selection selection = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct mf_err err = {0};

		add(&selection, names[i], "1", K9, "m");
		assert_int_equal(plan(&selection, (struct mf_dud_options){0}, &tree, &err),
				 -EINVAL);
		assert_non_null(strstr(err.text, "rename the DKMS package"));
	}
}

static void refuses_long_names(void **state)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	char name[256];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[255] = '\0';
	add(&selection, name, "1", K9, "m");
	assert_int_equal(plan(&selection, (struct mf_dud_options){0}, &tree, &err), -EINVAL);
	assert_non_null(strstr(err.text, "255 bytes"));
}

static void refuses_what_else_cannot_be(void **state)
{
	static const struct {
		const char *kernel, *module;
		int error;
	} cases[] = {
		{"5.14 x", "m", -EINVAL}, {"$(id)", "m", -EINVAL},   {K9, "m n", -EINVAL},
		{K9, "m'", -EINVAL},	  {K9, "upd-core", -EEXIST}, /* the same module as upd_core
								      */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(free_selection) struct selection selection = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct mf_err err = {0};

		add(&selection, "p", "1", cases[i].kernel, "upd_core");
		add(&selection, "p", "1", cases[i].kernel, cases[i].module);
		assert_int_equal(plan(&selection, (struct mf_dud_options){0}, &tree, &err),
				 cases[i].error);
		assert_true(*err.text);
	}
}

static void refuses_suse(void **state)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	const struct mf_target *target = mf_target_find("sles15");
	const struct mf_plan plan_of = {
		.targets = &target, .n_targets = 1, .selected = &selection.list};
	struct mf_package_part part;

	(void)state;
	add(&selection, "p", "1", K9, "m");
	part = (struct mf_package_part){selection.list.v, 1};
	assert_int_equal(mf_kmod_rpm_add(&tree, "", &plan_of, &part, NULL), -EOPNOTSUPP);
}

static void takes_300_modules(void **state)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf spec = {0};
	struct mf_err err = {0};

	(void)state;
	for (int i = 0; i < 300; i++)
		add(&selection, "many", "1", K9, mf_arena_printf(&selection.set.arena, "m%03d", i));
	assert_int_equal(plan(&selection, (struct mf_dud_options){0}, &tree, &err), 0);
	assert_int_equal(tree.n_entries, 1);
	/* the folder and the override file besides */
	assert_int_equal(tree.entries[0].nested->n_entries, 302);
	assert_int_equal(mf_rpmspec_emit(tree.entries[0].nested, &spec, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_packages_and_kernels),
		cmocka_unit_test(golden_of_each_kind),
		cmocka_unit_test(refuses_bad_names),
		cmocka_unit_test(refuses_long_names),
		cmocka_unit_test(refuses_what_else_cannot_be),
		cmocka_unit_test(refuses_suse),
		cmocka_unit_test(takes_300_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
