// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel modules in an RPM's payload.
#pragma once

#include "lib/core/drvset.h"
#include "lib/core/rpmpkg.h"

struct mf_rpm_drivers {
	bool is_whole;	     /* asked: symbols, content and sha256 of each, too */
	struct mf_driver *v; /* path: where the RPM's bytes are, member: path in the payload */
	size_t n;
};

/*
 * Reads the facts of all modules in payload order. A file that is
 * no module though named like one has the reason in `malformed`. As mf_rpm_walk_payload; what was
 * read before a failure stays.
 */
int mf_rpm_read_drivers(const struct mf_rpm *rpm, struct mf_arena *arena,
			struct mf_rpm_drivers *out, struct mf_err *err);
