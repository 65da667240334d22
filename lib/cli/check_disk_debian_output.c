// SPDX-License-Identifier: GPL-2.0-or-later
// What `check` of a driver disk before debian-installer prints of its packages.
#include "lib/base/cleanup.h"
#include "lib/cli/check_disk_rules.h"

int mf_debian_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	static const char *const headings[] = {"UNPACKED", "INSTALLED", "PACKAGE", "VERSION",
					       "FILE"};
	const struct mf_injection_result *result = &judged->injection.result;

	mf_table_row(&table, 5, headings);
	for (size_t i = 0; i < result->n_packages; i++) {
		const struct mf_injection_package *package = &result->packages[i];
		const struct mf_deb *deb = package->file->deb;
		const char *const cells[] = {package->fate == MF_INJECTION_UNPACKED ? "yes" : "no",
					     package->is_installed ? "yes" : "no",
					     deb ? deb->package : NULL, deb ? deb->version : NULL,
					     package->file->path};

		mf_table_row(&table, 5, cells);
	}
	return result->n_packages ? mf_table_print(&table, run->err) : 0;
}

static json_t *json_package(const struct mf_injection_package *package)
{
	static const struct mf_deb none;
	const struct mf_deb *deb = package->file->deb ? package->file->deb : &none;
	json_t *object = json_object();

	json_object_set_new(object, "file", mf_json_text(package->file->path));
	json_object_set_new(object, "name", mf_json_text(deb->package));
	json_object_set_new(object, "version", mf_json_text(deb->version));
	json_object_set_new(object, "arch", mf_json_text(deb->arch));
	json_object_set_new(object, "kernel_version", mf_json_text(deb->kernel_version));
	json_object_set_new(object, "taken", json_boolean(package->fate == MF_INJECTION_UNPACKED));
	json_object_set_new(object, "fate", json_string(mf_injection_fate_name(package->fate)));
	json_object_set_new(object, "why", mf_json_text(package->why));
	json_object_set_new(object, "installed",
			    mf_json_text(package->is_installed ? package->file->path : NULL));
	return object;
}

void mf_debian_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		    json_t *object)
{
	const struct mf_injection_result *result = &judged->injection.result;
	json_t *packages = json_array();

	(void)run;
	for (size_t i = 0; i < result->n_packages; i++)
		json_array_append_new(packages, json_package(&result->packages[i]));
	json_object_set_new(object, "packages", packages);
}
