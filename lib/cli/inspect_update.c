// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry inspect` of driver disks: driver updates of SUSE, and modules that lie there as files.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/inspect_disk.h"
#include "lib/core/disk_path.h"
#include "lib/core/linuxrc.h"

/* A driver update at work. */
struct gathering {
	struct mf_inspect_disks *disks;
	const struct mf_disk *disk;
	struct mf_arena *arena;
	struct mf_inspect_update update;
	bool *is_listed; /* of each file: a module.order has it */
};

static const struct mf_disk_file *find(const struct gathering *gathering, const char *name)
{
	const char *path = mf_arena_printf(gathering->arena, "%s/%s", gathering->update.path, name);

	return path ? mf_disk_find(gathering->disk, path) : NULL;
}

static int add_module(struct gathering *gathering, struct mf_inspect_module module)
{
	struct mf_inspect_disks *disks = gathering->disks;

	module.disk = disks->n_disks - 1;
	if (mf_arena_grow(gathering->arena, &disks->modules, disks->n_modules, sizeof(module)))
		return -ENOMEM;
	disks->modules[disks->n_modules++] = module;
	return 0;
}

/* The file in modules/ of that name, as linuxrc looks for it; NULL: the update has none. */
static const struct mf_disk_file *find_module(const struct gathering *gathering, const char *name)
{
	const char *extension;

	for (unsigned int i = 0; (extension = mf_linuxrc_extension(i)); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
		const struct mf_disk_file *file;

		mf_buf_printf(&path, "%s/modules/%s%s", gathering->update.path, name, extension);
		file = mf_disk_find(gathering->disk, mf_buf_str(&path));
		if (file && file->driver)
			return file;
	}
	return NULL;
}

static int add_ordered(struct gathering *gathering)
{
	const struct mf_disk_file *order = find(gathering, "modules/module.order");
	struct mf_linuxrc_line *lines = NULL;
	size_t n = 0;
	int r = order ? mf_linuxrc_read(order->text, gathering->arena, &lines, &n) : 0;

	gathering->update.has_order = order;
	for (size_t i = 0; !r && i < n; i++) {
		struct mf_inspect_module module = {.update = gathering->update.path,
						   .place = i + 1};
		const char *key = lines[i].key;
		unsigned int place;
		size_t length = mf_linuxrc_stem_length(key, &place);

		module.name = length ? mf_arena_strndup(gathering->arena, key, length) : key;
		if (!module.name)
			return -ENOMEM;
		module.file = find_module(gathering, module.name);
		if (module.file)
			gathering->is_listed[module.file - gathering->disk->files] = true;
		r = add_module(gathering, module);
	}
	return r;
}

/* Modules and packages in an update's folder, at any depth; those of no module.order are added. */
static int add_files(struct gathering *gathering, const struct mf_disk_file *folder)
{
	const struct mf_disk *disk = gathering->disk;
	int r = 0;

	for (size_t i = mf_disk_first_below(disk, folder);
	     !r && i < disk->n_files && mf_disk_below(&disk->files[i], folder); i++) {
		const struct mf_disk_file *file = &disk->files[i];

		gathering->update.n_packages += file->rpm != NULL;
		if (file->driver && !gathering->is_listed[i])
			r = add_module(gathering,
				       (struct mf_inspect_module){.update = gathering->update.path,
								  .name = file->driver->module.name,
								  .file = file});
	}
	return r;
}

static int read_config(struct gathering *gathering)
{
	const struct mf_disk_file *config = find(gathering, "dud.config");
	struct mf_inspect_update *update = &gathering->update;

	return config ? mf_linuxrc_identify(config->text, gathering->arena, &update->id,
					    &update->name)
		      : 0;
}

static int read_update(struct gathering *gathering, const struct mf_disk_file *folder)
{
	struct mf_inspect_update *update = &gathering->update;
	size_t first = gathering->disks->n_modules;
	int r = read_config(gathering);

	if (!r)
		r = add_ordered(gathering);
	if (!r)
		r = add_files(gathering, folder);
	for (size_t i = first; i < gathering->disks->n_modules; i++)
		update->n_modules += gathering->disks->modules[i].file != NULL;
	update->has_archive = find(gathering, "install/update.tar.gz") ||
			      find(gathering, "install/update.tgz");
	return r;
}

static int add_update(struct gathering *gathering, const struct mf_disk_file *folder)
{
	struct mf_inspect_disks *disks = gathering->disks;
	int r;

	gathering->update = (struct mf_inspect_update){
		.disk = disks->n_disks - 1, .path = folder->path, .target = folder->link};
	r = folder->link ? 0 : read_update(gathering, folder);
	if (r || mf_arena_grow(gathering->arena, &disks->updates, disks->n_updates,
			       sizeof(gathering->update)))
		return -ENOMEM;
	disks->updates[disks->n_updates++] = gathering->update;
	return 0;
}

/* Whether a file is a driver update's folder, or a symlink to one. */
static bool is_update(const struct mf_disk_file *file)
{
	size_t n = mf_disk_update_length(file->path);

	return n && !file->path[n] && memchr("dl", file->kind, 2);
}

/* Number in front of a driver update's path, without zeros; what has none comes first. */
static struct mf_bytes number_of(const char *path)
{
	size_t n = strspn(path, "0123456789");
	size_t zeros = strspn(path, "0");

	if (n && zeros == n) /* number 0 still is one */
		zeros = n - 1;
	return (struct mf_bytes){(const uint8_t *)path + zeros, n - zeros};
}

/* As linuxrc takes them: those without a number, then by number (linuxrc, util.c). */
static int compare_updates(const void *left, const void *right)
{
	const struct mf_disk_file *const *a = left;
	const struct mf_disk_file *const *b = right;
	struct mf_bytes numbers[2] = {number_of((*a)->path), number_of((*b)->path)};
	int order;

	if (numbers[0].n != numbers[1].n)
		return numbers[0].n < numbers[1].n ? -1 : 1;
	order = memcmp(numbers[0].p, numbers[1].p, numbers[0].n);
	return order ? order : strcmp((*a)->path, (*b)->path);
}

static int add_updates(struct gathering *gathering)
{
	const struct mf_disk *disk = gathering->disk;
	MF_CLEANUP(mf_free_ptr)
	const struct mf_disk_file **found = calloc(disk->n_files + 1, sizeof(const void *));
	size_t n = 0;
	int r = 0;

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < disk->n_files; i++) {
		if (is_update(&disk->files[i]))
			found[n++] = &disk->files[i];
	}
	qsort(found, n, sizeof(const void *), compare_updates);
	for (size_t i = 0; !r && i < n; i++)
		r = add_update(gathering, found[i]);
	return r;
}

int mf_inspect_add_updates(struct mf_inspect_disks *disks)
{
	struct gathering gathering = {.disks = disks,
				      .disk = disks->disks[disks->n_disks - 1].disk,
				      .arena = &disks->source.disk.arena};
	int r;

	gathering.is_listed = mf_arena_alloc(gathering.arena, gathering.disk->n_files + 1);
	r = gathering.is_listed ? add_updates(&gathering) : -ENOMEM;
	for (size_t i = 0; !r && i < gathering.disk->n_files; i++) {
		const struct mf_disk_file *file = &gathering.disk->files[i];

		if (file->driver && !mf_disk_update_length(file->path))
			r = add_module(&gathering,
				       (struct mf_inspect_module){.name = file->driver->module.name,
								  .file = file});
	}
	return r;
}
