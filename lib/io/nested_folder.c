// SPDX-License-Identifier: GPL-2.0-or-later
// What was written for the nested trees of a tree takes their places.
#include "lib/io/nested_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/io/folder.h"

static int fail_file(const char *path, struct mf_err *err)
{
	return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
}

static int add_link(struct mf_tree *tree, const char *path, const char *source, struct mf_err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlink(source, target, sizeof(target));
	const char *copy;

	if (n < 0 || (size_t)n == sizeof(target))
		return fail_file(source, err);
	copy = mf_arena_strndup(&tree->arena, target, (size_t)n);
	return copy ? mf_tree_add_symlink(tree, path, copy) : -ENOMEM;
}

/* Modes follow neither umask nor tool: what its owner may run, all may. */
static int add_file(struct mf_tree *tree, const char *path, const char *source, struct mf_err *err)
{
	struct stat st;

	if (lstat(source, &st))
		return fail_file(source, err);
	return mf_tree_add_file(tree, path, st.st_mode & S_IXUSR ? 0755 : 0644, source,
				(uint64_t)st.st_size);
}

/* Adds the folder's content below path; as deep as the sink made it. */
static int add_folder(struct mf_tree *tree, const char *path, const char *source,
		      struct mf_err *err)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	int r = mf_folder_read(AT_FDCWD, source, false, &folder);

	if (r)
		return mf_fail(err, r, "%s: %s", source, strerror(-r));
	for (size_t i = 0; !r && i < folder.n; i++) {
		const char *name = folder.v[i].name;
		const char *inner = mf_arena_printf(&tree->arena, "%s/%s", path, name);
		const char *from = mf_arena_printf(&tree->arena, "%s/%s", source, name);

		if (!inner || !from)
			return -ENOMEM;
		switch (folder.v[i].type) {
		case MF_TYPE_FILE: r = add_file(tree, inner, from, err); break;
		case MF_TYPE_LINK: r = add_link(tree, inner, from, err); break;
		case MF_TYPE_DIR:
			r = mf_tree_add_dir(tree, inner, 0755);
			if (!r)
				r = add_folder(tree, inner, from, err);
			break;
		case MF_TYPE_OTHER:
			r = mf_fail(err, -EINVAL, "%s: is neither file, folder nor link", from);
			break;
		}
	}
	return r;
}

static int settle_entry(struct mf_tree *tree, size_t i, struct mf_err *err)
{
	/* a copy: adding entries moves them */
	struct mf_entry entry = tree->entries[i];
	struct stat st;

	if (lstat(entry.source, &st))
		return fail_file(entry.source, err);
	if (!S_ISDIR(st.st_mode)) {
		tree->entries[i].kind = MF_ENTRY_FILE;
		tree->entries[i].source_size = (uint64_t)st.st_size;
		return 0;
	}
	tree->entries[i].kind = MF_ENTRY_DIR;
	tree->entries[i].mode = 0755;
	return add_folder(tree, entry.path, entry.source, err);
}

int mf_nested_settle(struct mf_tree *tree, struct mf_err *err)
{
	size_t n = tree->n_entries; /* those that are added come behind */
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		if (tree->entries[i].kind == MF_ENTRY_TREE)
			r = settle_entry(tree, i, err);
	}
	return r || tree->n_entries == n ? r : mf_tree_finish(tree, err);
}
