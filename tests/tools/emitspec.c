// SPDX-License-Identifier: GPL-2.0-or-later
// Prints the spec of a package for tests: emitspec SUMMARY DESCRIPTION POST; 3 when it is refused.
#include <errno.h>
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/core/rpmspec.h"

int main(int argc, char **argv)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf spec = {0};
	const char *const params[][2] = {
		{"name", "n"},
		{"version", "1"},
		{"release", "1"},
		{"arch", "x86_64"},
		{"license", "l"},
		{"summary", argc > 1 ? argv[1] : ""},
		{"description", argc > 2 ? argv[2] : ""},
		{"post", argc > 3 ? argv[3] : ""},
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(params) / sizeof(params[0]); i++)
		r = mf_tree_add_param(&tree, params[i][0], params[i][1]);
	if (!r)
		r = mf_rpmspec_emit(&tree, &spec, NULL);
	if (r)
		return r == -EINVAL ? 3 : 1;
	return fputs(mf_buf_str(&spec), stdout) < 0;
}
