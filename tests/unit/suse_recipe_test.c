// SPDX-License-Identifier: GPL-2.0-or-later
// Driver updates of SUSE: golden trees for linuxrc and Agama, ids, slots, what is refused.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "tests/unit/golden.h"
#include "tests/unit/suseplan.h"

/* A package whose module with firmware needs the other one, and a loose module. */
static void fill(struct selection *selection, const char *kernel)
{
	static struct mf_firmware firmware[] = {
		{.name = "vendor/fw.bin", .content = {(const uint8_t *)"fw\n", 3}},
	};
	struct mf_driver *blk = add(selection, "virtio-upd", "9.9-rc1", kernel, "a_blk_upd");

	blk->path = "/tree/a-blk-upd.ko.zst";
	blk->module.depends = drvmake_strings(&selection->set, "upd_core", NULL);
	blk->module.aliases = drvmake_strings(&selection->set, "virtio:d00000002v*", NULL);
	blk->firmware = firmware;
	blk->n_firmware = 1;
	add(selection, "virtio-upd", "9.9-rc1", kernel, "upd_core");
	add(selection, NULL, NULL, kernel, "loose");
}

static void golden_of(const char *name, const struct wanted *wanted, const char *const *kernels)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_err err = {0};

	for (; *kernels; kernels++)
		fill(&selection, *kernels);
	assert_int_equal(plan(&selection, wanted, &tree, &err), 0);
	/* the packages have goldens of their own */
	for (size_t i = 0; i < tree.n_entries; i++) {
		if (tree.entries[i].nested) {
			tree.entries[i].nested->n_params = 0;
			tree.entries[i].nested->n_entries = 0;
		}
	}
	mf_tree_list(&tree, &text);
	golden(name, mf_buf_str(&text));
}

static void golden_of_each_kind(void **state)
{
	const struct wanted one = {&mf_dud_linuxrc_recipe, {"sles15"}, {.label = "DRIVERS"}};
	const char *parameters[] = {"a_blk_upd.queues=1,2", "a_blk_upd.slow=y"};
	const struct wanted several = {&mf_dud_linuxrc_recipe,
				       {"sles15", "leap15.6"},
				       {.has_symlinks = true, .parameters = {parameters, 2}}};
	const struct wanted agama = {&mf_dud_agama_recipe, {"sles16.0", "leap16.0"}, {0}};

	(void)state;
	golden_of("dud-linuxrc.txt", &one, (const char *[]){SP6, NULL});
	golden_of("dud-linuxrc-slots.txt", &several, (const char *[]){SP5, SP6, NULL});
	golden_of("dud-agama.txt", &agama, (const char *[]){SLES16, NULL});
}

/* The value of a key in the first dud.config below a folder. */
static char *config_value(const struct mf_tree *tree, const char *folder, const char *key,
			  struct mf_arena *arena)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		const struct mf_entry *entry = &tree->entries[i];
		struct mf_bytes text = entry->content, line;

		if (!mf_has_prefix(entry->path, folder) ||
		    !mf_has_suffix(entry->path, "/dud.config"))
			continue;
		while (mf_text_next_line(&text, &line)) {
			if (line.n > strlen(key) && memcmp(line.p, key, strlen(key)) == 0)
				return mf_arena_strndup(arena, (const char *)line.p + strlen(key),
							line.n - strlen(key));
		}
	}
	fail_msg("no %s below %s", key, folder);
	return NULL;
}

/* The id of a disk with one module, so changed. */
static char *id_of(const char *kernel, const char *version, const char *content,
		   struct mf_arena *arena)
{
	const struct wanted wanted = {&mf_dud_linuxrc_recipe, {"sles15"}, {0}};
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_driver *driver = add(&selection, "p", version, kernel, "m");

	driver->content = (struct mf_bytes){(const uint8_t *)content, strlen(content)};
	assert_int_equal(mf_sha256_hex(driver->content, driver->sha256), 0);
	assert_int_equal(plan(&selection, &wanted, &tree, NULL), 0);
	return config_value(&tree, "", "UpdateID: ", arena);
}

static void id_is_of_what_is_in_it(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	const char *id = id_of(SP6, "1", "x", &arena);

	(void)state;
	assert_int_equal(strlen(id), 32);
	assert_string_equal(id, id_of(SP6, "1", "x", &arena));
	assert_string_not_equal(id, id_of(SP5, "1", "x", &arena));
	assert_string_not_equal(id, id_of(SP6, "2", "x", &arena));
	assert_string_not_equal(id, id_of(SP6, "1", "y", &arena));
}

