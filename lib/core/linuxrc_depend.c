// SPDX-License-Identifier: GPL-2.0-or-later
// Whether linuxrc's insmod can succeed, as far as the order of loading goes: mod_insmod() of
// module.c loads one file, and nothing that it depends on.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/linuxrc_parts.h"

static int compare_text(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

static bool has_text(const struct mf_strings *sorted, const char *text)
{
	return sorted && sorted->n &&
	       bsearch(&text, sorted->v, sorted->n, sizeof(text), compare_text);
}

bool mf_lr_is_stock(const struct mf_linuxrc *linuxrc, const char *name)
{
	return has_text(linuxrc->stock, name);
}

bool mf_lr_is_loaded(const struct mf_lr_run *run, const char *name)
{
	return has_text(&run->loaded, name);
}

int mf_lr_add_loaded(struct mf_lr_run *run, const char *name)
{
	struct mf_strings *loaded = &run->loaded;
	size_t at = loaded->n;

	if (mf_lr_is_loaded(run, name))
		return 0;
	if (mf_arena_grow(&run->out->arena, &loaded->v, loaded->n, sizeof(*loaded->v)))
		return -ENOMEM;
	for (; at && strcmp(loaded->v[at - 1], name) > 0; at--)
		loaded->v[at] = loaded->v[at - 1];
	loaded->v[at] = name;
	loaded->n++;
	return 0;
}

void mf_lr_remove_loaded(struct mf_lr_run *run, const char *name)
{
	struct mf_strings *loaded = &run->loaded;
	size_t at = 0;

	if (!mf_lr_is_loaded(run, name))
		return;
	while (strcmp(loaded->v[at], name) != 0)
		at++;
	loaded->n--;
	for (; at < loaded->n; at++)
		loaded->v[at] = loaded->v[at + 1];
}

/* Whether a module of this driver update has been looked at, and does not load. */
static bool is_failed(const struct mf_linuxrc_update *update, const char *name)
{
	for (size_t i = 0; i < update->n_modules; i++) {
		const struct mf_linuxrc_module *module = &update->modules[i];

		if (strcmp(module->name, name) == 0 &&
		    (module->fate == MF_LINUXRC_LATE || module->fate == MF_LINUXRC_BROKEN))
			return true;
	}
	return false;
}

/* What is wrong with a module of the same update; with %s for its name. */
static const char *brought_text(const struct mf_lr_folder *folder, const struct mf_lr_file *file)
{
	if (is_failed(folder->update, file->name))
		return "depends on %s, which is not loaded either";
	if (folder->update->has_config)
		return "depends on %s, which module.config does not have before it";
	if (!folder->update->has_order)
		return "depends on %s, and without module.order it is chance which of them linuxrc loads first";
	if (!file->is_listed)
		return "depends on %s, which module.order does not list";
	return "stands in module.order before %s, on which it depends";
}

/*
 * A sentence on one module that it depends on; NULL: all is well. *ret_fails: insmod fails, else it
 * may. By the installer's own module.config linuxrc loads what a stock module depends on.
 */
static const char *depend_text(const struct mf_lr_folder *folder,
			       const struct mf_linuxrc_module *module, const char *name,
			       bool *ret_fails)
{
	const struct mf_lr_run *run = folder->run;
	const struct mf_lr_file *file = mf_lr_find_name(folder, name);
	bool is_chance = file && !folder->update->has_order && !folder->update->has_config;

	*ret_fails = true;
	if (mf_lr_is_loaded(run, name) && !(is_chance && strcmp(name, module->name) != 0))
		return NULL;
	if (file)
		return brought_text(folder, file);
	if (run->linuxrc->stock && !mf_lr_is_stock(run->linuxrc, name))
		return "depends on %s, which neither the installer nor what is loaded before it has";
	*ret_fails = false;
	if (mf_lr_is_stock(run->linuxrc, module->name))
		return NULL;
	return "depends on %s of the installer, which linuxrc does not load for it: unless that is loaded by then, it needs a line in module.order before this one";
}

static int print_why(struct mf_arena *arena, struct mf_linuxrc_module *module, const char *format,
		     const char *name)
{
	const char *at = strstr(format, "%s");

	module->why = mf_arena_printf(arena, "%.*s%s%s", (int)(at - format), format, name, at + 2);
	return module->why ? 0 : -ENOMEM;
}

static int judge_depends(struct mf_lr_folder *folder, struct mf_linuxrc_module *module)
{
	const struct mf_driver *driver = module->file->driver;
	struct mf_arena *arena = &folder->run->out->arena;
	int r = 0;

	for (size_t i = 0; driver && !r && i < driver->module.depends.n; i++) {
		const char *name = mf_lr_fold(arena, driver->module.depends.v[i]);
		const char *text;
		bool fails;

		if (!name)
			return -ENOMEM;
		text = depend_text(folder, module, name, &fails);
		if (!text || (module->why && !fails))
			continue;
		r = print_why(arena, module, text, name);
		if (fails) {
			module->fate = MF_LINUXRC_LATE;
			return r;
		}
	}
	return r;
}

int mf_lr_insmod(struct mf_lr_folder *folder, struct mf_linuxrc_module *module, const char *stem,
		 const char *parameters)
{
	struct mf_lr_run *run = folder->run;
	int r = mf_lr_parameters(run, stem, parameters, &module->parameters);

	if (r)
		return r;
	module->fate = MF_LINUXRC_LOADED;
	module->why = NULL;
	module->replaces_stock = !folder->update->has_config &&
				 mf_lr_is_stock(run->linuxrc, module->name);
	if (mf_lr_is_loaded(run, module->name)) {
		module->fate = MF_LINUXRC_SHADOWED;
		module->why = "one of that name is loaded by then, and linuxrc loads none twice";
		return 0;
	}
	if (mf_lr_is_broken(run, stem)) {
		module->fate = MF_LINUXRC_BROKEN;
		return 0;
	}
	r = judge_depends(folder, module);
	if (!r && module->fate == MF_LINUXRC_LOADED)
		r = mf_lr_add_loaded(run, module->name);
	return r;
}
