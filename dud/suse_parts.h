// SPDX-License-Identifier: GPL-2.0-or-later
// What SUSE's driver updates for linuxrc and for Agama share: linux/suse/ARCH-DIST.
#pragma once

#include "lib/core/recipe.h"

/* The drivers of one kernel and machine: what one folder holds. */
struct mf_suse_part {
	const char *kernel;
	const char *arch;	     /* in folder names: i386 for all of its kind */
	struct mf_selected *drivers; /* in the order of loading */
	size_t n;
	const char **files;	/* base name without ".ko" of each */
	struct mf_strings tags; /* of the targets that the kernel is for */
	char id[33];		/* made of what is in it: same drivers, same id */
};

struct mf_suse_parts {
	struct mf_suse_part *v;
	size_t n;
};

/*
 * Parts of a plan, in the order of its kernels; they live in the arena. A kernel is for the targets
 * that admit it, or for all where none does. -EOPNOTSUPP for a target of another installer, -EINVAL
 * for none and for a release that no kernel has, -ENOENT for a target without a kernel, -EEXIST for
 * two modules of one name, -ELOOP, -ENOMEM.
 */
int mf_suse_parts_make(const struct mf_plan *plan, const char *installer, struct mf_arena *arena,
		       struct mf_suse_parts *out, struct mf_err *err);

/* One driver update: a folder "…linux/suse/ARCH-DIST" of the disk. */
struct mf_suse_folder {
	const struct mf_plan *plan;
	const struct mf_suse_part *part;
	const char *prefix;   /* "" or "01/" */
	const char *firmware; /* where in it the drivers' firmware goes: "install/firmware" */
	const char *config;   /* text of dud.config */
	const char *order;    /* text of module.order */
	const char *script;   /* its file's name in install/ and text, NULL: none */
	const char *script_name;
};

/*
 * Adds the folder for each tag of the part: dud.config, modules/ with module.order, install/ with
 * the KMPs, firmware. A symlink, or a copy, for the second tag and later ones. Errors of
 * mf_kmp_rpm_add().
 */
int mf_suse_folder_add(struct mf_tree *tree, const struct mf_suse_folder *folder,
		       struct mf_err *err);

/*
 * Adds update.tar.gz and its update.post to the folder install: what --install archive brings into
 * the installed system. 0 or -ENOMEM.
 */
int mf_suse_archive_add(struct mf_tree *tree, const struct mf_suse_part *part, const char *install);

/*
 * Appends the text of module.order: the part's drivers, what one needs before it. 0 or -ENOMEM.
 */
int mf_suse_order_put(const struct mf_suse_part *part, struct mf_buf *out);

/*
 * The same, and in front of each driver the installer's own modules that it needs: linuxrc calls
 * insmod, which loads nothing else, and takes a name without a file on the disk for its own module
 * (module.c, mod_insmod). Of the plan's kernel it is known what these need in turn, and which are
 * built in.
 */
int mf_suse_order_put_needs(const struct mf_plan *plan, const struct mf_suse_part *part,
			    struct mf_arena *arena, struct mf_buf *out);

/*
 * fgets of linuxrc's file_read_file (file.c) has 1,024 bytes: of a longer line, without its end,
 * the rest is read as one of its own.
 */
#define MF_SUSE_LINE_MAX 1022

/*
 * Appends the lines of dud.config that both installers' tools read. -EINVAL for a package whose
 * name makes too long a line, -ENOMEM.
 */
int mf_suse_config_put(const struct mf_suse_part *part, const char *installer, struct mf_buf *out,
		       struct mf_err *err);
