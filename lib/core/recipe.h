// SPDX-License-Identifier: GPL-2.0-or-later
// A recipe turns prepared drivers and a target into a file tree. Pure: no I/O, clock, environment.
#pragma once

#include "lib/core/kernel.h"
#include "lib/core/select.h"
#include "lib/core/target.h"
#include "lib/core/tree.h"

/* A symlink of the target's initramfs. */
struct mf_base_link {
	const char *path;
	const char *target; /* text of the link */
};

/* The target's initramfs, as far as a recipe needs to know. */
struct mf_base_tree {
	struct mf_strings dirs;	    /* directories it has, no symlinks, sorted */
	struct mf_base_link *links; /* sorted by path */
	size_t n_links;
};

/* For which kernels a kmod package says it is (dud(7)). */
enum mf_match {
	MF_MATCH_EXACT,	  /* for the one it was built for */
	MF_MATCH_MINIMUM, /* for that one and all later ones */
};

/* How linuxrc's driver updates bring drivers into the installed system (dud(7)). */
enum mf_install {
	MF_INSTALL_PACKAGE, /* a KMP in install/ */
	MF_INSTALL_ARCHIVE, /* install/update.tar.gz, unpacked over the system: needs no rpmbuild */
	MF_INSTALL_NONE,    /* not at all: for the installer alone */
};

/* What driver update disks and packages are asked to be. */
struct mf_dud_options {
	enum mf_match match;
	bool has_abi_requires; /* packages require the symbol CRCs they were built with */
	enum mf_install install;
	const char *label; /* volume label, NULL: what the installer looks for */
	bool has_symlinks; /* the container can have them: shared folders are not copied */
	struct mf_strings parameters; /* "MODULE.PARAMETER=VALUE", for the installer's insmod */
};

struct mf_recipe;

/* What every recipe gets; unused fields are zero. */
struct mf_plan {
	const struct mf_selected_list *selected; /* prepared: content and sha256 are there */
	const struct mf_target *target;		 /* the only or first one */
	const struct mf_target *const *targets;	 /* of a disk: all it is for */
	size_t n_targets;
	struct mf_dud_options dud;
	const struct mf_base_tree *base; /* NULL when no initrd was given */
	const char *loader_path;	 /* file of the loader for the target's arch */
	uint64_t loader_size;
	enum mf_hook hook;		 /* MF_HOOK_NONE: no loader */
	const struct mf_kernel *kernels; /* of the target, for merged indexes; sorted by release */
	size_t n_kernels;
	bool has_indexes;	      /* merged indexes are wanted */
	const struct mf_recipe *disk; /* of the driver update disk that an overlay carries; or NULL
				       */
};

struct mf_recipe {
	const char *name;
	const char *summary;
	int (*plan)(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err);
};
