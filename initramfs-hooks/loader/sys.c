// SPDX-License-Identifier: GPL-2.0-or-later
// Files below the root, the clock, and what a process needs to be left alone.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static char **process_argv;

int mf_sys_path(const struct mf_loader *loader, char out[PATH_MAX], const char *format, ...)
{
	size_t n = strlen(loader->root);
	va_list args;
	int m;

	if (n >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(out, loader->root, n);
	va_start(args, format);
	m = vsnprintf(out + n, PATH_MAX - n, format, args);
	va_end(args);
	if (m >= 0 && (size_t)m < PATH_MAX - n)
		return 0;
	out[0] = '\0';
	return -ENAMETOOLONG;
}

int mf_sys_read(const char *path, size_t limit, struct mf_buf *out)
{
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t start = out->len;

	if (fd < 0)
		return -errno;
	for (;;) {
		uint8_t *room = mf_buf_reserve(out, 4096);
		ssize_t n;

		if (!room)
			return -ENOMEM;
		n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (!n)
			return 0;
		if (out->len - start > limit)
			return -EFBIG;
	}
}

int mf_sys_write(const char *path, const char *text)
{
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int write_all(int fd, struct mf_bytes bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		bytes = mf_bytes_sub(bytes, (size_t)n, bytes.n - (size_t)n);
	}
	return 0;
}

int mf_sys_create(int folder, const char *name, struct mf_bytes bytes)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	int r;

	fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	r = write_all(fd, bytes);
	if (r)
		unlinkat(folder, name, 0);
	return r;
}

int mf_sys_make_parents(char *path, size_t start)
{
	for (char *slash = path + start; (slash = strchr(slash, '/')); slash++) {
		int r;

		*slash = '\0';
		r = mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (r)
			return r;
	}
	return 0;
}

struct mf_bytes mf_sys_map(const char *path)
{
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *place;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (uint64_t)st.st_size > SIZE_MAX)
		return (struct mf_bytes){0};
	place = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (place == MAP_FAILED)
		return (struct mf_bytes){0};
	return (struct mf_bytes){place, (size_t)st.st_size};
}

bool mf_sys_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
	*folder = NULL;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int mf_sys_list(struct mf_arena *arena, const char *path, struct mf_strings *out)
{
	MF_CLEANUP(close_folder) DIR *folder = opendir(path);
	struct dirent *entry;

	*out = (struct mf_strings){0};
	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (mf_arena_grow(arena, &out->v, out->n, sizeof(*out->v)))
			return -ENOMEM;
		out->v[out->n] = mf_arena_strdup(arena, entry->d_name);
		if (!out->v[out->n++])
			return -ENOMEM;
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compare);
	return 0;
}

int mf_sys_link(const char *path, char out[PATH_MAX])
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *at = target;

	if (n < 0)
		return -errno;
	target[n] = '\0';
	while (mf_has_prefix(at, "../"))
		at += 3;
	if (strlen(at) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	out[0] = '/';
	memcpy(out + 1, at, strlen(at) + 1);
	return 0;
}

uint64_t mf_sys_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int mf_sys_print(int fd, const char *format, ...)
{
	char text[PATH_MAX * 2];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -ENAMETOOLONG;
	return write(fd, text, (size_t)n) == n ? 0 : -EIO;
}

void mf_sys_close_all(int keep)
{
	long failed = 0;

#ifdef SYS_close_range
	if (keep > 0)
		failed = syscall(SYS_close_range, 0, keep - 1, 0);
	if (!failed)
		failed = syscall(SYS_close_range, keep + 1, ~0U, 0);
#else
	failed = -1;
#endif
	for (int fd = 0; failed && fd < 1024; fd++) { /* kernels before 5.9 */
		if (fd != keep)
			close(fd);
	}
}

void mf_sys_set_argv(char **argv)
{
	process_argv = argv;
}

void mf_sys_stay_alive(void)
{
	if (process_argv && process_argv[0] && process_argv[0][0])
		process_argv[0][0] = '@';
}
