// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of artifacts: the files of an initrd or folder that say what it delivers.
#pragma once

#include "lib/io/artifact.h"

/* A file by its path, without a slash in front. */
struct mf_artifact_file {
	const char *path;
	struct mf_bytes content; /* in the arena */
	size_t number;		 /* in the order of the artifact */
};

/* Sorted by path, each once. */
struct mf_artifact_files {
	struct mf_arena *arena;
	struct mf_artifact_file *v;
	size_t n;
	uint64_t n_bytes;  /* of these files */
	uint64_t unpacked; /* of all files of an image */
};

/* The files of an initrd image: modules, manifests, the loader, hooks, module indexes; last copies.
 */
int mf_artifact_files_of_image(struct mf_bytes image, struct mf_artifact_files *files,
			       struct mf_err *err);

/* The same below a folder. */
int mf_artifact_files_of_folder(const char *folder, struct mf_artifact_files *files,
				struct mf_err *err);

/* The file of a path, NULL when there is none. */
const struct mf_artifact_file *mf_artifact_file(const struct mf_artifact_files *files,
						const char *path);
