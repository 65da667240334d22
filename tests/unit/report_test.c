// SPDX-License-Identifier: GPL-2.0-or-later
// Unit tests of the report: JSON, records of the kernel log, and their way back.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/core/report.h"

static const char *const two[] = {"/devices/a", "/devices/b \"x\""};
static const char *ids[] = {"0123456789ab"};

static void emit(struct mf_buf *out)
{
	struct mf_report_driver drivers[] = {
		{.name = "virtio_blk",
		 .is_update = true,
		 .package = "virtio-upd",
		 .version = "9.9",
		 .file = "/modferry/d/x/virtio_blk.ko",
		 .result = MF_RESULT_BOUND,
		 .us = 1234,
		 .devices = {(const char **)(uintptr_t)two, 2}},
		{.name = "b\\ad",
		 .result = MF_RESULT_FAILED,
		 .error = ENOEXEC,
		 .message = "line\twith \x01 and \xff\xc3\xa9 % and \x7f"},
	};
	struct mf_report_device devices[] = {
		{.path = "/devices/a",
		 .modalias = "virtio:d00000002v00001AF4",
		 .driver = "virtio_blk",
		 .result = MF_DEVICE_BOUND},
		{.path = "/devices/c", .modalias = "x:y", .result = MF_DEVICE_NO_DRIVER},
	};
	struct mf_report report = {
		.kernel = "6.1.0",
		.arch = "x86_64",
		.overlays = {ids, 1},
		.start_us = 5,
		.end_us = 18446744073709551615u,
		.drivers = drivers,
		.n_drivers = 2,
		.devices = devices,
		.n_devices = 2,
	};

	mf_report_emit(&report, out);
	assert_int_equal(mf_buf_status(out), 0);
}

static void json_is_exact(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	(void)state;
	emit(&out);
	assert_string_equal(
		mf_buf_str(&out),
		"{\"modferry_report\":1,\"kernel\":\"6.1.0\",\"arch\":\"x86_64\","
		"\"overlays\":[\"0123456789ab\"],\"start_us\":5,\"end_us\":18446744073709551615,"
		"\"drivers\":[\n"
		"{\"name\":\"virtio_blk\",\"layer\":\"update\",\"package\":\"virtio-upd\","
		"\"version\":\"9.9\",\"file\":\"/modferry/d/x/virtio_blk.ko\",\"result\":\"bound\","
		"\"errno\":0,\"message\":null,\"us\":1234,"
		"\"devices\":[\"/devices/a\",\"/devices/b \\\"x\\\"\"]},\n"
		"{\"name\":\"b\\\\ad\",\"layer\":\"stock\",\"package\":null,\"version\":null,"
		"\"file\":null,\"result\":\"failed\",\"errno\":8,"
		"\"message\":\"line\\u0009with \\u0001 and \xef\xbf\xbd\xc3\xa9 % and \\u007f\","
		"\"us\":0,\"devices\":[]}],\"devices\":[\n"
		"{\"path\":\"/devices/a\",\"modalias\":\"virtio:d00000002v00001AF4\","
		"\"driver\":\"virtio_blk\",\"result\":\"bound\"},\n"
		"{\"path\":\"/devices/c\",\"modalias\":\"x:y\",\"driver\":null,"
		"\"result\":\"no-driver\"}]}\n");
}

/* JSON without the newlines between tokens, as it comes back. */
static void flatten(const struct mf_buf *json, struct mf_buf *out)
{
	for (size_t i = 0; i < json->len; i++) {
		if (json->data[i] != '\n')
			mf_buf_addc(out, json->data[i]);
	}
	mf_buf_addc(out, '\n');
}

static void records_are_plain_and_short(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf json = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf records = {0};
	size_t line = 0, longest = 0;

	(void)state;
	for (int i = 0; i < 4; i++)
		emit(&json);
	mf_report_emit_records(mf_buf_bytes(&json), &records);
	assert_int_equal(strncmp(mf_buf_str(&records), "modferry: record 1/", 19), 0);
	for (size_t i = 0; i < records.len; i++) {
		uint8_t c = records.data[i];

		assert_true(c == '\n' || (c >= ' ' && c < 0x7f && c != '\\'));
		line = c == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
	}
	assert_in_range(longest, 800, 899);
}

static void records_come_back(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf json = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf records = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf log = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf back = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf flat = {0};
	struct mf_err err = {0};

	(void)state;
	emit(&json);
	flatten(&json, &flat);
	mf_report_emit_records(mf_buf_bytes(&json), &records);
	mf_buf_adds(&log, "[    0.1] noise\n");
	for (char *at = (char *)records.data, *end; (end = strchr(at, '\n')); at = end + 1) {
		mf_buf_adds(&log, "[    1.234] ");
		mf_buf_add(&log, at, (size_t)(end - at));
		mf_buf_adds(&log, "\r\nkernel: something between\n");
	}
	assert_int_equal(mf_report_join_records(mf_buf_bytes(&log), &back, &err), 0);
	assert_string_equal(mf_buf_str(&back), mf_buf_str(&flat));
}

static int join(const char *log, struct mf_buf *out, struct mf_err *err)
{
	mf_buf_free(out);
	return mf_report_join_records((struct mf_bytes){(const uint8_t *)log, strlen(log)}, out,
				      err);
}

static void last_complete_run_wins(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(join("modferry: record 1/2 a\nmodferry: record 2/2 b\n"
			      "modferry: record 1/2 c\nmodferry: record 1/2 c\n"
			      "modferry: record 2/2 d\nmodferry: record 1/3 x\n",
			      &out, &err),
			 0);
	assert_string_equal(mf_buf_str(&out), "cd\n");
}

static void gaps_are_named(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(join("modferry: record 1/5 a\nmodferry: record 4/5 b\n", &out, &err),
			 -EBADMSG);
	assert_non_null(strstr(err.text, "3 of the 5"));
	assert_non_null(strstr(err.text, "record 2"));
	assert_int_equal(join("modferry: record 2/2 b\n", &out, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "record 1"));
	assert_int_equal(out.len, 0);
}

static void nothing_and_nonsense(void **state)
{
	static const char *const logs[] = {
		"",
		"modferry: record",
		"modferry: record 1/1",
		"modferry: record 0/1 x",
		"modferry: record 2/1 x",
		"modferry: record 1/99999999999 x",
		"modferry: record -1/1 x",
		"modferry: record 1/1x",
		"modferry: record 18446744073709551617/1 x",
	};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++)
		assert_int_equal(join(logs[i], &out, &err), -ENODATA);
	assert_int_equal(join("modferry: record 1/1 %", &out, &err), 0);
	assert_int_equal(join("modferry: record 1/1 %4", &out, &err), 0);
	assert_int_equal(join("modferry: record 1/1 %zz%41", &out, &err), 0);
	assert_string_equal(mf_buf_str(&out), "%zzA\n");
}

static void percent_stays_percent(void **state)
{
	static const char text[] = "%41 %% %2 \\";
	MF_CLEANUP(mf_buf_free) struct mf_buf records = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	mf_report_emit_records((struct mf_bytes){(const uint8_t *)text, strlen(text)}, &records);
	assert_int_equal(join(mf_buf_str(&records), &out, &err), 0);
	assert_string_equal(mf_buf_str(&out), "%41 %% %2 \\\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_is_exact),
		cmocka_unit_test(records_are_plain_and_short),
		cmocka_unit_test(records_come_back),
		cmocka_unit_test(last_complete_run_wins),
		cmocka_unit_test(gaps_are_named),
		cmocka_unit_test(nothing_and_nonsense),
		cmocka_unit_test(percent_stays_percent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
