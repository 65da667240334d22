// SPDX-License-Identifier: GPL-2.0-or-later
// Inflates a gzip file with zlib and throws it away: what reading an initrd costs at least.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

int main(int argc, char **argv)
{
	static unsigned char out[256 << 10];
	z_stream stream = {0};
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;
	int rc = Z_OK;

	if (fd < 0 || fstat(fd, &st) || inflateInit2(&stream, 15 + 16) != Z_OK) {
		fprintf(stderr, "usage: inflate FILE.gz\n");
		return 2;
	}
	stream.next_in = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	stream.avail_in = (unsigned int)st.st_size;
	if (stream.next_in == MAP_FAILED)
		return 1;
	while (rc == Z_OK) {
		stream.next_out = out;
		stream.avail_out = sizeof(out);
		rc = inflate(&stream, Z_NO_FLUSH);
	}
	inflateEnd(&stream);
	return rc == Z_STREAM_END ? 0 : 1;
}
