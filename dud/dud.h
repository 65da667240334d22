// SPDX-License-Identifier: GPL-2.0-or-later
// Recipes of driver update disks, packages and repositories; dud(7) describes what they make.
#pragma once

#include "lib/core/recipe.h"

/* Driver update disk version 3: rhdd3, rpms/ARCH/ with kmod RPMs and their metadata. */
extern const struct mf_recipe mf_dud_redhat_recipe;
/* Packages alone, one a package and kernel: kmod RPMs, or .debs. */
extern const struct mf_recipe mf_dud_rpms_recipe;
extern const struct mf_recipe mf_dud_debs_recipe;
/* Repositories: RPMs with repodata (dnf, zypper), .debs with Packages and Release (apt). */
extern const struct mf_recipe mf_dud_repo_recipe;
