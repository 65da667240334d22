// SPDX-License-Identifier: GPL-2.0-or-later
// The file sink: a tree of one file as that file, for a package that is wanted alone.
#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/sinks.h"
#include "lib/io/source.h"

static int write_file(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_bytes content;
	int r;

	if (tree->n_entries != 1)
		return mf_fail(err, -EINVAL, "%zu files cannot be written as one", tree->n_entries);
	r = mf_entry_content(&tree->entries[0], &map, &content, err);
	return r ? r : mf_write_all(fd, content, err);
}

const struct mf_sink mf_sink_file = {
	.name = "file",
	.extension = "",
	.summary = "the only file of the tree as it is",
	.is_stream = true,
	.write = write_file,
};
