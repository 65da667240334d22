// SPDX-License-Identifier: GPL-2.0-or-later
// What Agama does with modules/ of a driver update: update_kernel_modules() of agama-dud-apply.sh,
// with depmod, rmmod and systemd-modules-load behind it.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/agama_parts.h"
#include "lib/core/disk_path.h"

/* Names that module.order gives to rmmod and to systemd-modules-load. */
struct order {
	const struct mf_disk_file *file; /* NULL: there is none, and all files are named */
	struct mf_strings lines;	 /* as they are, without the end of line */
};

static int read_order(struct mf_agama_run *run, const struct mf_disk_file *folder,
		      struct order *out)
{
	struct mf_arena *arena = &run->out->arena;
	const char *path = mf_arena_printf(arena, "%s/module.order", folder->path);
	struct mf_bytes text, line;

	if (!path)
		return -ENOMEM;
	out->file = mf_disk_resolve(run->disk, path);
	if (!out->file || out->file->kind != 'f') {
		out->file = NULL;
		return 0;
	}
	text = out->file->text;
	if (!text.p && out->file->size)
		return mf_agama_note(
			run, mf_arena_printf(arena, "%s is too large to be judged here", path));
	while (mf_text_next_line(&text, &line)) {
		char *copy = mf_arena_strndup(arena, (const char *)line.p,
					      strnlen((const char *)line.p, line.n));

		if (!copy ||
		    mf_arena_grow(arena, &out->lines.v, out->lines.n, sizeof(*out->lines.v)))
			return -ENOMEM;
		out->lines.v[out->lines.n++] = copy;
	}
	return 0;
}

/* A name up to n bytes is the same as a module's, '-' or '_'. */
static bool is_name(const char *text, size_t n, const char *name)
{
	if (strlen(name) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((text[i] == '-' ? '_' : text[i]) != name[i])
			return false;
	}
	return true;
}

/* systemd strips blanks and carriage returns, and finds no name with a blank in it; libkmod finds a
 * name without extension alone. rmmod cuts at the first '.', and knows no blank. */
static const char *why_unlisted(const struct order *order, const char *name, bool *ret_is_named,
				bool *ret_is_unloaded)
{
	const char *why = NULL;

	*ret_is_named = *ret_is_unloaded = false;
	for (size_t i = 0; i < order->lines.n; i++) {
		const char *line = order->lines.v[i];
		const char *start = line + strspn(line, " \t\r");
		size_t n = strcspn(start, " \t\r");
		bool is_alone = !start[n + strspn(start + n, " \t\r")];

		if (!is_alone)
			continue;
		*ret_is_unloaded |= is_name(line, strcspn(line, "."), name);
		if (is_name(start, n, name))
			*ret_is_named = true;
		else if (is_name(start, strcspn(start, "."), name))
			why = "module.order has it with an extension, by which systemd-modules-load finds no module";
	}
	return why;
}

/* Extensions of modules that kmod's depmod looks at. */
static bool is_known(const char *name)
{
	static const char *const extensions[] = {".ko", ".ko.gz", ".ko.xz", ".ko.zst"};

	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		if (mf_has_suffix(name, extensions[i]))
			return true;
	}
	return false;
}

/* ${name%.ko*}, '-' folded; NULL: no memory. */
static const char *name_of(struct mf_arena *arena, const char *base)
{
	const char *at = base;
	char *name;

	for (const char *next = base; (next = strstr(next, ".ko")); next++)
		at = next;
	name = mf_arena_strndup(arena, base, (size_t)(at - base));
	for (char *c = name; c && *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	return name;
}

static int compare_text(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right);
}

static bool is_stock(const struct mf_agama *agama, const char *name)
{
	return agama->stock && agama->stock->n &&
	       bsearch(&name, agama->stock->v, agama->stock->n, sizeof(name), compare_text);
}

static bool is_for_other_kernel(const struct mf_agama *agama, const struct mf_disk_file *file)
{
	const char *vermagic = file->driver ? file->driver->module.vermagic : NULL;
	size_t n = vermagic ? strcspn(vermagic, " ") : 0;

	return n && agama->kernel &&
	       (strlen(agama->kernel) != n || memcmp(vermagic, agama->kernel, n) != 0);
}

static void judge(const struct mf_agama *agama, const struct order *order,
		  struct mf_agama_module *module)
{
	bool is_named = !order->file, is_unloaded = !order->file;

	module->fate = MF_AGAMA_LOADED;
	if (order->file)
		module->why = why_unlisted(order, module->name, &is_named, &is_unloaded);
	if (!is_known(module->copy)) {
		module->fate = MF_AGAMA_USELESS;
		module->why = "depmod does not know its extension";
		return;
	}
	module->replaces_stock = is_stock(agama, module->name);
	if (is_for_other_kernel(agama, module->file)) {
		module->fate = module->replaces_stock ? MF_AGAMA_SHADOWS : MF_AGAMA_USELESS;
		module->why = NULL;
	} else if (!is_named) {
		module->fate = MF_AGAMA_UNLISTED;
	} else {
		module->why =
			module->replaces_stock && !is_unloaded
				? "rmmod does not know it by its line of module.order: a stock module that is loaded stays"
				: NULL;
	}
}

static struct mf_agama_module *add_module(struct mf_agama_run *run,
					  const struct mf_disk_file *entry,
					  const struct mf_disk_file *file)
{
	struct mf_agama_result *out = run->out;
	const char *copy = mf_path_base(entry->path);
	const char *name = name_of(&out->arena, copy);

	if (!name ||
	    mf_arena_grow(&out->arena, &out->modules, out->n_modules, sizeof(*out->modules)))
		return NULL;
	out->modules[out->n_modules] = (struct mf_agama_module){
		.name = name,
		.copy = copy,
		.file = file,
	};
	return &out->modules[out->n_modules++];
}

