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

static int fail_path(struct mf_err *err, const char *path, const char *what)
{
	int code = -errno;

	return mf_fail(err, code, "%s: cannot %s: %s", path, what, strerror(-code));
}

int mf_map_file(int dirfd, const char *path, struct mf_map *out, struct mf_err *err)
{
	/* O_NONBLOCK: a fifo must be refused, not waited for */
	MF_CLEANUP(mf_close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *map;

	if (fd < 0)
		return fail_path(err, path, "open it");
	if (fstat(fd, &st))
		return fail_path(err, path, "look at it");
	if (!S_ISREG(st.st_mode))
		return mf_fail(err, -EINVAL, "%s: is no regular file", path);
	*out = (struct mf_map){0};
	if (!st.st_size)
		return 0;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return fail_path(err, path, "map it");
	out->bytes = (struct mf_bytes){map, (size_t)st.st_size};
	return 0;
}

void mf_map_close(struct mf_map *map)
{
	union {
		const uint8_t *given;
		void *owned;
	} address = {.given = map->bytes.p}; /* munmap lacks a const */

	if (map->bytes.p)
		munmap(address.owned, map->bytes.n);
	*map = (struct mf_map){0};
}

int mf_read_file(const char *path, size_t limit, struct mf_buf *out, struct mf_err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	MF_CLEANUP(mf_close_fd)
	int fd = is_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	size_t start = out->len;

	if (is_stdin)
		path = "standard input";
	if (fd < 0)
		return fail_path(err, path, "open it");
	for (;;) {
		uint8_t *room = mf_buf_reserve(out, 65536);
		ssize_t n = room ? read(fd, room, 65536) : 0;

		if (!room)
			return -ENOMEM;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_path(err, path, "read it");
		if (!n)
			return 0;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > limit)
			return mf_fail(err, -EFBIG, "%s: has more than %zu bytes", path, limit);
	}
}
