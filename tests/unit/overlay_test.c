// SPDX-License-Identifier: GPL-2.0-or-later
// The overlay recipe: golden trees, one a hook.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "initramfs-hooks/overlay.h"
#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/kmodindex_write.h"
#include "tests/unit/drvmake.h"
#include "tests/unit/golden.h"

#define KERNEL "6.1.0-56-amd64"

static void add_nvme(struct mf_drvset *set)
{
	struct mf_driver *core = drvmake(set, "nvme-upd", "9.9", KERNEL, "nvme_core");
	static struct mf_firmware firmware = {.name = "vendor/ctrl fw.bin",
					      .content = {(const uint8_t *)"firmware\n", 9}};
	static struct mf_param params[] = {{"io_timeout", "uint", NULL},
					   {"quirks", "string", NULL}};
	struct mf_driver *nvme;

	core->module.depends = drvmake_strings(set, "t10-pi", NULL);
	core->module.signer = "DKMS module signing key";
	core->module.srcversion = "0123456789ABCDEF";
	core->module.params = params;
	core->module.n_params = 2;
	assert_int_equal(mf_sha256_hex(firmware.content, firmware.sha256), 0);
	core->firmware = &firmware; /* one file that both modules name */
	core->n_firmware = 1;
	nvme = drvmake(set, "nvme-upd", "9.9", KERNEL, "nvme");
	nvme->module.depends = drvmake_strings(set, "nvme-core", NULL);
	nvme->module.aliases = drvmake_strings(set, "pci:v*d*sv*sd*bc01sc08i02*",
					       "pci:v0000106Bd00002001sv*sd*bc*sc*i*", NULL);
	nvme->module.softdep_pre = drvmake_strings(set, "crc32c", NULL);
	nvme->firmware = &firmware;
	nvme->n_firmware = 1;
}

/* Plans as told and shows the tree. */
static int show_with(const struct mf_plan *told, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_selected_list selected = {0};
	struct mf_plan plan = *told;
	int r;

	plan.selected = &selected;
	plan.target = mf_target_find("generic");
	plan.loader_path = "/libexec/modferry-load";
	plan.loader_size = 45678;
	add_nvme(&set);
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &selected, err), 0);
	r = mf_overlay_recipe.plan(&plan, &tree, err);
	if (!r)
		mf_tree_list(&tree, out);
	return r;
}

/* Plans with a hook and shows the tree. */
static int show(enum mf_hook hook, const struct mf_base_tree *base, struct mf_buf *out,
		struct mf_err *err)
{
	return show_with(&(struct mf_plan){.hook = hook, .base = base}, out, err);
}

static void golden_of_each_hook(void **state)
{
	static const enum mf_hook hooks[] = {MF_HOOK_RDINIT, MF_HOOK_DRACUT,
					     MF_HOOK_INITRAMFS_TOOLS, MF_HOOK_DEBIAN_INSTALLER,
					     MF_HOOK_SYSTEMD};

	(void)state;
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf name = {0};

		assert_int_equal(show(hooks[i], NULL, &text, NULL), 0);
		mf_buf_printf(&name, "overlay-%s.txt", mf_hook_name(hooks[i]));
		golden(mf_buf_str(&name), mf_buf_str(&text));
	}
}

/* Stands in for a driver update disk: its parameters and the names of its drivers. */
static int plan_stand_in(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	int r = mf_tree_add_param(out, "label", plan->dud.label);

	assert_int_equal(plan->n_targets, 1);
	for (size_t i = 0; !r && i < plan->selected->n; i++)
		r = mf_tree_add_bytes(out, plan->selected->v[i].driver->module.name, 0644,
				      plan->selected->v[i].driver->content);
	return r ? r : mf_tree_finish(out, err);
}

static void golden_with_a_disk(void **state)
{
	static const struct mf_recipe disk = {.name = "stand-in", .plan = plan_stand_in};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	assert_int_equal(
		show_with(&(struct mf_plan){.hook = MF_HOOK_DRACUT, .disk = &disk}, &text, NULL),
		0);
	golden("overlay-disk.txt", mf_buf_str(&text));
}

static void no_entry_for_a_folder_that_the_target_has(void **state)
{
	struct mf_base_tree base = {.dirs = DRVMAKE_STRINGS("usr", "usr/lib", "usr/lib/dracut",
							    "usr/lib/dracut/hooks",
							    "usr/lib/dracut/hooks/pre-udev")};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	assert_int_equal(show(MF_HOOK_DRACUT, &base, &text, NULL), 0);
	assert_null(strstr(mf_buf_str(&text), "d 0755 usr"));
	assert_non_null(
		strstr(mf_buf_str(&text), "f 0755 usr/lib/dracut/hooks/pre-udev/00-modferry.sh"));
}

