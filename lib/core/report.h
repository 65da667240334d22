// SPDX-License-Identifier: GPL-2.0-or-later
// The loader's report: what happened to each driver and device. Format: modferry-report(5).
#pragma once

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/core/module.h"

enum mf_result {
	MF_RESULT_BOUND,   /* loaded and a device is bound to it */
	MF_RESULT_LOADED,  /* loaded, no device bound (yet) */
	MF_RESULT_PRESENT, /* was there before us */
	MF_RESULT_SKIPPED, /* not wanted: no device, or modferry.skip, or blacklisted */
	MF_RESULT_MASKED,  /* held back from the environment that follows */
	MF_RESULT_FAILED,
	MF_RESULT_HUNG,
};

struct mf_report_driver {
	const char *name;
	bool is_update; /* shipped by modferry; else stock */
	const char *package;
	const char *version;
	const char *file;
	enum mf_result result;
	int error;	     /* errno, 0 when none */
	const char *message; /* the kernel's own line, NULL when none */
	uint64_t us;	     /* time in the load call */
	struct mf_strings devices;
};

enum mf_device_result { MF_DEVICE_BOUND, MF_DEVICE_NO_DRIVER, MF_DEVICE_FAILED, MF_DEVICE_SKIPPED };

struct mf_report_device {
	const char *path;
	const char *modalias;
	const char *driver; /* NULL when none */
	enum mf_device_result result;
};

/* Borrowed strings; arrays are the caller's. */
struct mf_report {
	const char *kernel;
	const char *arch;
	struct mf_strings overlays; /* IDs */
	uint64_t start_us;	    /* CLOCK_MONOTONIC */
	uint64_t end_us;
	struct mf_report_driver *drivers;
	size_t n_drivers;
	struct mf_report_device *devices;
	size_t n_devices;
};

const char *mf_result_name(enum mf_result result);
const char *mf_device_result_name(enum mf_device_result result);

/* Appends the JSON form, version 1, one driver or device a line, newline at the end. */
void mf_report_emit(const struct mf_report *report, struct mf_buf *out);

/*
 * Appends the JSON as kernel log records: numbered "modferry: record N/TOTAL TEXT" lines of at
 * most 900 bytes, newline after each. TEXT is plain ASCII without blanks, other bytes are %NN;
 * newlines between the JSON's tokens are dropped.
 */
void mf_report_emit_records(struct mf_bytes json, struct mf_buf *out);

/*
 * Joins the records found in a kernel log (dmesg, journal or console text) back to the JSON. With
 * several runs in the log, the last complete one. -ENODATA when there is none, -EBADMSG when
 * numbers are missing (err names them).
 */
int mf_report_join_records(struct mf_bytes log, struct mf_buf *out_json, struct mf_err *err);

/* Appends text as a JSON string with quotes; invalid UTF-8 becomes U+FFFD. */
void mf_json_string(struct mf_buf *out, const char *text);
