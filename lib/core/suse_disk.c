// SPDX-License-Identifier: GPL-2.0-or-later
// Folders of SUSE's driver updates: [NUMBER/]linux/suse/ARCH-DIST, for linuxrc and Agama alike.
#include "lib/core/suse_disk.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/disk_path.h"

#define ROOT "linux/suse/"

const char *mf_suse_disk_name(const char *path)
{
	const char *name = mf_path_base(path);
	size_t n = strlen(ROOT);
	size_t before = (size_t)(name - path);

	if (before < n || memcmp(name - n, ROOT, n) != 0)
		return NULL;
	return before == n || name[-(ptrdiff_t)n - 1] == '/' ? name : NULL;
}

/* "" or one component that begins with a digit, and a slash. */
static bool is_place_right(const char *path, size_t n)
{
	if (!n)
		return true;
	return path[0] >= '0' && path[0] <= '9' && !memchr(path, '/', n - 1);
}

const char *mf_suse_disk_why_other(const char *path, const char *wanted, struct mf_arena *arena)
{
	const char *name = mf_suse_disk_name(path);
	size_t before = (size_t)(name - path) - strlen(ROOT);
	size_t arch = strcspn(name, "-");
	bool is_arch = strlen(wanted) > arch && strncmp(name, wanted, arch + 1) == 0;

	if (!is_place_right(path, before))
		return mf_arena_printf(
			arena,
			"lies below %.*s, and the installer looks at the top and below a number",
			(int)before - 1, path);
	if (!name[arch])
		return mf_arena_printf(arena,
				       "is called %s, and the installer looks in linux/suse/%s",
				       name, wanted);
	if (is_arch)
		return mf_arena_printf(
			arena, "is for the product %s, and the installer looks in linux/suse/%s",
			name + arch + 1, wanted);
	if (strcmp(name + arch, wanted + strcspn(wanted, "-")) == 0)
		return mf_arena_printf(
			arena, "is for the machine %.*s, and the installer looks in linux/suse/%s",
			(int)arch, name, wanted);
	return mf_arena_printf(
		arena,
		"is for the product %s on the machine %.*s, and the installer looks in linux/suse/%s",
		name + arch + 1, (int)arch, name, wanted);
}

int mf_suse_disk_packages(const struct mf_disk *disk, const char *path, struct mf_arena *arena,
			  const struct mf_disk_file ***ret, size_t *ret_n)
{
	const char *name = mf_arena_printf(arena, "%s/install", path);
	const struct mf_disk_file *folder = name ? mf_disk_resolve(disk, name) : NULL;
	const char *rest;

	if (!name)
		return -ENOMEM;
	if (!folder || folder->kind != 'd')
		return 0;
	for (size_t i = mf_disk_first_below(disk, folder); i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];

		rest = mf_disk_below(file, folder);
		if (!rest)
			break;
		if (*rest == '.' || strchr(rest, '/') || !mf_has_suffix(rest, ".rpm"))
			continue;
		file = file->kind == 'l' ? mf_disk_resolve(disk, file->path) : file;
		if (!file || file->kind != 'f')
			continue;
		if (mf_arena_grow(arena, ret, *ret_n, sizeof(**ret)))
			return -ENOMEM;
		(*ret)[(*ret_n)++] = file;
	}
	return 0;
}
