// SPDX-License-Identifier: GPL-2.0-or-later
// Plans of Debian packages: golden text, folders by target, refusals.
#include <errno.h>
#include <string.h>

#include "tests/unit/drvmake.h"
#include "tests/unit/golden.h"

#include "dud/package.h"
#include "lib/core/recipe.h"

#define KERNEL "6.12.94+deb13-amd64"

struct fixture {
	struct mf_drvset set;
	struct mf_selected selected[4];
	struct mf_package_part part;
	struct mf_plan plan;
	struct mf_tree tree;
	struct mf_err err;
};

static void setup(struct fixture *fixture, const char *target)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->part.v = fixture->selected;
	fixture->plan.target = mf_target_find(target);
	assert_non_null(fixture->plan.target);
	fixture->plan.targets = &fixture->plan.target;
	fixture->plan.n_targets = 1;
}

/* Drivers of one package and kernel come one after the other: pointers are set up at the end. */
static struct mf_driver *add(struct fixture *fixture, const char *version, const char *kernel,
			     const char *name)
{
	struct mf_driver *driver = drvmake(&fixture->set, "NVMe_upd", version, kernel, name);

	fixture->part.n++;
	return driver;
}

static int plan(struct fixture *fixture)
{
	struct mf_package *package = fixture->set.packages;
	int r;

	for (size_t i = 0; i < fixture->part.n; i++)
		fixture->selected[i] = (struct mf_selected){package, package->builds,
							    &package->builds->drivers[i]};
	r = mf_kmod_deb_add(&fixture->tree, "pool", &fixture->plan, &fixture->part, &fixture->err);
	return r ? r : mf_tree_finish(&fixture->tree, &fixture->err);
}

static void teardown(struct fixture *fixture)
{
	mf_tree_free(&fixture->tree);
	mf_drvset_free(&fixture->set);
}

static void whole_package(void **state)
{
	static struct mf_firmware firmware[] = {
		{.name = "nvme/fw.bin", .content = {(const uint8_t *)"fw\n", 3}},
	};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct fixture fixture;
	struct mf_driver *driver;

	(void)state;
	setup(&fixture, "debian13");
	driver = add(&fixture, "9.9", KERNEL, "nvme_core");
	driver->module.description = "NVMe core";
	driver->module.boot_class = MF_BOOT_STORAGE;
	driver->firmware = firmware; /* both name the same: one file */
	driver->n_firmware = 1;
	driver = add(&fixture, "9.9", KERNEL, "snd_upd");
	driver->module.aliases = drvmake_strings(&fixture.set, "pci:v00001234d*", "sound-1", NULL);
	driver->firmware = firmware;
	driver->n_firmware = 1;
	assert_int_equal(plan(&fixture), 0);
	mf_tree_list(&fixture.tree, &text);
	golden("kmod-deb.txt", mf_buf_str(&text));
	teardown(&fixture);
}

static void folders(void **state)
{
	static const struct {
		const char *targets[2];
		const char *folder;
	} table[] = {
		{{"debian12"}, "lib"},
		{{"debian13"}, "usr/lib"},
		{{"ubuntu22.04"}, "lib"},
		{{"ubuntu24.04"}, "lib"},
		{{"ubuntu26.04"}, "usr/lib"},
		{{"generic"}, "lib"},
		{{"debian13", "debian12"}, "lib"},
		{{"debian12", "debian13"}, "lib"},
		{{"debian13", "ubuntu26.04"}, "usr/lib"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct mf_target *targets[2];
		struct fixture fixture;
		char path[128];

		setup(&fixture, table[i].targets[0]);
		for (fixture.plan.n_targets = 0;
		     fixture.plan.n_targets < 2 && table[i].targets[fixture.plan.n_targets];
		     fixture.plan.n_targets++)
			targets[fixture.plan.n_targets] = mf_target_find(
				table[i].targets[fixture.plan.n_targets]);
		fixture.plan.targets = targets;
		add(&fixture, "1", "6.1", "foo");
		assert_int_equal(plan(&fixture), 0);
		snprintf(path, sizeof(path), "%s/modules/6.1/updates/modferry/nvme-upd/foo.ko",
			 table[i].folder);
		assert_true(mf_tree_has(fixture.tree.entries[0].nested, path));
		teardown(&fixture);
	}
}

static void refusals(void **state)
{
	static const struct {
		const char *version;
		const char *kernel;
		const char *module;
		const char *other; /* a second module */
		const char *problem;
	} table[] = {
		{"1\n2", "6.1", "foo", NULL, "\"1\\x0a2\" has a control character"},
		{"1", "6.1;id", "foo", NULL, "kernel release \"6.1;id\" cannot stand"},
		{"1", "", "foo", NULL, "kernel release \"\" cannot stand"},
		{"1", "-rf", "foo", NULL, "kernel release \"-rf\" cannot stand"},
		{"1", "6.1", "fo o", NULL, "module \"fo o\" has a name"},
		{"1", "6.1", "../foo", NULL, "module \"../foo\" has a name"},
		{"1", "6.1", "f\xc3\xb6", NULL, "has a name"},
		{"1", "6.1", "foo", "foo", "module \"foo\" is there twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fixture fixture;

		setup(&fixture, "debian12");
		add(&fixture, table[i].version, table[i].kernel, table[i].module);
		if (table[i].other)
			add(&fixture, table[i].version, table[i].kernel, table[i].other);
		assert_int_equal(plan(&fixture), -EINVAL);
		assert_non_null(strstr(fixture.err.text, table[i].problem));
		teardown(&fixture);
	}
}

static void other_machines(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, "debian12");
	add(&fixture, "1", "6.1", "foo");
	fixture.set.packages->builds->arch = "unknown";
	assert_int_equal(plan(&fixture), -EINVAL);
	assert_non_null(strstr(fixture.err.text, "architecture \"unknown\""));
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_package),
		cmocka_unit_test(folders),
		cmocka_unit_test(refusals),
		cmocka_unit_test(other_machines),
	};

	return cmocka_run_group_tests_name("kmod_deb", tests, NULL, NULL);
}
