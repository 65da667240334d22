// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: Debian packages, control file and payload.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/deb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* libarchive asks for what a header states, and gives up when it does not get it. */
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

/* What says that it is one must be whole. */
static void check(const struct mf_deb *deb)
{
	if (deb->malformed) {
		if (!*deb->malformed || deb->package || deb->control || deb->n_files)
			abort();
		return;
	}
	if (!*deb->package || !*deb->version || !*deb->arch || !deb->control || !deb->data)
		abort();
	for (size_t i = 0; i < deb->n_files; i++) {
		const char *path = deb->files[i].path;

		if (!*path || *path == '/' || path[strlen(path) - 1] == '/' || strstr(path, "//"))
			abort();
	}
}

/* The control file alone, without the archives around it, which hide it from the fuzzer. */
static void check_control(struct mf_bytes text, struct mf_arena *arena)
{
	struct mf_deb deb = {0};

	if (mf_deb_parse_control(text, arena, &deb))
		abort();
	if (!deb.malformed && (!*deb.package || !*deb.version || !*deb.arch))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_close_fd) int fd = memfd_create("deb", MFD_CLOEXEC);
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_deb_drivers drivers = {.is_whole = true};
	struct mf_deb deb;
	struct mf_err err = {0};
	char path[64];

	if (fd < 0 || mf_write_all(fd, (struct mf_bytes){data, size}, &err))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (mf_deb_read(path, &arena, &deb, &err))
		abort();
	check(&deb);
	if (mf_deb_read_drivers(&deb, &arena, &drivers, &err) && !err.text[0])
		abort();
	for (size_t i = 0; i < drivers.n; i++) {
		if (!drivers.v[i].module.name || !drivers.v[i].member)
			abort();
	}
	check_control((struct mf_bytes){data, size}, &arena);
	return 0;
}
