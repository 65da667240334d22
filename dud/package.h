// SPDX-License-Identifier: GPL-2.0-or-later
// Packages of built drivers: kmod RPMs and Debian packages, one a package of DKMS and kernel.
#pragma once

#include "lib/core/recipe.h"

/* The drivers of one package for one kernel, as they go into one binary package. */
struct mf_package_part {
	const struct mf_selected *v; /* consecutive in a list sorted for it */
	size_t n;
};

/*
 * Splits a selection into parts: same package (name, version), kernel and arch; order of parts by
 * package, kernel, arch, within a part as selected. Loose modules without a package are one part
 * each, named after the module. Lives in the arena. 0 or -ENOMEM.
 */
int mf_package_split(const struct mf_selected_list *selected, struct mf_arena *arena,
		     struct mf_package_part **ret_parts, size_t *ret_n);

/* Name of the part's DKMS package, or of its module; its version, "0" when it has none. */
const char *mf_package_name(const struct mf_package_part *part);
const char *mf_package_version(const struct mf_package_part *part);

/*
 * Whether no other package in the same folder of the tree has the same values of both parameters,
 * its name and machine: of two versions side by side installers take the newer one, and the drivers
 * of the other would be lost. -EEXIST, which err explains.
 */
int mf_package_check_name(const struct mf_tree *tree, const struct mf_tree *package,
			  const char *const keys[2], struct mf_err *err);

/*
 * Adds "FOLDER/kmod-NAME-KERNEL-VERSION-RELEASE.ARCH.rpm" as a nested tree for the rpm sink
 * (modferry's dud(7), kmod RPM). -EINVAL for names an RPM cannot have, -ENOMEM; err says which.
 */
int mf_kmod_rpm_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		    const struct mf_package_part *part, struct mf_err *err);

/*
 * Adds "FOLDER/NAME-kmp-FLAVOUR-VERSION_kKERNEL-RELEASE.ARCH.rpm" as a nested tree for the rpm sink
 * (dud(7), KMP). The flavour is what stands behind the last '-' of the kernel release. Errors as
 * above.
 */
int mf_kmp_rpm_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		   const struct mf_package_part *part, struct mf_err *err);

/*
 * Adds "FOLDER/NAME-modules-KERNEL-di_VERSION_ARCH.udeb" as a nested tree for the deb sink: modules
 * and firmware alone, kernel-version, no scripts (dud(7), udeb). Errors as above.
 */
int mf_kmod_udeb_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		     const struct mf_package_part *part, struct mf_err *err);

/*
 * Adds "FOLDER/NAME-modules-KERNEL_VERSION_ARCH.deb" as a nested tree for the deb sink (dud(7),
 * Debian package). Parameters of it: package, version, architecture, maintainer, description,
 * depends, provides, modaliases, postinst, prerm, postrm, conffile (repeated). -EINVAL, -ENOMEM.
 */
int mf_kmod_deb_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		    const struct mf_package_part *part, struct mf_err *err);
