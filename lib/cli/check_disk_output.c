// SPDX-License-Identifier: GPL-2.0-or-later
// What `check` of a driver disk prints of each installer and kernel.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk.h"

static int print_head(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	mf_buf_printf(&text, "installer: %s of %s, kernel ", run->installer->name,
		      run->target->name);
	mf_buf_add_visible(&text, judged->kernel->release, strlen(judged->kernel->release));
	mf_buf_adds(&text, " (");
	mf_buf_add_visible(&text, judged->arch, strlen(judged->arch));
	mf_buf_printf(&text, "), finds the disk %s\n\n",
		      judged->is_automatic ? "by itself" : run->installer->option);
	if (mf_buf_status(&text))
		return mf_fail(run->err, -ENOMEM, "out of memory");
	return mf_print(mf_buf_str(&text), text.len, run->err);
}

int mf_disk_print(const struct mf_disk_run *run)
{
	int r = 0;

	for (size_t i = 0; !r && i < run->n_judged; i++) {
		r = print_head(run, run->judged[i]);
		if (!r)
			r = run->installer->print(run, run->judged[i]);
		if (!r)
			r = mf_print("\n", 1, run->err);
	}
	return r;
}

static json_t *json_installer(const struct mf_disk_run *run, const struct mf_disk_judged *judged)
{
	json_t *object = json_object();

	json_object_set_new(object, "name", json_string(run->target->name));
	json_object_set_new(object, "installer", json_string(run->installer->name));
	json_object_set_new(object, "kernel", mf_json_text(judged->kernel->release));
	json_object_set_new(object, "arch", mf_json_text(judged->arch));
	json_object_set_new(object, "is_disk", json_boolean(judged->is_disk));
	json_object_set_new(object, "is_automatic", json_boolean(judged->is_automatic));
	run->installer->json(run, judged, object);
	return object;
}

json_t *mf_disk_json(const struct mf_disk_run *run)
{
	const struct mf_disk *disk = &run->source.disk;
	json_t *object = json_object();
	json_t *installers = json_array();

	json_object_set_new(object, "container", mf_json_text(disk->container));
	json_object_set_new(object, "label", mf_json_text(disk->label));
	for (size_t i = 0; i < run->n_judged; i++)
		json_array_append_new(installers, json_installer(run, run->judged[i]));
	json_object_set_new(object, "installers", installers);
	return object;
}
