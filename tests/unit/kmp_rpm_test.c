// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel module packages of SUSE: golden trees, names and versions, what is refused.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "dud/dud.h"
#include "lib/base/cleanup.h"
#include "lib/core/rpmspec.h"
#include "tests/unit/golden.h"
#include "tests/unit/selectmake.h"

#define SP6 "6.4.0-150600.21-default"
#define SP5 "5.14.21-150500.53-default"

static int plan(struct selection *selection, const char *target, struct mf_dud_options dud,
		struct mf_tree *tree, struct mf_err *err)
{
	const struct mf_target *found = target ? mf_target_find(target) : NULL;
	const struct mf_plan plan = {.selected = &selection->list,
				     .targets = &found,
				     .n_targets = target ? 1 : 0,
				     .dud = dud};

	return mf_dud_kmps_recipe.plan(&plan, tree, err);
}

/* Two modules that share firmware and a symbol, a sibling package for two kernels. */
static void fill(struct selection *selection)
{
	static struct mf_firmware firmware[] = {
		{.name = "vendor/fw one.bin", .content = {(const uint8_t *)"fw\n", 3}},
	};
	static struct mf_symbol exports[] = {
		{.name = "upd_register", .crc = 0xabc, .has_crc = true}};
	static struct mf_symbol imports[] = {
		{.name = "module_layout", .crc = 0x02345678, .has_crc = true},
		{.name = "printk"},
		{.name = "upd_register", .crc = 0xabc, .has_crc = true},
	};
	struct mf_driver *core = add(selection, "virtio-upd", "9.9-rc1", SP6, "upd_core");
	struct mf_driver *blk = add(selection, "virtio-upd", "9.9-rc1", SP6, "virtio_blk_upd");
	struct mf_driver *user = add(selection, "user", "1", SP6, "user");

	core->module.exports = (struct mf_symbols){exports, 1};
	core->module.license = "GPL";
	core->firmware = firmware;
	core->n_firmware = 1;
	blk->path = "/tree/virtio-blk-upd.ko.xz";
	blk->module.license = "Dual BSD/GPL";
	blk->module.boot_class = MF_BOOT_STORAGE;
	blk->module.aliases = drvmake_strings(
		&selection->set, "virtio:d00000002v*", "pci:v00001AF4d00001001sv*sd*bc*sc*i*",
		"pci:v00001AF4d00001002sv*sd*bc*sc*i*", "of:N*T*Cvendor,blk-upd", NULL);
	blk->module.imports = (struct mf_symbols){imports, 3};
	blk->firmware = firmware;
	blk->n_firmware = 1;
	user->module.imports = (struct mf_symbols){imports, 3};
	add(selection, "user", "1", SP5, "user");
}

static void golden_of(const char *name, const char *target, struct mf_dud_options dud)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_err err = {0};

	fill(&selection);
	assert_int_equal(plan(&selection, target, dud, &tree, &err), 0);
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
	golden_of("kmp-rpm.txt", "sles15", (struct mf_dud_options){0});
	golden_of("kmp-rpm-abi.txt", "sles16.0", (struct mf_dud_options){.has_abi_requires = true});
}

static const struct {
	const char *kernel;
	const char *path; /* NULL: refused */
} kernels[] = {
	{"6.4.0-150600.21-default", "p-kmp-default-1.0_k6.4.0_150600.21-1.x86_64.rpm"},
	{"6.4.0-150600.8-rt", "p-kmp-rt-1.0_k6.4.0_150600.8-1.x86_64.rpm"},
	{"6.17.3-1-longterm", "p-kmp-longterm-1.0_k6.17.3_1-1.x86_64.rpm"},
	{"6.12.0-160000.5-64kb", "p-kmp-64kb-1.0_k6.12.0_160000.5-1.x86_64.rpm"},
	{"6.17.3", NULL},
	{"6.17.3-1", NULL},
	{"-default", NULL},
	{"6.4.0-", NULL},
	{"5.14.0-427.el9.x86_64", NULL},
	{"6.4.0 x-default", NULL},
	{"6.4.0-$(id)-default", NULL},
};

static void kernel_is_split_at_its_flavour(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		MF_CLEANUP(free_selection) struct selection selection = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct mf_err err = {0};
		int r;

		add(&selection, "p", "1.0", kernels[i].kernel, "m");
		r = plan(&selection, NULL, (struct mf_dud_options){0}, &tree, &err);
		assert_int_equal(r, kernels[i].path ? 0 : -EINVAL);
		if (kernels[i].path)
			assert_string_equal(tree.entries[0].path, kernels[i].path);
		else
			assert_non_null(strstr(err.text, "kernel"));
	}
}

static void refuses_what_cannot_be(void **state)
{
	static const struct {
		const char *package, *version, *module;
		int error;
		const char *text;
	} cases[] = {
		{"a b", "1", "n", -EINVAL, "rename the DKMS package"},
		{"p", "1", "m", -EEXIST, "two modules named m"},
		{"p", "2", "n", -EEXIST, "p-kmp-default-k6.4.0_150600.21: two packages"},
		{"p", "1", "m n", -EINVAL, "no kernel module"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(free_selection) struct selection selection = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct mf_err err = {0};

		add(&selection, "p", "1", SP6, "m");
		add(&selection, cases[i].package, cases[i].version, SP6, cases[i].module);
		assert_int_equal(
			plan(&selection, "sles15", (struct mf_dud_options){0}, &tree, &err),
			cases[i].error);
		if (!strstr(err.text, cases[i].text))
			fail_msg("'%s' is not in: %s", cases[i].text, err.text);
	}
}

/* What is for the installed system's kernel may be in one repository with that for another. */
static void kernels_stand_side_by_side(void **state)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};

	(void)state;
	add(&selection, "p", "1", SP5, "m");
	add(&selection, "p", "1", SP6, "m");
	assert_int_equal(plan(&selection, "sles15", (struct mf_dud_options){0}, &tree, &err), 0);
	assert_int_equal(tree.n_entries, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_of_each_kind),
		cmocka_unit_test(kernel_is_split_at_its_flavour),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(kernels_stand_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
