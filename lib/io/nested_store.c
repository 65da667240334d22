// SPDX-License-Identifier: GPL-2.0-or-later
// The store of built files: a folder that several runs share, under names by content.
#include "lib/io/nested_store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/hash.h"
#include "lib/io/compress.h"
#include "lib/io/folder.h"

/*
 * A file is called by its key; in it, in front of the content, is the content's sha256 in hex and a
 * newline. While it is written it is called TEMPORARY and 16 hex digits, and is locked.
 */
#define KEY_DIGITS	 64
#define HEAD		 ((size_t)KEY_DIGITS + 1)
#define TEMPORARY	 "new-"
#define TEMPORARY_DIGITS 16

#define COPY_STEP ((size_t)131072)

static bool is_hex(const char *text, size_t n)
{
	return strlen(text) == n && strspn(text, "0123456789abcdef") == n;
}

static bool is_temporary(const char *name)
{
	return mf_has_prefix(name, TEMPORARY) && is_hex(name + strlen(TEMPORARY), TEMPORARY_DIGITS);
}

/* A file of the store and when it was used. */
struct used {
	const char *name;
	struct timespec time;
	uint64_t size;
};

static int compare_used(const void *left, const void *right)
{
	const struct used *a = left;
	const struct used *b = right;

	if (a->time.tv_sec != b->time.tv_sec)
		return a->time.tv_sec < b->time.tv_sec ? -1 : 1;
	if (a->time.tv_nsec != b->time.tv_nsec)
		return a->time.tv_nsec < b->time.tv_nsec ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Removes a temporary that nobody writes any more. */
static void remove_stale(int folder, const char *name)
{
	MF_CLEANUP(mf_close_fd)
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		(void)unlinkat(folder, name, 0);
}

/* Looks at all files anew: removes those of killed runs, then the longest unused above the limit.
 */
static void prune(struct mf_store *store)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	MF_CLEANUP(mf_free_ptr) struct used *used = NULL;
	uint64_t total = 0;
	size_t n = 0;

	if (mf_folder_read(store->fd, ".", true, &folder))
		return;
	used = calloc(folder.n + 1, sizeof(*used));
	for (size_t i = 0; used && i < folder.n; i++) {
		const char *name = folder.v[i].name;
		struct stat st;

		if (is_temporary(name))
			remove_stale(store->fd, name);
		if (!is_hex(name, KEY_DIGITS) ||
		    fstatat(store->fd, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		used[n++] = (struct used){name, st.st_mtim, (uint64_t)st.st_size};
		total += (uint64_t)st.st_size;
	}
	if (n > 1)
		qsort(used, n, sizeof(*used), compare_used);
	for (size_t i = 0; total > store->limit && i < n; i++) {
		if (!unlinkat(store->fd, used[i].name, 0) || errno == ENOENT)
			total -= used[i].size;
	}
	store->size = total;
}

/* Makes the folder and what is missing above it. */
static void make_folder(const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (!n || n >= sizeof(part))
		return; /* opening it tells what is wrong */
	memcpy(part, path, n + 1);
	for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(part, 0700);
		*slash = '/';
	}
	(void)mkdir(part, 0700);
}

int mf_store_open(const char *path, uint64_t limit, struct mf_store *out, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	struct stat st;

	*out = (struct mf_store){.limit = limit, .lock = PTHREAD_MUTEX_INITIALIZER};
	make_folder(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return mf_fail(err, -errno, "%s: cannot be used as store: %s; name another folder",
			       path, strerror(errno));
	if (st.st_uid != geteuid())
		return mf_fail(
			err, -EPERM,
			"%s: belongs to another user, who could change what is built; name another folder as store",
			path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return mf_fail(
			err, -EPERM,
			"%s: others may write to it, and change what is built; chmod go-w it, or name another folder as store",
			path);
	out->fd = mf_steal_fd(&fd);
	out->is_open = true;
	prune(out);
	return 0;
}

/* Copies the rest of a file; sets *ret_size to its bytes. -EBADMSG when it cannot be read. */
static int copy_rest(int from, int to, size_t *ret_size, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) uint8_t *room = malloc(COPY_STEP);
	ssize_t n;

	*ret_size = 0;
	if (!room)
		return -ENOMEM;
	while ((n = read(from, room, COPY_STEP)) > 0) {
		int r = mf_write_all(to, (struct mf_bytes){room, (size_t)n}, err);

		if (r)
			return r;
		*ret_size += (size_t)n;
	}
	return n ? -EBADMSG : 0;
}

/* Digest of a file that nobody else writes. */
static int digest_file(int fd, size_t size, char out[KEY_DIGITS + 1])
{
	void *place = size ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : NULL;
	int r;

	if (place == MAP_FAILED)
		return -errno;
	r = mf_sha256_hex((struct mf_bytes){place, size}, out);
	if (place)
		munmap(place, size);
	return r;
}

/* Judged is the copy: what is in the store may change while it is read. -EBADMSG: damaged. */
static int copy_checked(int from, int to, struct mf_err *err)
{
	char head[HEAD], digest[KEY_DIGITS + 1];
	size_t size;
	int r;

	if (read(from, head, sizeof(head)) != (ssize_t)sizeof(head) || head[KEY_DIGITS] != '\n')
		return -EBADMSG;
	head[KEY_DIGITS] = '\0';
	r = copy_rest(from, to, &size, err);
	if (!r)
		r = digest_file(to, size, digest);
	return !r && strcmp(head, digest) != 0 ? -EBADMSG : r;
}

int mf_store_get(const struct mf_store *store, const char *key, int fd, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd)
	int from = openat(store->fd, key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int r = -EBADMSG;

	if (from < 0)
		return -ENOENT;
	if (!fstat(from, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid())
		r = copy_checked(from, fd, err);
	if (r == -EBADMSG) {
		(void)unlinkat(store->fd, key, 0);
		if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) < 0)
			return mf_fail(err, -errno, "cannot write: %s", strerror(errno));
		return -ENOENT;
	}
	if (!r)
		(void)futimens(from, NULL); /* used lately: kept longer */
	return r;
}

/* Not synced: what a crash leaves half-written is found damaged and built again. */
static int write_temporary(int to, int from, size_t size)
{
	char head[KEY_DIGITS + 1];
	size_t copied;
	int r = flock(to, LOCK_EX) ? -errno : digest_file(from, size, head);

	if (r)
		return r;
	head[KEY_DIGITS] = '\n';
	r = mf_write_all(to, (struct mf_bytes){(const uint8_t *)head, HEAD}, NULL);
	if (r || lseek(from, 0, SEEK_SET) < 0)
		return r ? r : -errno;
	r = copy_rest(from, to, &copied, NULL);
	return r ? r : copied == size ? 0 : -EIO;
}

void mf_store_put(struct mf_store *store, const char *key, int fd)
{
	MF_CLEANUP(mf_close_fd) int to = -1;
	char name[sizeof(TEMPORARY) + TEMPORARY_DIGITS];
	uint64_t number, size;
	struct stat st;

	if (fstat(fd, &st) || getrandom(&number, sizeof(number), 0) != sizeof(number))
		return;
	size = (uint64_t)st.st_size + HEAD;
	if (size > store->limit)
		return;
	snprintf(name, sizeof(name), TEMPORARY "%016llx", (unsigned long long)number);
	to = openat(store->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return;
	if (write_temporary(to, fd, (size_t)st.st_size) ||
	    renameat(store->fd, name, store->fd, key)) {
		(void)unlinkat(store->fd, name, 0);
		return;
	}
	pthread_mutex_lock(&store->lock);
	store->size += size;
	if (store->size > store->limit)
		prune(store);
	pthread_mutex_unlock(&store->lock);
}

void mf_store_close(struct mf_store *store)
{
	if (!store->is_open)
		return;
	prune(store);
	mf_close_fd(&store->fd);
	pthread_mutex_destroy(&store->lock);
	*store = (struct mf_store){0};
}
