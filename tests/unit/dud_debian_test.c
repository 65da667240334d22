// SPDX-License-Identifier: GPL-2.0-or-later
// Plans of driver injection disks: folders by target and kernel, machine words, the udeb.
#include <errno.h>
#include <string.h>

#include "tests/unit/drvmake.h"
#include "tests/unit/golden.h"

#include "dud/dud.h"
#include "dud/package.h"

#define D12 "6.1.0-50-amd64"
#define D13 "6.12.107+deb13-amd64"
#define U24 "6.8.0-40-generic"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct fixture {
	struct mf_drvset set;
	struct mf_selected selected[4];
	struct mf_selected_list list;
	const struct mf_target *targets[3];
	struct mf_plan plan;
	struct mf_tree tree;
	struct mf_err err;
};

/* Targets and kernels: words with blanks between. */
static void setup(struct fixture *fixture, const char *targets, const char *kernels)
{
	struct mf_arena *arena = &fixture->set.arena;
	struct mf_package *package;
	char *words, *word;

	memset(fixture, 0, sizeof(*fixture));
	words = mf_arena_strdup(arena, kernels);
	while ((word = strtok_r(words, " ", &words)))
		drvmake(&fixture->set, "NVMe_upd", "9.9", word, "nvme_core");
	package = fixture->set.packages;
	for (size_t i = 0; i < package->n_builds; i++)
		fixture->selected[fixture->list.n++] = (struct mf_selected){
			package, &package->builds[i], package->builds[i].drivers};
	fixture->list.v = fixture->selected;
	words = mf_arena_strdup(arena, targets);
	while ((word = strtok_r(words, " ", &words)))
		fixture->targets[fixture->plan.n_targets++] = mf_target_find(word);
	fixture->plan.selected = &fixture->list;
	fixture->plan.targets = fixture->targets;
	fixture->plan.target = fixture->targets[0];
}

static int plan(struct fixture *fixture)
{
	return mf_dud_debian_recipe.plan(&fixture->plan, &fixture->tree, &fixture->err);
}

static void teardown(struct fixture *fixture)
{
	mf_tree_free(&fixture->tree);
	mf_drvset_free(&fixture->set);
}

/* Paths of the packages, one a line. */
static void add_paths(const struct mf_tree *tree, struct mf_buf *out)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		if (tree->entries[i].nested)
			mf_buf_printf(out, "%s\n", tree->entries[i].path);
	}
}

#define DEB(folder, kernel)  folder "/nvme-upd-modules-" kernel "_9.9-1_amd64.deb\n"
#define UDEB(folder, kernel) folder "/nvme-upd-modules-" kernel "-di_9.9-1_amd64.udeb\n"
#define DEBIAN(kernel)	     UDEB("debian-drivers", kernel) DEB("debian-drivers", kernel)

static void folders(void **state)
{
	static const struct {
		const char *targets;
		const char *kernels;
		const char *paths;
	} table[] = {
		{"debian13", D13, DEBIAN(D13)},
		{"debian12 debian13", D12 " " D13, DEBIAN(D12) DEBIAN(D13)},
		{"ubuntu24.04", U24, DEB("ubuntu-drivers/noble", U24)},
		{"ubuntu24.04 debian13", U24 " " D13, DEBIAN(D13) DEB("ubuntu-drivers/noble", U24)},
		/* both have kernels of that form */
		{"ubuntu22.04 ubuntu24.04", U24,
		 DEB("ubuntu-drivers/jammy", U24) DEB("ubuntu-drivers/noble", U24)},
		/* one that was asked for by name, of nobody's form */
		{"debian13 ubuntu26.04", "7.1",
		 DEBIAN("7.1") DEB("ubuntu-drivers/resolute", "7.1")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf paths = {0};
		struct fixture fixture;

		setup(&fixture, table[i].targets, table[i].kernels);
		assert_int_equal(plan(&fixture), 0);
		add_paths(&fixture.tree, &paths);
		assert_string_equal(mf_buf_str(&paths), table[i].paths);
		assert_string_equal(mf_tree_param(&fixture.tree, "label"), "OEMDRV");
		teardown(&fixture);
	}
}

/* The parts of a disk for several have the folders of their own target, not of the oldest. */
static void own_library(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, "ubuntu24.04 debian13", D13);
	assert_int_equal(plan(&fixture), 0);
	for (size_t i = 0; i < fixture.tree.n_entries; i++) {
		const struct mf_entry *entry = &fixture.tree.entries[i];
		bool is_deb = strstr(entry->path, ".deb") != NULL;

		if (entry->nested)
			assert_int_equal(mf_tree_has(entry->nested, "usr/lib/modules"), is_deb);
	}
	teardown(&fixture);
}

