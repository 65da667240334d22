// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel module names: '-' and '_' are the same character in them.
#include "lib/core/modname.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"

static unsigned char fold(char c)
{
	return c == '-' ? '_' : (unsigned char)c;
}

int mf_modname_compare(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return (int)fold(*a) - (int)fold(*b);
}

bool mf_modname_equal(const char *a, const char *b)
{
	return mf_modname_compare(a, b) == 0;
}

bool mf_modname_is_valid(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= MF_MODNAME_MAX || name[0] == '.' || name[0] == '-')
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-' || c == '.' || c == '+'))
			return false;
	}
	return true;
}

int mf_modname_from_path(const char *path, char out[MF_MODNAME_MAX])
{
	static const char *const suffixes[] = {".ko", ".ko.gz", ".ko.xz", ".ko.zst"};
	const char *base = mf_path_base(path);
	size_t n = 0;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (mf_has_suffix(base, suffixes[i]))
			n = strlen(base) - strlen(suffixes[i]);
	}
	if (!n)
		return -EINVAL;
	if (n >= MF_MODNAME_MAX)
		return -ENAMETOOLONG;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)fold(base[i]);
	out[n] = '\0';
	return 0;
}
