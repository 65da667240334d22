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
/* Measured on x86_64: above it copying costs more than mapping and its page faults. */
#define MAX_SMALL ((size_t)128 << 10)

/* Opens a regular file and finds its size. */
static int open_regular(int dirfd, const char *path, int *ret_fd, size_t *ret_size,
			struct mf_err *err)
{
	struct stat st;

	/* O_NONBLOCK: a pipe in the way must not make us wait for its writer */
	*ret_fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*ret_fd < 0 || fstat(*ret_fd, &st))
		return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return mf_fail(err, -EINVAL, "%s: not a regular file", path);
	if ((uint64_t)st.st_size > SIZE_MAX)
		return mf_fail(err, -EFBIG, "%s: too large to be mapped", path);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int map_fd(int fd, size_t size, const char *path, struct mf_map *out, struct mf_err *err)
{
	void *place;

	if (!size)
		return 0;
	place = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (place == MAP_FAILED)
		return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	out->bytes = (struct mf_bytes){place, size};
	return 0;
}

int mf_map_file(int dirfd, const char *path, struct mf_map *out, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	size_t size;
	int r;

	*out = (struct mf_map){0};
	r = open_regular(dirfd, path, &fd, &size, err);
	return r ? r : map_fd(fd, size, path, out, err);
}

/* Reads size bytes of fd, or fewer when it ends before. */
static int read_small(int fd, size_t size, struct mf_buf *out)
{
	out->len = 0;
	while (out->len < size) {
		uint8_t *room = mf_buf_reserve(out, size - out->len);
		ssize_t n = room ? read(fd, room, size - out->len) : 0;

		if (!room)
			return -ENOMEM;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			break;
		out->len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int mf_map_file_via(struct mf_buf *scratch, int dirfd, const char *path, struct mf_map *out,
		    struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	size_t size;
	int r;

	*out = (struct mf_map){0};
	r = open_regular(dirfd, path, &fd, &size, err);
	if (r)
		return r;
	if (size > MAX_SMALL)
		return map_fd(fd, size, path, out, err);
	r = read_small(fd, size, scratch);
	if (r)
		return mf_fail(err, r, "%s: %s", path, strerror(-r));
	*out = (struct mf_map){mf_buf_bytes(scratch), true};
	return 0;
}

void mf_map_close(struct mf_map *map)
{
	if (map->bytes.p && !map->is_borrowed)
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
	if (result == -EISDIR)
		return mf_fail(err, result, "%s: not a regular file", path);
	if (result)
		return mf_fail(err, result, "%s: %s", path, strerror(-result));
	return 0;
}
