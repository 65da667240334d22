// SPDX-License-Identifier: GPL-2.0-or-later
// What `check` of a driver disk before anaconda prints of its packages.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk_rules.h"

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

int mf_anaconda_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	static const char *const headings[] = {"TAKEN", "INSTALLED", "PACKAGE", "VERSION", "FILE"};
	const struct mf_anaconda_result *result = &judged->anaconda.result;

	mf_table_row(&table, 5, headings);
	for (size_t i = 0; i < result->n_rpms; i++)
		add_row(run, &table, &result->rpms[i]);
	return result->n_rpms ? mf_table_print(&table, run->err) : 0;
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

void mf_anaconda_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		      json_t *object)
{
	const struct mf_anaconda_result *result = &judged->anaconda.result;
	json_t *packages = json_array();

	(void)run;
	for (size_t i = 0; i < result->n_rpms; i++)
		json_array_append_new(packages, json_package(&result->rpms[i]));
	json_object_set_new(object, "packages", packages);
}
