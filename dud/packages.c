// SPDX-License-Identifier: GPL-2.0-or-later
// Packages alone, and what repositories of them hold: kmod RPMs, Debian packages.
#include <errno.h>

#include "dud/dud.h"
#include "dud/package.h"

typedef int (*add_fn)(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		      const struct mf_package_part *part, struct mf_err *err);

static int plan_packages(const struct mf_plan *plan, add_fn add, struct mf_tree *out,
			 struct mf_err *err)
{
	struct mf_package_part *parts = NULL;
	size_t n = 0;
	int r = mf_package_split(plan->selected, &out->arena, &parts, &n);

	for (size_t i = 0; !r && i < n; i++)
		r = add(out, "", plan, &parts[i], err);
	return r ? r : mf_tree_finish(out, err);
}

static int plan_rpms(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	return plan_packages(plan, mf_kmod_rpm_add, out, err);
}

static int plan_debs(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	return plan_packages(plan, mf_kmod_deb_add, out, err);
}

static int plan_udebs(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	return plan_packages(plan, mf_kmod_udeb_add, out, err);
}

const struct mf_recipe mf_dud_rpms_recipe = {
	.name = "kmod-rpm",
	.summary = "kmod RPMs, one a package and kernel",
	.plan = plan_rpms,
};

const struct mf_recipe mf_dud_debs_recipe = {
	.name = "kmod-deb",
	.summary = "Debian packages, one a package and kernel",
	.plan = plan_debs,
};

const struct mf_recipe mf_dud_udebs_recipe = {
	.name = "kmod-udeb",
	.summary = "packages for debian-installer, one a package and kernel",
	.plan = plan_udebs,
};
