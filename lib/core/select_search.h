// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of selection: what is looked at, and what is said where nothing fits.
#pragma once

#include "lib/core/select.h"

/* One call of mf_select. */
struct mf_search {
	struct mf_drvset *set;
	const struct mf_selection *selection;
	struct mf_selected_list *list;
	struct mf_err *err;
};

/* Whether DKMS finished it. */
bool mf_build_is_usable(const struct mf_build *build);

/* -ENOENT: nothing fits a kernel; says what there is and the line that builds what is missing. */
int mf_search_fail_kernel(struct mf_search *search, const char *kernel);

/* -ENOENT: nothing fits at all; says which of the words it was. */
int mf_search_fail_empty(struct mf_search *search);