/* In each layout, the hook stands at the place itself, and what is missing there gets an entry. */
static void hooks_stand_where_the_links_of_the_target_lead(void **state)
{
	static struct mf_base_link links[] = {{"lib", "usr/lib"}, {"usr/lib/systemd", "/srv/sd"}};
	struct mf_base_tree base = {
		.dirs = DRVMAKE_STRINGS("usr", "usr/lib", "usr/lib/debian-installer-startup.d"),
		.links = links,
		.n_links = 2,
	};
	MF_CLEANUP(mf_buf_free) struct mf_buf installer = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf systemd = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(show(MF_HOOK_DEBIAN_INSTALLER, &base, &installer, NULL), 0);
	assert_non_null(strstr(mf_buf_str(&installer),
			       "f 0755 usr/lib/debian-installer-startup.d/S00modferry"));
	assert_null(strstr(mf_buf_str(&installer), "d 0755 usr"));
	assert_int_equal(show(MF_HOOK_SYSTEMD, &base, &systemd, NULL), 0);
	assert_non_null(strstr(mf_buf_str(&systemd),
			       "d 0755 srv\nd 0755 srv/sd\nd 0755 srv/sd/system\n"
			       "f 0644 srv/sd/system/modferry-load.service"));
	assert_non_null(
		strstr(mf_buf_str(&systemd), "d 0755 srv/sd/system/sysinit.target.wants\n"));
	assert_null(strstr(mf_buf_str(&systemd), "d 0755 usr"));
	links[1].target = "../lib/systemd";
	assert_int_equal(show(MF_HOOK_SYSTEMD, &base, &systemd, &err), -ELOOP);
	assert_non_null(strstr(err.text, "symlinks in the initramfs"));
}

/* "KEY=VALUE@PRIORITY;…" as an index. */
static struct mf_bytes make_index(struct mf_arena *arena, struct mf_buf *out, const char *text)
{
	struct mf_kmodindex_entries entries = {.arena = arena};

	while (*text) {
		char *key = mf_arena_strndup(arena, text, strcspn(text, ";"));
		char *text_of = strchr(key, '=');
		char *priority = strrchr(key, '@');

		text += strcspn(text, ";") + 1;
		*text_of++ = '\0';
		*priority++ = '\0';
		assert_int_equal(mf_kmodindex_add(&entries, key, text_of,
						  (uint32_t)strtoul(priority, NULL, 10)),
				 0);
	}
	assert_int_equal(mf_kmodindex_write(&entries, out), 0);
	return mf_buf_bytes(out);
}

static struct mf_bytes text_bytes(const char *text)
{
	return (struct mf_bytes){(const uint8_t *)text, strlen(text)};
}

#define FOLDER "usr/lib/modules/" KERNEL

/* The tree of an overlay with merged indexes, digests of the binary ones behind it. */
static int show_indexes(struct mf_plan plan, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf dep = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf alias = {0};
	struct mf_selected_list selected = {0};
	struct mf_kernel kernel = {.release = KERNEL, .folder = FOLDER};
	static struct mf_symbol exports[] = {{.name = "nvme_init_ctrl"}};
	int r;

	kernel.indexes.dep = make_index(&arena, &dep,
					"nvme=kernel/nvme.ko: kernel/t10-pi.ko@0;"
					"t10_pi=kernel/t10-pi.ko:@1;");
	kernel.indexes.alias = make_index(&arena, &alias, "pci:v*d*sv*sd*bc01sc08i02*=nvme@0;");
	kernel.indexes.order = text_bytes("kernel/nvme.ko\nkernel/t10-pi.ko\n");
	kernel.indexes.devname = text_bytes("fuse fuse c10:229\n");
	plan.kernels = &kernel;
	plan.n_kernels = plan.n_kernels ? 1 : 0;
	plan.has_indexes = true;
	plan.selected = &selected;
	add_nvme(&set);
	set.packages[0].builds[0].drivers[0].module.exports = (struct mf_symbols){exports, 1};
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &selected, err), 0);
	r = mf_overlay_recipe.plan(&plan, &tree, err);
	if (r)
		return r;
	mf_tree_list(&tree, out);
	for (size_t i = 0; i < tree.n_entries; i++) {
		char sha256[65];

		if (!strstr(tree.entries[i].path, "/modules.") ||
		    !mf_has_suffix(tree.entries[i].path, ".bin"))
			continue;
		assert_int_equal(mf_sha256_hex(tree.entries[i].content, sha256), 0);
		mf_buf_printf(out, "sha256 %s %s\n", sha256, tree.entries[i].path);
	}
	return 0;
}

