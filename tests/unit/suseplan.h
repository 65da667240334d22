// SPDX-License-Identifier: GPL-2.0-or-later
// Plans driver updates of SUSE for tests of their recipes, without any file.
#pragma once

#include "tests/unit/selectmake.h"

#include "dud/dud.h"
#include "lib/core/recipe.h"

#define SP5    "5.14.21-150500.53-default"
#define SP6    "6.4.0-150600.21-default"
#define SLES16 "6.12.0-160000.5-default"
#define TW     "6.17.3-1-default"

#define MAX_TARGETS 4

struct wanted {
	const struct mf_recipe *recipe;
	const char *targets[MAX_TARGETS + 1];
	struct mf_dud_options dud;
};

static inline int plan(struct selection *selection, const struct wanted *wanted,
		       struct mf_tree *tree, struct mf_err *err)
{
	const struct mf_target *targets[MAX_TARGETS];
	struct mf_plan plan = {
		.selected = &selection->list, .targets = targets, .dud = wanted->dud};

	for (; wanted->targets[plan.n_targets]; plan.n_targets++) {
		targets[plan.n_targets] = mf_target_find(wanted->targets[plan.n_targets]);
		assert_non_null(targets[plan.n_targets]);
	}
	return wanted->recipe->plan(&plan, tree, err);
}
