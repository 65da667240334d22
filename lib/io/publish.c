// SPDX-License-Identifier: GPL-2.0-or-later
// Atomic output: a file or folder appears whole under its name or not at all.
#include "lib/io/publish.h"

#include <dirent.h>
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
#include "lib/io/compress.h"
#include "lib/io/file.h"
#include "lib/io/remove.h"

/* A temporary is called ".NAME" TEMPORARY and 8 hex digits, and is locked while it is written. */
#define TEMPORARY	".modferry-tmp-"
#define TEMPORARY_EXTRA (1 + sizeof(TEMPORARY) - 1 + 8) /* bytes around NAME */

/* An output being made. */
struct draft {
	const struct mf_output *output;
	char folder_path[PATH_MAX];
	char name[NAME_MAX + 1]; /* final */
	char temporary[NAME_MAX + TEMPORARY_EXTRA + 1];
	int folder;
	int fd; /* of the temporary file or folder, locked */
	bool is_there;
	struct mf_err *err;
};

static void close_draft(struct draft *draft)
{
	if (draft->is_there)
		(void)mf_remove_tree(draft->folder, draft->temporary);
	mf_close_fd(&draft->fd);
	mf_close_fd(&draft->folder);
}

static int fail_output(struct draft *draft, const char *what)
{
	int code = -errno;

	return mf_fail(draft->err, code, "%s: cannot %s: %s", draft->output->path, what,
		       strerror(-code));
}

