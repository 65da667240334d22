// SPDX-License-Identifier: GPL-2.0-or-later
// Recipes of driver update disks and packages; dud(7) describes what they make.
#pragma once

#include "lib/core/recipe.h"

/* Driver update disk version 3: rhdd3, rpms/ARCH/ with kmod RPMs and their metadata. */
extern const struct mf_recipe mf_dud_redhat_recipe;

/* SUSE: linux/suse/ARCH-DIST for linuxrc (numbered, one a kernel) and for Agama (one kernel). */
extern const struct mf_recipe mf_dud_linuxrc_recipe;
extern const struct mf_recipe mf_dud_agama_recipe;

/* The former in an RPM. */
extern const struct mf_recipe mf_dud_linuxrc_rpm_recipe;

/* Debian and Ubuntu: debian-drivers/, ubuntu-drivers/CODENAME with .debs and udebs. */
extern const struct mf_recipe mf_dud_debian_recipe;

/* Packages at the top of the tree, one a package of DKMS and kernel: for a repository's sink. */
extern const struct mf_recipe mf_dud_rpms_recipe;
extern const struct mf_recipe mf_dud_debs_recipe;
extern const struct mf_recipe mf_dud_kmps_recipe;
extern const struct mf_recipe mf_dud_udebs_recipe;
