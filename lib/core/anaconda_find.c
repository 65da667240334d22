// SPDX-License-Identifier: GPL-2.0-or-later
// Which packages of a disk anaconda looks at: find_repos() and find_isos() of driver_updates.py,
// the glob of dd_list.c.
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"
#include "lib/core/anaconda_parts.h"
#include "lib/core/disk_path.h"

static int add_repo(struct mf_dd_run *run, struct mf_dd_repos *out, const struct mf_dd_repo *repo)
{
	int r = mf_arena_grow(&run->out->arena, &out->v, out->n, sizeof(*out->v));

	if (!r)
		out->v[out->n++] = *repo;
	return r;
}

/* "rpms/ARCH" beside a file rhdd3, in whatever folder; both may be symlinks. */
static int add_repo_beside(struct mf_dd_run *run, const struct mf_disk *disk,
			   const struct mf_disk_file *marker, struct mf_dd_repos *out)
{
	int folder = (int)(mf_path_base(marker->path) - marker->path);
	const char *path = mf_arena_printf(&run->out->arena, "%.*srpms/%s", folder, marker->path,
					   run->input->anaconda->arch);
	const struct mf_disk_file *repo;

	if (!path)
		return -ENOMEM;
	repo = mf_disk_resolve(disk, marker->path);
	if (repo && repo->kind == 'd')
		return 0;
	repo = mf_disk_resolve(disk, path);
	if (!repo || repo->kind != 'd')
		return 0;
	return add_repo(run, out,
			&(struct mf_dd_repo){.disk = disk, .folder = repo->path, .pattern = path});
}

/* A folder of RPMs can only be given as such by NFS: each is a disk of its own then. */
static int add_singles(struct mf_dd_run *run, const struct mf_disk *disk, struct mf_dd_repos *out)
{
	int r = 0;

	for (size_t i = 0; !r && i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];

		if (file->rpm && !strchr(file->path, '/'))
			r = add_repo(run, out, &(struct mf_dd_repo){.disk = disk, .single = file});
	}
	if (!r && out->n && strcmp(disk->container, "folder") == 0)
		r = mf_dd_note(
			run,
			"has no rhdd3: anaconda takes a folder of packages by inst.dd=nfs:… only");
	return r;
}

bool mf_dd_is_mountable(const struct mf_disk *disk)
{
	static const char *const others[] = {"cpio", "tar", "rpm"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(disk->container, others[i]) == 0)
			return false;
	}
	return true;
}

/* The image that a file of the root is, by itself or as a symlink; NULL when it is none. */
static const struct mf_disk *image_of(const struct mf_disk *disk, const struct mf_disk_file *file)
{
	size_t n = strlen(file->path);

	if (strchr(file->path, '/') || n < 4 || strcasecmp(file->path + n - 4, ".iso") != 0)
		return NULL;
	if (file->kind == 'l')
		file = mf_disk_resolve(disk, file->path);
	return file && file->nested && mf_dd_is_mountable(file->nested) ? file->nested : NULL;
}

/* Several names of one image add nothing. */
static int open_image(struct mf_dd_run *run, const struct mf_disk *image, bool *ret_is_new)
{
	int r;

	*ret_is_new = false;
	for (size_t i = 0; i < run->n_images; i++) {
		if (run->images[i] == image)
			return 0;
	}
	r = mf_arena_grow(&run->out->arena, &run->images, run->n_images, sizeof(*run->images));
	if (r)
		return r;
	run->images[run->n_images++] = image;
	*ret_is_new = true;
	return 0;
}

static int find_on(struct mf_dd_run *run, const struct mf_disk *disk, struct mf_dd_repos *out)
{
	bool has_repos;
	size_t n = out->n;
	int r = 0;

	for (size_t i = 0; !r && i < disk->n_files; i++) {
		if (strcmp(mf_path_base(disk->files[i].path), "rhdd3") == 0)
			r = add_repo_beside(run, disk, &disk->files[i], out);
	}
	/* images in its root count only where there is nothing else, but then all of them */
	has_repos = out->n > n;
	for (size_t i = 0; !r && !has_repos && i < disk->n_files; i++) {
		const struct mf_disk *image = image_of(disk, &disk->files[i]);
		bool is_new = false;

		if (image)
			r = open_image(run, image, &is_new);
		if (!r && is_new)
			r = find_on(run, image, out);
	}
	return r;
}

static bool has_images(const struct mf_disk *disk)
{
	for (size_t i = 0; i < disk->n_files; i++) {
		if (image_of(disk, &disk->files[i]))
			return true;
	}
	return false;
}

int mf_dd_find(struct mf_dd_run *run, struct mf_dd_repos *out)
{
	const struct mf_disk *disk = run->input->disk;
	int r;

	if (strcmp(disk->container, "rpm") == 0)
		return add_singles(run, disk, out);
	if (!mf_dd_is_mountable(disk))
		return 0;
	r = find_on(run, disk, out);
	if (!r && !out->n && strcmp(disk->container, "folder") == 0 && !has_images(disk))
		r = add_singles(run, disk, out);
	return r;
}

bool mf_dd_repo_has(const struct mf_dd_repo *repo, const struct mf_disk_file *file)
{
	size_t n = repo->folder ? strlen(repo->folder) : 0;

	if (repo->single)
		return file == repo->single;
	return strncmp(file->path, repo->folder, n) == 0 && file->path[n] == '/';
}

const struct mf_rpm *mf_dd_rpm_at(const struct mf_disk *disk, const struct mf_disk_file *file)
{
	if (file->kind == 'l' && mf_has_suffix(file->path, ".rpm"))
		file = mf_disk_resolve(disk, file->path);
	return file ? file->rpm : NULL;
}

const struct mf_disk_file *mf_dd_uncopied(const struct mf_dd_repo *repo)
{
	for (size_t i = 0; i < repo->disk->n_files; i++) {
		const struct mf_disk_file *file = &repo->disk->files[i];

		if (!mf_dd_repo_has(repo, file))
			continue;
		if (file->kind == 'o' ||
		    (file->kind == 'l' && !mf_disk_resolve(repo->disk, file->path)))
			return file;
	}
	return NULL;
}
