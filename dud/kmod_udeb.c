// SPDX-License-Identifier: GPL-2.0-or-later
// Packages of built drivers for debian-installer itself: NAME-modules-KERNEL-di, modules alone.
#include "dud/kmod_deb.h"

/*
 * udpkg unpacks them with tar and keeps their scripts for a menu that never runs those of a package
 * without a menu item, so there are none: hw-detect, the next step, runs depmod -a and lets udev
 * look again. No Depends: the kernel's package is not always in the installer's list, and
 * Kernel-Version keeps anna from a package for another kernel. Its Priority lets anna take it
 * unasked. No Package-Type, which dpkg-gencontrol takes out of udebs, too.
 *
 * "lib" is a folder in Debian 12's installer and a link in 13's, whose own module packages still
 * have that name.
 */
int mf_kmod_udeb_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		     const struct mf_package_part *part, struct mf_err *err)
{
	static const struct mf_kmod_deb_kind kind = {
		.tail = "-di",
		.extension = "udeb",
		.section = "debian-installer",
		.description = "Drivers as DKMS built them, for the installer itself.\n",
	};
	struct mf_kmod_deb deb = {.part = part, .err = err, .lib = "lib"};
	int r = mf_kmod_deb_begin(&deb, tree, folder, &kind);

	(void)plan;
	if (!r)
		r = mf_kmod_deb_add_param(&deb, "priority", "standard");
	if (!r)
		r = mf_kmod_deb_add_param(&deb, "kernel-version", deb.kernel);
	if (!r)
		r = mf_kmod_deb_add_drivers(&deb);
	return r ? r : mf_kmod_deb_end(&deb, tree);
}