/* Where the output really goes: a symlink at its name is followed, so that it stays one. */
static int split_path(struct draft *draft)
{
	char resolved[PATH_MAX];
	const char *path = draft->output->path;
	const char *base;
	size_t n = strlen(path);

	if (realpath(path, resolved)) {
		path = resolved;
		n = strlen(path);
	} else if (!draft->output->sink->is_stream && n < sizeof(resolved)) {
		memcpy(resolved, path, n + 1);
		while (n > 1 && resolved[n - 1] == '/') /* a folder that is not there yet */
			resolved[--n] = '\0';
		path = resolved;
	}
	base = mf_path_base(path);
	if (n >= sizeof(draft->folder_path) || strlen(base) + TEMPORARY_EXTRA > NAME_MAX)
		return mf_fail(draft->err, -ENAMETOOLONG, "%s: its name is too long", path);
	if (!*base || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		return mf_fail(draft->err, -EINVAL,
			       "%s: names a folder, give the name of a file in it",
			       draft->output->path);
	memcpy(draft->name, base, strlen(base) + 1);
	n = (size_t)(base - path);
	memcpy(draft->folder_path, path, n);
	draft->folder_path[n] = '\0';
	if (!n)
		memcpy(draft->folder_path, ".", 2);
	return 0;
}

/* Only a regular file, or an empty folder for a folder, is replaced. */
static int check_old(struct draft *draft)
{
	bool is_stream = draft->output->sink->is_stream;
	struct stat st;

	if (fstatat(draft->folder, draft->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : fail_output(draft, "look at it");
	if (is_stream && !S_ISREG(st.st_mode))
		return mf_fail(
			draft->err, -EEXIST,
			"%s: exists and is no regular file; name another file, or - for standard output",
			draft->output->path);
	if (!is_stream && !S_ISDIR(st.st_mode))
		return mf_fail(draft->err, -EEXIST, "%s: exists and is no folder; name another one",
			       draft->output->path);
	return 0;
}

/* Whether an entry of the folder is called like a temporary for this output, and may be one. */
static bool is_temporary(const struct draft *draft, const char *entry)
{
	char prefix[NAME_MAX + 1];
	struct stat st;
	size_t n;

	snprintf(prefix, sizeof(prefix), ".%.*s" TEMPORARY, (int)(NAME_MAX - TEMPORARY_EXTRA),
		 draft->name);
	n = strlen(prefix);
	/* neither a pipe nor a device: opening one waits or does something */
	return mf_has_prefix(entry, prefix) && strlen(entry + n) == 8 &&
	       strspn(entry + n, "0123456789abcdef") == 8 &&
	       !fstatat(draft->folder, entry, &st, AT_SYMLINK_NOFOLLOW) &&
	       (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Removes what a killed run left for the same name: a temporary that nobody holds locked. */
static void remove_stale(struct draft *draft)
{
	MF_CLEANUP(mf_close_fd)
	int fd = openat(draft->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (!folder)
		return;
	fd = -1; /* the stream owns it now */
	while ((entry = readdir(folder))) {
		MF_CLEANUP(mf_close_fd) int old = -1;

		if (!is_temporary(draft, entry->d_name))
			continue;
		old = openat(draft->folder, entry->d_name,
			     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (old >= 0 && flock(old, LOCK_EX | LOCK_NB) == 0)
			(void)mf_remove_tree(draft->folder, entry->d_name);
	}
	closedir(folder);
}

/* What the umask is applied to. A copy is no more readable than its initrd, which may hold keys. */
static mode_t file_mode(const struct draft *draft)
{
	const char *base = draft->output->append_to;
	struct stat st;

	return base && stat(base, &st) == 0 ? st.st_mode & 0666 : 0666;
}

/* Whether the locked temporary is still there: before that another run may have cleared it away. */
static bool is_kept(const struct draft *draft)
{
	struct stat own, named;

	return !fstat(draft->fd, &own) &&
	       !fstatat(draft->folder, draft->temporary, &named, AT_SYMLINK_NOFOLLOW) &&
	       own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

/* Creates and locks the temporary under a name of its own; -EAGAIN: another name is needed. */
static int try_temporary(struct draft *draft)
{
	unsigned int number;

	draft->is_there = false;
	mf_close_fd(&draft->fd);
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return fail_output(draft, "get a random number");
	snprintf(draft->temporary, sizeof(draft->temporary), ".%s" TEMPORARY "%08x", draft->name,
		 number);
	if (draft->output->sink->is_stream) {
		draft->fd = openat(draft->folder, draft->temporary,
				   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				   file_mode(draft));
	} else if (mkdirat(draft->folder, draft->temporary, 0777) == 0) {
		draft->is_there = true;
		draft->fd = openat(draft->folder, draft->temporary,
				   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (draft->fd < 0 && (errno == EEXIST || (draft->is_there && errno == ENOENT)))
		return -EAGAIN;
	if (draft->fd < 0)
		return fail_output(draft, "create a file beside it");
	draft->is_there = true;
	if (flock(draft->fd, LOCK_EX))
		return fail_output(draft, "lock it");
	return is_kept(draft) ? 0 : -EAGAIN;
}

static int create_temporary(struct draft *draft)
{
	int r = -EAGAIN;

	for (unsigned int i = 0; r == -EAGAIN && i < 100; i++)
		r = try_temporary(draft);
	if (r == -EAGAIN)
		return mf_fail(draft->err, r,
			       "%s: other runs keep writing to it; try again when they are done",
			       draft->output->path);
	return r;
}

static int open_draft(struct draft *draft)
{
	int r = split_path(draft);

	if (r)
		return r;
	draft->folder = open(draft->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (draft->folder < 0)
		return fail_output(draft, "open its folder");
	r = check_old(draft);
	if (r)
		return r;
	remove_stale(draft);
	return create_temporary(draft);
}

/*
 * Copies the initrd in front, padded to 4: what follows may then be raw as well as compressed.
 * Behind lz4 a stream of lz4 has to follow at once.
 */
static int copy_base(struct draft *draft)
{
	static const uint8_t zeros[4];
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	const char *base = draft->output->append_to;
	struct stat from, to;
	int r = mf_map_file(AT_FDCWD, base, &map, draft->err);

	if (r)
		return r;
	if (stat(base, &from) == 0 && fstatat(draft->folder, draft->name, &to, 0) == 0 &&
	    from.st_dev == to.st_dev && from.st_ino == to.st_ino)
		return mf_fail(
			draft->err, -EINVAL,
			"%s: is the initrd to append to, which is never changed in place; name another output",
			draft->output->path);
	r = mf_write_all(draft->fd, map.bytes, draft->err);
	if (!r && !draft->output->is_unpadded)
		r = mf_write_all(draft->fd, (struct mf_bytes){zeros, -map.bytes.n & 3}, draft->err);
	return r;
}

static int fail_full(struct draft *draft)
{
	return mf_fail(
		draft->err, -EEXIST,
		"%s: is a folder with files in it, which are not touched; remove it or name another one",
		draft->output->path);
}

static int commit(struct draft *draft)
{
	if (fsync(draft->fd))
		return fail_output(draft, "write it to the disk");
	if (renameat(draft->folder, draft->temporary, draft->folder, draft->name)) {
		if (errno == ENOTEMPTY || errno == EEXIST)
			return fail_full(draft);
		return fail_output(draft, "give it its name");
	}
	draft->is_there = false;
	(void)fsync(draft->folder); /* the rename is done: not every file system syncs folders */
	return 0;
}

static int publish_file(const struct mf_tree *tree, struct draft *draft)
{
	int r = open_draft(draft);

	if (!r && draft->output->append_to)
		r = copy_base(draft);
	if (r)
		return r;
	r = draft->output->sink->write(tree, draft->fd, draft->err);
	return r ? mf_wrap(draft->err, r, "%s", draft->output->path) : commit(draft);
}

/* Whether something lies in the folder that the output would replace. */
static int check_empty(struct draft *draft)
{
	MF_CLEANUP(mf_close_fd)
	int fd = openat(draft->folder, draft->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	bool is_full = false;

	if (!folder)
		return 0;
	fd = -1; /* the stream owns it now */
	while (!is_full && (entry = readdir(folder)))
		is_full = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(folder);
	return is_full ? fail_full(draft) : 0;
}

int mf_publish_check(const struct mf_output *output, struct mf_err *err)
{
	MF_CLEANUP(close_draft)
	struct draft draft = {.output = output, .folder = -1, .fd = -1, .err = err};
	int r = strcmp(output->path, "-") == 0 ? 0 : split_path(&draft);

	if (r || strcmp(output->path, "-") == 0)
		return r;
	draft.folder = open(draft.folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (draft.folder < 0)
		return fail_output(&draft, "open its folder");
	r = check_old(&draft);
	return r || output->sink->is_stream ? r : check_empty(&draft);
}

int mf_publish(const struct mf_tree *tree, const struct mf_output *output, struct mf_err *err)
{
	MF_CLEANUP(close_draft)
	struct draft draft = {.output = output, .folder = -1, .fd = -1, .err = err};
	int r = 0;

	if (output->append_to && !output->sink->is_segment)
		return mf_fail(err, -EINVAL,
			       "%s: the format %s cannot be appended to an initrd; use cpio.gz",
			       output->path, output->sink->name);
	if (strcmp(output->path, "-") != 0)
		return publish_file(tree, &draft);
	if (!output->sink->is_stream)
		return mf_fail(err, -EINVAL,
			       "the format %s cannot go to standard output; name a folder with -o",
			       output->sink->name);
	draft.fd = dup(STDOUT_FILENO);
	if (draft.fd < 0)
		return mf_fail(err, -errno, "standard output: %s", strerror(errno));
	if (output->append_to)
		r = copy_base(&draft);
	if (r)
		return r;
	r = output->sink->write(tree, draft.fd, err);
	return r ? mf_wrap(err, r, "standard output") : 0;
}
