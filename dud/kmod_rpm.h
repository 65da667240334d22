// SPDX-License-Identifier: GPL-2.0-or-later
// Pieces of RPMs of drivers that have files of their own: text, scriptlets, symbol dependencies.
#pragma once

#include "dud/package.h"

/* The package being planned. Names are valid ones of RPM: harmless in shell, paths and spec. */
struct mf_kmod_rpm {
	const struct mf_plan *plan;
	const struct mf_package_part *part;
	const char *name;     /* of the DKMS package */
	const char *kernel;   /* uname -r */
	const char *version;  /* folded */
	const char **files;   /* base name without ".ko" of each driver of the part */
	struct mf_tree *tree; /* of the RPM */
};

/* "PACKAGE: WHAT"; -EINVAL. */
int mf_kmod_rpm_refuse(const struct mf_kmod_rpm *rpm, struct mf_err *err, const char *what);

/* Whether name and kernel are of the characters that an RPM's name has. -EINVAL. */
int mf_kmod_rpm_check_names(const struct mf_kmod_rpm *rpm, struct mf_err *err);

/* Fills files. -EINVAL for a name that no module can have, -EEXIST for one twice, -ENOMEM. */
int mf_kmod_rpm_name_files(struct mf_kmod_rpm *rpm, struct mf_err *err);

/* Adds license and description, out of the modules. 0 or -ENOMEM. */
int mf_kmod_rpm_add_text(struct mf_kmod_rpm *rpm);

/* Adds the scriptlets. 0 or -ENOMEM. */
int mf_kmod_rpm_add_scripts(struct mf_kmod_rpm *rpm);

/*
 * Adds ksym() Provides for what the drivers export and kernel() or ksym() Requires for what they
 * import, each with its CRC, as kernel-srpm-macros' find-provides.ksyms and find-requires.ksyms do:
 * ksym() where a driver of the selection for that kernel exports the symbol. 0 or -ENOMEM.
 */
int mf_kmod_rpm_add_symbols(struct mf_kmod_rpm *rpm);
