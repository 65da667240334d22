// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel modules in an RPM's payload.
#include "lib/io/rpm_drivers.h"

#include <errno.h>

#include "lib/io/payload_drivers.h"
#include "lib/io/rpm.h"

int mf_rpm_read_drivers(const struct mf_rpm *rpm, struct mf_arena *arena,
			struct mf_rpm_drivers *out, struct mf_err *err)
{
	struct mf_payload_drivers drivers = {.arena = arena,
					     .spool = rpm->spool,
					     .is_whole = out->is_whole,
					     .is_kept = out->is_whole,
					     .v = out->v,
					     .n = out->n};
	struct mf_rpm_walk walk = {mf_payload_is_module, mf_payload_add_module, &drivers};
	int r = mf_rpm_walk_payload(rpm, &walk, err);

	mf_buf_free(&drivers.scratch);
	out->v = drivers.v;
	out->n = drivers.n;
	return r == -ENOMEM ? mf_fail(err, r, "out of memory") : r;
}
