// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: bytes as a remembered probe. Size, checksum and identity are put right, so that what
// lies behind them is reached; an accepted one is written back with the same meaning.
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "lib/base/cleanup.h"
#include "lib/io/probe_cache.h"

/* Header of probe_code.c: magic, format, size, checksum, identity. */
#define HEADER	 (24 + sizeof(struct mf_probe_identity))
#define SIZE_AT	 8
#define CHECK_AT 16
#define WHO_AT	 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void repair(uint8_t *bytes, size_t n, const struct mf_probe_identity *identity)
{
	uint64_t whole = n;
	uint64_t checksum = crc32_z(0, bytes + HEADER, n - HEADER);

	memcpy(bytes + SIZE_AT, &whole, sizeof(whole));
	memcpy(bytes + CHECK_AT, &checksum, sizeof(checksum));
	memcpy(bytes + WHO_AT, identity, sizeof(*identity));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_free_ptr) uint8_t *copy = malloc(size + 1);
	MF_CLEANUP(mf_buf_free) struct mf_buf back = {0};
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	struct mf_probe_identity identity = {.inode = 7, .size = 9};
	size_t n_kernels;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	if (!mf_probe_decode((struct mf_bytes){data, size}, &identity, &probe))
		mf_probe_free(&probe);
	if (size < HEADER)
		return 0;
	repair(copy, size, &identity);
	if (mf_probe_decode((struct mf_bytes){copy, size}, &identity, &probe))
		return 0;
	n_kernels = probe.n_kernels;
	if (mf_probe_encode(&probe, &identity, &back))
		abort();
	{
		MF_CLEANUP(mf_probe_free) struct mf_probe again = {0};

		if (mf_probe_decode(mf_buf_bytes(&back), &identity, &again) ||
		    again.n_kernels != n_kernels)
			abort();
	}
	return 0;
}
