// SPDX-License-Identifier: GPL-2.0-or-later
// The overlay recipe: loader, manifest, modules, firmware and hook as files of an initramfs.
#include "initramfs-hooks/overlay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs-hooks/hooks.h"
#include "initramfs-hooks/overlay_disk.h"
#include "initramfs-hooks/overlay_indexes.h"
#include "lib/base/cleanup.h"
#include "lib/core/hash.h"
#include "lib/core/manifest.h"
#include "lib/core/modname.h"

#define TOP  "modferry"
#define SETS TOP "/d"

/* An overlay while it is planned. */
struct overlay {
	const struct mf_plan *plan;
	struct mf_tree *tree;
	struct mf_err *err;
	const char *folder; /* SETS/ID */
	struct mf_overlay_indexes indexes;
};

/* Fails with context for the two errors that adding an entry can have. */
static int check_add(struct overlay *overlay, int r, const char *path)
{
	if (r == -EINVAL)
		return mf_fail(overlay->err, r, "%s is no safe path for an initramfs", path);
	return r;
}

static int add_dir(struct overlay *overlay, const char *path)
{
	return check_add(overlay, mf_tree_add_dir(overlay->tree, path, 0755), path);
}

static int add_bytes(struct overlay *overlay, const char *path, struct mf_bytes content)
{
	int r = mf_tree_add_parents(overlay->tree, path, SETS);

	if (!r)
		r = mf_tree_add_bytes(overlay->tree, path, 0644, content);
	return check_add(overlay, r, path);
}

/* KERNEL/NAME.ko below the manifest. */
static const char *module_file(struct mf_arena *arena, const struct mf_selected *selected)
{
	return mf_arena_printf(arena, "%s/%s.ko", selected->build->kernel,
			       selected->driver->module.name);
}

static int describe_firmware(struct mf_arena *arena, const struct mf_driver *driver,
			     struct mf_manifest_module *out)
{
	out->firmware = mf_arena_alloc(arena, driver->n_firmware * sizeof(*out->firmware) + 1);
	if (!out->firmware)
		return -ENOMEM;
	for (size_t i = 0; i < driver->n_firmware; i++) {
		out->firmware[i] = (struct mf_manifest_firmware){
			.path = driver->firmware[i].name,
			.size = driver->firmware[i].content.n,
			.sha256 = driver->firmware[i].sha256,
		};
	}
	out->n_firmware = driver->n_firmware;
	return 0;
}

static int describe_params(struct mf_arena *arena, const struct mf_module *module,
			   struct mf_manifest_module *out)
{
	out->params.v = mf_arena_alloc(arena, module->n_params * sizeof(*out->params.v) + 1);
	if (!out->params.v)
		return -ENOMEM;
	for (size_t i = 0; i < module->n_params; i++)
		out->params.v[out->params.n++] = module->params[i].name;
	return 0;
}

static int describe(struct mf_arena *arena, const struct mf_selected *selected,
		    struct mf_manifest_module *out)
{
	const struct mf_module *module = &selected->driver->module;
	int r;

	*out = (struct mf_manifest_module){
		.name = module->name,
		.kernel = selected->build->kernel,
		.arch = selected->build->arch,
		.file = module_file(arena, selected),
		.size = selected->driver->content.n,
		.sha256 = selected->driver->sha256,
		.version = module->version,
		.srcversion = module->srcversion,
		.package = selected->package->name,
		.package_version = selected->package->version,
		.signer = module->signer && *module->signer ? module->signer : NULL,
		.depends = module->depends,
		.softdep_pre = module->softdep_pre,
		.softdep_post = module->softdep_post,
		.aliases = module->aliases,
	};
	if (!out->file)
		return -ENOMEM;
	r = describe_params(arena, module, out);
	return r ? r : describe_firmware(arena, selected->driver, out);
}

