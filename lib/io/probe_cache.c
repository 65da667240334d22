// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: facts of files, remembered by the files' identity.
#include "lib/io/probe_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/hash.h"
#include "lib/io/folder.h"

/* Names in the folder: others' files there are not touched. */
#define PREFIX	  "probe-"
#define NAME_SIZE (sizeof(PREFIX) + 32)

/* A file that changed so short ago may change again without its time being another: clocks of file
 * systems tick every 10 ms at most, some store seconds, FAT even ones only. */
#define TICK_NS	       ((int64_t)20000000)
#define COARSE_TICK_NS ((int64_t)2500000000)

static int64_t nanoseconds(int64_t seconds, int64_t rest)
{
	int64_t value;

	if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &value) ||
	    __builtin_add_overflow(value, rest, &value))
		return INT64_MAX;
	return value;
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a of 64 bits */

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 1099511628211u;
	return hash;
}

int mf_probe_identify(const char *path, const char *kernel, struct mf_probe_identity *out)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	*out = (struct mf_probe_identity){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.mtime = st.st_mtim.tv_sec,
		.mtime_ns = st.st_mtim.tv_nsec,
		.ctime = st.st_ctim.tv_sec,
		.ctime_ns = st.st_ctim.tv_nsec,
		.kernel = kernel ? hash_text(kernel) : 0,
	};
	return 0;
}

bool mf_probe_is_settled(const struct mf_probe_identity *identity)
{
	bool is_coarse = !identity->ctime_ns && !identity->mtime_ns;
	int64_t changed = nanoseconds(identity->ctime, identity->ctime_ns);
	struct timespec now;

	return !clock_gettime(CLOCK_REALTIME, &now) &&
	       nanoseconds(now.tv_sec, now.tv_nsec) - changed >
		       (is_coarse ? COARSE_TICK_NS : TICK_NS);
}

/* By what does not change with the content, so that a changed file's old facts are overwritten. */
static int make_name(const struct mf_probe_identity *identity, char out[NAME_SIZE])
{
	const uint64_t place[] = {identity->device, identity->inode, identity->kernel};
	char digest[65];
	int r = mf_sha256_hex((struct mf_bytes){(const uint8_t *)place, sizeof(place)}, digest);

	if (r)
		return r;
	snprintf(out, NAME_SIZE, PREFIX "%.32s", digest);
	return 0;
}

/* Whether it is ours alone to write. */
static bool is_own(const struct stat *st)
{
	return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* The folder, only when nobody else may write to it; -1 else. */
static int open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) || !is_own(&st)))
		mf_close_fd(&fd);
	return fd;
}

/* Makes the folder and what is missing above it. */
static void make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return;
	memcpy(part, path, n + 1);
	for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(part, 0700);
		*slash = '/';
	}
	(void)mkdir(part, 0700);
}

/*
 * Reads a file of the folder into the arena: mapped, it could change while it is looked at.
 * -ENOENT for what is not ours.
 */
static int read_own(int folder, const char *name, struct mf_arena *arena, struct mf_bytes *out)
{
	MF_CLEANUP(mf_close_fd)
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	uint8_t *bytes;
	size_t done = 0;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !is_own(&st) || st.st_size <= 0 ||
	    (uint64_t)st.st_size > MF_PROBE_CACHE_BYTES)
		return -ENOENT;
	bytes = mf_arena_alloc(arena, (size_t)st.st_size);
	if (!bytes)
		return -ENOMEM;
	while (done < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + done, (size_t)st.st_size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -ENOENT;
		done += (size_t)n;
	}
	*out = (struct mf_bytes){bytes, done};
	(void)futimens(fd, NULL); /* used lately: kept longer */
	return 0;
}

int mf_probe_recall(const char *folder, const struct mf_probe_identity *identity,
		    struct mf_probe *out)
{
	MF_CLEANUP(mf_close_fd) int fd = open_folder(folder);
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_bytes bytes;
	char name[NAME_SIZE];

	if (fd < 0 || make_name(identity, name) || read_own(fd, name, &arena, &bytes) ||
	    mf_probe_decode(bytes, identity, out))
		return -ENOENT;
	mf_arena_take(&out->arena, &arena);
	out->is_cached = true;
	return 0;
}

static int write_all(int fd, struct mf_bytes bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			bytes = (struct mf_bytes){bytes.p + n, bytes.n - (size_t)n};
	}
	return 0;
}

/* Not synced: what a crash leaves half-written is found damaged and written again. */
static void publish(int folder, const char *name, struct mf_bytes bytes)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	char temporary[NAME_SIZE + 24];
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return;
	snprintf(temporary, sizeof(temporary), "%s.%016llx", name, (unsigned long long)number);
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write_all(fd, bytes) || renameat(folder, temporary, folder, name))
		(void)unlinkat(folder, temporary, 0);
}

/* A file of the cache and when it was used. */
struct used {
	const char *name;
	int64_t time;
};

static int compare_used(const void *left, const void *right)
{
	const struct used *a = left;
	const struct used *b = right;
	int order = (a->time < b->time) - (a->time > b->time);

	return order ? order : strcmp(a->name, b->name);
}

/* Keeps the files that were used last; temporaries of killed runs are among the others in time. */
static void prune(const char *path)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	MF_CLEANUP(mf_free_ptr) struct used *used = NULL;
	size_t n = 0;

	if (mf_folder_read(AT_FDCWD, path, false, &folder))
		return;
	used = calloc(folder.n + 1, sizeof(*used));
	for (size_t i = 0; used && i < folder.n; i++) {
		struct stat st;

		if (folder.v[i].type == MF_TYPE_FILE && mf_has_prefix(folder.v[i].name, PREFIX) &&
		    !fstatat(folder.fd, folder.v[i].name, &st, AT_SYMLINK_NOFOLLOW))
			used[n++] = (struct used){
				folder.v[i].name,
				nanoseconds(st.st_mtim.tv_sec, st.st_mtim.tv_nsec)};
	}
	if (n > MF_PROBE_CACHE_FILES)
		qsort(used, n, sizeof(*used), compare_used);
	for (size_t i = MF_PROBE_CACHE_FILES; i < n; i++)
		(void)unlinkat(folder.fd, used[i].name, 0);
}

void mf_probe_remember(const char *folder, const char *path,
		       const struct mf_probe_identity *identity, const struct mf_probe *probe)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};
	MF_CLEANUP(mf_close_fd) int fd = -1;
	struct mf_probe_identity now;
	char name[NAME_SIZE];

	make_folder(folder);
	fd = open_folder(folder);
	if (fd < 0 || mf_probe_encode(probe, identity, &bytes) || make_name(identity, name))
		return;
	/* it may have been written to while it was read */
	if (mf_probe_identify(path, NULL, &now))
		return;
	now.kernel = identity->kernel;
	if (memcmp(&now, identity, sizeof(now)) != 0)
		return;
	publish(fd, name, mf_buf_bytes(&bytes));
	prune(folder);
}
