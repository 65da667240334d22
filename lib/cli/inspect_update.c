// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry inspect` of driver disks: driver updates of SUSE, and modules that lie there as files.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/inspect_disk.h"

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

/* Whether a path lies in a folder, directly or deeper. */
static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && path[n] == '/';
}

/* What linuxrc takes a module's name by, and from a module's file (linuxrc, module.c). */
static const char *const extensions[] = {".ko", ".ko.xz", ".ko.gz", ".ko.zst"};

#define N_EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

/* The file in modules/ of that name; NULL: the driver update has none. */
static const struct mf_disk_file *find_module(const struct gathering *gathering, const char *name)
{
	for (size_t i = 0; i < N_EXTENSIONS; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
		const struct mf_disk_file *file;

		mf_buf_printf(&path, "%s/modules/%s%s", gathering->update.path, name,
			      extensions[i]);
		file = mf_disk_find(gathering->disk, mf_buf_str(&path));
		if (file && file->driver)
			return file;
	}
	return NULL;
}

/* The name in a line of module.order: its first word, without the extension. */
static char *read_name(struct gathering *gathering, struct mf_bytes line)
{
	size_t start = 0, n = 0;
	char *name;

	while (start < line.n && strchr(" \t", line.p[start]))
		start++;
	while (start + n < line.n && line.p[start + n] && !strchr(" \t", line.p[start + n]))
		n++;
	name = mf_arena_strndup(gathering->arena, n ? (const char *)line.p + start : "", n);
	for (size_t i = 0; name && i < N_EXTENSIONS; i++) {
		if (mf_has_suffix(name, extensions[i]))
			name[strlen(name) - strlen(extensions[i])] = '\0';
	}
	return name;
}

static int add_ordered(struct gathering *gathering)
{
	const struct mf_disk_file *order = find(gathering, "modules/module.order");
	struct mf_bytes rest = order ? order->text : (struct mf_bytes){0};
	struct mf_bytes line;
	size_t place = 0;
	int r = 0;

	gathering->update.has_order = order;
	while (!r && mf_text_next_line(&rest, &line)) {
		struct mf_inspect_module module = {.update = gathering->update.path};

		module.name = read_name(gathering, line);
		if (!module.name)
			return -ENOMEM;
		if (!*module.name)
			continue;
		module.place = ++place;
		module.file = find_module(gathering, module.name);
		if (module.file)
			gathering->is_listed[module.file - gathering->disk->files] = true;
		r = add_module(gathering, module);
	}
	return r;
}

/* Modules of the update that module.order does not have. */
static int add_unlisted(struct gathering *gathering)
{
	const struct mf_disk *disk = gathering->disk;
	int r = 0;

	for (size_t i = 0; !r && i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];

		if (file->driver && !gathering->is_listed[i] &&
		    is_below(file->path, gathering->update.path))
			r = add_module(gathering,
				       (struct mf_inspect_module){.update = gathering->update.path,
								  .name = file->driver->module.name,
								  .file = file});
	}
	return r;
}

static int read_value(struct gathering *gathering, const char *key, const char **out)
{
	const struct mf_disk_file *config = find(gathering, "dud.config");
	struct mf_bytes value = config ? mf_disk_config_value(config->text, key)
				       : (struct mf_bytes){0};

	*out = value.p ? mf_arena_strndup(gathering->arena, (const char *)value.p, value.n) : NULL;
	return value.p && !*out ? -ENOMEM : 0;
}

static void count(struct gathering *gathering, size_t first)
{
	struct mf_inspect_update *update = &gathering->update;

	for (size_t i = first; i < gathering->disks->n_modules; i++)
		update->n_modules += gathering->disks->modules[i].file != NULL;
	for (size_t i = 0; i < gathering->disk->n_files; i++) {
		const struct mf_disk_file *file = &gathering->disk->files[i];

		update->n_packages += file->rpm && is_below(file->path, update->path);
	}
	update->has_archive = find(gathering, "install/update.tar.gz") ||
			      find(gathering, "install/update.tgz");
}

static int add_update(struct gathering *gathering)
{
	struct mf_inspect_disks *disks = gathering->disks;
	size_t first = disks->n_modules;
	int r = 0;

	if (!gathering->update.target) {
		r = read_value(gathering, "UpdateID", &gathering->update.id);
		if (!r)
			r = read_value(gathering, "UpdateName", &gathering->update.name);
		if (!r)
			r = add_ordered(gathering);
		if (!r)
			r = add_unlisted(gathering);
		count(gathering, first);
	}
	if (r || mf_arena_grow(gathering->arena, &disks->updates, disks->n_updates,
			       sizeof(gathering->update)))
		return -ENOMEM;
	disks->updates[disks->n_updates++] = gathering->update;
	return 0;
}

int mf_inspect_add_updates(struct mf_inspect_disks *disks)
{
	size_t last = disks->n_disks - 1;
	struct gathering gathering = {.disks = disks,
				      .disk = disks->disks[last].disk,
				      .arena = &disks->source.disk.arena};
	int r = 0;

	gathering.is_listed = mf_arena_alloc(gathering.arena, gathering.disk->n_files + 1);
	if (!gathering.is_listed)
		return -ENOMEM;
	for (size_t i = 0; !r && i < gathering.disk->n_files; i++) {
		const struct mf_disk_file *file = &gathering.disk->files[i];
		size_t n = mf_disk_update_length(file->path);

		if (!n || file->path[n] || !memchr("dl", file->kind, 2))
			continue;
		gathering.update = (struct mf_inspect_update){
			.disk = last, .path = file->path, .target = file->link};
		r = add_update(&gathering);
	}
	for (size_t i = 0; !r && i < gathering.disk->n_files; i++) {
		const struct mf_disk_file *file = &gathering.disk->files[i];

		if (file->driver && !mf_disk_update_length(file->path))
			r = add_module(&gathering,
				       (struct mf_inspect_module){.name = file->driver->module.name,
								  .file = file});
	}
	return r;
}
