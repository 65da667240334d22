// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry inspect` of driver disks and RPMs for machines: JSON.
#include "lib/base/cleanup.h"
#include "lib/cli/inspect_disk.h"

static json_t *count_json(uint64_t number)
{
	return json_integer((json_int_t)number);
}

static const char *kind_name(char kind)
{
	switch (kind) {
	case 'f': return "file";
	case 'd': return "directory";
	case 'l': return "symlink";
	default: return "other";
	}
}

static json_t *files_json(const struct mf_disk *disk)
{
	json_t *files = json_array();

	for (size_t i = 0; i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];
		json_t *object = json_object();

		json_object_set_new(object, "path", mf_json_text(file->path));
		json_object_set_new(object, "type", json_string(kind_name(file->kind)));
		json_object_set_new(object, "size", count_json(file->size));
		if (file->link)
			json_object_set_new(object, "target", mf_json_text(file->link));
		json_array_append_new(files, object);
	}
	return files;
}

static json_t *repositories_json(const struct mf_inspect_disks *disks, size_t disk)
{
	json_t *repositories = json_array();

	for (size_t i = 0; i < disks->n_repositories; i++) {
		const struct mf_inspect_repository *item = &disks->repositories[i];
		json_t *object;

		if (item->disk != disk)
			continue;
		object = json_object();
		json_object_set_new(object, "path", mf_json_text(item->path));
		json_object_set_new(object, "arch", mf_json_text(item->arch));
		json_object_set_new(object, "packages", count_json(item->n_packages));
		json_object_set_new(object, "metadata", json_boolean(item->has_metadata));
		json_array_append_new(repositories, object);
	}
	return repositories;
}

/* Dependencies, each with the comparison as rpm's bits spell it. */
static json_t *deps_json(const struct mf_rpm_deps *deps)
{
	json_t *array = json_array();

	for (size_t i = 0; i < deps->n; i++) {
		const struct mf_rpm_dep *dep = &deps->v[i];
		char sense[4];
		size_t n = 0;

		if (dep->sense & MF_RPM_LESS)
			sense[n++] = '<';
		if (dep->sense & MF_RPM_GREATER)
			sense[n++] = '>';
		if (dep->sense & MF_RPM_EQUAL)
			sense[n++] = '=';
		sense[n] = '\0';
		json_array_append_new(array, json_pack("{s:o,s:s,s:o}", "name",
						       mf_json_text(dep->name), "sense", sense,
						       "version", mf_json_text(dep->version)));
	}
	return array;
}

/* path: as it is to be told */
static json_t *module_json(const struct mf_driver *driver, const char *path)
{
	static const char *const signatures[] = {
		[MF_SIGNATURE_NONE] = "none",
		[MF_SIGNATURE_PRESENT] = "present",
		[MF_SIGNATURE_MALFORMED] = "malformed",
	};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	const struct mf_module *module = &driver->module;
	json_t *object = json_object();

	json_object_set_new(object, "path", mf_json_text(path));
	json_object_set_new(object, "name", mf_json_text(module->name));
	json_object_set_new(object, "size", count_json(driver->file_size));
	json_object_set_new(object, "malformed", mf_json_text(driver->malformed));
	json_object_set_new(object, "kernel", mf_json_text(mf_module_kernel(module, &arena)));
	json_object_set_new(object, "arch", mf_json_text(module->arch));
	json_object_set_new(object, "version", mf_json_text(module->version));
	json_object_set_new(object, "signature", json_string(signatures[module->signature]));
	json_object_set_new(object, "signer", mf_json_text(module->signer));
	json_object_set_new(object, "compression",
			    json_string(mf_compression_name(driver->compression)));
	return object;
}

static json_t *modules_json(const struct mf_inspect_content *content)
{
	json_t *modules = json_array();

	for (size_t i = 0; i < content->n_drivers; i++)
		json_array_append_new(
			modules, module_json(&content->drivers[i], content->drivers[i].member));
	return modules;
}

