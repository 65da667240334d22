// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of check: symbol namespaces that are open to modules of certain names.
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/check_rules.h"

/* A word of "module:a,b_*" against a module's name; only its end may be a glob. */
static bool names_module(const char *word, size_t n, const char *module)
{
	bool is_glob = n && word[n - 1] == '*';
	size_t length = strlen(module);

	n -= is_glob;
	if (length < n || (length > n && !is_glob))
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((word[i] == '-' ? '_' : word[i]) != (module[i] == '-' ? '_' : module[i]))
			return false;
	}
	return true;
}

/* verify_module_namespace() (kernel/module/main.c, since 6.16) */
bool mf_judge_is_space_of(const char *space, const char *module)
{
	static const char prefix[] = "module:";

	if (!mf_has_prefix(space, prefix))
		return false;
	for (space += strlen(prefix); *space;) {
		size_t n = strcspn(space, ",");

		if (names_module(space, n, module))
			return true;
		space += n + (space[n] == ',');
	}
	return false;
}
