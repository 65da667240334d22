// SPDX-License-Identifier: GPL-2.0-or-later
// Names of architectures: uname -m words inside, others where they come from outside.
#pragma once

/*
 * The one word used here for a machine: uname -m's, for Debian's and the kernel's own words
 * ("amd64", "arm64") too, and one for all processors that share an ELF machine (i386 to i686,
 * 32-bit ARM), since a module does not tell them apart. Unknown words are returned as they are.
 */
const char *mf_arch_normalise(const char *word);

/* Debian's word for a machine ("x86_64": "amd64"); NULL when Debian has no port to it. */
const char *mf_arch_debian(const char *word);
