// SPDX-License-Identifier: GPL-2.0-or-later
// This machine's devices, as sysfs tells them.
#pragma once

#include "lib/core/hardware.h"

/* Where sysfs is mounted. */
#define MF_SYSFS "/sys"

/*
 * Adds every modalias of bus/BUS/devices/DEVICE/modalias and class/CLASS/DEVICE/modalias below root
 * (files may hold several lines), sorted by modalias, then path; one device may stand there by
 * several paths. Devices that vanish meanwhile are passed over. -errno with the path in err when
 * root has neither folder, -ENODATA when they hold no modalias, -E2BIG, -ENOMEM.
 */
int mf_sysfs_scan(const char *root, struct mf_arena *arena, struct mf_devices *out,
		  struct mf_err *err);
