// SPDX-License-Identifier: GPL-2.0-or-later
// Merged indexes in an overlay: the target's own udev and modprobe find the drivers by them.
#include "initramfs-hooks/overlay_indexes.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/basetree.h"

/* Below a module folder: a later depmod prefers what is in updates (depmod.d(5), search). */
#define UPDATES "updates/modferry"

/* builtin.alias is not among them: it is the kernel's, and never replaced by a poorer one. */
#define N_FILES 9

struct mf_overlay_merged {
	const struct mf_kernel *kernel;
	size_t first; /* of its drivers in the selection */
	size_t n;
	struct file {
		const char *name;
		struct mf_bytes content;
	} files[N_FILES];
	size_t n_files;
	const char **stock; /* of its drivers */
};

static const struct mf_kernel *find_kernel(const struct mf_plan *plan, const char *release)
{
	for (size_t i = 0; i < plan->n_kernels; i++) {
		if (strcmp(plan->kernels[i].release, release) == 0 && plan->kernels[i].folder)
			return &plan->kernels[i];
	}
	return NULL;
}

/* Drivers of the same kernel stand side by side in a selection. */
static size_t count_drivers(const struct mf_selected_list *selected, size_t first)
{
	const char *kernel = selected->v[first].build->kernel;
	size_t n = 1;

	while (first + n < selected->n && strcmp(selected->v[first + n].build->kernel, kernel) == 0)
		n++;
	return n;
}

static int describe(struct mf_arena *arena, const struct mf_module *module,
		    struct mf_index_driver *out)
{
	*out = (struct mf_index_driver){
		.name = module->name,
		.path = mf_arena_printf(arena, UPDATES "/%s.ko", module->name),
		.depends = module->depends,
		.aliases = module->aliases,
		.softdep_pre = module->softdep_pre,
		.softdep_post = module->softdep_post,
	};
	out->symbols.v = mf_arena_alloc(arena, module->exports.n * sizeof(*out->symbols.v) + 1);
	if (!out->path || !out->symbols.v)
		return -ENOMEM;
	for (size_t i = 0; i < module->exports.n; i++)
		out->symbols.v[out->symbols.n++] = module->exports.v[i].name;
	return 0;
}

/* Keeps a file that is not what the target has already. */
static int keep(struct mf_overlay_merged *merged, struct mf_arena *arena, const char *name,
		const struct mf_bytes pair[2])
{
	const struct mf_bytes *old = &pair[0];
	const struct mf_bytes *now = &pair[1];
	uint8_t *copy;

	if (!now->n || (now->n == old->n && memcmp(now->p, old->p, now->n) == 0))
		return 0;
	copy = mf_arena_alloc(arena, now->n);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, now->p, now->n);
	merged->files[merged->n_files++] = (struct file){name, {copy, now->n}};
	return 0;
}

static int keep_files(struct mf_overlay_merged *merged, struct mf_arena *arena,
		      const struct mf_indexes_merged *made)
{
	const struct mf_indexes *stock = &merged->kernel->indexes;
	const struct {
		const char *name;
		struct mf_bytes pair[2];
	} files[N_FILES] = {
		{"modules.alias", {stock->alias_text, mf_buf_bytes(&made->alias_text)}},
		{"modules.alias.bin", {stock->alias, mf_buf_bytes(&made->alias)}},
		{"modules.dep", {stock->dep_text, mf_buf_bytes(&made->dep_text)}},
		{"modules.dep.bin", {stock->dep, mf_buf_bytes(&made->dep)}},
		{"modules.devname", {stock->devname, mf_buf_bytes(&made->devname)}},
		{"modules.order", {stock->order, mf_buf_bytes(&made->order)}},
		{"modules.softdep", {stock->softdep, mf_buf_bytes(&made->softdep)}},
		{"modules.symbols", {stock->symbols_text, mf_buf_bytes(&made->symbols_text)}},
		{"modules.symbols.bin", {stock->symbols, mf_buf_bytes(&made->symbols)}},
	};
	int r = 0;

	for (size_t i = 0; !r && i < N_FILES; i++)
		r = keep(merged, arena, files[i].name, files[i].pair);
	return r;
}

static int merge_kernel(const struct mf_plan *plan, struct mf_tree *tree,
			struct mf_overlay_merged *merged, struct mf_err *err)
{
	struct mf_arena *arena = &tree->arena;
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged made = {0};
	struct mf_index_driver *drivers = mf_arena_alloc(arena, merged->n * sizeof(*drivers));
	int r = drivers ? 0 : -ENOMEM;

