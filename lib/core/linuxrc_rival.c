// SPDX-License-Identifier: GPL-2.0-or-later
// Driver updates that bring the same module: which one of them is left in the end, and which one
// its own condition takes away.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/linuxrc_parts.h"

/* First word of a module's vermagic, *ret_n bytes; NULL: not known. */
static const char *kernel_of(const struct mf_disk_file *file, size_t *ret_n)
{
	const char *vermagic = file->driver ? file->driver->module.vermagic : NULL;

	*ret_n = vermagic ? strcspn(vermagic, " ") : 0;
	return *ret_n ? vermagic : NULL;
}

static bool is_for_kernel(const struct mf_lr_run *run, const struct mf_disk_file *file)
{
	const char *ours = run->linuxrc->kernel;
	size_t n;
	const char *kernel = kernel_of(file, &n);

	return kernel && ours && strlen(ours) == n && memcmp(kernel, ours, n) == 0;
}

/* A module for another kernel, where none is for this one; NULL. */
static const struct mf_disk_file *find_foreign(const struct mf_lr_folder *folder)
{
	const struct mf_disk_file *foreign = NULL;
	size_t n;

	for (size_t i = 0; i < folder->n_files; i++) {
		const struct mf_disk_file *file = folder->files[i].file;

		if (is_for_kernel(folder->run, file))
			return NULL;
		if (!foreign && kernel_of(file, &n))
			foreign = file;
	}
	return foreign;
}

/* Whether another driver update brings a module of this one, built for this very kernel. */
static bool has_better(const struct mf_lr_folder *folder)
{
	const struct mf_lr_run *run = folder->run;

	for (size_t i = 0; i < run->out->n_updates; i++) {
		const struct mf_lr_folder *other = &run->folders[i];

		if (other == folder || other->update->why)
			continue;
		for (size_t k = 0; k < folder->n_files; k++) {
			const struct mf_lr_file *file = mf_lr_find_name(other,
									folder->files[k].name);

			if (file && is_for_kernel(run, file->file))
				return true;
		}
	}
	return false;
}

int mf_lr_judge_condition(struct mf_lr_folder *folder)
{
	struct mf_lr_run *run = folder->run;
	struct mf_linuxrc_update *update = folder->update;
	const struct mf_disk_file *foreign = find_foreign(folder);
	size_t n;

	if (update->why || !update->condition || !run->linuxrc->kernel || !foreign)
		return 0;
	if (!strstr(update->condition, MF_LINUXRC_GUARD) && !has_better(folder))
		return 0;
	kernel_of(foreign, &n);
	update->why = mf_arena_printf(
		&run->out->arena,
		"its modules are for kernel %.*s, and the condition in its dud.config is taken to leave them out of others",
		(int)n, foreign->driver->module.vermagic);
	return update->why ? 0 : -ENOMEM;
}

struct entry {
	size_t update;
	struct mf_linuxrc_module *module;
};

/* Of one name, later updates first. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a;
	const struct entry *right = b;
	int order = strcmp(left->module->name, right->module->name);

	return order ? order : (left->update < right->update) - (left->update > right->update);
}

/* What linuxrc unloads a module of that name for. */
static bool is_rival(const struct mf_linuxrc_module *module)
{
	return module->file &&
	       (module->fate == MF_LINUXRC_LOADED || module->fate == MF_LINUXRC_LATE ||
		module->fate == MF_LINUXRC_BROKEN);
}

static int collect(struct mf_lr_run *run, struct entry **ret, size_t *ret_n)
{
	struct mf_linuxrc_result *out = run->out;

	for (size_t i = 0; i < out->n_updates; i++) {
		for (size_t k = 0; k < out->updates[i].n_modules; k++) {
			struct entry entry = {i, &out->updates[i].modules[k]};

			if (!is_rival(entry.module))
				continue;
			if (mf_arena_grow(&out->arena, ret, *ret_n, sizeof(entry)))
				return -ENOMEM;
			(*ret)[(*ret_n)++] = entry;
		}
	}
	return 0;
}

int mf_lr_shadow(struct mf_lr_run *run)
{
	struct entry *v = NULL;
	size_t n = 0;
	int r = collect(run, &v, &n);

	if (!r && n)
		qsort(v, n, sizeof(*v), compare_entries);
	for (size_t i = 1; !r && i < n; i++) {
		const struct mf_linuxrc_update *later = &run->out->updates[v[i - 1].update];
		struct mf_linuxrc_module *module = v[i].module;

		if (strcmp(v[i - 1].module->name, module->name) != 0 ||
		    v[i - 1].update == v[i].update || module->fate != MF_LINUXRC_LOADED)
			continue;
		module->fate = MF_LINUXRC_SHADOWED;
		module->why = mf_arena_printf(
			&run->out->arena, "is replaced by the one of %s, which linuxrc takes later",
			later->path);
		r = module->why ? 0 : -ENOMEM;
	}
	return r;
}