/* linuxrc skips the second of two updates with one id, and would leave a kernel without. */
static void slots_have_ids_of_their_own(void **state)
{
	const struct wanted wanted = {&mf_dud_linuxrc_recipe, {"sles15"}, {0}};
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};

	(void)state;
	add(&selection, "p", "1", SP5, "m");
	add(&selection, "p", "1", SP6, "m");
	assert_int_equal(plan(&selection, &wanted, &tree, NULL), 0);
	assert_true(mf_tree_has(&tree, "01/linux/suse/x86_64-sles15/modules/m.ko"));
	assert_true(mf_tree_has(&tree, "02/linux/suse/x86_64-sles15/modules/m.ko"));
	assert_false(mf_tree_has(&tree, "linux"));
	assert_string_not_equal(config_value(&tree, "01/", "UpdateID: ", &arena),
				config_value(&tree, "02/", "UpdateID: ", &arena));
}

static bool has(const struct wanted *wanted, const char *const kernels[][2], const char *path)
{
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	struct mf_build *build;

	for (; (*kernels)[0]; kernels++) {
		add(&selection, "p", "1", (*kernels)[0], "m");
		build = mf_arena_alloc(&selection.set.arena, sizeof(*build));
		assert_non_null(build);
		*build = (struct mf_build){.kernel = (*kernels)[0], .arch = (*kernels)[1]};
		selection.list.v[selection.list.n - 1].build = build;
	}
	if (plan(&selection, wanted, &tree, &err))
		fail_msg("%s", err.text);
	return mf_tree_has(&tree, path);
}

/* Where a kernel's drivers go: by machine, target and number. */
static void folders_are_those_that_are_read(void **state)
{
	static const struct wanted sles = {&mf_dud_linuxrc_recipe, {"sles15"}, {0}};
	static const struct wanted both = {&mf_dud_linuxrc_recipe, {"leap15.5", "leap15.6"}, {0}};
	static const struct wanted agama = {&mf_dud_agama_recipe, {"tumbleweed"}, {0}};
	static const struct {
		const struct wanted *wanted;
		const char *kernels[4][2];
		const char *path;
	} cases[] = {
		{&sles, {{SP6, "i686"}}, "linux/suse/i386-sles15/modules/m.ko"},
		{&sles, {{SP6, "aarch64"}}, "linux/suse/aarch64-sles15/modules/m.ko"},
		/* two machines of one release are not in each other's way */
		{&sles,
		 {{SP6, "x86_64"}, {SP6, "aarch64"}},
		 "linux/suse/x86_64-sles15/modules/m.ko"},
		{&sles, {{SP6, "x86_64"}, {SP5, "s390x"}}, "linux/suse/s390x-sles15/modules/m.ko"},
		/* nor two products with a kernel each */
		{&both,
		 {{SP5, "x86_64"}, {SP6, "x86_64"}},
		 "linux/suse/x86_64-leap15.5/modules/m.ko"},
		/* the number is the kernel's, whatever the machine */
		{&sles,
		 {{SP5, "x86_64"}, {SP6, "aarch64"}, {SP6, "x86_64"}},
		 "02/linux/suse/aarch64-sles15/modules/m.ko"},
		/* a kernel that was asked for by name, and looks like no product's */
		{&both, {{"6.1.0-56-amd64", "x86_64"}}, "linux/suse/x86_64-leap15.5/modules/m.ko"},
		{&both, {{"6.1.0-56-amd64", "x86_64"}}, "linux/suse/x86_64-leap15.6/modules/m.ko"},
		{&agama, {{TW, "x86_64"}}, "linux/suse/x86_64-opensuse-tumbleweed/modules/m.ko"},
		{&agama,
		 {{TW, "x86_64"}, {"6.17.4-1-default", "aarch64"}},
		 "linux/suse/aarch64-opensuse-tumbleweed/modules/m.ko"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!has(cases[i].wanted, cases[i].kernels, cases[i].path))
			fail_msg("no %s", cases[i].path);
	}
}

