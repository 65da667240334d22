// SPDX-License-Identifier: GPL-2.0-or-later
// Paths of an installed system that lies below a folder: its symlinks lead into it, not into ours.
#include "lib/io/root_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Symlinks that one path may follow (MAXSYMLINKS of the kernel). */
#define MAX_LINKS 40

struct resolve {
	char *out;   /* root and what is resolved */
	size_t root; /* length of the root */
	size_t n;    /* length of out */
	char todo[PATH_MAX];
	unsigned int n_links;
};

/* The link at out goes out again; its target and what follows are next. */
static int follow(struct resolve *resolve, size_t parent, const char *rest)
{
	char target[PATH_MAX];
	char todo[PATH_MAX];
	ssize_t n = readlink(resolve->out, target, sizeof(target) - 1);
	int length;

	if (n < 0)
		return -errno;
	if (++resolve->n_links > MAX_LINKS)
		return -ELOOP;
	target[n] = '\0';
	length = snprintf(todo, sizeof(todo), "%s/%s", target, rest);
	if (length < 0 || (size_t)length >= sizeof(todo))
		return -ENAMETOOLONG;
	memcpy(resolve->todo, todo, (size_t)length + 1);
	resolve->n = *target == '/' ? resolve->root : parent;
	resolve->out[resolve->n] = '\0';
	return 0;
}

static void leave(struct resolve *resolve)
{
	while (resolve->n > resolve->root && resolve->out[--resolve->n] != '/')
		;
	resolve->out[resolve->n] = '\0';
}

/* One part of what is to do, of n bytes. */
static int enter(struct resolve *resolve, const char *name, size_t n)
{
	const char *rest = name + n + (name[n] == '/');
	size_t parent = resolve->n;
	struct stat st;

	if (resolve->n + n + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	resolve->out[resolve->n++] = '/';
	memcpy(resolve->out + resolve->n, name, n);
	resolve->n += n;
	resolve->out[resolve->n] = '\0';
	if (lstat(resolve->out, &st))
		return -errno;
	if (S_ISLNK(st.st_mode))
		return follow(resolve, parent, rest);
	memmove(resolve->todo, rest, strlen(rest) + 1);
	return 0;
}

int mf_root_path(const char *root, const char *path, char out[PATH_MAX], const char **ret_inner)
{
	struct resolve resolve = {.out = out, .root = strlen(root)};

	while (resolve.root && root[resolve.root - 1] == '/')
		resolve.root--;
	if (resolve.root >= PATH_MAX || strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(out, root, resolve.root);
	out[resolve.root] = '\0';
	resolve.n = resolve.root;
	memcpy(resolve.todo, path, strlen(path) + 1);
	while (*resolve.todo) {
		size_t n = strcspn(resolve.todo, "/");
		bool is_up = n == 2 && !memcmp(resolve.todo, "..", 2);
		int r;

		if (n && !is_up && !(n == 1 && *resolve.todo == '.')) {
			r = enter(&resolve, resolve.todo, n);
			if (r)
				return r;
			continue;
		}
		if (is_up)
			leave(&resolve);
		n += resolve.todo[n] == '/';
		memmove(resolve.todo, resolve.todo + n, strlen(resolve.todo + n) + 1);
	}
	*ret_inner = out + resolve.root + (resolve.n > resolve.root);
	return 0;
}
