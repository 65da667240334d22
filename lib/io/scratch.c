// SPDX-License-Identifier: GPL-2.0-or-later
// A private temporary folder in which content lies as files for tools that take no other.
#include "lib/io/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/source.h"

int mf_scratch_make(struct mf_scratch *scratch, struct mf_err *err)
{
	return mf_workdir_make(&scratch->work, err);
}

static int write_file(const char *path, struct mf_bytes content, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return mf_fail(err, -errno, "cannot create %s: %s", path, strerror(errno));
	r = mf_write_all(fd, content, err);
	return r ? mf_wrap(err, r, "%s", path) : 0;
}

int mf_scratch_source(struct mf_scratch *scratch, const struct mf_entry *entry, char out[PATH_MAX],
		      struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_bytes content;
	int n;
	int r;

	if (entry->kind == MF_ENTRY_TREE)
		return mf_fail(err, -EOPNOTSUPP, "%s: is a tree of its own, not written yet",
			       entry->path);
	r = mf_entry_content(entry, &map, &content, err);
	if (r)
		return r;
	n = entry->kind == MF_ENTRY_FILE
		    ? snprintf(out, PATH_MAX, "%s", entry->source)
		    : snprintf(out, PATH_MAX, "%s/%zu", scratch->work.path, scratch->n_files++);
	if (n < 0 || n >= PATH_MAX)
		return mf_fail(err, -ENAMETOOLONG, "%s: its source has too long a path",
			       entry->path);
	return entry->kind == MF_ENTRY_FILE ? 0 : write_file(out, content, err);
}

void mf_scratch_free(struct mf_scratch *scratch)
{
	mf_workdir_remove(&scratch->work);
}
