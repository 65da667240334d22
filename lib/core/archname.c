// SPDX-License-Identifier: GPL-2.0-or-later
// Names of architectures: uname -m words inside, others where they come from outside.
#include "lib/core/archname.h"

#include <stddef.h>
#include <string.h>

const char *mf_arch_normalise(const char *word)
{
	static const char *const words[][2] = {
		{"amd64", "x86_64"},	{"arm64", "aarch64"}, {"armhf", "armv7l"},
		{"armv6l", "armv7l"},	{"armv8l", "armv7l"}, {"i486", "i686"},
		{"i386", "i686"},	{"i586", "i686"},     {"ppc64el", "ppc64le"},
		{"mips64el", "mips64"}, {"mipsel", "mips"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], word) == 0)
			return words[i][1];
	}
	return word;
}

const char *mf_arch_debian(const char *word)
{
	/* dpkg's cputable; of both byte orders of MIPS, Debian's ports have the little one */
	static const char *const words[][2] = {
		{"x86_64", "amd64"},	    {"aarch64", "arm64"},   {"armv7l", "armhf"},
		{"i686", "i386"},	    {"ppc64le", "ppc64el"}, {"mips64", "mips64el"},
		{"mips", "mipsel"},	    {"s390x", "s390x"},	    {"riscv64", "riscv64"},
		{"loongarch64", "loong64"}, {"ppc64", "ppc64"},	    {"ppc", "powerpc"},
		{"parisc", "hppa"},	    {"sparc64", "sparc64"},
	};

	word = mf_arch_normalise(word);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], word) == 0)
			return words[i][1];
	}
	return NULL;
}
