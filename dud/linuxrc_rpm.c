// SPDX-License-Identifier: GPL-2.0-or-later
// A driver update for linuxrc inside an RPM, which may be signed as RPMs are.
#include <errno.h>

#include "dud/dud.h"

/* linuxrc takes it by its content: /linux/suse/… (linuxrc, file.c, util.c; mkdud --format rpm). */
#define NAME	"modferry-driverupdate"
#define VERSION "1"
#define RELEASE "1"

/*
 * The machine is that of its first drivers: rpmbuild refuses programs and modules in packages for
 * all, and linuxrc does not look at it.
 */
static int add_identity(const struct mf_plan *plan, struct mf_tree *rpm)
{
	const char *const params[][2] = {
		{"name", NAME},
		{"version", VERSION},
		{"release", RELEASE},
		{"arch", plan->selected->v[0].build->arch},
		{"summary", "driver update for linuxrc"},
		{"license", "see the packages in it"},
		{"description",
		 "For the installer, which unpacks it. It is not meant to be installed."},
		{"payload", "gzip"},
	};

	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (mf_tree_add_param(rpm, params[i][0], params[i][1]))
			return -ENOMEM;
	}
	return 0;
}

static int plan_rpm(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	const char *arch = plan->selected->n ? plan->selected->v[0].build->arch : NULL;
	struct mf_tree *rpm = NULL;
	const char *path;
	int r;

	if (!arch)
		return mf_fail(err, -EINVAL, "no driver for this driver update");
	path = mf_arena_printf(&out->arena, NAME "-" VERSION "-" RELEASE ".%s.rpm", arch);
	r = path ? mf_tree_add_tree(out, path, 0644, "rpm", &rpm) : -ENOMEM;
	if (!r)
		r = add_identity(plan, rpm);
	if (!r)
		r = mf_dud_linuxrc_recipe.plan(plan, rpm, err);
	return r ? r : mf_tree_finish(out, err);
}

const struct mf_recipe mf_dud_linuxrc_rpm_recipe = {
	.name = "dud-linuxrc-rpm",
	.summary = "driver update for linuxrc, in an RPM",
	.plan = plan_rpm,
};
