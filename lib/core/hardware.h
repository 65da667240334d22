// SPDX-License-Identifier: GPL-2.0-or-later
// Hardware files: the modaliases of a machine, as people have them.
#pragma once

#include "lib/base/arena.h"
#include "lib/base/bytes.h"
#include "lib/base/err.h"

/* Devices in one file; a large server has some thousand. */
#define MF_HARDWARE_MAX_DEVICES ((size_t)100000)

/* One device. */
struct mf_device {
	const char *modalias; /* '?' for an unknown digit when is_partial */
	const char *path;     /* sysfs path or bus address, NULL when the file does not say */
	const char *name;     /* lspci's text, NULL when the file has none */
	bool is_partial;      /* from lspci without all ids: see mf_modalias_match_partial */
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

/* Adds a device; strings are copied into the arena, path may be NULL. -E2BIG, -ENOMEM. */
int mf_devices_add(struct mf_devices *devices, struct mf_arena *arena,
		   const struct mf_device *device);

/* Drops all but the first device of each modalias; the order stays. 0 or -ENOMEM. */
int mf_devices_unique(struct mf_devices *devices);
