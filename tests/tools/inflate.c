// SPDX-License-Identifier: GPL-2.0-or-later
// Inflates a gzip file with zlib alone, into memory: what a probe of such an initrd is measured by.
// usage: inflate FILE REPEAT ; prints the least processor time in ms, and how many bytes came out
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <zlib.h>

#include "lib/base/cleanup.h"
#include "lib/io/file.h"

#define MAX_OUT ((size_t)1 << 30)

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Memory that is not touched costs nothing: the buffer may be as large as is allowed. */
static int inflate_once(struct mf_bytes in, unsigned long *ret_n)
{
	MF_CLEANUP(mf_free_ptr) uint8_t *out = malloc(MAX_OUT);
	z_stream stream = {0};
	int status;

	if (!out || inflateInit2(&stream, 15 + 16) != Z_OK)
		return -1;
	stream.next_in = (z_const Bytef *)(uintptr_t)in.p;
	stream.avail_in = (unsigned int)in.n;
	stream.next_out = out;
	stream.avail_out = (unsigned int)MAX_OUT;
	status = inflate(&stream, Z_FINISH);
	*ret_n = stream.total_out;
	inflateEnd(&stream);
	return status == Z_STREAM_END ? 0 : -1;
}

int main(int argc, char **argv)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_err err = {0};
	unsigned long n = 0;
	double best = 0;

	if (argc != 3 || mf_map_file(AT_FDCWD, argv[1], &map, &err)) {
		fprintf(stderr, "usage: inflate FILE REPEAT %s\n", err.text);
		return 2;
	}
	for (unsigned long i = strtoul(argv[2], NULL, 10); i; i--) {
		double start = milliseconds();

		if (inflate_once(map.bytes, &n))
			return 1;
		start = milliseconds() - start;
		if (!best || start < best)
			best = start;
	}
	printf("%.1f %lu\n", best, n);
	return 0;
}