/* Adds a file of a package that is firmware. */
static void add_firmware(json_t *array, const char *path, uint32_t mode, uint64_t size)
{
	if (mf_inspect_is_firmware(path, mode))
		json_array_append_new(array, json_pack("{s:o,s:o}", "path",
						       mf_json_text(path + (*path == '/')), "size",
						       count_json(size)));
}

static json_t *scripts_json(const struct mf_rpm *rpm)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rpm->n_scripts; i++)
		json_array_append_new(array, json_pack("{s:s,s:o}", "when", rpm->scripts[i].when,
						       "body", mf_json_text(rpm->scripts[i].body)));
	return array;
}

/* Keys that are there for readable packages only. */
static void add_header(json_t *object, const struct mf_inspect_rpm *item)
{
	const struct mf_rpm *rpm = item->rpm;
	json_t *firmware = json_array();

	for (size_t i = 0; i < rpm->n_files; i++)
		add_firmware(firmware, rpm->files[i].path, rpm->files[i].mode, rpm->files[i].size);
	json_object_set_new(object, "name", mf_json_text(rpm->name));
	json_object_set_new(object, "epoch", count_json(rpm->epoch));
	json_object_set_new(object, "version", mf_json_text(rpm->version));
	json_object_set_new(object, "release", mf_json_text(rpm->release));
	json_object_set_new(object, "arch", mf_json_text(rpm->arch));
	json_object_set_new(object, "summary", mf_json_text(rpm->summary));
	json_object_set_new(object, "compressor", mf_json_text(rpm->compressor));
	json_object_set_new(object, "key", mf_json_text(rpm->key_id));
	json_object_set_new(object, "provides", deps_json(&rpm->provides));
	json_object_set_new(object, "requires", deps_json(&rpm->requires));
	json_object_set_new(object, "conflicts", deps_json(&rpm->conflicts));
	json_object_set_new(object, "scriptlets", scripts_json(rpm));
	json_object_set_new(object, "error", mf_json_text(item->content.error));
	json_object_set_new(object, "modules", modules_json(&item->content));
	json_object_set_new(object, "firmware", firmware);
	json_object_set_new(object, "other", count_json(item->content.n_other));
}

static json_t *packages_json(const struct mf_inspect_disks *disks, size_t disk)
{
	json_t *packages = json_array();

	for (size_t i = 0; i < disks->n_rpms; i++) {
		const struct mf_inspect_rpm *item = &disks->rpms[i];
		json_t *object;

		if (item->disk != disk)
			continue;
		object = json_object();
		json_object_set_new(object, "path", mf_json_text(item->rpm->source));
		json_object_set_new(object, "size", count_json(item->rpm->size));
		json_object_set_new(object, "malformed", mf_json_text(item->rpm->malformed));
		if (!item->rpm->malformed)
			add_header(object, item);
		json_array_append_new(packages, object);
	}
	return packages;
}

/* Keys that are there for readable packages only. */
static void add_control(json_t *object, const struct mf_inspect_deb *item)
{
	const struct mf_deb *deb = item->deb;
	json_t *firmware = json_array();

	for (size_t i = 0; i < deb->n_files; i++)
		add_firmware(firmware, deb->files[i].path, deb->files[i].mode, deb->files[i].size);
	json_object_set_new(object, "package", mf_json_text(deb->package));
	json_object_set_new(object, "version", mf_json_text(deb->version));
	json_object_set_new(object, "arch", mf_json_text(deb->arch));
	json_object_set_new(object, "kernel_version", mf_json_text(deb->kernel_version));
	json_object_set_new(object, "modaliases", mf_json_text(deb->modaliases));
	json_object_set_new(object, "depends", mf_json_text(deb->depends));
	json_object_set_new(object, "provides", mf_json_text(deb->provides));
	json_object_set_new(object, "description", mf_json_text(deb->description));
	json_object_set_new(object, "control", mf_json_text(deb->control));
	json_object_set_new(object, "data", mf_json_text(deb->data));
	json_object_set_new(object, "error", mf_json_text(item->content.error));
	json_object_set_new(object, "modules", modules_json(&item->content));
	json_object_set_new(object, "firmware", firmware);
	json_object_set_new(object, "other", count_json(item->content.n_other));
}

