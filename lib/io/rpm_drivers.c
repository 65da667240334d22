// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel modules in an RPM's payload.
#include "lib/io/rpm_drivers.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/hash.h"
#include "lib/io/rpm.h"
#include "lib/io/scanner.h"

/* One RPM being read. */
struct reading {
	const struct mf_rpm *rpm;
	struct mf_arena *arena;
	struct mf_rpm_drivers *out;
	struct mf_buf scratch; /* the module, uncompressed */
};

static bool is_module(void *data, const char *path)
{
	(void)data;
	return mf_scan_is_module(path);
}

/* Content in the arena, where the module's facts may point into it. */
static int keep(struct reading *reading, struct mf_driver *driver)
{
	struct mf_bytes content = mf_buf_bytes(&reading->scratch);
	char *copy = mf_arena_strndup(reading->arena, (const char *)content.p, content.n);

	if (!copy)
		return -ENOMEM;
	driver->content = (struct mf_bytes){(const uint8_t *)copy, content.n};
	return mf_sha256_hex(driver->content, driver->sha256);
}

static int read_module(struct reading *reading, struct mf_bytes content, struct mf_driver *driver,
		       struct mf_err *why)
{
	bool is_whole = reading->out->is_whole;
	int r;

	reading->scratch.len = 0;
	r = mf_scan_unpack(content, &driver->compression, &reading->scratch, why);
	if (!r && is_whole)
		r = keep(reading, driver);
	if (r)
		return r;
	return mf_module_read(mf_buf_bytes(&reading->scratch), driver->member,
			      is_whole ? MF_MODULE_SYMBOLS : MF_MODULE_FACTS, reading->arena,
			      &driver->module, why);
}

static int add_module(void *data, const char *path, struct mf_bytes content)
{
	struct reading *reading = data;
	struct mf_rpm_drivers *out = reading->out;
	struct mf_driver driver = {.path = reading->rpm->spool, .file_size = content.n};
	struct mf_err why = {0};
	int r;

	driver.member = mf_arena_strdup(reading->arena, path);
	if (!driver.member)
		return -ENOMEM;
	r = read_module(reading, content, &driver, &why);
	if (r == -ENOMEM)
		return r;
	if (r) {
		driver.module = (struct mf_module){.name = mf_path_base(driver.member)};
		driver.malformed = mf_arena_strdup(reading->arena, why.text);
		if (!driver.malformed)
			return -ENOMEM;
	}
	if (mf_arena_grow(reading->arena, &out->v, out->n, sizeof(driver)))
		return -ENOMEM;
	out->v[out->n++] = driver;
	return 0;
}

int mf_rpm_read_drivers(const struct mf_rpm *rpm, struct mf_arena *arena,
			struct mf_rpm_drivers *out, struct mf_err *err)
{
	struct reading reading = {.rpm = rpm, .arena = arena, .out = out};
	struct mf_rpm_walk walk = {is_module, add_module, &reading};
	int r = mf_rpm_walk_payload(rpm, &walk, err);

	mf_buf_free(&reading.scratch);
	return r == -ENOMEM ? mf_fail(err, r, "out of memory") : r;
}
