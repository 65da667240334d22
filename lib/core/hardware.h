// SPDX-License-Identifier: GPL-2.0-or-later
// Hardware files: the modaliases of a machine, as people have them.
#pragma once

#include "lib/base/arena.h"
#include "lib/base/bytes.h"
#include "lib/base/err.h"

/* One device. */
struct mf_device {
	const char *modalias;
	const char *path; /* sysfs path or bus address, NULL when the file does not say */
	const char *name; /* lspci's text, NULL when the file has none */
	bool is_partial;  /* made from vendor and device ids alone (lspci -nn without subsystem) */
};

struct mf_devices {
	struct mf_device *v;
	size_t n;
};

/*
 * Parses any of: modalias lines; `find /sys … -name modalias` with contents ("PATH:MODALIAS" as
 * grep prints it, or bare lines); `udevadm info --export-db`; `lspci -nn`, `lspci -nnk`,
 * `lspci -mm -n`, `lspci -vmm -n`. Duplicates are kept once. Strings live in the arena. -EBADMSG
 * with the line number for a line of no known kind, -E2BIG beyond the limits, -ENODATA for a file
 * without devices, -ENOMEM.
 */
int mf_hardware_parse(struct mf_bytes text, struct mf_arena *arena, struct mf_devices *out,
		      struct mf_err *err);
