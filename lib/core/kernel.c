// SPDX-License-Identifier: GPL-2.0-or-later
// One kernel of a target: lookups in what is known of it.
#include "lib/core/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/modname.h"

static int compare_module(const void *name, const void *module)
{
	return mf_modname_compare(name, ((const struct mf_stock_module *)module)->name);
}

const struct mf_stock_module *mf_kernel_module(const struct mf_kernel *kernel, const char *name)
{
	return kernel->n_modules ? bsearch(name, kernel->modules, kernel->n_modules,
					   sizeof(*kernel->modules), compare_module)
				 : NULL;
}

/* Whether a line "kernel/…/NAME.ko" is about that module. */
static bool is_line_of(const char *line, size_t n, const char *name)
{
	char path[4096], found[MF_MODNAME_MAX];

	if (n >= sizeof(path))
		return false;
	memcpy(path, line, n);
	path[n] = '\0';
	return !mf_modname_from_path(path, found) && mf_modname_equal(found, name);
}

enum mf_answer mf_kernel_is_builtin(const struct mf_kernel *kernel, const char *name)
{
	const char *at = (const char *)kernel->builtin.p;
	const char *end = at + kernel->builtin.n;

	if (!kernel->builtin.n)
		return MF_ANSWER_UNKNOWN;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);

		if (is_line_of(at, n, name))
			return MF_ANSWER_YES;
		at += n + 1;
	}
	return MF_ANSWER_NO;
}

/* Whether an entry "NAME.KEY=VALUE" makes the kernel show the part in /sys/module. */
static bool has_entry(const char *entry, const char *name)
{
	const char *dot = strchr(entry, '.');
	char module[MF_MODNAME_MAX];

	if (!dot || (size_t)(dot - entry) >= sizeof(module))
		return false;
	memcpy(module, entry, (size_t)(dot - entry));
	module[dot - entry] = '\0';
	return mf_modname_equal(module, name) &&
	       (mf_has_prefix(dot, ".parm=") || mf_has_prefix(dot, ".parmtype=") ||
		mf_has_prefix(dot, ".version="));
}

enum mf_answer mf_kernel_builtin_has_sysfs(const struct mf_kernel *kernel, const char *name)
{
	struct mf_bytes text = kernel->builtin_modinfo;
	size_t at = 0;

	if (!text.n || text.p[text.n - 1])
		return MF_ANSWER_UNKNOWN;
	while (at < text.n) {
		const char *entry = (const char *)text.p + at;

		if (has_entry(entry, name))
			return MF_ANSWER_YES;
		at += strlen(entry) + 1;
	}
	return MF_ANSWER_NO;
}
