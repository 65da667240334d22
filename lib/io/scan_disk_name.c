// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of scanning driver disks: what the drivers of a package are called after.
#include "lib/io/scan_disk_name.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"

/* The last place of word in text that has something in front of it; NULL: nowhere. */
static const char *find_last(const char *text, const char *word)
{
	const char *found = NULL;

	for (const char *at = text; (at = strstr(at, word)); at++)
		found = at > text ? at : found;
	return found;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of the name without "-KERNEL" behind it, where the machine may be left out. */
static size_t cut_kernel(const char *name, size_t n, const char *kernel)
{
	const char *arch = strrchr(kernel, '.');
	size_t lengths[2] = {strlen(kernel), arch ? (size_t)(arch - kernel) : 0};

	for (size_t i = 0; i < 2; i++) {
		size_t length = lengths[i];

		if (length && n > length + 1 && name[n - length - 1] == '-' &&
		    strncmp(name + n - length, kernel, length) == 0)
			return n - length - 1;
	}
	return n;
}

static struct mf_bytes cut_name(const char *name, const char *kernel)
{
	const char *kmp = find_last(name, "-kmp-");
	const char *modules = find_last(name, "-modules-");
	size_t n = strlen(name);

	if (kmp) /* NAME-kmp-FLAVOUR: rpm-config-SUSE, kernel-module-subpackage */
		n = (size_t)(kmp - name);
	else if (modules && is_digit(modules[strlen("-modules-")])) /* mf_kmod_deb_add */
		n = (size_t)(modules - name);
	else if (kernel)
		n = cut_kernel(name, n, kernel);
	if (mf_has_prefix(name, "kmod-") && n > strlen("kmod-")) {
		name += strlen("kmod-");
		n -= strlen("kmod-");
	}
	return (struct mf_bytes){(const uint8_t *)name, n};
}

/* "2.5_k6.4.0_150600.21" of a KMP, "1:2.5-1" of a Debian package: 2.5. */
static struct mf_bytes cut_version(const char *version)
{
	const char *colon = strchr(version, ':');
	const char *end;

	if (colon)
		version = colon + 1;
	end = version + strlen(version);
	for (const char *at = version; (at = strstr(at, "_k")); at++) {
		if (is_digit(at[2]) && at > version) {
			end = at;
			break;
		}
	}
	for (const char *dash = end; dash-- > version + 1;) {
		if (*dash == '-') {
			end = dash;
			break;
		}
	}
	return (struct mf_bytes){(const uint8_t *)version, (size_t)(end - version)};
}

static int keep(struct mf_arena *arena, struct mf_bytes text, const char **out)
{
	*out = mf_arena_strndup(arena, (const char *)text.p, text.n);
	return *out ? 0 : -ENOMEM;
}

int mf_scan_name_package(struct mf_arena *arena, const struct mf_scan_name *package,
			 const char *kernel, struct mf_scan_name *out)
{
	int r = keep(arena, cut_name(package->name, kernel), &out->name);

	return r ? r : keep(arena, cut_version(package->version), &out->version);
}

/* Length of the word in front that packages may be called by, everywhere. */
static size_t word_length(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789._+-~");
}

/* Whether nothing follows but what `modferry dud` adds to a name and version. */
static bool is_end(const char *text)
{
	static const char kernel[] = " for kernel ";

	if (mf_has_prefix(text, kernel))
		text += strlen(kernel) + word_length(text + strlen(kernel));
	return !*text;
}

int mf_scan_name_update(struct mf_arena *arena, const char *text, struct mf_scan_name *out)
{
	size_t n = word_length(text);
	const char *version = text[n] == ' ' && is_digit(text[n + 1]) ? text + n + 1 : NULL;
	size_t version_n = version ? word_length(version) : 0;
	int r;

	*out = (struct mf_scan_name){0};
	if (!n || strchr("._+-~", *text) || !is_end(version ? version + version_n : text + n))
		return 0;
	r = keep(arena, (struct mf_bytes){(const uint8_t *)text, n}, &out->name);
	return r || !version ? r
			     : keep(arena, (struct mf_bytes){(const uint8_t *)version, version_n},
				    &out->version);
}

int mf_scan_name_kernel(struct mf_arena *arena, const char *path, const char **out)
{
	static const char folder[] = "lib/modules/";
	const char *at = strstr(path, folder);
	size_t n;

	*out = NULL;
	while (at && at > path && at[-1] != '/')
		at = strstr(at + 1, folder);
	if (!at)
		return 0;
	at += strlen(folder);
	n = strcspn(at, "/");
	if (!n || !at[n])
		return 0;
	return keep(arena, (struct mf_bytes){(const uint8_t *)at, n}, out);
}