static json_t *debs_json(const struct mf_inspect_disks *disks, size_t disk)
{
	json_t *debs = json_array();

	for (size_t i = 0; i < disks->n_debs; i++) {
		const struct mf_inspect_deb *item = &disks->debs[i];
		json_t *object;

		if (item->disk != disk)
			continue;
		object = json_object();
		json_object_set_new(object, "path", mf_json_text(item->deb->source));
		json_object_set_new(object, "size", count_json(item->deb->size));
		json_object_set_new(object, "malformed", mf_json_text(item->deb->malformed));
		if (!item->deb->malformed)
			add_control(object, item);
		json_array_append_new(debs, object);
	}
	return debs;
}

static json_t *updates_json(const struct mf_inspect_disks *disks, size_t disk)
{
	json_t *updates = json_array();

	for (size_t i = 0; i < disks->n_updates; i++) {
		const struct mf_inspect_update *item = &disks->updates[i];
		json_t *object;

		if (item->disk != disk)
			continue;
		object = json_object();
		json_object_set_new(object, "path", mf_json_text(item->path));
		json_object_set_new(object, "target", mf_json_text(item->target));
		json_object_set_new(object, "id", mf_json_text(item->id));
		json_object_set_new(object, "name", mf_json_text(item->name));
		json_object_set_new(object, "order", json_boolean(item->has_order));
		json_object_set_new(object, "packages", count_json(item->n_packages));
		json_object_set_new(object, "archive", json_boolean(item->has_archive));
		json_array_append_new(updates, object);
	}
	return updates;
}

/* Modules that lie on the disk; of those that it only asks for there is but the name. */
static json_t *plain_json(const struct mf_inspect_disks *disks, size_t disk)
{
	json_t *modules = json_array();

	for (size_t i = 0; i < disks->n_modules; i++) {
		const struct mf_inspect_module *item = &disks->modules[i];
		json_t *object;

		if (item->disk != disk)
			continue;
		if (item->file)
			object = module_json(item->file->driver, item->file->path);
		else
			object = json_pack("{s:n,s:o}", "path", "name", mf_json_text(item->name));
		json_object_set_new(object, "update", mf_json_text(item->update));
		json_object_set_new(object, "order",
				    item->place ? count_json(item->place) : json_null());
		json_array_append_new(modules, object);
	}
	return modules;
}

static json_t *disk_json(const struct mf_inspect_disks *disks, size_t i)
{
	const struct mf_inspect_disk *item = &disks->disks[i];
	json_t *object = json_object();

	json_object_set_new(object, "prefix", mf_json_text(item->prefix));
	json_object_set_new(object, "container", mf_json_text(item->disk->container));
	json_object_set_new(object, "label", mf_json_text(item->disk->label));
	json_object_set_new(object, "long_names", json_boolean(item->disk->has_long_names));
	json_object_set_new(object, "repositories", repositories_json(disks, i));
	json_object_set_new(object, "packages", packages_json(disks, i));
	json_object_set_new(object, "debs", debs_json(disks, i));
	json_object_set_new(object, "updates", updates_json(disks, i));
	json_object_set_new(object, "modules", plain_json(disks, i));
	json_object_set_new(object, "files", files_json(item->disk));
	return object;
}

static void add_warning(void *context, const char *text)
{
	json_array_append_new(context, mf_json_text(text));
}

int mf_inspect_disk_print_json(const struct mf_inspect_disks *disks, struct mf_err *err)
{
	json_t *document = json_object();
	json_t *array = json_array();
	json_t *warnings = json_array();
	int r;

	json_object_set_new(document, "modferry_inspect", json_integer(1));
	json_object_set_new(document, "file", mf_json_text(disks->file));
	json_object_set_new(document, "error", json_null());
	for (size_t i = 0; i < disks->n_disks; i++)
		json_array_append_new(array, disk_json(disks, i));
	json_object_set_new(document, "disks", array);
	mf_inspect_disk_warnings(disks, add_warning, warnings);
	json_object_set_new(document, "warnings", warnings);
	r = mf_print_json(document, err);
	json_decref(document);
	return r;
}
