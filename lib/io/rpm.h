// SPDX-License-Identifier: GPL-2.0-or-later
// Reading RPMs: the header through librpm, the payload through libarchive.
#pragma once

#include "lib/base/err.h"
#include "lib/core/drvset.h"
#include "lib/core/rpmpkg.h"
#include "lib/io/payload.h"

/*
 * Reads the header of the RPM at path. Digests and signatures are not verified (an installer does
 * not either), so everything in it is hostile: counts and sizes are limited (rpm.c). What is no
 * RPM is not an error but out->malformed. Strings live in the arena. Safe in threads (they wait for
 * each other: librpm has globals), prints nothing, opens nothing else. -ENOMEM; -errno when the
 * file cannot be read, err names it.
 */
int mf_rpm_read(const char *path, struct mf_arena *arena, struct mf_rpm *out, struct mf_err *err);

/* Called for each regular file of a payload; path without "./" and leading '/'. Nonzero ends it. */
typedef int (*mf_rpm_payload_fn)(void *data, const char *path, struct mf_bytes content);

/*
 * Walks the payload in archive order, calling only for paths that wanted() admits; other content
 * is skipped. At most MF_RPM_MAX_PAYLOAD bytes unpacked in all. -EFBIG beyond, -EBADMSG for a
 * payload cut short or damaged, what fn returned; err names the RPM.
 */
#define MF_RPM_MAX_PAYLOAD MF_PAYLOAD_MAX_BYTES

struct mf_rpm_walk {
	bool (*wanted)(void *data, const char *path);
	mf_rpm_payload_fn fn;
	void *data;
};

int mf_rpm_walk_payload(const struct mf_rpm *rpm, const struct mf_rpm_walk *walk,
			struct mf_err *err);
