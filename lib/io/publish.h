// SPDX-License-Identifier: GPL-2.0-or-later
// Atomic output: a file or folder appears whole under its name or not at all.
#pragma once

#include "lib/base/err.h"
#include "lib/core/sink.h"

/* Where a tree goes. */
struct mf_output {
	const struct mf_sink *sink;
	const char *path;      /* "-": standard output, for stream sinks only */
	const char *append_to; /* file copied in front (never changed), NULL for none */
	bool is_unpadded;      /* no zeros behind that file: of fewer than 4, lz4 makes an error */
};

/*
 * What mf_publish would refuse whatever the tree is: to be asked before long work. 0 or -errno with
 * path, problem and what to do in err.
 */
int mf_publish_check(const struct mf_output *output, struct mf_err *err);

/*
 * Writes the tree through the sink: into a temporary beside path, synced, then renamed over it.
 * Temporaries that a killed run left for the same path are removed first. A folder with files in
 * it is never replaced (-EEXIST). On failure nothing is left behind and the old output is whole.
 * -errno with path, problem and what to do in err.
 */
int mf_publish(const struct mf_tree *tree, const struct mf_output *output, struct mf_err *err);
