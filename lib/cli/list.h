// SPDX-License-Identifier: GPL-2.0-or-later
// What `modferry list` shows, in its two forms.
#pragma once

#include "lib/cli/command.h"
#include "lib/core/drvset.h"
#include "lib/core/select.h"

/* The drivers of a set that were asked for. */
struct mf_list {
	struct mf_drvset set;
	struct mf_selection selection;
	bool has_symbols;
};

/* Whether a build is shown, and whether a driver of a build that is. */
bool mf_list_has_build(const struct mf_list *list, const struct mf_package *package,
		       const struct mf_build *build);
bool mf_list_has_driver(const struct mf_list *list, const struct mf_package *package,
			const struct mf_driver *driver);

/* Print it. 0 or -errno. */
int mf_list_print_table(const struct mf_list *list, struct mf_err *err);
int mf_list_print_json(const struct mf_list *list, struct mf_err *err);

/* `list --targets`. */
int mf_list_print_targets(bool is_json, struct mf_err *err);
