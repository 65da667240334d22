// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry report`: what the loader did, for people.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/commands.h"
#include "lib/cli/output.h"
#include "lib/core/report.h"
#include "lib/io/file.h"

/* Largest report or log that is read, in bytes. */
#define MAX_FILE ((size_t)64 << 20)

/* Room for "4294967295.999" and a NUL. */
#define NUMBER_SIZE 24

static const struct mf_option options[] = {
	{"dmesg", 'd', NULL, "FILE is a kernel log: rebuild the report from its records"},
	{"json", 'j', NULL, "print JSON"},
	{0},
};

static void free_json(json_t **json)
{
	json_decref(*json);
	*json = NULL;
}

/* Text of a member; NULL when it is absent or no text. */
static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Whether a member is an array of objects. */
static bool has_objects(const json_t *report, const char *key)
{
	const json_t *array = json_object_get(report, key);
	const json_t *value;
	size_t i;

	if (!json_is_array(array))
		return false;
	json_array_foreach(array, i, value)
	{
		if (!json_is_object(value))
			return false;
	}
	return true;
}

static int check(const json_t *report, const char *file, struct mf_err *err)
{
	const json_t *version = json_object_get(report, "modferry_report");

	if (!json_is_integer(version))
		return mf_fail(err, -EBADMSG,
			       "%s: no modferry report; expected the loader's report.json, or a "
			       "kernel log with --dmesg",
			       file);
	if (json_integer_value(version) != 1)
		return mf_fail(err, -EPROTONOSUPPORT,
			       "%s: version %" JSON_INTEGER_FORMAT
			       " of the report, this program reads version 1",
			       file, json_integer_value(version));
	if (!has_objects(report, "drivers") || !has_objects(report, "devices"))
		return mf_fail(err, -EBADMSG, "%s: lacks the list of drivers or devices", file);
	return 0;
}

/* Reads and checks the report. 0 or -errno. */
static int load(const char *file, bool is_log, json_t **out, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf joined = {0};
	MF_CLEANUP(free_json) json_t *report = NULL;
	json_error_t where;
	int r = mf_read_file(file, MAX_FILE, &text, err);

	if (!r && !text.len)
		r = mf_fail(err, -EBADMSG, "%s: is empty", file);
	if (r)
		return mf_expect(err, r, "the loader's report.json, or a kernel log with --dmesg");
	if (is_log) {
		r = mf_report_join_records(mf_buf_bytes(&text), &joined, err);
		if (r)
			return mf_wrap(err, r, "%s", file);
	}
	report = is_log ? json_loadb((char *)joined.data, joined.len, 0, &where)
			: json_loadb(mf_buf_str(&text), text.len, 0, &where);
	if (!report)
		return mf_fail(err, -EBADMSG, "%s: line %d: not JSON: %s%s", file, where.line,
			       where.text, is_log ? "" : "; a kernel log needs --dmesg");
	r = check(report, file, err);
	if (!r)
		*out = mf_steal(&report);
	return r;
}

/* Device paths without what all of them have in front, joined by ", ". */
static void add_devices(struct mf_buf *out, const json_t *devices)
{
	const json_t *value;
	size_t i;

	json_array_foreach(devices, i, value)
	{
		const char *path = json_string_value(value);

		if (!path)
			continue;
		if (out->len)
			mf_buf_adds(out, ", ");
		mf_buf_adds(out,
			    mf_has_prefix(path, "/devices/") ? path + strlen("/devices/") : path);
	}
}

static int print_drivers(const json_t *drivers, struct mf_err *err)
{
	static const char *const heading[] = {"DRIVER", "LAYER", "PACKAGE", "VERSION",
					      "RESULT", "MS",	 "DEVICES"};
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	const json_t *driver;
	size_t i;

	mf_table_row(&table, 7, heading);
	json_array_foreach(drivers, i, driver)
	{
		MF_CLEANUP(mf_buf_free) struct mf_buf devices = {0};
		json_int_t us = number_of(driver, "us");
		char ms[NUMBER_SIZE] = "";

		add_devices(&devices, json_object_get(driver, "devices"));
		if (us > 0)
			snprintf(ms, sizeof(ms), "%" JSON_INTEGER_FORMAT, us / 1000);
		mf_table_row(&table, 7,
			     (const char *const[]){
				     text_of(driver, "name"), text_of(driver, "layer"),
				     text_of(driver, "package"), text_of(driver, "version"),
				     text_of(driver, "result"), ms, mf_buf_str(&devices)});
	}
	return mf_table_print(&table, err);
}

