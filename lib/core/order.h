// SPDX-License-Identifier: GPL-2.0-or-later
// Dependency order: what a driver needs comes before it.
#pragma once

#include "lib/core/select.h"

/*
 * Sorts drivers of one kernel and arch: by depth in the dependency graph (depends of the modules,
 * among these drivers only), then by name. -ELOOP with the names in err for a cycle, -ENOMEM.
 */
int mf_order_drivers(struct mf_selected *drivers, size_t n, struct mf_err *err);
