// SPDX-License-Identifier: GPL-2.0-or-later
// Artifacts read back: the drivers of an overlay, a folder of modules, one module, what DKMS built.
#pragma once

#include "lib/core/check.h"
#include "lib/io/file.h"

/* Bytes of all files of an artifact that are kept; a GPU driver with its firmware has 400 MB. */
#define MF_ARTIFACT_MAX_BYTES ((uint64_t)1 << 30)

/* The module indexes that an artifact brings for one kernel. */
struct mf_artifact_indexes {
	const char *kernel;
	struct mf_indexes indexes;
};

/* Zeroed is empty; owns what it shows. */
struct mf_artifact {
	struct mf_drvset set; /* content and facts with symbols; builds by kernel */
	struct mf_map map;    /* the file, where it is an initrd */
	uint64_t unpacked;    /* bytes of all files in an initrd, else 0 */
	bool is_archive;      /* an initrd, or a folder with the layout of one */
	bool is_dkms;	      /* a DKMS tree, a folder or tarball of one package */
	bool has_loader;      /* modferry/load is in it */
	unsigned int hooks;   /* 1 << enum mf_hook of each hook file in it */
	struct mf_artifact_indexes *indexes;
	size_t n_indexes;
};

/*
 * Reads an artifact: an initrd (raw or compressed; last copies win), a folder, a module file, what
 * DKMS built (its tree, a package's folder in it, a tarball). With
 * manifests in it, its drivers are what these list, else every module in it. Modules that are none
 * are kept with the reason in `malformed`. -ENODATA when there is no module at all, -EINVAL for
 * what is no artifact, -errno; err names the object.
 */
int mf_artifact_read(const char *path, struct mf_artifact *out, struct mf_err *err);

/*
 * The drivers for a kernel in dependency order, in the set's arena. Loose modules (no archive, not
 * by DKMS) are all of them, whatever they were built for. 0, -ELOOP with err, -ENOMEM.
 */
int mf_artifact_select(struct mf_artifact *artifact, const char *kernel,
		       struct mf_selected_list *out, struct mf_err *err);

/* How it gets drivers for a kernel loaded, if its hook is one that the target runs. */
struct mf_delivery mf_artifact_delivery(const struct mf_artifact *artifact, const char *kernel);

/* Destructor. */
void mf_artifact_free(struct mf_artifact *artifact);
