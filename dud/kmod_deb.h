// SPDX-License-Identifier: GPL-2.0-or-later
// What Debian packages of drivers for installed systems (.deb) and installers (.udeb) share.
#pragma once

#include "dud/package.h"

/* A package while it is planned; its texts live in the arena of the tree that gets it. */
struct mf_kmod_deb {
	const struct mf_package_part *part;
	struct mf_tree *tree; /* of the package, once it is nested */
	struct mf_arena *arena;
	struct mf_err *err;
	const char *kernel;  /* uname -r */
	const char *folded;  /* DKMS name as part of a Debian name */
	const char *name;    /* of the package */
	const char *version; /* of the package */
	const char *arch;    /* Debian's word */
	const char *lib;     /* folder that has modules/ and firmware/ */
};

/*
 * Begins "FOLDER/NAME-modules-KERNELTAIL_VERSION_ARCH.EXTENSION" with the parameters that tell what
 * it is, and description, a paragraph about its kind, in front of its drivers'. deb has part, err
 * and lib set. -EINVAL and -ENAMETOOLONG for names that a package cannot have, -ENOMEM.
 */
struct mf_kmod_deb_kind {
	const char *tail;      /* of the name; "" or "-di" */
	const char *extension; /* "deb", "udeb" */
	const char *section;
	const char *description;
};

int mf_kmod_deb_begin(struct mf_kmod_deb *deb, struct mf_tree *tree, const char *folder,
		      const struct mf_kmod_deb_kind *kind);

/* Adds a parameter; -ENOMEM for a NULL value, too. */
int mf_kmod_deb_add_param(struct mf_kmod_deb *deb, const char *key, const char *value);

/* Adds a file with its folders, once: a path that is there stays. NULL path: -ENOMEM. */
int mf_kmod_deb_add_file(struct mf_kmod_deb *deb, const char *path, uint32_t mode,
			 struct mf_bytes content);

/* Adds the part's modules below updates/, and their firmware. Errors as of mf_kmod_deb_begin(). */
int mf_kmod_deb_add_drivers(struct mf_kmod_deb *deb);

/* Folder of the part's modules in that of their kernel, in the arena; NULL: no memory. */
char *mf_kmod_deb_module_folder(const struct mf_kmod_deb *deb);

/* Ends it: no other package in its folder may be called so. */
int mf_kmod_deb_end(const struct mf_kmod_deb *deb, const struct mf_tree *tree);