static void label(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, "debian13", D13);
	fixture.plan.dud.label = "OTHER";
	assert_int_equal(plan(&fixture), 0);
	assert_string_equal(mf_tree_param(&fixture.tree, "label"), "OTHER");
	teardown(&fixture);
}

/* Disks once said x86_64, which no installer of Debian takes. */
static void machines(void **state)
{
	static const char *const table[][2] = {
		{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"ppc64le", "ppc64el"},
		{"i686", "i386"},    {"s390x", "s390x"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct fixture fixture;

		setup(&fixture, "debian13", D13);
		fixture.set.packages->builds->arch = table[i][0];
		assert_int_equal(plan(&fixture), 0);
		for (size_t k = 0; k < fixture.tree.n_entries; k++) {
			const struct mf_entry *entry = &fixture.tree.entries[k];

			assert_null(strstr(entry->path, "x86_64"));
			if (entry->nested)
				assert_string_equal(mf_tree_param(entry->nested, "architecture"),
						    table[i][1]);
		}
		teardown(&fixture);
	}
}

static void refusals(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, "", D13);
	assert_int_equal(plan(&fixture), -EINVAL);
	teardown(&fixture);
	setup(&fixture, "debian13", D13);
	fixture.set.packages->builds->arch = "vax";
	assert_int_equal(plan(&fixture), -EINVAL);
	assert_non_null(strstr(fixture.err.text, "architecture \"vax\""));
	teardown(&fixture);
	/* two versions for one kernel: of one name, in one folder */
	setup(&fixture, "debian13", D13);
	drvmake(&fixture.set, "NVMe_upd", "10", D13, "nvme_core");
	for (size_t i = 0; i < 2; i++)
		fixture.selected[i] = (struct mf_selected){&fixture.set.packages[i],
							   fixture.set.packages[i].builds,
							   fixture.set.packages[i].builds->drivers};
	fixture.list.n = 2;
	assert_int_equal(plan(&fixture), -EEXIST);
	teardown(&fixture);
}

/* Packages of one name are in each other's way in one folder only, not in one above. */
static void same_name(void **state)
{
	static const char *const keys[] = {"package", "architecture"};
	static const char *const paths[] = {"sub/a.deb", "a.deb", "sub/b.deb"};
	static const int expected[] = {0, 0, -EEXIST};
	struct mf_tree tree = {0};
	struct mf_err err = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct mf_tree *package;

		assert_int_equal(mf_tree_add_tree(&tree, paths[i], 0644, "deb", &package), 0);
		assert_int_equal(mf_tree_add_param(package, "package", "a"), 0);
		assert_int_equal(mf_tree_add_param(package, "version", "1"), 0);
		assert_int_equal(mf_tree_add_param(package, "architecture", "amd64"), 0);
		assert_int_equal(mf_package_check_name(&tree, package, keys, &err), expected[i]);
	}
	mf_tree_free(&tree);
}

static void udeb(void **state)
{
	static struct mf_firmware firmware[] = {
		{.name = "nvme/fw.bin", .content = {(const uint8_t *)"fw\n", 3}},
	};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct fixture fixture;
	struct mf_driver *driver;

	(void)state;
	setup(&fixture, "debian13", D13);
	driver = fixture.set.packages->builds->drivers;
	driver->module.description = "NVMe core";
	driver->firmware = firmware;
	driver->n_firmware = 1;
	assert_int_equal(mf_dud_udebs_recipe.plan(&fixture.plan, &fixture.tree, &fixture.err), 0);
	mf_tree_list(&fixture.tree, &text);
	golden("kmod-udeb.txt", mf_buf_str(&text));
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders),  cmocka_unit_test(own_library),
		cmocka_unit_test(label),    cmocka_unit_test(machines),
		cmocka_unit_test(refusals), cmocka_unit_test(same_name),
		cmocka_unit_test(udeb),
	};

	return cmocka_run_group_tests_name("dud_debian", tests, NULL, NULL);
}