	/* indexes with ours alone would hide every stock module from kmod */
	if (merged->kernel->n_modules && !merged->kernel->indexes.dep.n &&
	    !merged->kernel->indexes.dep_text.n)
		return mf_fail(
			err, -ENODATA,
			"%s: has modules but no module indexes, so there is nothing to merge into; leave --indexes out, or run depmod there first",
			merged->kernel->folder);
	for (size_t i = 0; !r && i < merged->n; i++)
		r = describe(arena, &plan->selected->v[merged->first + i].driver->module,
			     &drivers[i]);
	if (!r)
		r = mf_indexes_merge(&merged->kernel->indexes, drivers, merged->n, &made, err);
	if (r)
		return r == -ENOMEM ? r : mf_wrap(err, r, "%s", merged->kernel->folder);
	for (size_t i = 0; !r && i < merged->n; i++) {
		if (!made.stock[i])
			continue;
		merged->stock[i] = mf_arena_strdup(arena, made.stock[i]);
		r = merged->stock[i] ? 0 : -ENOMEM;
	}
	return r ? r : keep_files(merged, arena, &made);
}

int mf_overlay_indexes_merge(const struct mf_plan *plan, struct mf_tree *tree,
			     struct mf_overlay_indexes *out, struct mf_err *err)
{
	const struct mf_selected_list *selected = plan->selected;
	struct mf_arena *arena = &tree->arena;
	size_t n = 0;
	int r = 0;

	out->stock = mf_arena_alloc(arena, selected->n * sizeof(*out->stock) + 1);
	if (!out->stock)
		return -ENOMEM;
	if (!plan->base)
		return mf_fail(
			err, -EINVAL,
			"merged indexes need the target's own; give it with --initrd or --root");
	for (size_t i = 0; !r && i < selected->n; i += n) {
		struct mf_overlay_merged one = {
			.kernel = find_kernel(plan, selected->v[i].build->kernel),
			.first = i,
			.stock = out->stock + i};

		n = count_drivers(selected, i);
		one.n = n;
		if (!one.kernel)
			continue;
		r = mf_arena_grow(arena, &out->v, out->n, sizeof(one));
		if (!r)
			r = merge_kernel(plan, tree, &one, err);
		if (!r)
			out->v[out->n++] = one;
	}
	if (!r && !out->n)
		return mf_fail(
			err, -ENOENT,
			"the target has no modules of kernel %s, so there are no indexes to merge; is it the right initrd?",
			selected->n ? selected->v[0].build->kernel : "-");
	return r;
}

/* Adding the files of one kernel. */
struct adding {
	const struct mf_plan *plan;
	struct mf_tree *tree;
	const struct mf_overlay_merged *merged;
	const char *folder; /* of the overlay: modferry/d/ID */
	struct mf_err *err;
};

/* Where a file goes: links on the way are followed, folders added. */
static int place(struct adding *adding, const char **path)
{
	if (!*path)
		return -ENOMEM;
	return mf_base_place(adding->plan->base, adding->tree, *path, path, adding->err);
}

/* A symlink to a file of the overlay; what several drivers share stands once. */
static int add_link(struct adding *adding, const char *path, const char *target)
{
	int r = target ? place(adding, &path) : -ENOMEM;

	if (r || mf_tree_has(adding->tree, path))
		return r;
	return mf_tree_add_symlink(adding->tree, path, target);
}

static int add_module(struct adding *adding, const struct mf_driver *driver)
{
	const struct mf_kernel *kernel = adding->merged->kernel;
	struct mf_arena *arena = &adding->tree->arena;
	const char *name = driver->module.name;

	return add_link(
		adding, mf_arena_printf(arena, "%s/" UPDATES "/%s.ko", kernel->folder, name),
		mf_arena_printf(arena, "/%s/%s/%s.ko", adding->folder, kernel->release, name));
}

/* Where the kernel looks first; the loader makes these links itself, udev does not. */
static int add_firmware(struct adding *adding, const struct mf_driver *driver)
{
	const char *release = adding->merged->kernel->release;
	struct mf_arena *arena = &adding->tree->arena;
	int r = 0;

	for (size_t i = 0; !r && i < driver->n_firmware; i++) {
		const char *name = driver->firmware[i].name;

		r = add_link(adding,
			     mf_arena_printf(arena, "lib/firmware/updates/%s/%s", release, name),
			     mf_arena_printf(arena, "/%s/firmware/%s", adding->folder, name));
	}
	return r;
}

static int add_file(struct adding *adding, const struct file *file)
{
	const char *path = mf_arena_printf(&adding->tree->arena, "%s/%s",
					   adding->merged->kernel->folder, file->name);
	int r = place(adding, &path);

	return r ? r : mf_tree_add_bytes(adding->tree, path, 0644, file->content);
}

static int add_kernel(struct adding *adding)
{
	const struct mf_overlay_merged *merged = adding->merged;
	int r = 0;

	for (size_t i = 0; !r && i < merged->n; i++) {
		const struct mf_driver *driver =
			adding->plan->selected->v[merged->first + i].driver;

		r = add_module(adding, driver);
		if (!r)
			r = add_firmware(adding, driver);
	}
	for (size_t i = 0; !r && i < merged->n_files; i++)
		r = add_file(adding, &merged->files[i]);
	return r;
}

int mf_overlay_indexes_add(const struct mf_plan *plan, struct mf_tree *tree,
			   const struct mf_overlay_indexes *indexes, struct mf_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < indexes->n; i++)
		r = add_kernel(&(struct adding){plan, tree, &indexes->v[i], indexes->folder, err});
	return r;
}
