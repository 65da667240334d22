// SPDX-License-Identifier: GPL-2.0-or-later
// The dir sink: the tree as files below a folder.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/sinks.h"
#include "lib/io/source.h"

static int fail_entry(const struct mf_entry *entry, struct mf_err *err)
{
	return mf_fail(err, -errno, "cannot create %s: %s", entry->path, strerror(errno));
}

static int set_times(int fd, const char *path, uint64_t mtime)
{
	struct timespec times[2] = {{.tv_sec = (time_t)mtime}, {.tv_sec = (time_t)mtime}};

	return utimensat(fd, path, times, AT_SYMLINK_NOFOLLOW);
}

static int write_file(const struct mf_entry *entry, int folder, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(mf_close_fd) int fd = -1;
	struct mf_bytes content;
	int r = mf_entry_content(entry, &map, &content, err);

	if (r)
		return r;
	fd = openat(folder, entry->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return fail_entry(entry, err);
	r = mf_write_all(fd, content, err);
	if (r)
		return mf_wrap(err, r, "%s", entry->path);
	if (fchmod(fd, entry->mode) || fsync(fd))
		return fail_entry(entry, err);
	return 0;
}

/* A link's text is in the arena as a C string, but its view need not end in NUL. */
static int write_symlink(const struct mf_entry *entry, int folder, struct mf_err *err)
{
	char target[4096];

	if (entry->content.n >= sizeof(target))
		return mf_fail(err, -ENAMETOOLONG, "link %s has too long a target", entry->path);
	memcpy(target, entry->content.p, entry->content.n);
	target[entry->content.n] = '\0';
	return symlinkat(target, folder, entry->path) ? fail_entry(entry, err) : 0;
}

/* Folders above an entry that the target has and the tree therefore lacks. */
static int make_parents(const struct mf_entry *entry, int folder, struct mf_err *err)
{
	char path[4096];

	if (strlen(entry->path) >= sizeof(path))
		return mf_fail(err, -ENAMETOOLONG, "%s: too long a path", entry->path);
	memcpy(path, entry->path, strlen(entry->path) + 1);
	for (char *slash = path; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdirat(folder, path, 0700) == 0)
			(void)fchmodat(folder, path, 0755, 0); /* whatever the umask is */
		else if (errno != EEXIST)
			return fail_entry(entry, err);
		*slash = '/';
	}
	return 0;
}

static int write_entry(const struct mf_entry *entry, int folder, struct mf_err *err)
{
	int r = make_parents(entry, folder, err);

	if (r)
		return r;
	switch (entry->kind) {
	case MF_ENTRY_DIR:
		if ((mkdirat(folder, entry->path, 0700) && errno != EEXIST) ||
		    fchmodat(folder, entry->path, entry->mode, 0))
			return fail_entry(entry, err);
		return 0;
	case MF_ENTRY_BYTES:
	case MF_ENTRY_FILE:
	case MF_ENTRY_TREE: break; /* of which there is no content: an error */
	case MF_ENTRY_SYMLINK: return write_symlink(entry, folder, err);
	}
	return write_file(entry, folder, err);
}

static int write_dir(const struct mf_tree *tree, int folder, struct mf_err *err)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		int r = write_entry(&tree->entries[i], folder, err);

		if (r)
			return r;
	}
	/* children first: creating them changed the times of their folders */
	for (size_t i = tree->n_entries; i > 0; i--) {
		if (set_times(folder, tree->entries[i - 1].path, tree->mtime))
			return fail_entry(&tree->entries[i - 1], err);
	}
	return 0;
}

const struct mf_sink mf_sink_dir = {
	.name = "dir",
	.extension = "",
	.summary = "a folder with the files",
	.is_stream = false,
	.write = write_dir,
};