static void refuses_what_cannot_be(void **state)
{
	static const char *const quote[] = {"m.x='1'"}, *const other[] = {"other.x=1"},
				 *const none[] = {"m"}, *const one[] = {"m.x=1"};
#define PARAMETERS(list)                                             \
	{                                                            \
		.parameters = {(const char **)(uintptr_t)(list), 1 } \
	}
	static const struct {
		struct wanted wanted;
		const char *kernels[2], *modules[2];
		int error;
		const char *text;
	} cases[] = {
		{{&mf_dud_linuxrc_recipe, {"sles15"}, {0}},
		 {SP6, SP6},
		 {"my_raid", "my-raid"},
		 -EEXIST,
		 "two modules of that name"},
		{{&mf_dud_linuxrc_recipe, {"sles15", "leap15.5"}, {0}},
		 {SP6, SP6},
		 {"m", "n"},
		 -ENOENT,
		 "leap15.5: no driver is selected for a kernel of it"},
		{{&mf_dud_linuxrc_recipe, {"sles15", "sles16.0"}, {0}},
		 {SP6, SLES16},
		 {"m", "m"},
		 -EOPNOTSUPP,
		 "sles16.0: its installer is agama"},
		{{&mf_dud_linuxrc_recipe, {NULL}, {0}},
		 {SP6, SP6},
		 {"m", "n"},
		 -EINVAL,
		 "no target"},
		{{&mf_dud_agama_recipe, {"rhel9"}, {0}},
		 {TW, TW},
		 {"m", "n"},
		 -EOPNOTSUPP,
		 "rhel9: its installer is anaconda"},
		{{&mf_dud_agama_recipe, {"sles16.0", "tumbleweed"}, {0}},
		 {SLES16, TW},
		 {"m", "m"},
		 -EINVAL,
		 "--kernel"},
		{{&mf_dud_agama_recipe, {"tumbleweed"}, PARAMETERS(one)},
		 {TW, TW},
		 {"m", "n"},
		 -EOPNOTSUPP,
		 "m.x=1: Agama reads no module parameters"},
		{{&mf_dud_linuxrc_recipe, {"sles15"}, PARAMETERS(quote)},
		 {SP6, SP6},
		 {"m", "n"},
		 -EINVAL,
		 "a quote"},
		{{&mf_dud_linuxrc_recipe, {"sles15"}, PARAMETERS(other)},
		 {SP6, SP6},
		 {"m", "n"},
		 -EINVAL,
		 "no such module"},
		{{&mf_dud_linuxrc_recipe, {"sles15"}, PARAMETERS(none)},
		 {SP6, SP6},
		 {"m", "n"},
		 -EINVAL,
		 "MODULE.PARAMETER=VALUE"},
		{{&mf_dud_linuxrc_recipe, {"sles15"}, {0}},
		 {SP6, SP6},
		 {"m", "m n"},
		 -EINVAL,
		 "m n: no name of a kernel module"},
		{{&mf_dud_linuxrc_recipe, {"sles15"}, {0}},
		 {"6.4.0'$(id)'-default", SP6},
		 {"m", "m"},
		 -EINVAL,
		 "characters"},
		/* without a package, too, whose name would not take it */
		{{&mf_dud_linuxrc_recipe, {"sles15"}, {.install = MF_INSTALL_NONE}},
		 {"6.4.0-1\nExec: id", SP6},
		 {"m", "m"},
		 -EINVAL,
		 "no kernel's release"},
		{{&mf_dud_agama_recipe, {"sles16.0"}, {.install = MF_INSTALL_NONE}},
		 {"6.4.0'$(id)'-default", SP6},
		 {"m", "m"},
		 -EINVAL,
		 "no kernel's release"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(free_selection) struct selection selection = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
		struct mf_err err = {0};

		for (size_t j = 0; j < 2; j++)
			add(&selection, "p", "1", cases[i].kernels[j], cases[i].modules[j]);
		assert_int_equal(plan(&selection, &cases[i].wanted, &tree, &err), cases[i].error);
		if (!strstr(err.text, cases[i].text))
			fail_msg("'%s' is not in: %s", cases[i].text, err.text);
	}
}

/* No copy of the bytes where the container has symlinks, one for each product where it has not. */
static void shared_folders_are_links_or_copies(void **state)
{
	(void)state;
	for (int links = 0; links < 2; links++) {
		const struct wanted wanted = {
			&mf_dud_linuxrc_recipe, {"sles15", "leap15.6"}, {.has_symlinks = links}};
		MF_CLEANUP(free_selection) struct selection selection = {0};
		MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};

		add(&selection, "p", "1", SP6, "m");
		assert_int_equal(plan(&selection, &wanted, &tree, NULL), 0);
		assert_true(mf_tree_has(&tree, "linux/suse/x86_64-leap15.6"));
		assert_int_equal(mf_tree_has(&tree, "linux/suse/x86_64-leap15.6/modules/m.ko"),
				 !links);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_of_each_kind),
		cmocka_unit_test(id_is_of_what_is_in_it),
		cmocka_unit_test(slots_have_ids_of_their_own),
		cmocka_unit_test(folders_are_those_that_are_read),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(shared_folders_are_links_or_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
