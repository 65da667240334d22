// SPDX-License-Identifier: GPL-2.0-or-later
// Artifacts read back: the drivers of an overlay, of a folder of modules, of one module.
#include "lib/io/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/manifest.h"
#include "lib/core/modname.h"
#include "lib/core/order.h"
#include "lib/core/target.h"
#include "lib/io/artifact_dkms.h"
#include "lib/io/artifact_files.h"
#include "lib/io/scanner.h"

#define SETS  "modferry/d/"
#define KINDS "an overlay, a folder of modules, a module, or what DKMS built"

/* A driver on its way into the set. */
struct found {
	const char *package, *version; /* NULL: of none */
	const char *kernel;	       /* NULL: what its vermagic says */
	const struct mf_artifact_file *file;
	const struct mf_manifest_module *record; /* NULL: no manifest lists it */
};

struct reading {
	struct mf_artifact *artifact;
	struct mf_artifact_files files;
	const char *path;
	struct mf_err *err;
};

/* "…lib/modules/KERNEL/…": the kernel, in the arena; NULL for other paths. */
static const char *kernel_of(struct mf_arena *arena, const char *path)
{
	static const char modules[] = "lib/modules/";
	const char *at = strstr(path, modules);
	size_t n;

	if (!at || (at != path && at[-1] != '/'))
		return NULL;
	at += sizeof(modules) - 1;
	n = strcspn(at, "/");
	return n && at[n] ? mf_arena_strndup(arena, at, n) : NULL;
}

/* Uncompresses and reads a module; what is none keeps its name and the reason. */
static int read_driver(struct mf_arena *arena, const struct mf_artifact_file *file,
		       struct mf_driver *out)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	char name[MF_MODNAME_MAX];
	struct mf_err err = {0};
	char *copy;
	int r = file->content.n ? 0 : mf_fail(&err, -EBADMSG, "it is empty");

	*out = (struct mf_driver){.path = file->path, .file_size = file->content.n};
	if (!r)
		r = mf_scan_unpack(file->content, &out->compression, &content, &err);
	/* stream flags behind the magic (the .xz file format, 2.1.1.2): 1 CRC32, 4 CRC64 */
	out->has_xz_crc64 = out->compression == MF_COMPRESSION_XZ && file->content.n > 7 &&
			    file->content.p[7] == 4;
	copy = mf_arena_strndup(arena, mf_buf_str(&content), content.len);
	if (r == -ENOMEM || !copy)
		return -ENOMEM;
	out->content = (struct mf_bytes){(const uint8_t *)copy, content.len};
	if (!r)
		r = mf_module_read(out->content, file->path, MF_MODULE_SYMBOLS, arena, &out->module,
				   &err);
	if (!r || r == -ENOMEM)
		return r;
	if (mf_modname_from_path(file->path, name))
		memcpy(name, "?", 2);
	out->module = (struct mf_module){.name = mf_arena_strdup(arena, name), .arch = "unknown"};
	out->malformed = mf_arena_strdup(arena, err.text);
	return out->malformed && out->module.name ? 0 : -ENOMEM;
}

/* Names of the firmware that the artifact brings for a module. */
static int note_firmware(struct mf_arena *arena, const struct mf_manifest_module *record,
			 struct mf_driver *driver)
{
	if (!record || !record->n_firmware)
		return 0;
	driver->firmware = mf_arena_alloc(arena, record->n_firmware * sizeof(*driver->firmware));
	if (!driver->firmware)
		return -ENOMEM;
	for (size_t i = 0; i < record->n_firmware; i++) {
		const char *name = mf_arena_strdup(arena, record->firmware[i].path);

		if (!name)
			return -ENOMEM;
		driver->firmware[driver->n_firmware++].name = name;
	}
	return 0;
}

static int add(struct reading *reading, const struct found *found)
{
	struct mf_drvset *set = &reading->artifact->set;
	struct mf_driver driver, *place;
	struct mf_package *package;
	struct mf_build *build;
	const char *kernel = found->kernel;
	int r = read_driver(&set->arena, found->file, &driver);

	if (!r)
		r = note_firmware(&set->arena, found->record, &driver);
	if (r)
		return r;
	driver.member = found->file->path;
	if (!kernel)
		kernel = mf_module_kernel(&driver.module, &set->arena);
	package = mf_drvset_package(set, found->package, found->version, reading->path);
	build = package ? mf_drvset_build(set, package, kernel, driver.module.arch) : NULL;
	place = build ? mf_drvset_driver(set, build) : NULL;
	if (!place)
		return -ENOMEM;
	*place = driver;
	return 0;
}

