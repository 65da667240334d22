// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: driver disks of any container.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* libarchive asks for what a cpio header states, and gives up when it does not get it. */
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

static void check(const struct mf_disk *disk, unsigned int level)
{
	if (!disk->container || level > 4)
		abort();
	for (size_t i = 0; i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];

		if (!*file->path || *file->path == '/' || strstr(file->path, "//") ||
		    !memchr("fdlo", file->kind, 4))
			abort();
		if (i && strcmp(disk->files[i - 1].path, file->path) >= 0)
			abort();
		if (file->rpm && (file->kind != 'f' || strcmp(file->rpm->source, file->path) != 0))
			abort();
		if (file->deb && (file->kind != 'f' || strcmp(file->deb->source, file->path) != 0))
			abort();
		if ((file->driver || file->text.p) && (file->kind != 'f' || !file->spool))
			abort();
		if (file->driver && !file->driver->module.name)
			abort();
		if (mf_disk_find(disk, file->path) != file)
			abort();
		if (file->nested)
			check(file->nested, level + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_close_fd) int fd = memfd_create("disk", MFD_CLOEXEC);
	MF_CLEANUP(mf_disk_close) struct mf_disk_source source = {0};
	struct mf_err err = {0};
	char path[64];
	int r;

	if (fd < 0 || mf_write_all(fd, (struct mf_bytes){data, size}, &err))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = mf_disk_open(path, &source, &err);
	if (r && !err.text[0])
		abort();
	if (!r)
		check(&source.disk, 0);
	mf_disk_is_one(path);
	return 0;
}
