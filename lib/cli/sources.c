// SPDX-License-Identifier: GPL-2.0-or-later
// The SOURCE operands that commands share.
#include "lib/cli/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/io/scan.h"

bool mf_sources_is_repeated(const struct mf_arguments *arguments, int index)
{
	for (int i = 0; i < index; i++) {
		if (!strcmp(arguments->operands[i], arguments->operands[index]))
			return true;
	}
	return false;
}

const char *mf_sources_only(const struct mf_arguments *arguments)
{
	const char *tree = mf_given_value(arguments, "dkms-tree");

	if (arguments->n_operands + (tree != NULL) > 1)
		return NULL;
	if (tree)
		return tree;
	return arguments->n_operands ? arguments->operands[0] : MF_DKMS_TREE;
}

int mf_sources_fail_empty(const struct mf_arguments *arguments, struct mf_err *err)
{
	const char *source = mf_sources_only(arguments);

	mf_fail(err, -ENOENT,
		"%s: no driver found; expected a DKMS tree, a *.dkms.tar.gz, a module, a folder of modules, a driver disk or a package",
		source ? source : "the sources");
	return MF_EXIT_NO;
}

int mf_sources_scan_tree(const struct mf_arguments *arguments, unsigned int want,
			 struct mf_drvset *set, struct mf_err *err)
{
	const char *tree = mf_given_value(arguments, "dkms-tree");
	int r;

	if (!tree && arguments->n_operands)
		return MF_EXIT_OK;
	r = mf_scan_tree(tree ? tree : MF_DKMS_TREE, want, set, err);
	if (r == -ENOENT && !tree) {
		mf_fail(err, r,
			"there is no DKMS tree at " MF_DKMS_TREE
			"; name a SOURCE or --dkms-tree DIR");
		return MF_EXIT_NO;
	}
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}

/* Firmware is looked for in several places: a folder that is not there would not be missed. */
static int check_firmware_dirs(const struct mf_arguments *arguments, struct mf_err *err)
{
	struct mf_strings given = mf_given_values(arguments, "firmware-dir");
	int code = MF_EXIT_OK;
	struct stat st;

	for (size_t i = 0; !code && i < given.n; i++) {
		if (!stat(given.v[i], &st) && S_ISDIR(st.st_mode))
			continue;
		mf_fail(err, -ENOTDIR,
			"--firmware-dir %s: is no folder, expected one with firmware", given.v[i]);
		code = MF_EXIT_FAILED;
	}
	free(given.v);
	return code;
}

int mf_sources_scan(const struct mf_arguments *arguments, unsigned int want, struct mf_drvset *set,
		    struct mf_err *err)
{
	int code = check_firmware_dirs(arguments, err);

	if (!code)
		code = mf_sources_scan_tree(arguments, want, set, err);
	for (int i = 0; !code && i < arguments->n_operands; i++) {
		if (!mf_sources_is_repeated(arguments, i) &&
		    mf_scan(arguments->operands[i], want, set, err))
			code = MF_EXIT_FAILED;
	}
	if (!code)
		mf_drvset_sort(set);
	return code;
}