/* The modules that a manifest lists. */
static int add_listed(struct reading *reading, const struct mf_artifact_file *file)
{
	MF_CLEANUP(mf_manifest_free) struct mf_manifest manifest = {0};
	struct mf_arena *arena = &reading->artifact->set.arena;
	size_t folder = strlen(file->path) - strlen("manifest");
	int r = mf_manifest_parse(file->content, &manifest, reading->err);

	if (r)
		return mf_wrap(reading->err, r, "%s", file->path);
	for (size_t i = 0; !r && i < manifest.n_modules; i++) {
		const struct mf_manifest_module *record = &manifest.modules[i];
		const char *path = mf_arena_printf(arena, "%.*s%s", (int)folder, file->path,
						   record->file);
		struct found found = {record->package, record->package_version, record->kernel,
				      path ? mf_artifact_file(&reading->files, path) : NULL,
				      record};

		if (!path)
			r = -ENOMEM;
		else if (!found.file)
			r = mf_fail(reading->err, -EBADMSG,
				    "%s lists %s, which is not there; make the overlay anew",
				    file->path, path);
		else
			r = add(reading, &found);
	}
	return r;
}

/* Indexes of one kernel's module folder. */
static int note_index(struct reading *reading, const struct mf_artifact_file *file)
{
	struct mf_artifact *artifact = reading->artifact;
	const char *kernel = kernel_of(&artifact->set.arena, file->path);
	const char *name = mf_path_base(file->path);
	struct mf_indexes *indexes = NULL;

	if (!kernel)
		return 0;
	for (size_t i = 0; i < artifact->n_indexes; i++) {
		if (strcmp(artifact->indexes[i].kernel, kernel) == 0)
			indexes = &artifact->indexes[i].indexes;
	}
	if (!indexes) {
		if (mf_arena_grow(&artifact->set.arena, &artifact->indexes, artifact->n_indexes,
				  sizeof(*artifact->indexes)))
			return -ENOMEM;
		artifact->indexes[artifact->n_indexes] = (struct mf_artifact_indexes){
			.kernel = kernel};
		indexes = &artifact->indexes[artifact->n_indexes++].indexes;
	}
	if (strcmp(name, "modules.dep.bin") == 0)
		indexes->dep = file->content;
	else if (strcmp(name, "modules.alias.bin") == 0)
		indexes->alias = file->content;
	return 0;
}

/* What each file is; with a manifest, its modules and no others. */
static int sort_files(struct reading *reading)
{
	struct mf_artifact *artifact = reading->artifact;
	bool has_manifest = false;
	int r = 0;

	for (size_t i = 0; !r && i < reading->files.n; i++) {
		const struct mf_artifact_file *file = &reading->files.v[i];
		const char *name = mf_path_base(file->path);
		enum mf_hook hook;

		if (strcmp(file->path, "modferry/load") == 0) {
			artifact->has_loader = true;
		} else if (mf_hook_of_file(file->path, &hook)) {
			artifact->hooks |= 1U << hook;
		} else if (mf_has_prefix(file->path, SETS) && strcmp(name, "manifest") == 0) {
			has_manifest = true;
			r = add_listed(reading, file);
		} else if (mf_has_prefix(name, "modules.")) {
			r = note_index(reading, file);
		}
	}
	artifact->is_archive = artifact->is_archive || has_manifest || artifact->n_indexes;
	for (size_t i = 0; !r && !has_manifest && i < reading->files.n; i++) {
		struct found found = {.file = &reading->files.v[i]};

		if (!mf_scan_is_module(mf_path_base(found.file->path)))
			continue;
		found.kernel = kernel_of(&artifact->set.arena, found.file->path);
		r = add(reading, &found);
	}
	return r;
}

