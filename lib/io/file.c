// SPDX-License-Identifier: GPL-2.0-or-later
// Reading files: mapped, or whole with a limit.
#include "lib/io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

#define READ_STEP ((size_t)65536)

int mf_map_file(int dirfd, const char *path, struct mf_map *out, struct mf_err *err)
{
	/* O_NONBLOCK: a pipe in the way must not make us wait for its writer */
	MF_CLEANUP(mf_close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *place;

	*out = (struct mf_map){0};
	if (fd < 0 || fstat(fd, &st))
		return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return mf_fail(err, -EINVAL, "%s: not a regular file", path);
	if (!st.st_size)
		return 0;
	if ((uint64_t)st.st_size > SIZE_MAX)
		return mf_fail(err, -EFBIG, "%s: too large to be mapped", path);
	place = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (place == MAP_FAILED)
		return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	out->bytes = (struct mf_bytes){place, (size_t)st.st_size};
	return 0;
}

void mf_map_close(struct mf_map *map)
{
	if (map->bytes.p)
		munmap((void *)(uintptr_t)map->bytes.p, map->bytes.n);
	*map = (struct mf_map){0};
}

/* Reads fd to its end; room for one byte more than the limit shows that there is more. */
static int read_all(int fd, size_t limit, struct mf_buf *out)
{
	size_t total = 0;

	for (;;) {
		size_t step = READ_STEP < limit - total ? READ_STEP : limit - total + 1;
		uint8_t *room = mf_buf_reserve(out, step);
		ssize_t n;

		if (!room)
			return -ENOMEM;
		n = read(fd, room, step);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		total += (size_t)n;
		if (total > limit)
			return -EFBIG;
		out->len += (size_t)n;
	}
	mf_buf_add(out, "", 0); /* the NUL behind the content */
	return mf_buf_status(out);
}

int mf_read_file(const char *path, size_t limit, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int opened = -1;
	int fd = STDIN_FILENO;
	int result;

	if (strcmp(path, "-") != 0) {
		fd = opened = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	}
	result = read_all(fd, limit, out);
	if (result == -EFBIG)
		return mf_fail(err, result, "%s: larger than %zu bytes, the limit here", path,
			       limit);
	if (result)
		return mf_fail(err, result, "%s: %s", path, strerror(-result));
	return 0;
}
