// SPDX-License-Identifier: GPL-2.0-or-later
// Reading driver disks: what kind of thing it is, and the end of it.
#include "lib/io/disk.h"

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
#include "lib/io/file.h"
#include "lib/io/folder.h"
#include "lib/io/remove.h"

#define EXPECTED "expected a driver disk: ISO 9660, FAT, a folder, an RPM, cpio or tar"

static const uint8_t rpm_magic[] = {0xed, 0xab, 0xee, 0xdb};

static bool is_rpm(struct mf_bytes bytes)
{
	return mf_bytes_has(bytes, 0, sizeof(rpm_magic)) &&
	       memcmp(bytes.p, rpm_magic, sizeof(rpm_magic)) == 0;
}

/* A single RPM is a disk of one file, which is read where it lies. */
static int read_rpm(struct mf_disk_build *build, const char *path)
{
	struct stat st;
	const char *name = mf_path_base(path);
	bool is_named = mf_has_suffix(name, ".rpm");
	bool wants_copy;
	int r;

	if (stat(path, &st))
		return mf_fail(build->err, -errno, "%s: %s", path, strerror(errno));
	build->disk->container = "rpm";
	build->disk->has_long_names = true;
	/* what has another name is none for the installer, but people who give it here mean one */
	r = mf_disk_add(build,
			&(struct mf_disk_file){.path = is_named ? name : "package.rpm",
					       .kind = 'f',
					       .size = (uint64_t)st.st_size},
			&wants_copy);
	return r ? r : mf_disk_use(build, path);
}

static int read_volume(struct mf_disk_build *build, const struct mf_disk_volume *volume,
		       struct mf_bytes image)
{
	struct mf_bytes bytes = mf_bytes_sub(image, volume->start, volume->size);

	if (strcmp(volume->type, "iso9660") == 0) {
		if (volume->label[0]) {
			build->disk->label = mf_arena_strdup(build->arena, volume->label);
			if (!build->disk->label)
				return mf_disk_no_memory(build);
		}
		return mf_disk_read_iso(build, bytes);
	}
	return mf_disk_read_fat(build, bytes);
}

/* Something without a file system: an archive, or nothing that is known here. */
static int read_other(struct mf_disk_build *build, const struct mf_disk_volume *volume,
		      struct mf_bytes bytes)
{
	int r;

	if (volume->type[0])
		return mf_fail(build->err, -EINVAL, "%s: holds a file system of type %s, " EXPECTED,
			       build->object, volume->type);
	r = mf_disk_read_archive(build, bytes);
	if (r == -EINVAL)
		return mf_fail(build->err, r, "%s: of no known kind, " EXPECTED, build->object);
	return r;
}

static int read_image(struct mf_disk_build *build, int fd, const char *path)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_disk_volume volume;
	int r = mf_map_file(AT_FDCWD, path, &map, build->err);

	if (r)
		return r;
	if (is_rpm(map.bytes))
		return read_rpm(build, path);
	r = mf_disk_find_volume(fd, map.bytes.n, &volume);
	if (r)
		return mf_fail(build->err, r, "%s: %s", build->object, strerror(-r));
	if (strcmp(volume.type, "iso9660") == 0 || strcmp(volume.type, "vfat") == 0)
		return read_volume(build, &volume, map.bytes);
	return read_other(build, &volume, map.bytes);
}

int mf_disk_read(struct mf_disk_build *build, const char *path)
{
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return mf_fail(build->err, -errno, "%s: %s", build->object, strerror(errno));
	if (S_ISDIR(st.st_mode))
		r = mf_disk_read_folder(build, path);
	else
		r = read_image(build, fd, path);
	mf_close_fd(&build->copy);
	return r ? r : mf_disk_finish(build);
}

int mf_disk_open(const char *path, struct mf_disk_source *out, struct mf_err *err)
{
	struct mf_disk_limits limits = {.source = out};
	struct mf_disk_build build = {
		.limits = &limits,
		.arena = &out->disk.arena,
		.disk = &out->disk,
		.object = path,
		.copy = -1,
		.err = err,
	};

	*out = (struct mf_disk_source){0};
	return mf_disk_read(&build, path);
}

/*
 * A folder is one when it is a repository of an installer, or has packages in it. One that has
 * several repositories (of releases, say) has them side by side.
 */
static bool is_disk_folder(const char *path)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;

	if (mf_folder_read(AT_FDCWD, path, true, &folder))
		return false;
	for (size_t i = 0; i < folder.n; i++) {
		const struct mf_folder_entry *entry = &folder.v[i];
		char marker[PATH_MAX];
		int n = snprintf(marker, sizeof(marker), "%s/rhdd3", entry->name);

		if (strcmp(entry->name, "rhdd3") == 0 || mf_has_suffix(entry->name, ".rpm"))
			return true;
		if (entry->type == MF_TYPE_DIR && n > 0 && (size_t)n < sizeof(marker) &&
		    !faccessat(folder.fd, marker, F_OK, 0))
			return true;
	}
	return false;
}

bool mf_disk_is_one(const char *path)
{
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t start[sizeof(rpm_magic)];
	struct mf_disk_volume volume;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return false;
	if (S_ISDIR(st.st_mode))
		return is_disk_folder(path);
	if (!S_ISREG(st.st_mode) || pread(fd, start, sizeof(start), 0) != sizeof(start))
		return false;
	if (is_rpm((struct mf_bytes){start, sizeof(start)}))
		return true;
	return !mf_disk_find_volume(fd, (uint64_t)st.st_size, &volume) &&
	       (strcmp(volume.type, "iso9660") == 0 || strcmp(volume.type, "vfat") == 0);
}

void mf_disk_close(struct mf_disk_source *source)
{
	mf_workdir_remove(&source->spool);
	mf_arena_free(&source->disk.arena);
	*source = (struct mf_disk_source){0};
}
