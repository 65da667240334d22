// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: FAT volumes, every file read.
#include <stdlib.h>
#include <string.h>

#include "lib/core/fat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct count {
	uint64_t left; /* of the file being read */
	struct mf_err err;
};

static int take(void *data, struct mf_bytes chunk)
{
	struct count *count = data;

	if (!chunk.n || chunk.n > count->left)
		abort();
	count->left -= chunk.n;
	return 0;
}

static int see(void *data, const struct mf_fat_entry *entry, const struct mf_fat_file *file)
{
	struct count *count = data;

	if (!*entry->path || *entry->path == '/' || strstr(entry->path, "//") ||
	    entry->is_folder != !file)
		abort();
	if (!file)
		return 0;
	count->left = entry->size;
	/* the walk has seen that all of it is there */
	if (mf_fat_read(file, take, count, &count->err) || count->left)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_bytes image = {data, size};
	struct count count = {0};
	char label[12];
	int r = mf_fat_walk(image, see, &count, &count.err);

	if (r > 0 || (r && !count.err.text[0]) || (!r && !mf_fat_is_one(image)))
		abort();
	mf_fat_label(image, label);
	if (memchr(label, '\0', sizeof(label)) == NULL)
		abort();
	return 0;
}
