// SPDX-License-Identifier: GPL-2.0-or-later
// Lines to paste into answer files, so that packages of a driver injection disk get taken.
#pragma once

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/core/target.h"

/* Appends the lines of a preseed file with which debian-installer brings what reads the disk. */
void mf_injection_preseed(struct mf_buf *out);

/*
 * Appends the lines of an autoinstall file with which subiquity takes the packages for a release of
 * Ubuntu from the volume of that label. false, and nothing appended: the label is none that a
 * shell and YAML both take as it stands.
 */
bool mf_injection_autoinstall(struct mf_buf *out, const struct mf_target *target,
			      const char *label);
