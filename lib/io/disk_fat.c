// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks on FAT.
#include <errno.h>

#include "lib/core/fat.h"
#include "lib/io/disk_parts.h"

static int copy_chunk(void *data, struct mf_bytes chunk)
{
	return mf_disk_copy(data, chunk);
}

static int add_entry(void *data, const struct mf_fat_entry *entry, const struct mf_fat_file *file)
{
	struct mf_disk_build *build = data;
	bool wants_copy;
	int r = mf_disk_add(build,
			    &(struct mf_disk_file){.path = entry->path,
						   .kind = entry->is_folder ? 'd' : 'f',
						   .size = entry->size},
			    &wants_copy);

	if (r || !wants_copy)
		return r;
	r = mf_fat_read(file, copy_chunk, build, build->err);
	return r ? r : mf_disk_copy_end(build);
}

int mf_disk_read_fat(struct mf_disk_build *build, struct mf_bytes bytes)
{
	struct mf_err why = {0};
	char label[12];
	int r;

	mf_fat_label(bytes, label);
	if (label[0]) {
		build->disk->label = mf_arena_strdup(build->arena, label);
		if (!build->disk->label)
			return mf_disk_no_memory(build);
	}
	build->disk->container = "vfat";
	build->disk->has_long_names = true;
	r = mf_fat_walk(bytes, add_entry, build, &why);
	if (r == -E2BIG) /* its own limits are those of disks */
		return mf_fail(build->err, -EFBIG, "%s: %s", build->object, why.text);
	return r && why.text[0] ? mf_fail(build->err, r, "%s: damaged: %s", build->object, why.text)
				: r;
}
