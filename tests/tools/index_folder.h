// SPDX-License-Identifier: GPL-2.0-or-later
// A real kernel's module folder merged with real driver files, for the oracle and the bench.
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/indexes.h"
#include "lib/core/order.h"
#include "lib/io/file.h"

#define FOLDER_FILES   9
#define FOLDER_DRIVERS 64

struct index_folder {
	struct mf_map maps[FOLDER_FILES];
	struct mf_indexes indexes;
	struct mf_index_driver drivers[FOLDER_DRIVERS];
	const char *files[FOLDER_DRIVERS]; /* where their modules are */
	size_t n;
	struct mf_arena arena;
	struct mf_indexes_merged merged;
};

static inline void folder_die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static inline void folder_read(struct index_folder *folder, const char *path)
{
	const struct {
		const char *name;
		struct mf_bytes *bytes;
	} files[FOLDER_FILES] = {
		{"modules.dep.bin", &folder->indexes.dep},
		{"modules.alias.bin", &folder->indexes.alias},
		{"modules.symbols.bin", &folder->indexes.symbols},
		{"modules.order", &folder->indexes.order},
		{"modules.softdep", &folder->indexes.softdep},
		{"modules.devname", &folder->indexes.devname},
		{"modules.dep", &folder->indexes.dep_text},
		{"modules.alias", &folder->indexes.alias_text},
		{"modules.symbols", &folder->indexes.symbols_text},
	};

	for (size_t i = 0; i < FOLDER_FILES; i++) {
		struct mf_err err = {0};
		char name[4096];

		if (mf_path_join(name, sizeof(name), path, files[i].name) ||
		    mf_map_file(AT_FDCWD, name, &folder->maps[i], &err))
			folder_die(path, err.text);
		*files[i].bytes = folder->maps[i].bytes;
	}
}

static inline struct mf_strings folder_exports(struct mf_arena *arena,
					       const struct mf_module *module)
{
	struct mf_strings names = {mf_arena_alloc(arena, module->exports.n * sizeof(char *)),
				   module->exports.n};

	for (size_t i = 0; i < names.n; i++)
		names.v[i] = module->exports.v[i].name;
	return names;
}

/* Drivers from module files, in dependency order, as an overlay links them into the folder. */
static inline void folder_add_drivers(struct index_folder *folder, char *const *files, size_t n)
{
	static struct mf_selected order[FOLDER_DRIVERS];
	static struct mf_driver drivers[FOLDER_DRIVERS];
	struct mf_err err = {0};

	if (n > FOLDER_DRIVERS)
		folder_die("drivers", "too many");
	for (size_t i = 0; i < n; i++) {
		struct mf_map map = {0};

		if (mf_map_file(AT_FDCWD, files[i], &map, &err) ||
		    mf_module_read(map.bytes, files[i], MF_MODULE_SYMBOLS, &folder->arena,
				   &drivers[i].module, &err))
			folder_die(files[i], err.text);
		mf_map_close(&map);
		drivers[i].path = files[i];
		order[i].driver = &drivers[i];
	}
	if (mf_order_drivers(order, n, &err))
		folder_die("drivers", err.text);
	for (size_t i = 0; i < n; i++) {
		const struct mf_module *module = &order[i].driver->module;

		folder->files[i] = order[i].driver->path;
		folder->drivers[i] = (struct mf_index_driver){
			.name = module->name,
			.path = mf_arena_printf(&folder->arena, "updates/modferry/%s",
						mf_path_base(folder->files[i])),
			.depends = module->depends,
			.aliases = module->aliases,
			.symbols = folder_exports(&folder->arena, module),
			.softdep_pre = module->softdep_pre,
			.softdep_post = module->softdep_post,
		};
	}
	folder->n = n;
}

static inline void folder_merge(struct index_folder *folder)
{
	struct mf_err err = {0};

	if (mf_indexes_merge(&folder->indexes, folder->drivers, folder->n, &folder->merged, &err))
		folder_die("merge", err.text);
}

/* Writes the merged files below a folder. */
static inline void folder_write(const struct index_folder *folder, const char *path)
{
	const struct mf_indexes_merged *merged = &folder->merged;
	const struct {
		const char *name;
		const struct mf_buf *bytes;
	} files[FOLDER_FILES] = {
		{"modules.dep.bin", &merged->dep},	    {"modules.alias.bin", &merged->alias},
		{"modules.symbols.bin", &merged->symbols},  {"modules.order", &merged->order},
		{"modules.softdep", &merged->softdep},	    {"modules.devname", &merged->devname},
		{"modules.dep", &merged->dep_text},	    {"modules.alias", &merged->alias_text},
		{"modules.symbols", &merged->symbols_text},
	};

	for (size_t i = 0; i < FOLDER_FILES; i++) {
		char name[4096];
		FILE *file;

		if (mf_path_join(name, sizeof(name), path, files[i].name))
			folder_die(path, "too long");
		file = fopen(name, "w");
		if (!file ||
		    fwrite(mf_buf_str(files[i].bytes), 1, files[i].bytes->len, file) !=
			    files[i].bytes->len ||
		    fclose(file) != 0)
			folder_die(name, "cannot be written");
	}
}

static inline void folder_free(struct index_folder *folder)
{
	mf_indexes_merged_free(&folder->merged);
	mf_arena_free(&folder->arena);
	for (size_t i = 0; i < FOLDER_FILES; i++)
		mf_map_close(&folder->maps[i]);
}
