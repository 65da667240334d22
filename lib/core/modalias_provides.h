// SPDX-License-Identifier: GPL-2.0-or-later
// The hardware ids of a module as package dependencies, as the distributions' generators write
// them.
#pragma once

#include "lib/core/module.h"

/*
 * "modalias(ALIAS) = VERSION" or "modalias(ALIAS)" for the aliases of a module, of whatever kind,
 * by the rules of kernel-srpm-macros' modalias.prov: characters that a dependency cannot have
 * become '_' (in the version those outside [0-9A-Za-z._]), neighbours that differ in one character
 * are merged into [xy]. Sorted, without doubles. In the arena. 0 or -ENOMEM.
 */
int mf_modalias_provides(const struct mf_module *module, struct mf_arena *arena,
			 struct mf_strings *out);

/*
 * The value of a Debian package's Modaliases field, "NAME(ALIAS, ALIAS), NAME(ALIAS)", with the
 * modules' hardware aliases (those with a bus), sorted, without doubles; modules in their order,
 * those without such aliases left out. What ubuntu-drivers cannot read in an alias becomes a
 * wildcard. In the arena; NULL: no memory; "" when no module has a hardware alias.
 */
char *mf_modaliases_field(const struct mf_module *const *modules, size_t n, struct mf_arena *arena);
