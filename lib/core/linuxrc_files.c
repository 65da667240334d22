// SPDX-License-Identifier: GPL-2.0-or-later
// What lies in modules/ of a driver update, as linuxrc sees names: mod_basename() of module.c and
// the search for a module in util_do_driver_update().
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/disk_path.h"
#include "lib/core/linuxrc_parts.h"

const char *mf_linuxrc_extension(unsigned int place)
{
	/* mod_extensions of module.c, in its order */
	static const char *const extensions[] = {".ko.xz", ".ko.gz", ".ko.zst", ".ko"};

	return place < sizeof(extensions) / sizeof(extensions[0]) ? extensions[place] : NULL;
}

size_t mf_linuxrc_stem_length(const char *name, unsigned int *ret_place)
{
	const char *extension;

	for (*ret_place = 0; (extension = mf_linuxrc_extension(*ret_place)); ++*ret_place) {
		if (mf_has_suffix(name, extension))
			return strlen(name) - strlen(extension);
	}
	return 0;
}

char *mf_lr_fold(struct mf_arena *arena, const char *name)
{
	char *folded = mf_arena_strdup(arena, name);

	for (char *c = folded; c && *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	return folded;
}

static int compare_files(const void *a, const void *b)
{
	const struct mf_lr_file *left = a;
	const struct mf_lr_file *right = b;
	int order = strcmp(left->name, right->name);

	if (!order)
		order = strcmp(left->stem, right->stem);
	return order ? order : (left->rank > right->rank) - (left->rank < right->rank);
}

/* The regular file of an entry, wherever in modules/ its symlink leads: links are copied as they
 * are, so that one out of the folder leads nowhere then. NULL. */
static const struct mf_disk_file *file_of(const struct mf_lr_folder *folder,
					  const struct mf_disk_file *entry)
{
	if (entry->kind == 'l') {
		entry = mf_disk_resolve(folder->run->disk, entry->path);
		if (entry && !mf_disk_below(entry, folder->folder))
			return NULL;
	}
	return entry && entry->kind == 'f' ? entry : NULL;
}

static int add_file(struct mf_lr_folder *folder, const struct mf_disk_file *entry, const char *rest)
{
	struct mf_arena *arena = &folder->run->out->arena;
	struct mf_lr_file file = {.file = file_of(folder, entry)};
	size_t n = mf_linuxrc_stem_length(rest, &file.rank);

	if (!n || !file.file)
		return 0;
	file.stem = mf_arena_strndup(arena, rest, n);
	file.name = file.stem ? mf_lr_fold(arena, file.stem) : NULL;
	if (!file.name ||
	    mf_arena_grow(arena, &folder->files, folder->n_files, sizeof(*folder->files)))
		return -ENOMEM;
	folder->files[folder->n_files++] = file;
	return 0;
}

int mf_lr_open_folder(struct mf_lr_run *run, struct mf_linuxrc_update *update,
		      struct mf_lr_folder *out)
{
	const struct mf_disk *disk = run->disk;
	const char *path = mf_arena_printf(&run->out->arena, "%s/modules", update->path);
	int r = path ? 0 : -ENOMEM;

	*out = (struct mf_lr_folder){.run = run, .update = update};
	out->folder = path ? mf_disk_resolve(disk, path) : NULL;
	if (!out->folder || out->folder->kind != 'd') {
		out->folder = NULL;
		return r;
	}
	for (size_t i = mf_disk_first_below(disk, out->folder); !r && i < disk->n_files; i++) {
		const char *rest = mf_disk_below(&disk->files[i], out->folder);

		if (!rest || out->n_files == MF_LR_MAX_MODULES)
			break;
		if (!strchr(rest, '/'))
			r = add_file(out, &disk->files[i], rest);
	}
	if (!r && out->n_files)
		qsort(out->files, out->n_files, sizeof(*out->files), compare_files);
	return r;
}

/* First of that name, by whatever stem. */
struct mf_lr_file *mf_lr_find_name(const struct mf_lr_folder *folder, const char *name)
{
	size_t low = 0, high = folder->n_files;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(folder->files[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == folder->n_files || strcmp(folder->files[low].name, name) != 0)
		return NULL;
	return &folder->files[low];
}

/* linuxrc compares file names to the letter; the best extension comes first. */
struct mf_lr_file *mf_lr_find_stem(const struct mf_lr_folder *folder, const char *stem)
{
	const struct mf_lr_file key = {.stem = stem};
	size_t low = 0, high = folder->n_files;
	char name[256];
	size_t n = strlen(stem);

	/* longer than any file's name (NAME_MAX) */
	if (n >= sizeof(name))
		return NULL;
	for (size_t i = 0; i <= n; i++)
		name[i] = stem[i] == '-' ? '_' : stem[i];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct mf_lr_file *file = &folder->files[middle];
		int order = strcmp(file->name, name);

		if (!order)
			order = strcmp(file->stem, key.stem);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == folder->n_files || strcmp(folder->files[low].stem, stem) != 0)
		return NULL;
	return &folder->files[low];
}

struct mf_linuxrc_module *mf_lr_add_module(struct mf_lr_folder *folder, const char *name,
					   const struct mf_disk_file *file,
					   enum mf_linuxrc_fate fate)
{
	struct mf_linuxrc_update *update = folder->update;
	struct mf_arena *arena = &folder->run->out->arena;
	struct mf_linuxrc_module *module;

	if (folder->run->n_modules >= MF_LR_MAX_MODULES)
		return NULL;
	name = mf_lr_fold(arena, name);
	if (!name ||
	    mf_arena_grow(arena, &update->modules, update->n_modules, sizeof(*update->modules)))
		return NULL;
	folder->run->n_modules++;
	module = &update->modules[update->n_modules++];
	*module = (struct mf_linuxrc_module){.name = name, .file = file, .fate = fate};
	return module;
}
