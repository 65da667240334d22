// SPDX-License-Identifier: GPL-2.0-or-later
// The one list of commands, recipes and sinks.
#include <string.h>

#include "dud/dud.h"
#include "initramfs-hooks/overlay.h"
#include "lib/cli/commands.h"
#include "lib/io/sinks.h"

const struct mf_command *const mf_commands[] = {
	/* clang-format off */
	&mf_command_check,
	&mf_command_dud,
	&mf_command_hardware,
	&mf_command_inspect,
	&mf_command_list,
	&mf_command_match,
	&mf_command_overlay,
	&mf_command_report,
	NULL,
	/* clang-format on */
};

const struct mf_recipe *const mf_recipes[] = {
	/* clang-format off */
	&mf_overlay_recipe,
	&mf_dud_redhat_recipe,
	&mf_dud_debian_recipe,
	&mf_dud_rpms_recipe,
	&mf_dud_debs_recipe,
	&mf_dud_udebs_recipe,
	NULL,
	/* clang-format on */
};

const struct mf_sink *const mf_sinks[] = {
	&mf_sink_cpio,	   &mf_sink_cpio_gz, &mf_sink_cpio_zst, &mf_sink_cpio_xz,
	&mf_sink_cpio_lz4, &mf_sink_tar,     &mf_sink_dir,	&mf_sink_list,
	&mf_sink_file,	   &mf_sink_iso,     &mf_sink_fat,	&mf_sink_rpm,
	&mf_sink_repo,	   &mf_sink_deb,     &mf_sink_apt,	NULL,
};

const struct mf_sink *mf_sink_find(const char *name)
{
	for (size_t i = 0; mf_sinks[i]; i++) {
		if (!strcmp(mf_sinks[i]->name, name))
			return mf_sinks[i];
	}
	return NULL;
}

const struct mf_recipe *mf_recipe_find(const char *name)
{
	for (size_t i = 0; mf_recipes[i]; i++) {
		if (!strcmp(mf_recipes[i]->name, name))
			return mf_recipes[i];
	}
	return NULL;
}
