// SPDX-License-Identifier: GPL-2.0-or-later
// The hardware ids of a module as SUSE's generator writes them into a kernel module package.
#pragma once

#include "lib/core/module.h"

/*
 * "modalias(kernel-FLAVOUR:ALIAS)" for the aliases of a module, by the rules of rpm-config-SUSE's
 * find-supplements.ksyms: every character outside [*:a-zA-Z0-9] is %HEX, neighbours that differ in
 * one position are merged as [..]. Sorted, without doubles. In the arena. 0 or -ENOMEM.
 */
int mf_supplements(const struct mf_module *module, const char *flavour, struct mf_arena *arena,
		   struct mf_strings *out);
