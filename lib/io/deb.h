// SPDX-License-Identifier: GPL-2.0-or-later
// Reading Debian packages: the control file and the payload, through libarchive.
#pragma once

#include "lib/base/err.h"
#include "lib/core/deb.h"
#include "lib/core/drvset.h"
#include "lib/io/payload.h"

/*
 * Reads control file and file list of the package at path. Everything in it is hostile: counts and
 * sizes are limited (deb.c, payload.h). What is no package is not an error but out->malformed.
 * Strings live in the arena. -ENOMEM; -errno when the file cannot be read, err names it.
 */
int mf_deb_read(const char *path, struct mf_arena *arena, struct mf_deb *out, struct mf_err *err);

/*
 * Walks the data archive. visitor->object is not used: messages name the package. As
 * mf_payload_walk.
 */
int mf_deb_walk_payload(const struct mf_deb *deb, const struct mf_payload_visitor *visitor,
			struct mf_err *err);

/* The modules in its payload; as mf_rpm_read_drivers (lib/io/rpm_drivers.h). */
struct mf_deb_drivers {
	bool is_whole;	     /* asked: symbols, content and sha256 of each, too */
	struct mf_driver *v; /* path: where the package's bytes are, member: path in the payload */
	size_t n;
};

int mf_deb_read_drivers(const struct mf_deb *deb, struct mf_arena *arena,
			struct mf_deb_drivers *out, struct mf_err *err);
