// SPDX-License-Identifier: GPL-2.0-or-later
// What lies where once anaconda has unpacked packages, and which modules it loads:
// grab_driver_files() and load_drivers() of driver_updates.py.
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/anaconda_parts.h"
#include "lib/core/modname.h"

/* The path behind a folder, NULL when it is not below it. */
static const char *below(const char *path, const char *folder)
{
	path = mf_dd_strip(path);
	return mf_has_prefix(path, folder) ? path + strlen(folder) : NULL;
}

/* dest_strip(): a first component that begins with a digit goes, and "kernel/" behind it; of
 * whatever has ".ko" in its path. */
static const char *strip_version(const char *path)
{
	const char *slash = strchr(path, '/');

	if (!slash || !strstr(path, ".ko") || !isdigit((unsigned char)*path))
		return path;
	path = slash + 1;
	return mf_has_prefix(path, "kernel/") ? path + strlen("kernel/") : path;
}

/* NULL: no memory. */
static const char *destination(struct mf_dd_run *run, const char *path, enum mf_dd_fate fate)
{
	struct mf_arena *arena = &run->out->arena;

	if (fate == MF_DD_LOADED)
		return mf_arena_printf(arena, "lib/modules/%s/updates/%s",
				       run->input->anaconda->kernel,
				       strip_version(below(path, "lib/modules/")));
	if (fate == MF_DD_FIRMWARE)
		return mf_arena_printf(arena, "lib/firmware/updates/%s",
				       strip_version(below(path, "lib/firmware/")));
	return mf_arena_printf(arena, "updates/%s", mf_dd_strip(path));
}

static int unpack(struct mf_dd_run *run, struct mf_dd_rpm *rpm)
{
	size_t n = rpm->rpm->n_files;

	rpm->files = mf_arena_alloc(&run->out->arena, n * sizeof(*rpm->files) + 1);
	if (!rpm->files)
		return -ENOMEM;
	for (; rpm->n_files < n; rpm->n_files++) {
		struct mf_dd_file *file = &rpm->files[rpm->n_files];

		file->file = &rpm->rpm->files[rpm->n_files];
		file->fate = mf_dd_fate_of(file->file, run->input->anaconda);
		if (file->fate == MF_DD_SKIPPED || file->fate == MF_DD_COMPRESSED)
			continue;
		if (file->fate == MF_DD_MISPLACED && !run->input->anaconda->reads_compressed_ko &&
		    !mf_has_suffix(file->file->path, ".ko") && !below(file->file->path, "usr/lib/"))
			continue;
		file->destination = destination(run, file->file->path, file->fate);
		if (!file->destination)
			return -ENOMEM;
	}
	return 0;
}

int mf_dd_unpack(struct mf_dd_run *run)
{
	int r = 0;

	for (size_t i = 0; !r && i < run->out->n_rpms; i++) {
		if (run->out->rpms[i].is_taken)
			r = unpack(run, &run->out->rpms[i]);
	}
	return r;
}

/* save_repo() raises, and what comes behind it is not done for that disk. */
static bool is_stopped(const struct mf_dd_repos *repos, const struct mf_disk *disk)
{
	for (size_t i = 0; i < repos->n; i++) {
		if (repos->v[i].disk == disk && repos->v[i].is_stopped)
			return true;
	}
	return false;
}

/* extract_drivers() returns whether it took a package of modules or firmware: only then does
 * process_driver_disk() look for modules, those of all packages that were unpacked so far. (Of
 * images on a disk, whose order is open, it is taken as the last one that has such packages.) */
static bool has_new_drivers(const struct mf_dd_repos *repos)
{
	for (size_t i = 0; i < repos->n; i++) {
		if (repos->v[i].is_saved && !is_stopped(repos, repos->v[i].disk))
			return true;
	}
	return false;
}

/* grab_driver_files(): the file's name up to its first ".ko"; NULL: no memory. */
static const char *module_name(struct mf_arena *arena, const char *path)
{
	const char *base = mf_path_base(path);
	char *name = mf_arena_strndup(arena, base, (size_t)(strstr(base, ".ko") - base));

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

static bool is_stock(const struct mf_anaconda *anaconda, const char *name)
{
	return anaconda->stock && anaconda->stock->n &&
	       bsearch(&name, anaconda->stock->v, anaconda->stock->n, sizeof(name), compare_text);
}

static int add_module(struct mf_dd_run *run, const struct mf_dd_rpm *rpm,
		      const struct mf_dd_file *file)
{
	struct mf_anaconda_result *out = run->out;
	const char *name = module_name(&out->arena, file->file->path);

	if (!name ||
	    mf_arena_grow(&out->arena, &out->modules, out->n_modules, sizeof(*out->modules)))
		return -ENOMEM;
	out->modules[out->n_modules++] = (struct mf_dd_module){
		.name = name,
		.from = rpm,
		.file = file,
		.replaces_stock = is_stock(run->input->anaconda, name),
	};
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct mf_dd_module *const *left = a;
	const struct mf_dd_module *const *right = b;
	int order = strcmp((*left)->name, (*right)->name);

	return order ? order : (*left > *right) - (*left < *right);
}

/* Of files of one name (same destination or not) each names the next one as its rival. */
static int find_rivals(struct mf_anaconda_result *out)
{
	struct mf_dd_module **sorted = mf_arena_alloc(&out->arena,
						      (out->n_modules + 1) * sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < out->n_modules; i++)
		sorted[i] = &out->modules[i];
	qsort(sorted, out->n_modules, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < out->n_modules; i++) {
		if (strcmp(sorted[i]->name, sorted[i - 1]->name) != 0)
			continue;
		sorted[i]->rival = sorted[i - 1];
		if (!sorted[i - 1]->rival)
			sorted[i - 1]->rival = sorted[i];
	}
	return 0;
}

int mf_dd_load(struct mf_dd_run *run, const struct mf_dd_repos *repos)
{
	int r = 0;

	if (!has_new_drivers(repos))
		return 0;
	for (size_t i = 0; !r && i < run->out->n_rpms; i++) {
		const struct mf_dd_rpm *rpm = &run->out->rpms[i];

		for (size_t k = 0; !r && k < rpm->n_files; k++) {
			if (rpm->files[k].fate == MF_DD_LOADED)
				r = add_module(run, rpm, &rpm->files[k]);
		}
	}
	return r ? r : find_rivals(run->out);
}