static int print_devices(const json_t *devices, struct mf_err *err)
{
	static const char *const heading[] = {"DEVICE", "DRIVER", "RESULT", "MODALIAS"};
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	const json_t *device;
	size_t i;

	if (!json_array_size(devices))
		return 0;
	mf_table_row(&table, 4, heading);
	json_array_foreach(devices, i, device)
	{
		const char *path = text_of(device, "path");

		if (path && mf_has_prefix(path, "/devices/"))
			path += strlen("/devices/");
		mf_table_row(&table, 4,
			     (const char *const[]){path, text_of(device, "driver"),
						   text_of(device, "result"),
						   text_of(device, "modalias")});
	}
	if (mf_print("\n", 1, err))
		return -EIO;
	return mf_table_print(&table, err);
}

/* What was said of single drivers: a paragraph of "NAME RESULT: MESSAGE" lines. */
static int print_messages(const json_t *drivers, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const json_t *driver;
	size_t i;

	json_array_foreach(drivers, i, driver)
	{
		const char *name = text_of(driver, "name");
		const char *result = text_of(driver, "result");
		const char *message = text_of(driver, "message");
		int error = (int)number_of(driver, "errno");

		if (!name || !result || (!message && !error))
			continue;
		if (!message)
			message = strerror(error);
		mf_buf_adds(&text, text.len ? "" : "\n");
		mf_buf_add_visible(&text, name, strlen(name));
		mf_buf_addc(&text, ' ');
		mf_buf_add_visible(&text, result, strlen(result));
		mf_buf_adds(&text, ": ");
		mf_buf_add_visible(&text, message, strlen(message));
		if (error)
			mf_buf_printf(&text, " (errno %d)", error);
		mf_buf_addc(&text, '\n');
	}
	if (mf_buf_status(&text))
		return mf_fail(err, -ENOMEM, "out of memory");
	return text.len ? mf_print(mf_buf_str(&text), text.len, err) : 0;
}

static int print_head(const json_t *report, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *kernel = text_of(report, "kernel");
	const char *arch = text_of(report, "arch");
	const json_t *id;
	size_t i;

	mf_buf_adds(&text, "kernel ");
	mf_buf_add_visible(&text, kernel ? kernel : "-", strlen(kernel ? kernel : "-"));
	mf_buf_adds(&text, " ");
	mf_buf_add_visible(&text, arch ? arch : "-", strlen(arch ? arch : "-"));
	mf_buf_adds(&text, ", overlays");
	json_array_foreach(json_object_get(report, "overlays"), i, id)
	{
		const char *name = json_string_value(id);

		mf_buf_addc(&text, ' ');
		mf_buf_add_visible(&text, name ? name : "-", strlen(name ? name : "-"));
	}
	mf_buf_printf(&text, "%s, %" JSON_INTEGER_FORMAT " ms\n\n", i ? "" : " none",
		      (number_of(report, "end_us") - number_of(report, "start_us")) / 1000);
	if (mf_buf_status(&text))
		return mf_fail(err, -ENOMEM, "out of memory");
	return mf_print(mf_buf_str(&text), text.len, err);
}

static int run(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_json) json_t *report = NULL;
	const json_t *drivers;
	int r;

	if (arguments->n_operands != 1) {
		mf_fail(err, -EINVAL,
			"expected one FILE, got %d; it is /run/modferry/report.json "
			"on the machine that was booted",
			arguments->n_operands);
		return MF_EXIT_USAGE;
	}
	r = load(arguments->operands[0], mf_given(arguments, "dmesg"), &report, err);
	if (r)
		return r == -ENODATA ? MF_EXIT_NO : MF_EXIT_FAILED;
	if (mf_given(arguments, "json"))
		return mf_print_json(report, err) ? MF_EXIT_FAILED : MF_EXIT_OK;
	drivers = json_object_get(report, "drivers");
	r = print_head(report, err);
	if (!r)
		r = print_drivers(drivers, err);
	if (!r)
		r = print_devices(json_object_get(report, "devices"), err);
	if (!r)
		r = print_messages(drivers, err);
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}

const struct mf_command mf_command_report = {
	.name = "report",
	.summary = "show what the loader did at boot",
	.operands = "FILE",
	.options = options,
	.run = run,
};
