// SPDX-License-Identifier: GPL-2.0-or-later
// A private temporary folder in which content lies as files for tools that take no other.
#pragma once

#include <limits.h>

#include "lib/base/err.h"
#include "lib/core/tree.h"
#include "lib/io/workdir.h"

/* Zeroed is none. */
struct mf_scratch {
	struct mf_workdir work;
	size_t n_files;
};

/* Makes one (lib/io/workdir.h). -errno with the folder in err. */
int mf_scratch_make(struct mf_scratch *scratch, struct mf_err *err);

/*
 * Path of a file that holds the content of a regular file entry: its source as it is, or a new
 * file in the scratch folder. -ESTALE as mf_entry_content; -EOPNOTSUPP for a nested tree; -errno.
 */
int mf_scratch_source(struct mf_scratch *scratch, const struct mf_entry *entry, char out[PATH_MAX],
		      struct mf_err *err);

/* Destructor: removes it and all in it. */
void mf_scratch_free(struct mf_scratch *scratch);
