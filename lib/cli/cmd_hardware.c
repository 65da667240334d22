// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry hardware`: this machine's modaliases, one a line, for `match --hardware` elsewhere.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/commands.h"
#include "lib/cli/output.h"
#include "lib/io/sysfs.h"

static const struct mf_option options[] = {
	{"sysfs", 0, "DIR", "read DIR instead of /sys"},
	{"json", 'j', NULL, "print JSON, with the sysfs paths of each device"},
	{0},
};

static int print_lines(const struct mf_devices *devices, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	for (size_t i = 0; i < devices->n; i++) {
		if (i && !strcmp(devices->v[i].modalias, devices->v[i - 1].modalias))
			continue;
		mf_buf_adds(&text, devices->v[i].modalias);
		mf_buf_addc(&text, '\n');
	}
	if (mf_buf_status(&text))
		return mf_fail(err, -ENOMEM, "out of memory");
	return mf_print(mf_buf_str(&text), text.len, err);
}

static int print_json(const struct mf_devices *devices, struct mf_err *err)
{
	json_t *list = json_array();
	json_t *document = json_pack("{s:i, s:o}", "modferry_hardware", 1, "devices", list);
	json_t *paths = NULL;
	int status;

	for (size_t i = 0; i < devices->n; i++) {
		const struct mf_device *device = &devices->v[i];

		if (!i || strcmp(device->modalias, devices->v[i - 1].modalias) != 0) {
			paths = json_array();
			json_array_append_new(list, json_pack("{s:o, s:o}", "modalias",
							      mf_json_text(device->modalias),
							      "paths", paths));
		}
		json_array_append_new(paths, mf_json_text(device->path));
	}
	status = mf_print_json(document, err);
	json_decref(document);
	return status;
}

static int run(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	const char *root = mf_given_value(arguments, "sysfs");
	struct mf_devices devices;
	int status;

	if (arguments->n_operands) {
		mf_fail(err, -EINVAL, "takes no operand, got '%s'; see modferry hardware --help",
			arguments->operands[0]);
		return MF_EXIT_USAGE;
	}
	status = mf_sysfs_scan(root ? root : MF_SYSFS, &arena, &devices, err);
	if (status)
		return status == -ENODATA ? MF_EXIT_NO : MF_EXIT_FAILED;
	status = mf_given(arguments, "json") ? print_json(&devices, err)
					     : print_lines(&devices, err);
	return status ? MF_EXIT_FAILED : MF_EXIT_OK;
}

const struct mf_command mf_command_hardware = {
	.name = "hardware",
	.summary = "print this machine's modaliases, one a line, for match --hardware",
	.operands = "",
	.options = options,
	.run = run,
};
