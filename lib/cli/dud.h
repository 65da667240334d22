// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of `modferry dud`: what one run holds, and its steps in their order.
#pragma once

#include <limits.h>

#include "lib/cli/make.h"
#include "lib/core/recipe.h"
#include "lib/io/gpg.h"
#include "lib/io/nested.h"
#include "lib/io/workdir.h"

/* Installers, as far as their disks differ. Bits. */
enum mf_installer {
	MF_ANACONDA = 1,
	MF_LINUXRC = 2,
	MF_AGAMA = 4,
	MF_DEBIAN_INSTALLER = 8,
	MF_SUBIQUITY = 16,
};

/* What a --format word makes. */
struct mf_dud_format {
	const char *name;
	const char *recipe;	 /* NULL: the disks of the targets' installers */
	const char *sink;	 /* of the whole; "file": the only entry as it is */
	unsigned int installers; /* enum mf_installer bits: those that take it */
};

/* One file (or folder) to be made. */
struct mf_dud_artifact {
	const struct mf_target *const *targets;
	size_t n_targets;
	unsigned int installers; /* enum mf_installer bits of its targets */
	const struct mf_dud_format *format;
	const char
		*path; /* "-": standard output; NULL: an image in the run's folder, for a stick */
	bool has_signature; /* PATH.asc was written beside it */
	struct mf_tree tree;
	struct mf_nested nested;
};

struct mf_dud_run {
	struct mf_make make; /* its kernels live in the set's arena */
	const struct mf_target **targets;
	size_t n_targets;
	struct mf_dud_artifact *artifacts; /* one, or one a target */
	size_t n_artifacts;
	struct mf_spool spool;
	char signer[MF_GPG_KEY_MAX + 1]; /* --gpg-key; "": nobody signs */
	struct mf_workdir work;		 /* of the image, where only a stick gets it */
	char image[PATH_MAX];
	struct mf_strings parameters; /* --parameter; freed with the run */
};

/*
 * --for, --format, --output and their agreement: one artifact for all targets, or one for each
 * where --output ends with '/'. An enum mf_exit; the message is in err unless OK.
 */
int mf_dud_targets(struct mf_dud_run *run);

/* The installer of a target; 0: none that takes disks. */
unsigned int mf_dud_installer(const struct mf_target *target);

/*
 * Which drivers: those for the kernels of each target (or --kernel, or of --initrd, --iso, --root).
 * -ENOENT when a target or kernel has none; err says what there is and what to do.
 */
int mf_dud_select(struct mf_dud_run *run);

/* Those of the selected drivers that are for one of these targets; free out->v. 0 or -ENOMEM. */
int mf_dud_select_for(const struct mf_dud_run *run, const struct mf_target *const *targets,
		      size_t n_targets, struct mf_selected_list *out);

/* What would keep it from being written, before any work is done. 0 or -errno. */
int mf_dud_check_output(const struct mf_dud_run *run, const struct mf_dud_artifact *artifact);

/* Plans an artifact, makes files of its packages and writes it. 0 or -errno. */
int mf_dud_write(struct mf_dud_run *run, struct mf_dud_artifact *artifact);

/* Warnings that the choice of --match deserves, once. */
void mf_dud_warn_match(const struct mf_dud_run *run);

/* Warns of a --label by which one of the targets' installers would not find the disk. */
void mf_dud_warn_label(const struct mf_dud_run *run);

/* What was made, what is in it, and the lines to paste. */
int mf_dud_print(const struct mf_dud_run *run, const struct mf_dud_artifact *artifact);

/* Destructor. */
void mf_dud_artifact_free(struct mf_dud_artifact *artifact);
