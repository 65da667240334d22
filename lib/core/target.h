// SPDX-License-Identifier: GPL-2.0-or-later
// The target: who will consume an artifact. Known releases are rows of one table.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* Distribution family, as far as installers differ. */
enum mf_family {
	MF_FAMILY_GENERIC,
	MF_FAMILY_REDHAT,
	MF_FAMILY_SUSE,
	MF_FAMILY_DEBIAN,
	MF_FAMILY_UBUNTU
};

/* How the loader is started in an initramfs. */
enum mf_hook {
	MF_HOOK_RDINIT,		  /* kernel command line rdinit=/modferry/load */
	MF_HOOK_DRACUT,		  /* usr/lib/dracut/hooks/pre-udev */
	MF_HOOK_INITRAMFS_TOOLS,  /* conf/conf.d, sourced by /init */
	MF_HOOK_DEBIAN_INSTALLER, /* lib/debian-installer-startup.d: after udev took its first look
				   */
	MF_HOOK_SYSTEMD, /* a unit before systemd-udevd, where systemd is the initrd's init */
	MF_HOOK_NONE,	 /* nothing starts the loader, and there is none: indexes alone */
};

/* Module compressions that a target's kmod reads. Bits. */
enum mf_reads { MF_READS_PLAIN = 1, MF_READS_GZIP = 2, MF_READS_XZ = 4, MF_READS_ZSTD = 8 };

/* One row. Facts probed from a real initrd override it. */
struct mf_target {
	const char *name;
	const char *summary;
	enum mf_family family;
	enum mf_hook hook;     /* in the installer's own initrd */
	unsigned int reads;    /* enum mf_reads bits */
	bool is_usrmerged;     /* /lib is a symlink to usr/lib in its initramfs */
	const char *installer; /* "anaconda", "linuxrc", "agama", "debian-installer", "subiquity",
				  "-" */
	const char *tag;       /* word in the paths of its driver disks: linuxrc's and Agama's dist
				  ("sles15", "opensuse-leap16.0"), Debian's codename; NULL: none */
	const char *kernels;   /* its kernel releases contain one of these words; NULL: not told
				  by the release */
};

/* Row of a name or alias ("rhel9", "alma9"); NULL when unknown. */
const struct mf_target *mf_target_find(const char *name);

/* Appends names of rows that an unknown name may mean ("debian12, debian13"); nothing: none. */
void mf_target_suggest(const char *name, struct mf_buf *out);

/* Whether a kernel of that release can be one of the target's, as far as its form tells. */
bool mf_target_admits_kernel(const struct mf_target *target, const char *release);

/* All rows, *n of them, in the order of `list --targets`. */
const struct mf_target *mf_target_table(size_t *n);

/* Aliases of a row as text ("centos-stream9 alma9 rocky9 ol9"), "" when none. */
const char *mf_target_aliases(const struct mf_target *target);

/* "rdinit", "dracut", "initramfs-tools", "debian-installer", "systemd", "none". */
const char *mf_hook_name(enum mf_hook hook);

/* Hook of a name; false when unknown. */
bool mf_hook_find(const char *name, enum mf_hook *out);

/* Hook that a file of an initramfs is, wherever symlinks have put it; false when it is none. */
bool mf_hook_of_file(const char *path, enum mf_hook *out);
