// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: an initrd, probed; what is found is written for the cache and read back the same.
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/io/probe_cache.h"
#include "lib/io/probe_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__asan_default_options(void);

/* libsquashfs asks for what an inode states and gives up when it does not get it. */
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}

static void check_sorted(const struct mf_strings *strings)
{
	for (size_t i = 1; i < strings->n; i++) {
		if (strcmp(strings->v[i - 1], strings->v[i]) >= 0)
			abort();
	}
}

static void check_kernels(const struct mf_probe *probe)
{
	for (size_t i = 0; i < probe->n_kernels; i++) {
		const struct mf_kernel *kernel = &probe->kernels[i];

		if (i && strcmp(probe->kernels[i - 1].release, kernel->release) >= 0)
			abort();
		if (mf_probe_kernel(probe, kernel->release) != kernel)
			abort();
		for (size_t k = 0; k < kernel->n_modules; k++) {
			if (mf_kernel_module(kernel, kernel->modules[k].name) !=
			    &kernel->modules[k])
				abort();
		}
	}
}

/* Bytes of what was read back are those of what was written. */
static void check_cache(const struct mf_probe *probe)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf first = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf second = {0};
	MF_CLEANUP(mf_probe_free) struct mf_probe again = {0};
	struct mf_probe_identity identity = {.inode = 1};

	if (mf_probe_encode(probe, &identity, &first))
		abort();
	if (mf_probe_decode(mf_buf_bytes(&first), &identity, &again))
		abort();
	if (mf_probe_encode(&again, &identity, &second) || first.len != second.len ||
	    memcmp(first.data, second.data, first.len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	struct mf_err err = {0};
	MF_CLEANUP(mf_gather_free) struct mf_gather gather = {.probe = &probe, .err = &err};

	if (mf_gather_begin(&gather) || mf_gather_initrd(&gather, (struct mf_bytes){data, size}) ||
	    mf_gather_end(&gather))
		return 0;
	check_sorted(&probe.base.dirs);
	check_sorted(&probe.blacklist);
	check_sorted(&probe.firmware);
	check_kernels(&probe);
	check_cache(&probe);
	return 0;
}
