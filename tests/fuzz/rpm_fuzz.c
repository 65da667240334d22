// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: RPMs, header by librpm and payload.
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/rpm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* libarchive asks for what a cpio header states, and gives up when it does not get it. */
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

static bool is_wanted(void *data, const char *path)
{
	uint64_t *n = data;

	if (!*path || *path == '/')
		abort();
	return ++*n % 2;
}

static int see(void *data, const char *path, struct mf_bytes content)
{
	(void)path;
	*(uint64_t *)data += content.n;
	return 0;
}

/* What says that it is one must be whole. */
static void check(const struct mf_rpm *rpm)
{
	if (rpm->malformed) {
		if (rpm->name || rpm->n_files || rpm->provides.n)
			abort();
		return;
	}
	if (!*rpm->name || !*rpm->version || !*rpm->release || !*rpm->arch || !rpm->summary)
		abort();
	for (size_t i = 0; i < rpm->n_files; i++) {
		if (!rpm->files[i].path)
			abort();
	}
	for (size_t i = 0; i < rpm->provides.n; i++) {
		if (!rpm->provides.v[i].name || !rpm->provides.v[i].version)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_close_fd) int fd = memfd_create("rpm", MFD_CLOEXEC);
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	uint64_t n = 0;
	struct mf_rpm_walk walk = {is_wanted, see, &n};
	struct mf_rpm rpm;
	struct mf_err err = {0};
	char path[64];

	if (fd < 0 || mf_write_all(fd, (struct mf_bytes){data, size}, &err))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (mf_rpm_read(path, &arena, &rpm, &err))
		abort();
	check(&rpm);
	if (mf_rpm_walk_payload(&rpm, &walk, &err) && !err.text[0])
		abort();
	return 0;
}
