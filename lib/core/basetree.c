// SPDX-License-Identifier: GPL-2.0-or-later
// The target's initramfs as a recipe sees it: which folders it has, and where its symlinks lead.
#include "lib/core/basetree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* As many as the kernel follows for one path (MAXSYMLINKS in include/linux/namei.h). */
#define MAX_LINKS 40

static int compare_dir(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

bool mf_base_has_dir(const struct mf_base_tree *base, const char *path)
{
	return base && base->dirs.n &&
	       bsearch(path, base->dirs.v, base->dirs.n, sizeof(*base->dirs.v), compare_dir);
}

static int compare_link(const void *key, const void *element)
{
	return strcmp(key, ((const struct mf_base_link *)element)->path);
}

const char *mf_base_link_target(const struct mf_base_tree *base, const char *path)
{
	const struct mf_base_link *link = NULL;

	if (base && base->n_links)
		link = bsearch(path, base->links, base->n_links, sizeof(*base->links),
			       compare_link);
	return link ? link->target : NULL;
}

/* A path under way: what is resolved, and what is still to come. */
struct walk {
	const struct mf_base_tree *base;
	struct mf_arena *arena;
	char done[4096]; /* PATH_MAX: the kernel takes no longer one */
	size_t n;
	const char *rest;
	unsigned int n_links;
};

/* Takes the last part off what is done; above the root is the root. */
static void go_up(struct walk *walk)
{
	const char *slash = strrchr(walk->done, '/');

	walk->n = slash ? (size_t)(slash - walk->done) : 0;
	walk->done[walk->n] = '\0';
}

static int go_down(struct walk *walk, const char *part, size_t n)
{
	size_t slash = walk->n > 0;

	if (n + slash >= sizeof(walk->done) - walk->n)
		return -ENAMETOOLONG;
	if (slash)
		walk->done[walk->n++] = '/';
	memcpy(walk->done + walk->n, part, n);
	walk->n += n;
	walk->done[walk->n] = '\0';
	return 0;
}

/* Puts a link's text in the place of the link, which is the last part done. */
static int follow(struct walk *walk, const char *target)
{
	if (++walk->n_links > MAX_LINKS)
		return -ELOOP;
	go_up(walk);
	if (*target == '/')
		walk->n = 0;
	walk->done[walk->n] = '\0';
	walk->rest = mf_arena_printf(walk->arena, "%s/%s", target, walk->rest);
	return walk->rest ? 0 : -ENOMEM;
}

/* Takes one part of the rest. */
static int step(struct walk *walk)
{
	const char *part = walk->rest;
	size_t n = strcspn(part, "/");
	const char *target;
	int r;

	walk->rest += n + (part[n] == '/');
	if (n == 0 || (n == 1 && part[0] == '.'))
		return 0;
	if (n == 2 && part[0] == '.' && part[1] == '.') {
		go_up(walk);
		return 0;
	}
	r = go_down(walk, part, n);
	target = r ? NULL : mf_base_link_target(walk->base, walk->done);
	return target ? follow(walk, target) : r;
}

int mf_base_resolve(const struct mf_base_tree *base, const char *path, struct mf_arena *arena,
		    const char **ret, struct mf_err *err)
{
	struct walk walk = {.base = base, .arena = arena, .rest = path};
	int r = 0;

	while (!r && *walk.rest)
		r = step(&walk);
	if (r == -ELOOP)
		return mf_fail(err, r, "%s: its symlinks in the initramfs have no end", path);
	if (r == -ENAMETOOLONG)
		return mf_fail(err, r, "%s: too long once its symlinks are followed", path);
	if (r)
		return r;
	*ret = mf_arena_strdup(arena, walk.done);
	return *ret ? 0 : -ENOMEM;
}

/* An entry for each folder from the root to this one that is nowhere yet. */
static int add_missing_dirs(const struct mf_base_tree *base, struct mf_tree *tree,
			    const char *folder)
{
	for (size_t n = 0; folder[n]; n++) {
		const char *dir;
		int r = 0;

		if (folder[n + 1] && folder[n + 1] != '/')
			continue;
		dir = mf_arena_strndup(&tree->arena, folder, n + 1);
		if (!dir)
			return -ENOMEM;
		if (!mf_base_has_dir(base, dir) && !mf_tree_has(tree, dir))
			r = mf_tree_add_dir(tree, dir, 0755);
		if (r)
			return r;
	}
	return 0;
}

int mf_base_place(const struct mf_base_tree *base, struct mf_tree *tree, const char *path,
		  const char **ret, struct mf_err *err)
{
	const char *name = mf_path_base(path);
	const char *folder = mf_arena_strndup(&tree->arena, path, (size_t)(name - path));
	int r = folder ? mf_base_resolve(base, folder, &tree->arena, &folder, err) : -ENOMEM;

	if (!r)
		r = add_missing_dirs(base, tree, folder);
	if (r == -EINVAL)
		return mf_fail(err, r, "%s is no safe path for an initramfs", path);
	if (r)
		return r;
	*ret = mf_arena_printf(&tree->arena, "%s%s%s", folder, *folder ? "/" : "", name);
	return *ret ? 0 : -ENOMEM;
}
