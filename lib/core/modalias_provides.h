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
 * The value of a Debian package's Modaliases field, "NAME(ALIAS, ALIAS…)", for several modules
 * "; "-free: NAME(…), NAME(…), as ubuntu-drivers and `apt-cache show` readers split it. In the
 * arena; NULL: no memory; "" when no module has a hardware alias.
 */
char *mf_modaliases_field(const struct mf_module *const *modules, size_t n, struct mf_arena *arena);
