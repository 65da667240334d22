// SPDX-License-Identifier: GPL-2.0-or-later
// What `check` of a driver disk prints of its packages.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk.h"
#include "lib/cli/output.h"

static bool hangs_on_kernel(const struct mf_rpm *rpm)
{
	for (size_t i = 0; i < rpm->requires.n; i++) {
		if (mf_dd_is_judged(rpm->requires.v[i].name))
			return true;
	}
	return false;
}

/* Whether the installed system gets it: "another" package of its name may be newer, and without
 * the kernel's packages it is not known what dnf will say. */
static const char *show_installed(const struct mf_disk_run *run, const struct mf_dd_rpm *rpm)
{
	if (!rpm->is_required || !rpm->installed || rpm->n_missing)
		return "no";
	if (rpm->installed != rpm->rpm)
		return "another";
	return run->packages.n || !hangs_on_kernel(rpm->rpm) ? "yes" : "unknown";
}

static int print_head(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	mf_buf_printf(&text, "installer: anaconda of %s, kernel ", run->target->name);
	mf_buf_add_visible(&text, judged->kernel->release, strlen(judged->kernel->release));
	mf_buf_adds(&text, " (");
	mf_buf_add_visible(&text, judged->anaconda.arch, strlen(judged->anaconda.arch));
	mf_buf_printf(&text, "), finds the disk %s\n\n",
		      judged->result.is_automatic ? "by itself" : "only by inst.dd=");
	if (mf_buf_status(&text))
		return mf_fail(run->err, -ENOMEM, "out of memory");
	return mf_print(mf_buf_str(&text), text.len, run->err);
}

static void add_row(const struct mf_disk_run *run, struct mf_table *table,
		    const struct mf_dd_rpm *entry)
{
	const struct mf_rpm *rpm = entry->rpm;
	MF_CLEANUP(mf_buf_free) struct mf_buf version = {0};

	if (rpm->version)
		mf_buf_printf(&version, "%s-%s", rpm->version, rpm->release);
	const char *const cells[] = {entry->is_taken ? "yes" : "no", show_installed(run, entry),
				     rpm->name, mf_buf_str(&version), rpm->source};

	mf_table_row(table, 5, cells);
}

static int print_packages(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	static const char *const headings[] = {"TAKEN", "INSTALLED", "PACKAGE", "VERSION", "FILE"};
	int r = print_head(run, judged);

	mf_table_row(&table, 5, headings);
	for (size_t i = 0; i < judged->result.n_rpms; i++)
		add_row(run, &table, &judged->result.rpms[i]);
	if (!r && judged->result.n_rpms)
		r = mf_table_print(&table, run->err);
	return r ? r : mf_print("\n", 1, run->err);
}

int mf_disk_print(const struct mf_disk_run *run)
{
	int r = 0;

	for (size_t i = 0; !r && i < run->n_judged; i++)
		r = print_packages(run, &run->judged[i]);
	return r;
}

static json_t *json_flags(unsigned int flags)
{
	static const struct {
		unsigned int bit;
		const char *word;
	} words[] = {{MF_DD_MODULES, "modules"},
		     {MF_DD_FIRMWARES, "firmwares"},
		     {MF_DD_BINARIES, "binaries"},
		     {MF_DD_LIBRARIES, "libraries"}};
	json_t *array = json_array();

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (flags & words[i].bit)
			json_array_append_new(array, json_string(words[i].word));
	}
	return array;
}

static json_t *json_files(const struct mf_dd_rpm *rpm)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rpm->n_files; i++) {
		json_t *file = json_object();

		json_object_set_new(file, "path", mf_json_text(rpm->files[i].file->path));
		json_object_set_new(file, "fate", json_string(mf_dd_fate_name(rpm->files[i].fate)));
		json_object_set_new(file, "destination", mf_json_text(rpm->files[i].destination));
		json_array_append_new(array, file);
	}
	return array;
}

static json_t *json_missing(const struct mf_dd_rpm *rpm)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rpm->n_missing; i++) {
		const struct mf_dd_missing *missing = &rpm->missing[i];
		json_t *object = json_object();

		json_object_set_new(object, "name", mf_json_text(missing->dep->name));
		json_object_set_new(object, "version", mf_json_text(missing->dep->version));
		json_object_set_new(object, "offered",
				    mf_json_text(missing->offer ? missing->offer->version : NULL));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *json_package(const struct mf_dd_rpm *rpm)
{
	json_t *object = json_object();

	json_object_set_new(object, "file", mf_json_text(rpm->rpm->source));
	json_object_set_new(object, "name", mf_json_text(rpm->rpm->name));
	json_object_set_new(object, "version", mf_json_text(rpm->rpm->version));
	json_object_set_new(object, "release", mf_json_text(rpm->rpm->release));
	json_object_set_new(object, "taken", json_boolean(rpm->is_taken));
	json_object_set_new(object, "why", mf_json_text(rpm->why));
	json_object_set_new(object, "flags", json_flags(rpm->flags));
	json_object_set_new(object, "required", json_boolean(rpm->is_required));
	json_object_set_new(object, "installed",
			    mf_json_text(rpm->installed ? rpm->installed->source : NULL));
	json_object_set_new(object, "missing", json_missing(rpm));
	json_object_set_new(object, "files", json_files(rpm));
	return object;
}

json_t *mf_disk_json(const struct mf_disk_run *run)
{
	const struct mf_disk *disk = &run->source.disk;
	json_t *object = json_object();
	json_t *installers = json_array();

	json_object_set_new(object, "container", mf_json_text(disk->container));
	json_object_set_new(object, "label", mf_json_text(disk->label));
	for (size_t i = 0; i < run->n_judged; i++) {
		const struct mf_disk_judged *judged = &run->judged[i];
		json_t *installer = json_object();
		json_t *packages = json_array();

		json_object_set_new(installer, "name", json_string(run->target->name));
		json_object_set_new(installer, "kernel", mf_json_text(judged->kernel->release));
		json_object_set_new(installer, "arch", mf_json_text(judged->anaconda.arch));
		json_object_set_new(installer, "is_disk", json_boolean(judged->result.is_disk));
		json_object_set_new(installer, "is_automatic",
				    json_boolean(judged->result.is_automatic));
		for (size_t k = 0; k < judged->result.n_rpms; k++)
			json_array_append_new(packages, json_package(&judged->result.rpms[k]));
		json_object_set_new(installer, "packages", packages);
		json_array_append_new(installers, installer);
	}
	json_object_set_new(object, "installers", installers);
	return object;
}
