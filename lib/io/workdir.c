// SPDX-License-Identifier: GPL-2.0-or-later
// A folder for what is made on the way; one that a killed run left goes with the next run.
#include "lib/io/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/folder.h"
#include "lib/io/remove.h"

#define PREFIX "modferry-work-"
#define DIGITS 8

const char *mf_temp_root(void)
{
	const char *given = getenv("TMPDIR");

	return given && *given ? given : "/var/tmp";
}

/* For file systems without O_TMPFILE. */
static int open_unlinked(const char *folder)
{
	char path[PATH_MAX];
	int fd;

	if (mf_path_join(path, sizeof(path), folder, "modferry-temp-XXXXXX")) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path);
	return fd;
}

int mf_temp_file(int *ret_fd)
{
	const char *folder = mf_temp_root();

	*ret_fd = open(folder, O_RDWR | O_TMPFILE | O_EXCL | O_CLOEXEC, 0600);
	if (*ret_fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		*ret_fd = open_unlinked(folder);
	return *ret_fd < 0 ? -errno : 0;
}

static int fail_root(const char *root, const char *what, struct mf_err *err)
{
	int code = -errno;

	return mf_fail(err, code, "%s: cannot %s: %s; set TMPDIR to a folder with room", root, what,
		       strerror(-code));
}

static bool is_work_name(const char *name)
{
	const char *digits = name + strlen(PREFIX);

	return mf_has_prefix(name, PREFIX) && strlen(digits) == DIGITS &&
	       strspn(digits, "0123456789abcdef") == DIGITS;
}

/* Whether the locked folder still has its name: another run may have cleared it away before. */
static bool is_kept(int fd, const char *path)
{
	struct stat own, named;

	return !fstat(fd, &own) && !lstat(path, &named) && own.st_dev == named.st_dev &&
	       own.st_ino == named.st_ino;
}

/* Removes one folder if it is this user's and nobody works in it. */
static void remove_if_stale(int root, const char *name)
{
	MF_CLEANUP(mf_close_fd)
	int fd = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && st.st_uid == geteuid() && !flock(fd, LOCK_EX | LOCK_NB))
		(void)mf_remove_tree(root, name);
}

static void remove_stale(const char *root)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;

	if (mf_folder_read(AT_FDCWD, root, true, &folder))
		return;
	for (size_t i = 0; i < folder.n; i++) {
		if (folder.v[i].type == MF_TYPE_DIR && is_work_name(folder.v[i].name))
			remove_if_stale(folder.fd, folder.v[i].name);
	}
}

/* -EAGAIN: another name is needed. */
static int try_name(const char *root, struct mf_workdir *out, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	char name[sizeof(PREFIX) + DIGITS];
	unsigned int number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return fail_root(root, "get a random number", err);
	snprintf(name, sizeof(name), PREFIX "%08x", number);
	if (mf_path_join(out->path, sizeof(out->path), root, name))
		return mf_fail(err, -ENAMETOOLONG, "%s: too long a path; set TMPDIR to another",
			       root);
	if (mkdir(out->path, 0700))
		return errno == EEXIST ? -EAGAIN : fail_root(root, "make a folder there", err);
	fd = open(out->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return fail_root(root, "open a folder there", err);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) || !is_kept(fd, out->path))
		return -EAGAIN;
	out->fd = mf_steal_fd(&fd);
	out->is_there = true;
	return 0;
}

int mf_workdir_make(struct mf_workdir *out, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) char *root = realpath(mf_temp_root(), NULL);
	int r = -EAGAIN;

	*out = (struct mf_workdir){0};
	if (!root)
		return fail_root(mf_temp_root(), "work there", err);
	remove_stale(root);
	for (unsigned int i = 0; r == -EAGAIN && i < 100; i++)
		r = try_name(root, out, err);
	if (r == -EAGAIN)
		return mf_fail(err, r, "%s: other runs keep clearing it; try again", root);
	return r;
}

void mf_workdir_remove(struct mf_workdir *work)
{
	if (!work->is_there)
		return;
	(void)mf_remove_tree(AT_FDCWD, work->path);
	mf_close_fd(&work->fd);
	*work = (struct mf_workdir){0};
}
