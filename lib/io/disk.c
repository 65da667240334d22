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

#define EXPECTED "expected a driver disk: ISO 9660, FAT, a folder, an RPM, a .deb, cpio or tar"

static const char rpm_magic[] = "\xed\xab\xee\xdb";	  /* its lead */
static const char deb_magic[] = "!<arch>\ndebian-binary"; /* deb(5) */

static bool begins_with(struct mf_bytes bytes, const char *magic)
{
	return mf_bytes_has(bytes, 0, strlen(magic)) && memcmp(bytes.p, magic, strlen(magic)) == 0;
}

/*
 * A single package is a disk of one file, which is read where it lies. What has another name is
 * none for an installer, but people who give it here mean one.
 */
static int read_package(struct mf_disk_build *build, const char *path, const char *const *suffixes)
{
	struct stat st;
	char name[NAME_MAX + 1];
	bool is_named = false;
	bool wants_copy;
	int r;

	if (stat(path, &st))
		return mf_fail(build->err, -errno, "%s: %s", path, strerror(errno));
	build->disk->container = suffixes[0] + 1;
	build->disk->has_long_names = true;
	for (const char *const *suffix = suffixes; *suffix; suffix++)
		is_named = is_named || mf_has_suffix(mf_path_base(path), *suffix);
	if (is_named)
		snprintf(name, sizeof(name), "%s", mf_path_base(path));
	else
		snprintf(name, sizeof(name), "package%s", suffixes[0]);
	r = mf_disk_add(
		build,
		&(struct mf_disk_file){.path = name, .kind = 'f', .size = (uint64_t)st.st_size},
		&wants_copy);
	return r ? r : mf_disk_use(build, path);
}

/* Whether linuxrc would find a driver update in the payload. */
static bool has_update(const struct mf_rpm *rpm)
{
	for (size_t i = 0; rpm && i < rpm->n_files; i++) {
		const char *path = rpm->files[i].path;

		if (mf_disk_update_length(path + (*path == '/')))
			return true;
	}
	return false;
}

static int read_rpm(struct mf_disk_build *build, const char *path, struct mf_bytes bytes)
{
	static const char *const suffixes[] = {".rpm", NULL};
	int r = read_package(build, path, suffixes);

	if (r || !has_update(build->disk->files[0].rpm))
		return r;
	build->disk->n_files = 0;
	return mf_disk_read_rpm_payload(build, bytes);
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
	static const char *const deb_suffixes[] = {".deb", ".udeb", ".ude", NULL};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_disk_volume volume;
	int r = mf_map_file(AT_FDCWD, path, &map, build->err);

	if (r)
		return r;
	if (begins_with(map.bytes, rpm_magic))
		return read_rpm(build, path, map.bytes);
	if (begins_with(map.bytes, deb_magic))
		return read_package(build, path, deb_suffixes);
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

void mf_disk_close(struct mf_disk_source *source)
{
	mf_workdir_remove(&source->spool);
	mf_arena_free(&source->disk.arena);
	*source = (struct mf_disk_source){0};
}
