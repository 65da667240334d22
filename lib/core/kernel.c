// SPDX-License-Identifier: GPL-2.0-or-later
// Look-ups in what is known of one kernel of a target.
#include "lib/core/kernel.h"

#include <string.h>

#include "lib/core/modname.h"

const struct mf_stock_module *mf_kernel_module(const struct mf_kernel *kernel, const char *name)
{
	size_t from = 0;
	size_t to = kernel->n_modules;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = mf_modname_compare(name, kernel->modules[middle].name);

		if (!order)
			return &kernel->modules[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

/* Takes the next part of a text, up to a separator, which it may lack at the end. */
static struct mf_bytes take_part(struct mf_bytes *rest, char separator)
{
	const uint8_t *end = memchr(rest->p, separator, rest->n);
	struct mf_bytes part = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
	size_t n = part.n + (end != NULL);

	*rest = (struct mf_bytes){rest->p + n, rest->n - n};
	return part;
}

/* Whether n characters are the name, '-' and '_' the same. */
static bool is_name(const uint8_t *text, size_t n, const char *name)
{
	size_t i = 0;

	for (; i < n && name[i]; i++) {
		char a = text[i] == '-' ? '_' : (char)text[i];
		char b = name[i] == '-' ? '_' : name[i];

		if (a != b)
			return false;
	}
	return i == n && !name[i];
}

/* A line of modules.builtin: "kernel/fs/ext4/ext4.ko". */
static bool is_builtin_line(struct mf_bytes line, const char *name)
{
	size_t start = line.n;

	while (start && line.p[start - 1] != '/')
		start--;
	line = mf_bytes_sub(line, start, line.n - start);
	return line.n > 3 && !memcmp(line.p + line.n - 3, ".ko", 3) &&
	       is_name(line.p, line.n - 3, name);
}

enum mf_answer mf_kernel_is_builtin(const struct mf_kernel *kernel, const char *name)
{
	struct mf_bytes rest = kernel->builtin;

	if (!rest.n)
		return MF_ANSWER_UNKNOWN;
	while (rest.n) {
		if (is_builtin_line(take_part(&rest, '\n'), name))
			return MF_ANSWER_YES;
	}
	return MF_ANSWER_NO;
}

/*
 * An entry of modules.builtin.modinfo that makes a folder in /sys/module: "NAME.parmtype=…" of
 * each parameter, "NAME.version=…" (kernel/params.c, param_sysfs_builtin, version_sysfs_builtin).
 * A parameter that nobody may read makes none, but its mode is not written there.
 */
static bool is_sysfs_entry(struct mf_bytes entry, const char *name)
{
	static const char *const keys[] = {".parmtype=", ".version="};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const uint8_t *dot = memmem(entry.p, entry.n, keys[i], strlen(keys[i]));

		if (dot && is_name(entry.p, (size_t)(dot - entry.p), name))
			return true;
	}
	return false;
}

enum mf_answer mf_kernel_builtin_has_sysfs(const struct mf_kernel *kernel, const char *name)
{
	struct mf_bytes rest = kernel->builtin_modinfo;

	if (!rest.n)
		return MF_ANSWER_UNKNOWN;
	while (rest.n) {
		if (is_sysfs_entry(take_part(&rest, '\0'), name))
			return MF_ANSWER_YES;
	}
	return MF_ANSWER_NO;
}
