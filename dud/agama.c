// SPDX-License-Identifier: GPL-2.0-or-later
// Driver update read by Agama, SUSE's installer since SLES 16, Leap 16 and Tumbleweed of 2025.
#include <errno.h>
#include <string.h>

#include "dud/dud.h"
#include "dud/suse_parts.h"
#include "lib/base/cleanup.h"

/* Agama looks for no label; the same as on other disks for those who attach the image. */
#define LABEL "OEMDRV"

#define INSTALLER "agama"

/*
 * inst-sys/ is copied over the live root before the modules are loaded there. By cp, which does not
 * put a folder lib in the place of the root's symlink.
 */
#define FIRMWARE "inst-sys/usr/lib/firmware/updates"

/*
 * Agama copies the modules to updates/ of the kernel that runs, whatever they were built for, and
 * there they hide the stock ones (agama, live/live-root/usr/lib/dracut/modules.d/99agama-dud,
 * update_kernel_modules). dud.config and its Exec lines it does not read. Until March 2026 it took
 * the first folder of the machine too, whichever product's. So there is one kernel a machine.
 */
static int check_kernels(const struct mf_suse_parts *parts, struct mf_err *err)
{
	for (size_t i = 0; i < parts->n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(parts->v[i].arch, parts->v[j].arch) != 0)
				continue;
			return mf_fail(
				err, -EINVAL,
				"kernels %s and %s: Agama takes all modules of a disk for its own kernel, expected one; choose it with --kernel and make a disk for each",
				parts->v[j].kernel, parts->v[i].kernel);
		}
	}
	return 0;
}

static int add_part(const struct mf_plan *plan, const struct mf_suse_part *part,
		    struct mf_tree *out, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf config = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf order = {0};
	/* for mkmedia and mkdud --show */
	int r = mf_suse_config_put(part, INSTALLER, &config, err);

	if (r)
		return r;
	if (mf_suse_order_put(part, &order))
		return -ENOMEM;
	return mf_suse_folder_add(out,
				  &(struct mf_suse_folder){.plan = plan,
							   .part = part,
							   .prefix = "",
							   .firmware = FIRMWARE,
							   .config = mf_buf_str(&config),
							   .order = mf_buf_str(&order)},
				  err);
}

static int plan_disk(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	struct mf_suse_parts parts;
	int r = mf_tree_add_param(out, "label", plan->dud.label ? plan->dud.label : LABEL);

	if (!r && plan->dud.install == MF_INSTALL_ARCHIVE)
		r = mf_fail(
			err, -EOPNOTSUPP,
			"update.tar.gz: Agama unpacks none, expected packages; use --install kmp");
	if (!r && plan->dud.parameters.n)
		r = mf_fail(
			err, -EOPNOTSUPP,
			"%s: Agama reads no module parameters from a disk; give it at boot, as a word of the kernel command line",
			plan->dud.parameters.v[0]);
	if (!r)
		r = mf_suse_parts_make(plan, INSTALLER, &out->arena, &parts, err);
	if (!r)
		r = check_kernels(&parts, err);
	for (size_t i = 0; !r && i < parts.n; i++)
		r = add_part(plan, &parts.v[i], out, err);
	return r ? r : mf_tree_finish(out, err);
}

const struct mf_recipe mf_dud_agama_recipe = {
	.name = "dud-agama",
	.summary = "driver update of SUSE's Agama",
	.plan = plan_disk,
};
