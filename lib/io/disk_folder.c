// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks that are folders, mounted or made ready to become a disk.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/disk_parts.h"
#include "lib/io/folder.h"

/* A folder on its way down. */
struct place {
	const char *top;  /* as given */
	const char *path; /* below that, "" for itself */
	int fd;		  /* that the folder's name counts from */
	const char *name;
	unsigned int level;
};

static int read_place(struct mf_disk_build *build, const struct place *place);

static int fail(struct mf_disk_build *build, const struct place *place, const char *name, int code)
{
	return mf_fail(build->err, code, "%s/%s%s%s: %s", place->top, place->path,
		       *place->path ? "/" : "", name, strerror(-code));
}

static int add_file(struct mf_disk_build *build, const struct place *place, int fd,
		    struct mf_disk_file *file)
{
	const char *name = mf_path_base(file->path);
	char path[PATH_MAX];
	bool wants_copy;
	struct stat st;
	int r;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW))
		return fail(build, place, name, -errno);
	file->size = (uint64_t)st.st_size;
	r = mf_disk_add(build, file, &wants_copy);
	if (r || !wants_copy)
		return r;
	if (mf_path_join(path, sizeof(path), place->top, file->path))
		return fail(build, place, name, -ENAMETOOLONG);
	return mf_disk_use(build, path);
}

static int add_link(struct mf_disk_build *build, const struct place *place, int fd,
		    struct mf_disk_file *file)
{
	const char *name = mf_path_base(file->path);
	char target[PATH_MAX];
	bool wants_copy;
	ssize_t n = readlinkat(fd, name, target, sizeof(target) - 1);

	if (n < 0)
		return fail(build, place, name, -errno);
	target[n] = '\0';
	file->link = target;
	return mf_disk_add(build, file, &wants_copy);
}

static int add_folder(struct mf_disk_build *build, const struct place *place, int fd,
		      struct mf_disk_file *file)
{
	struct place inner = {place->top, file->path, fd, mf_path_base(file->path),
			      place->level + 1};
	bool wants_copy;
	int r = mf_disk_add(build, file, &wants_copy);

	return r ? r : read_place(build, &inner);
}

static int add_entry(struct mf_disk_build *build, const struct place *place, int fd,
		     const struct mf_folder_entry *entry)
{
	char path[PATH_MAX];
	struct mf_disk_file file = {.path = path, .kind = 'o'};
	bool wants_copy;
	int n = snprintf(path, sizeof(path), "%s%s%s", place->path, *place->path ? "/" : "",
			 entry->name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return fail(build, place, entry->name, -ENAMETOOLONG);
	switch (entry->type) {
	case MF_TYPE_FILE: file.kind = 'f'; return add_file(build, place, fd, &file);
	case MF_TYPE_LINK: file.kind = 'l'; return add_link(build, place, fd, &file);
	case MF_TYPE_DIR: file.kind = 'd'; return add_folder(build, place, fd, &file);
	case MF_TYPE_OTHER: break;
	}
	return mf_disk_add(build, &file, &wants_copy);
}

static int read_place(struct mf_disk_build *build, const struct place *place)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	int r;

	if (place->level > MF_DISK_MAX_LEVELS)
		return mf_fail(build->err, -EFBIG, "%s: has folders in more than %d levels",
			       build->object, MF_DISK_MAX_LEVELS);
	r = mf_folder_read(place->fd, place->name, place->level == 0, &folder);
	if (r)
		return fail(build, place, "", r);
	for (size_t i = 0; !r && i < folder.n; i++)
		r = add_entry(build, place, folder.fd, &folder.v[i]);
	return r;
}

int mf_disk_read_folder(struct mf_disk_build *build, const char *path)
{
	build->disk->container = "folder";
	build->disk->has_long_names = true;
	return read_place(build, &(struct place){path, "", AT_FDCWD, path, 0});
}
