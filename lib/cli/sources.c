// SPDX-License-Identifier: GPL-2.0-or-later
// The SOURCE operands that commands share.
#include "lib/cli/sources.h"

#include <errno.h>
#include <string.h>

#include "lib/io/scan.h"

/* Whether an operand stood before: the same files would be listed twice. */
static bool is_repeated(const struct mf_arguments *arguments, int index)
{
	for (int i = 0; i < index; i++) {
		if (!strcmp(arguments->operands[i], arguments->operands[index]))
			return true;
	}
	return false;
}

int mf_sources_scan(const struct mf_arguments *arguments, unsigned int want, struct mf_drvset *set,
		    struct mf_err *err)
{
	const char *tree = mf_given_value(arguments, "dkms-tree");
	int r = 0;

	if (tree) {
		r = mf_scan_tree(tree, want, set, err);
	} else if (!arguments->n_operands) {
		r = mf_scan_tree(MF_DKMS_TREE, want, set, err);
		if (r == -ENOENT) {
			mf_fail(err, r,
				"there is no DKMS tree at " MF_DKMS_TREE
				"; name a SOURCE or --dkms-tree DIR");
			return MF_EXIT_NO;
		}
	}
	for (int i = 0; !r && i < arguments->n_operands; i++) {
		if (!is_repeated(arguments, i))
			r = mf_scan(arguments->operands[i], want, set, err);
	}
	if (r)
		return MF_EXIT_FAILED;
	mf_drvset_sort(set);
	return MF_EXIT_OK;
}
