// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: squashfs images, every file read.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/io/squashfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* The library asks for what an inode states and gives up when it does not get it. */
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

/* Entries of one input: directories that lie in each other make many of few bytes. */
#define MAX_ENTRIES 2000

struct count {
	size_t entries;
	struct mf_buf content;
};

static int see(void *context, struct mf_squashfs *squashfs, const struct mf_squashfs_entry *entry)
{
	struct count *count = context;
	int rc;

	if (!*entry->path || *entry->path == '/' || strstr(entry->path, "//") ||
	    entry->path[strlen(entry->path) - 1] == '/')
		abort();
	if (S_ISLNK(entry->mode) != (entry->target != NULL))
		abort();
	if (++count->entries > MAX_ENTRIES)
		return 1;
	if (!S_ISREG(entry->mode) || entry->size > 1 << 20)
		return 0;
	count->content.len = 0;
	rc = mf_squashfs_read(squashfs, &count->content);
	if (!rc && count->content.len != entry->size)
		abort();
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct count count = {0};
	struct mf_squashfs_visitor visitor = {see, &count};
	struct mf_err err = {0};
	int rc = mf_squashfs_walk((struct mf_bytes){data, size}, &visitor, &err);

	if (rc < 0 && !err.text[0])
		abort();
	mf_buf_free(&count.content);
	return 0;
}
