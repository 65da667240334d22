// SPDX-License-Identifier: GPL-2.0-or-later
// A folder of modules, walked: files may be links, folders that are links are not entered.
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/io/scanner.h"

/* Levels of folders: /lib/modules/KERNEL has 9. Each holds one file descriptor. */
#define MAX_DEPTH 40
/* Module files of one source: ten distribution kernels have 45,000. */
#define MAX_FILES ((size_t)200000)

struct walk {
	struct mf_scanner *scanner;
	struct mf_buf path; /* of what is looked at */
	size_t n_files;
	unsigned int depth;
};

static int walk_file(struct walk *walk, int dirfd)
{
	struct mf_driver driver = {0};
	bool is_found;
	int r;

	if (walk->n_files++ == MAX_FILES)
		return mf_scan_note(walk->scanner, walk->scanner->source,
				    "more than %zu modules; the rest was not read", MAX_FILES);
	if (walk->n_files > MAX_FILES)
		return 0;
	r = mf_scan_file(walk->scanner, dirfd, mf_buf_str(&walk->path), &driver, &is_found);
	return r || !is_found ? r : mf_scan_add_bare(walk->scanner, &driver);
}

static int walk_folder(struct walk *walk, int dirfd, const char *name);

static int walk_entry(struct walk *walk, const struct mf_folder *folder, size_t i)
{
	const struct mf_folder_entry *entry = &folder->v[i];
	size_t n = walk->path.len;
	int r = 0;

	if (walk->path.data[n - 1] != '/')
		mf_buf_addc(&walk->path, '/');
	mf_buf_adds(&walk->path, entry->name);
	if (mf_buf_status(&walk->path))
		return -ENOMEM;
	if (entry->type == MF_TYPE_DIR)
		r = walk_folder(walk, folder->fd, entry->name);
	else if (entry->type != MF_TYPE_OTHER && mf_scan_is_module(entry->name))
		r = walk_file(walk, folder->fd);
	else if (strstr(entry->name, ".dkms.tar"))
		r = mf_scan_note(
			walk->scanner, mf_buf_str(&walk->path),
			"not opened: a tarball in a folder must be named as a SOURCE itself");
	walk->path.len = n;
	walk->path.data[n] = '\0';
	return r;
}

static int walk_folder(struct walk *walk, int dirfd, const char *name)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	const char *path = mf_buf_str(&walk->path);
	int r;

	if (walk->depth == MAX_DEPTH)
		return mf_scan_note(walk->scanner, path, "more than %d folders deep: not entered",
				    MAX_DEPTH);
	r = mf_folder_read(dirfd, name, walk->depth == 0, &folder);
	if (r == -ENOMEM)
		return r;
	if (r && walk->depth == 0)
		return mf_fail(walk->scanner->err, r, "%s: %s", path, strerror(-r));
	if (r)
		return mf_scan_note(walk->scanner, path, "cannot be read: %s", strerror(-r));
	walk->depth++;
	for (size_t i = 0; !r && i < folder.n; i++)
		r = walk_entry(walk, &folder, i);
	walk->depth--;
	return r;
}

int mf_scan_folder(struct mf_scanner *scanner)
{
	struct walk walk = {.scanner = scanner};
	int r;

	mf_buf_adds(&walk.path, scanner->source);
	r = mf_buf_status(&walk.path);
	if (!r)
		r = walk_folder(&walk, AT_FDCWD, scanner->source);
	mf_buf_free(&walk.path);
	return r;
}
