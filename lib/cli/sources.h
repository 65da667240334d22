// SPDX-License-Identifier: GPL-2.0-or-later
// The SOURCE operands that commands share.
#pragma once

#include "lib/cli/command.h"
#include "lib/core/drvset.h"

/* Whether an operand stood before: the same files would count twice. */
bool mf_sources_is_repeated(const struct mf_arguments *arguments, int index);

/*
 * Scans --dkms-tree, or DKMS's own tree when neither that nor an operand is given, into the set.
 * An enum mf_exit, with the message in err unless OK.
 */
int mf_sources_scan_tree(const struct mf_arguments *arguments, unsigned int want,
			 struct mf_drvset *set, struct mf_err *err);

/*
 * Scans the operands and --dkms-tree, or DKMS's own tree when neither is given, into the set and
 * sorts it. want: enum mf_module_want bits. An enum mf_exit, with the message in err unless OK.
 */
int mf_sources_scan(const struct mf_arguments *arguments, unsigned int want, struct mf_drvset *set,
		    struct mf_err *err);

/* MF_EXIT_NO: there is no package and no module in the sources; the message says what is expected.
 */
int mf_sources_fail_empty(const struct mf_arguments *arguments, struct mf_err *err);

/* The one source that is asked, for a message about all there is in it; NULL: there are several. */
const char *mf_sources_only(const struct mf_arguments *arguments);