/* *.ko* of bash: no hidden files. */
static bool is_module(const char *base)
{
	return *base != '.' && strstr(base, ".ko");
}

/* modules/ of a driver update, as a folder; NULL. */
static const struct mf_disk_file *open_modules(struct mf_agama_run *run,
					       const struct mf_disk_file *folder, int *ret_error)
{
	const char *path = mf_arena_printf(&run->out->arena, "%s/modules", folder->path);
	const struct mf_disk_file *modules = path ? mf_disk_resolve(run->disk, path) : NULL;

	*ret_error = path ? 0 : -ENOMEM;
	return modules && modules->kind == 'd' ? modules : NULL;
}

/* One entry of modules/; order is NULL in a folder that is skipped, why then tells. */
static int add_entry(struct mf_agama_run *run, const struct mf_disk_file *entry,
		     const struct order *order, const char *why)
{
	const struct mf_disk_file *file = entry;
	struct mf_agama_module *module;

	if (!is_module(mf_path_base(entry->path)))
		return 0;
	if (entry->kind == 'l')
		file = mf_disk_resolve(run->disk, entry->path);
	if (!file || file->kind != 'f')
		return 0;
	if (run->out->n_modules == MF_AGAMA_MAX_MODULES)
		return mf_agama_note(run, "has more modules than are judged here");
	module = add_module(run, entry, file);
	if (!module)
		return -ENOMEM;
	module->fate = MF_AGAMA_SKIPPED;
	module->why = why;
	if (!why)
		judge(run->agama, order, module);
	return 0;
}

int mf_agama_add_modules(struct mf_agama_run *run, const struct mf_disk_file *folder)
{
	const struct mf_disk *disk = run->disk;
	struct order order = {0};
	int r;
	const struct mf_disk_file *modules = open_modules(run, folder, &r);

	if (r || !modules)
		return r;
	r = read_order(run, modules, &order);
	for (size_t i = mf_disk_first_below(disk, modules); !r && i < disk->n_files; i++) {
		const char *rest = mf_disk_below(&disk->files[i], modules);

		if (!rest)
			break;
		r = add_entry(
			run, &disk->files[i], &order,
			strchr(rest, '/')
				? "lies in a folder of modules/, where the installer does not look"
				: NULL);
	}
	return r;
}

int mf_agama_add_skipped(struct mf_agama_run *run, const struct mf_disk_file *folder,
			 const char *why)
{
	const struct mf_disk *disk = run->disk;
	int r;
	const struct mf_disk_file *modules = open_modules(run, folder, &r);

	if (r || !modules)
		return r;
	for (size_t i = mf_disk_first_below(disk, modules);
	     !r && i < disk->n_files && mf_disk_below(&disk->files[i], modules); i++)
		r = add_entry(run, &disk->files[i], NULL, why);
	return r;
}

static bool is_copied(const struct mf_agama_module *module)
{
	return module->fate != MF_AGAMA_SKIPPED && module->fate != MF_AGAMA_REPLACED;
}

/* By file name, later ones first. */
static int compare_copies(const void *a, const void *b)
{
	const struct mf_agama_module *const *left = a;
	const struct mf_agama_module *const *right = b;
	int order = strcmp((*left)->copy, (*right)->copy);

	return order ? order : (*left < *right) - (*left > *right);
}

/* By name of the module. */
static int compare_names(const void *a, const void *b)
{
	const struct mf_agama_module *const *left = a;
	const struct mf_agama_module *const *right = b;
	int order = strcmp((*left)->name, (*right)->name);

	return order ? order : (*left > *right) - (*left < *right);
}

static size_t collect(struct mf_agama_run *run, struct mf_agama_module **out)
{
	size_t n = 0;

	for (size_t i = 0; i < run->out->n_modules; i++) {
		if (is_copied(&run->out->modules[i]))
			out[n++] = &run->out->modules[i];
	}
	return n;
}

/* x.ko and x.ko.xz both stay: depmod takes one of them, which one is the order of the folder. */
static int note_twins(struct mf_agama_run *run, struct mf_agama_module **v, size_t n)
{
	int r = 0;

	if (n)
		qsort(v, n, sizeof(*v), compare_names);
	for (size_t i = 1; !r && i < n; i++) {
		if (strcmp(v[i - 1]->name, v[i]->name) == 0)
			r = mf_agama_note(
				run,
				mf_arena_printf(
					&run->out->arena,
					"%s and %s both come to updates/: which one depmod takes is chance",
					v[i - 1]->file->path, v[i]->file->path));
	}
	return r;
}

int mf_agama_replace(struct mf_agama_run *run)
{
	struct mf_agama_module **v = mf_arena_alloc(&run->out->arena,
						    (run->out->n_modules + 1) * sizeof(*v));
	size_t n = v ? collect(run, v) : 0;

	if (!v)
		return -ENOMEM;
	if (n)
		qsort(v, n, sizeof(*v), compare_copies);
	for (size_t i = 1; i < n; i++) {
		struct mf_agama_module *module = v[i];

		if (strcmp(v[i - 1]->copy, module->copy) != 0)
			continue;
		module->fate = MF_AGAMA_REPLACED;
		module->why = mf_arena_printf(
			&run->out->arena, "%s is copied over it, from a folder that comes later",
			v[i - 1]->file->path);
		if (!module->why)
			return -ENOMEM;
	}
	return note_twins(run, v, collect(run, v));
}
