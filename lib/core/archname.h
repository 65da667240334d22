// SPDX-License-Identifier: GPL-2.0-or-later
// Names of architectures: uname -m words inside, others where they come from outside.
#pragma once

/* uname -m word for Debian's and the kernel's own words ("amd64", "arm64"); others as they are. */
const char *mf_arch_normalise(const char *word);
