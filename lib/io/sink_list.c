// SPDX-License-Identifier: GPL-2.0-or-later
// The list sink: the tree as text, for --dry-run and golden tests.
#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/sinks.h"

static int write_list(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	mf_tree_list(tree, &text);
	if (mf_buf_status(&text))
		return mf_buf_status(&text);
	return mf_write_all(fd, mf_buf_bytes(&text), err);
}

const struct mf_sink mf_sink_list = {
	.name = "list",
	.extension = "txt",
	.summary = "what would be written, one entry a line",
	.is_stream = true,
	.write = write_list,
};
