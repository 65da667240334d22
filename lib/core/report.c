// SPDX-License-Identifier: GPL-2.0-or-later
// The loader's report in its JSON form.
#include "lib/core/report.h"

#include <inttypes.h>
#include <string.h>

#include "lib/base/text.h"

const char *mf_result_name(enum mf_result result)
{
	static const char *const names[] = {
		[MF_RESULT_BOUND] = "bound",	 [MF_RESULT_LOADED] = "loaded",
		[MF_RESULT_PRESENT] = "present", [MF_RESULT_SKIPPED] = "skipped",
		[MF_RESULT_MASKED] = "masked",	 [MF_RESULT_FAILED] = "failed",
		[MF_RESULT_HUNG] = "hung",
	};

	return names[result];
}

const char *mf_device_result_name(enum mf_device_result result)
{
	static const char *const names[] = {
		[MF_DEVICE_BOUND] = "bound",
		[MF_DEVICE_NO_DRIVER] = "no-driver",
		[MF_DEVICE_FAILED] = "failed",
		[MF_DEVICE_SKIPPED] = "skipped",
	};

	return names[result];
}

void mf_json_string(struct mf_buf *out, const char *text)
{
	size_t n = strlen(text);

	mf_buf_addc(out, '"');
	for (size_t i = 0; i < n;) {
		unsigned char c = (unsigned char)text[i];
		size_t length = mf_utf8_length(text + i, n - i);

		if (!length) {
			mf_buf_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
			i++;
			continue;
		}
		if (c == '"' || c == '\\') {
			mf_buf_addc(out, '\\');
			mf_buf_addc(out, c);
		} else if (c < 0x20 || c == 0x7f) {
			mf_buf_printf(out, "\\u%04x", c);
		} else {
			mf_buf_add(out, text + i, length);
		}
		i += length;
	}
	mf_buf_addc(out, '"');
}

static void add_member(struct mf_buf *out, const char *key, const char *value)
{
	mf_buf_printf(out, ",\"%s\":", key);
	if (value)
		mf_json_string(out, value);
	else
		mf_buf_adds(out, "null");
}

static void add_strings(struct mf_buf *out, const char *key, const struct mf_strings *strings)
{
	mf_buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < strings->n; i++) {
		if (i)
			mf_buf_addc(out, ',');
		mf_json_string(out, strings->v[i]);
	}
	mf_buf_addc(out, ']');
}

static void add_driver(struct mf_buf *out, const struct mf_report_driver *driver)
{
	mf_buf_adds(out, "{\"name\":");
	mf_json_string(out, driver->name);
	add_member(out, "layer", driver->is_update ? "update" : "stock");
	add_member(out, "package", driver->package);
	add_member(out, "version", driver->version);
	add_member(out, "file", driver->file);
	add_member(out, "result", mf_result_name(driver->result));
	mf_buf_printf(out, ",\"errno\":%d", driver->error);
	add_member(out, "message", driver->message);
	mf_buf_printf(out, ",\"us\":%" PRIu64, driver->us);
	add_strings(out, "devices", &driver->devices);
	mf_buf_addc(out, '}');
}

static void add_device(struct mf_buf *out, const struct mf_report_device *device)
{
	mf_buf_adds(out, "{\"path\":");
	mf_json_string(out, device->path);
	add_member(out, "modalias", device->modalias);
	add_member(out, "driver", device->driver);
	add_member(out, "result", mf_device_result_name(device->result));
	mf_buf_addc(out, '}');
}

void mf_report_emit(const struct mf_report *report, struct mf_buf *out)
{
	mf_buf_adds(out, "{\"modferry_report\":1");
	add_member(out, "kernel", report->kernel);
	add_member(out, "arch", report->arch);
	add_strings(out, "overlays", &report->overlays);
	mf_buf_printf(out, ",\"start_us\":%" PRIu64 ",\"end_us\":%" PRIu64, report->start_us,
		      report->end_us);
	mf_buf_adds(out, ",\"drivers\":[");
	for (size_t i = 0; i < report->n_drivers; i++) {
		mf_buf_adds(out, i ? ",\n" : "\n");
		add_driver(out, &report->drivers[i]);
	}
	mf_buf_adds(out, "],\"devices\":[");
	for (size_t i = 0; i < report->n_devices; i++) {
		mf_buf_adds(out, i ? ",\n" : "\n");
		add_device(out, &report->devices[i]);
	}
	mf_buf_adds(out, "]}\n");
}