/* A usr-merged target that has the module folder. */
static const struct mf_base_tree *merged_base(void)
{
	static const char *dirs[] = {"usr", "usr/lib", "usr/lib/modules", FOLDER};
	static struct mf_base_link links[] = {{"lib", "usr/lib"}};
	static struct mf_base_tree base = {{dirs, 4}, links, 1};

	return &base;
}

static void golden_of_indexes(void **state)
{
	struct mf_plan plan = {.base = merged_base(), .hook = MF_HOOK_NONE, .n_kernels = 1};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	assert_int_equal(show_indexes(plan, &text, NULL), 0);
	golden("overlay-indexes.txt", mf_buf_str(&text));
	/* what the target has is not made again, and what is not changed not shipped */
	assert_null(strstr(mf_buf_str(&text), "d 0755 usr/lib/modules/" KERNEL "\n"));
	assert_null(strstr(mf_buf_str(&text), "modules.devname"));
	assert_null(strstr(mf_buf_str(&text), "builtin"));
}

/* Both ways at once: the same manifest, so the same ID, with the loader and a hook. */
static void indexes_beside_a_loader(void **state)
{
	struct mf_plan plan = {.base = merged_base(),
			       .hook = MF_HOOK_DRACUT,
			       .n_kernels = 1,
			       .loader_path = "/libexec/modferry-load",
			       .loader_size = 1};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	assert_int_equal(show_indexes(plan, &text, NULL), 0);
	assert_non_null(strstr(mf_buf_str(&text), "f 0755 modferry/load 1\n"));
	assert_non_null(strstr(mf_buf_str(&text), "/updates/modferry/nvme.ko -> /modferry/d/"));
}

static void indexes_without_a_target_are_refused(void **state)
{
	struct mf_plan plan = {.hook = MF_HOOK_NONE, .n_kernels = 1};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(show_indexes(plan, &(struct mf_buf){0}, &err), -EINVAL);
	assert_non_null(strstr(err.text, "give it with --initrd or --root"));
	plan.base = merged_base();
	plan.n_kernels = 0;
	assert_int_equal(show_indexes(plan, &(struct mf_buf){0}, &err), -ENOENT);
	assert_non_null(strstr(err.text, "no modules of kernel " KERNEL));
	/* neither a loader nor indexes */
	assert_int_equal(show(MF_HOOK_NONE, NULL, &(struct mf_buf){0}, &err), -EINVAL);
	assert_non_null(strstr(err.text, "at least one of the two"));
}

/* debian-installer's modprobe reads plain modules only: what is found compressed goes plain. */
static void modules_are_always_plain(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_selected_list selected = {0};
	struct mf_plan plan = {.selected = &selected, .loader_path = "/l", .loader_size = 1};
	struct mf_driver *driver = drvmake(&set, "x", "1", KERNEL, "a");

	(void)state;
	driver->path = "/tree/a.ko.xz";
	driver->compression = MF_COMPRESSION_XZ;
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &selected, NULL), 0);
	assert_int_equal(mf_overlay_recipe.plan(&plan, &tree, NULL), 0);
	for (size_t i = 0; i < tree.n_entries; i++) {
		assert_null(strstr(tree.entries[i].path, ".ko."));
		if (mf_has_suffix(tree.entries[i].path, ".ko"))
			assert_ptr_equal(tree.entries[i].content.p, driver->content.p);
	}
}

static void a_name_with_a_newline_is_refused(void **state)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_selected_list selected = {0};
	struct mf_plan plan = {.selected = &selected, .loader_path = "/l", .loader_size = 1};
	struct mf_err err = {0};

	(void)state;
	drvmake(&set, "x", "1\nmodule y", KERNEL, "a");
	assert_int_equal(mf_select(&set, &(struct mf_selection){0}, &selected, &err), 0);
	assert_int_equal(mf_overlay_recipe.plan(&plan, &tree, &err), -EINVAL);
	assert_non_null(strstr(err.text, "module a: its version has a control character"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_of_each_hook),
		cmocka_unit_test(golden_with_a_disk),
		cmocka_unit_test(no_entry_for_a_folder_that_the_target_has),
		cmocka_unit_test(hooks_stand_where_the_links_of_the_target_lead),
		cmocka_unit_test(golden_of_indexes),
		cmocka_unit_test(indexes_beside_a_loader),
		cmocka_unit_test(indexes_without_a_target_are_refused),
		cmocka_unit_test(modules_are_always_plain),
		cmocka_unit_test(a_name_with_a_newline_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
