// SPDX-License-Identifier: GPL-2.0-or-later
// Which modules of one driver update linuxrc loads: util_do_driver_update() of util.c.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/disk_path.h"
#include "lib/core/linuxrc_parts.h"

/* NULL of mf_lr_add_module(): no memory, or too many. */
static int add_failed(const struct mf_lr_folder *folder)
{
	return folder->run->n_modules >= MF_LR_MAX_MODULES ? 0 : -ENOMEM;
}

static bool is_brought_before(const struct mf_lr_folder *folder, const char *name)
{
	const struct mf_linuxrc_update *updates = folder->run->out->updates;

	for (; updates != folder->update; updates++) {
		for (size_t i = 0; i < updates->n_modules; i++) {
			const struct mf_linuxrc_module *module = &updates->modules[i];

			if (module->file && module->fate == MF_LINUXRC_LOADED &&
			    strcmp(module->name, name) == 0)
				return true;
		}
	}
	return false;
}

/* Why a line of module.order means nothing on this disk; NULL where it is a plain request. */
static const char *why_stock(const struct mf_lr_folder *folder, const char *stem, const char *name)
{
	const struct mf_linuxrc *linuxrc = folder->run->linuxrc;
	size_t n = strlen(stem);

	if (n && stem[n - 1] == '\r')
		return "ends in a carriage return, which to linuxrc is a part of the name";
	if (*stem == '#')
		return "is a comment to people, and to linuxrc the name of a module";
	if (strchr(stem, '/'))
		return "is a path, and linuxrc looks for names in modules/ itself";
	if (mf_lr_find_name(folder, name))
		return "is not the name of the file to the letter, '-' or '_', and linuxrc compares letters";
	if (linuxrc->stock && !is_brought_before(folder, name) && !mf_lr_is_stock(linuxrc, name))
		return "neither this driver update nor the installer has it: nothing is loaded for it";
	return NULL;
}

/* A line for a module that the driver update has not. */
static int ask_stock(struct mf_lr_folder *folder, const char *stem)
{
	struct mf_lr_run *run = folder->run;
	struct mf_linuxrc_module *module = mf_lr_add_module(folder, stem, NULL, MF_LINUXRC_STOCK);

	if (!module)
		return add_failed(folder);
	module->why = why_stock(folder, stem, module->name);
	if (!module->why && mf_lr_is_broken(run, stem))
		module->why = "is named in brokenmodules: linuxrc does not load it";
	return module->why ? 0 : mf_lr_add_loaded(run, module->name);
}

static struct mf_linuxrc_module *find_module(const struct mf_linuxrc_update *update,
					     const struct mf_disk_file *file)
{
	for (size_t i = 0; i < update->n_modules; i++) {
		if (update->modules[i].file == file)
			return &update->modules[i];
	}
	return NULL;
}

/* One name of module.order. A second line for one that failed is a second try. */
static int load_name(struct mf_lr_folder *folder, const char *stem)
{
	struct mf_linuxrc_update *update = folder->update;
	struct mf_lr_file *file = mf_lr_find_stem(folder, stem);
	struct mf_linuxrc_module *module;

	if (!file)
		return ask_stock(folder, stem);
	if (!file->is_told) {
		module = mf_lr_add_module(folder, stem, file->file, MF_LINUXRC_UNLISTED);
		if (!module)
			return add_failed(folder);
		file->is_told = true;
	} else {
		module = find_module(update, file->file);
		if (module->fate != MF_LINUXRC_LATE)
			return 0;
	}
	return update->has_config ? 0 : mf_lr_insmod(folder, module, stem, NULL);
}

/* Stem of the name in a line; NULL: no memory. */
static const char *stem_of(struct mf_lr_run *run, const struct mf_linuxrc_line *line)
{
	unsigned int rank;
	size_t n = mf_linuxrc_stem_length(line->key, &rank);

	return n ? mf_arena_strndup(&run->out->arena, line->key, n) : line->key;
}

/* All that are listed are unloaded before the first one is loaded. */
static int unload(struct mf_lr_folder *folder, const char *stem)
{
	const char *name = mf_lr_fold(&folder->run->out->arena, stem);

	if (name && !folder->update->has_config)
		mf_lr_remove_loaded(folder->run, name);
	return name ? 0 : -ENOMEM;
}

static int prepare(struct mf_lr_folder *folder, const struct mf_linuxrc_line *lines, size_t n)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		const char *stem = stem_of(folder->run, &lines[i]);
		struct mf_lr_file *file = stem ? mf_lr_find_stem(folder, stem) : NULL;

		if (file)
			file->is_listed = true;
		r = stem ? unload(folder, stem) : -ENOMEM;
	}
	return r;
}