/* Manifest text of the selection, in its order. */
static int write_manifest(struct overlay *overlay, struct mf_buf *out)
{
	const struct mf_selected_list *selected = overlay->plan->selected;
	struct mf_arena *arena = &overlay->tree->arena;
	struct mf_manifest manifest = {0};

	manifest.modules = mf_arena_alloc(arena, selected->n * sizeof(*manifest.modules) + 1);
	if (!manifest.modules)
		return -ENOMEM;
	if (selected->n > MF_MANIFEST_MAX_RECORDS)
		return mf_fail(
			overlay->err, -E2BIG,
			"%zu drivers, an overlay holds at most %zu; choose with --only or --kernel",
			selected->n, MF_MANIFEST_MAX_RECORDS);
	for (size_t i = 0; i < selected->n; i++) {
		int r = describe(arena, &selected->v[i], &manifest.modules[i]);

		if (r)
			return r;
		if (overlay->indexes.n)
			manifest.modules[i].stock = overlay->indexes.stock[i];
	}
	manifest.n_modules = selected->n;
	return mf_manifest_emit(&manifest, out, overlay->err);
}

static int add_driver(struct overlay *overlay, const struct mf_selected *selected)
{
	struct mf_arena *arena = &overlay->tree->arena;
	const struct mf_driver *driver = selected->driver;
	const char *path;
	int r = 0;

	path = mf_arena_printf(arena, "%s/%s/%s.ko", overlay->folder, selected->build->kernel,
			       driver->module.name);
	if (!path)
		return -ENOMEM;
	r = add_bytes(overlay, path, driver->content);
	for (size_t i = 0; !r && i < driver->n_firmware; i++) {
		path = mf_arena_printf(arena, "%s/firmware/%s", overlay->folder,
				       driver->firmware[i].name);
		if (!path)
			return -ENOMEM;
		if (mf_tree_has(overlay->tree, path)) /* several modules may share a file */
			continue;
		r = add_bytes(overlay, path, driver->firmware[i].content);
	}
	return r;
}

static int add_manifest(struct overlay *overlay)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_arena *arena = &overlay->tree->arena;
	char sha256[65];
	char *copy;
	const char *path;
	int r = write_manifest(overlay, &text);

	if (!r)
		r = mf_sha256_hex(mf_buf_bytes(&text), sha256);
	if (r)
		return r;
	copy = mf_arena_strndup(arena, mf_buf_str(&text), text.len);
	overlay->folder = overlay->indexes.folder = mf_arena_printf(arena, SETS "/%.*s",
								    MF_OVERLAY_ID, sha256);
	path = overlay->folder ? mf_arena_printf(arena, "%s/manifest", overlay->folder) : NULL;
	if (!copy || !path)
		return -ENOMEM;
	r = add_dir(overlay, TOP);
	if (!r)
		r = add_dir(overlay, SETS);
	if (!r)
		r = add_bytes(overlay, path, (struct mf_bytes){(const uint8_t *)copy, text.len});
	return r;
}

static int plan_overlay(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	struct overlay overlay = {.plan = plan, .tree = out, .err = err};
	int r = 0;

	if (plan->hook == MF_HOOK_NONE && !plan->has_indexes)
		return mf_fail(
			err, -EINVAL,
			"nothing would load the drivers: an overlay has a loader with its hook, merged indexes (--indexes), or both: at least one of the two");
	if (plan->has_indexes)
		r = mf_overlay_indexes_merge(plan, out, &overlay.indexes, err);
	if (!r)
		r = add_manifest(&overlay);
	if (!r && plan->hook != MF_HOOK_NONE)
		r = mf_tree_add_file(out, TOP "/load", 0755, plan->loader_path, plan->loader_size);
	for (size_t i = 0; !r && i < plan->selected->n; i++)
		r = add_driver(&overlay, &plan->selected->v[i]);
	if (!r)
		r = mf_overlay_indexes_add(plan, out, &overlay.indexes, err);
	if (!r)
		r = mf_hook_add(plan, out, err);
	if (!r)
		r = mf_overlay_disk_add(plan, out, err);
	return r ? r : mf_tree_finish(out, err);
}

const struct mf_recipe mf_overlay_recipe = {
	.name = "overlay",
	.summary = "extra initrd: drivers, loader and hook, merged indexes",
	.plan = plan_overlay,
};