/* A module file is its only content. */
static int keep_module(struct reading *reading)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_artifact_file file = {.path = reading->path};
	char *copy;
	int r = mf_map_file(AT_FDCWD, reading->path, &map, reading->err);

	if (r)
		return r;
	copy = mf_arena_strndup(reading->files.arena, (const char *)map.bytes.p, map.bytes.n);
	if (!copy || mf_arena_grow(reading->files.arena, &reading->files.v, 0, sizeof(file)))
		return -ENOMEM;
	file.content = (struct mf_bytes){(const uint8_t *)copy, map.bytes.n};
	reading->files.v[reading->files.n++] = file;
	return 0;
}

static int collect(struct reading *reading)
{
	struct mf_artifact *artifact = reading->artifact;
	struct stat st;
	int r;

	if (stat(reading->path, &st))
		return mf_fail(reading->err, -errno, "%s: %s; expected " KINDS, reading->path,
			       strerror(errno));
	if (!S_ISDIR(st.st_mode) && mf_scan_is_module(mf_path_base(reading->path)))
		return keep_module(reading);
	if (S_ISDIR(st.st_mode)) {
		r = mf_artifact_files_of_folder(reading->path, &reading->files, reading->err);
	} else {
		r = mf_map_file(AT_FDCWD, reading->path, &artifact->map, reading->err);
		if (r)
			return r;
		artifact->is_archive = true;
		r = mf_artifact_files_of_image(artifact->map.bytes, &reading->files, reading->err);
		artifact->unpacked = reading->files.unpacked;
	}
	return r ? mf_wrap(reading->err, r, "%s", reading->path) : 0;
}

static int read_files(struct reading *reading)
{
	int r = collect(reading);

	if (r)
		return r;
	r = sort_files(reading);
	return r ? mf_wrap(reading->err, r, "%s", reading->path) : 0;
}

int mf_artifact_read(const char *path, struct mf_artifact *out, struct mf_err *err)
{
	MF_CLEANUP(mf_artifact_free) struct mf_artifact artifact = {0};
	struct reading reading = {.artifact = &artifact, .path = path, .err = err};
	int r;

	reading.files.arena = &artifact.set.arena;
	r = mf_artifact_read_dkms(path, &artifact.set, &artifact.is_dkms, err);
	if (!r && !artifact.is_dkms)
		r = read_files(&reading);
	if (r)
		return r;
	if (!artifact.set.n_packages)
		return mf_fail(err, -ENODATA, "%s: no kernel module in it, expected " KINDS, path);
	mf_drvset_sort(&artifact.set);
	*out = mf_steal(&artifact);
	return 0;
}

static bool is_for(const struct mf_artifact *artifact, const struct mf_build *build,
		   const char *kernel)
{
	return (!artifact->is_archive && !artifact->is_dkms) ||
	       (build->kernel && strcmp(build->kernel, kernel) == 0);
}

int mf_artifact_select(struct mf_artifact *artifact, const char *kernel,
		       struct mf_selected_list *out, struct mf_err *err)
{
	struct mf_drvset *set = &artifact->set;

	*out = (struct mf_selected_list){0};
	for (size_t i = 0; i < set->n_packages; i++) {
		const struct mf_package *package = &set->packages[i];

		for (size_t k = 0; k < package->n_builds; k++) {
			const struct mf_build *build = &package->builds[k];

			for (size_t m = 0; is_for(artifact, build, kernel) && m < build->n_drivers;
			     m++) {
				if (mf_arena_grow(&set->arena, &out->v, out->n, sizeof(*out->v)))
					return -ENOMEM;
				out->v[out->n++] = (struct mf_selected){package, build,
									&build->drivers[m]};
			}
		}
	}
	return mf_order_drivers(out->v, out->n, err);
}

struct mf_delivery mf_artifact_delivery(const struct mf_artifact *artifact, const char *kernel)
{
	struct mf_delivery delivery = {.has_loader = artifact->has_loader,
				       .is_loose = !artifact->is_archive};

	for (size_t i = 0; i < artifact->n_indexes; i++) {
		if (strcmp(artifact->indexes[i].kernel, kernel) == 0)
			delivery.indexes = artifact->indexes[i].indexes;
	}
	return delivery;
}

void mf_artifact_free(struct mf_artifact *artifact)
{
	mf_map_close(&artifact->map);
	mf_drvset_free(&artifact->set);
	*artifact = (struct mf_artifact){0};
}