static int load_listed(struct mf_lr_folder *folder, struct mf_bytes order)
{
	struct mf_linuxrc_line *lines;
	size_t n;
	int r = mf_linuxrc_read(order, &folder->run->out->arena, &lines, &n);

	if (!r)
		r = prepare(folder, lines, n);
	for (size_t i = 0; !r && i < n; i++) {
		const char *stem = stem_of(folder->run, &lines[i]);

		r = stem ? load_name(folder, stem) : -ENOMEM;
	}
	return r;
}

/* linuxrc writes the file itself then, in the order of the folder. */
static int load_all(struct mf_lr_folder *folder)
{
	int r = 0;

	for (size_t i = 0; !r && i < folder->n_files; i++)
		r = unload(folder, folder->files[i].stem);
	for (size_t i = 0; !r && i < folder->n_files; i++)
		r = load_name(folder, folder->files[i].stem);
	return r;
}

static int add_unlisted(struct mf_lr_folder *folder)
{
	for (size_t i = 0; i < folder->n_files; i++) {
		const struct mf_lr_file *file = &folder->files[i];
		const struct mf_lr_file *taken = mf_lr_find_stem(folder, file->stem);
		struct mf_linuxrc_module *module;

		if (file->is_told || (taken != file && taken->file == file->file))
			continue;
		module = mf_lr_add_module(folder, file->stem, file->file,
					  taken == file ? MF_LINUXRC_UNLISTED
							: MF_LINUXRC_SHADOWED);
		if (!module)
			return add_failed(folder);
		if (taken == file)
			continue;
		module->why = mf_arena_printf(&folder->run->out->arena,
					      "%s lies beside it, which linuxrc takes first",
					      mf_path_base(taken->file->path));
		if (!module->why)
			return -ENOMEM;
	}
	return 0;
}

/* "x.ko.WORD", which linuxrc's list of extensions does not have. */
static bool is_foreign(const char *name)
{
	const char *at = strstr(name, ".ko.");

	return at && at > name && at[4];
}

/* What lies deeper, is packed otherwise or leads nowhere. */
static int add_unseen(struct mf_lr_folder *folder, const struct mf_disk_file *file,
		      const char *rest)
{
	const char *name = mf_path_base(rest);
	bool is_nested = name != rest;
	unsigned int rank;
	size_t n = mf_linuxrc_stem_length(name, &rank);
	bool is_lost = n && !is_nested && file->kind == 'l';
	struct mf_linuxrc_module *module;

	if (is_lost) {
		const struct mf_disk_file *target = mf_disk_resolve(folder->run->disk, file->path);

		is_lost = !target || target->kind != 'f' || !mf_disk_below(target, folder->folder);
	}
	if (n ? !is_nested && !is_lost : !is_foreign(name))
		return 0;
	name = mf_arena_strndup(&folder->run->out->arena, name,
				n ? n : (size_t)(strstr(name, ".ko.") - name));
	if (!name)
		return -ENOMEM;
	module = mf_lr_add_module(folder, name, file,
				  is_nested ? MF_LINUXRC_NESTED : MF_LINUXRC_UNREADABLE);
	if (!module)
		return add_failed(folder);
	if (is_lost)
		module->why =
			"is a symlink out of modules/, which leads nowhere once linuxrc has copied it";
	return 0;
}

static int add_rest(struct mf_lr_folder *folder)
{
	const struct mf_disk *disk = folder->run->disk;
	int r = add_unlisted(folder);

	for (size_t i = mf_disk_first_below(disk, folder->folder); !r && i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];
		const char *rest = mf_disk_below(file, folder->folder);

		if (!rest)
			break;
		if (file->kind == 'f' || file->kind == 'l')
			r = add_unseen(folder, file, rest);
	}
	return r;
}

/* A driver update that is skipped, or that its condition takes away. */
static int add_skipped(struct mf_lr_folder *folder)
{
	for (size_t i = 0; i < folder->n_files; i++) {
		if (!mf_lr_add_module(folder, folder->files[i].stem, folder->files[i].file,
				      MF_LINUXRC_SKIPPED))
			return add_failed(folder);
	}
	return 0;
}

int mf_lr_load(struct mf_lr_folder *folder)
{
	struct mf_linuxrc_update *update = folder->update;
	const struct mf_disk_file *order, *config;
	const char *path;
	int r;

	if (!folder->folder)
		return 0;
	if (update->why)
		return add_skipped(folder);
	path = folder->folder->path;
	order = mf_lr_text(folder->run, path, "module.order", &r);
	if (r)
		return r;
	config = mf_lr_text(folder->run, path, "module.config", &r);
	if (r)
		return r;
	update->has_order = order;
	update->has_config = config;
	r = order ? load_listed(folder, order->text) : load_all(folder);
	if (!r && config)
		r = mf_lr_autoload(folder, config->text);
	return r ? r : add_rest(folder);
}
