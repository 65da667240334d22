// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the archive rules: the target's folders and symlinks with the file behind them.
#include "lib/io/check_run.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/compress.h"
#include "lib/io/sinks.h"

/* In each folder, so that none is taken for empty: of the target's files nothing is known. */
#define SOME_FILE "modferry-check"

static int add_dir(struct mf_tree *tree, const char *path)
{
	const char *file = mf_arena_printf(&tree->arena, "%s/" SOME_FILE, path);
	int r = file ? mf_tree_add_dir(tree, path, 0755) : -ENOMEM;

	return r ? r : mf_tree_add_bytes(tree, file, 0644, (struct mf_bytes){0});
}

static int add_base(const struct mf_base_tree *base, struct mf_tree *tree)
{
	int r = 0;

	for (size_t i = 0; !r && i < base->dirs.n; i++) {
		if (mf_path_is_safe(base->dirs.v[i])) /* "." is there already */
			r = add_dir(tree, base->dirs.v[i]);
	}
	for (size_t i = 0; !r && i < base->n_links; i++) {
		if (mf_path_is_safe(base->links[i].path))
			r = mf_tree_add_symlink(tree, base->links[i].path, base->links[i].target);
	}
	return r;
}

const struct mf_base_tree *mf_check_base(const struct mf_archive_check *check)
{
	const struct mf_probe *probe = check->probe;

	if (!probe || !probe->base.dirs.n)
		return NULL;
	if (probe->framework && strcmp(probe->framework, "installed system") == 0)
		return NULL;
	return &probe->base;
}

/* Compressed: behind a raw archive the kernel minds the alignment of whatever follows. */
static int write_base(const struct mf_archive_check *check, int fd, struct mf_err *err)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	const struct mf_base_tree *base = mf_check_base(check);
	int r = base ? add_base(base, &tree) : 0;

	if (!r)
		r = mf_tree_finish(&tree, err);
	return r ? r : mf_sink_cpio_gz.write(&tree, fd, err);
}

static int map_image(int fd, struct mf_check_image *out, struct mf_err *err)
{
	off_t size = lseek(fd, 0, SEEK_CUR);
	void *p = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;

	if (p == MAP_FAILED)
		return mf_fail(err, -errno, "cannot map an image in memory: %s", strerror(errno));
	out->map.bytes = (struct mf_bytes){p, (size_t)size};
	return 0;
}

int mf_check_image_make(const struct mf_archive_check *check, struct mf_check_image *out,
			struct mf_err *err)
{
	static const uint8_t zeros[8];
	MF_CLEANUP(mf_close_fd) int fd = memfd_create("modferry-check", MFD_CLOEXEC);
	off_t size;
	int r;

	if (fd < 0)
		return mf_fail(err, -errno, "cannot make an image in memory: %s", strerror(errno));
	r = write_base(check, fd, err);
	size = lseek(fd, 0, SEEK_CUR);
	out->start = ((uint64_t)size + 3) / 4 * 4 + (check->base_size & 3);
	if (!r)
		r = mf_write_all(fd, (struct mf_bytes){zeros, out->start - (uint64_t)size}, err);
	if (!r)
		r = mf_write_all(fd, check->overlay, err);
	return r ? r : map_image(fd, out, err);
}
