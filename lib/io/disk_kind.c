// SPDX-License-Identifier: GPL-2.0-or-later
// Whether something looks like a driver disk: for commands that take artifacts of any kind.
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/disk_parts.h"
#include "lib/io/folder.h"

#define READ_BLOCK ((size_t)65536)

/* An archive is looked into that far: a driver update is packed from its top folders on. */
#define MAX_PEEK_FILES 1000
#define MAX_PEEK_BYTES ((int64_t)16 << 20)

/* Marks of a file, with which it begins. */
static const struct mf_bytes magics[] = {
	{(const uint8_t *)"\xed\xab\xee\xdb", 4},	 /* an RPM (its lead) */
	{(const uint8_t *)"!<arch>\ndebian-binary", 21}, /* deb(5) */
};

/* Folders of driver updates and of Debian's and Ubuntu's driver injection, and the file of
 * anaconda's disks, at the top of a disk. */
static const char *const marks[] = {"linux/suse", "debian-drivers", "ubuntu-drivers", "rhdd3"};

/* What roots of systems and archives of `dkms mktarball` have at their top, and no disk has: they
 * are large, so that looking for more is not worth the time. */
static const char *const foreign[] = {"bin",
				      "dev",
				      "early_cpio",
				      "etc",
				      "init",
				      "lib",
				      "lib64",
				      "proc",
				      "sbin",
				      "sys",
				      "usr",
				      "kernel",
				      "modferry",
				      "var",
				      "dkms_main_tree",
				      "dkms_source_tree",
				      "run"};

/* Whether path is that folder, or lies in it. */
static bool is_in(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '/' || !path[n]);
}

bool mf_disk_is_mark(const char *path)
{
	size_t n = strspn(path, "0123456789");

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (is_in(path, marks[i]))
			return true;
	}
	return n && path[n] == '/' && is_in(path + n + 1, marks[0]);
}

static bool is_foreign(const char *path)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (is_in(path, foreign[i]))
			return true;
	}
	return false;
}

static void free_reader(struct archive **reader)
{
	archive_read_free(*reader); /* takes NULL */
	*reader = NULL;
}

static const char *entry_path(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	while (path && (path[0] == '/' || (path[0] == '.' && path[1] == '/')))
		path++;
	return path ? path : "";
}

/* Passes over the content, as far as that is worth it. */
static bool skip(struct archive *reader)
{
	for (;;) {
		const void *block;
		int64_t offset;
		size_t n;
		int r = archive_read_data_block(reader, &block, &n, &offset);

		if (r == ARCHIVE_EOF)
			return true;
		if ((r != ARCHIVE_OK && r != ARCHIVE_WARN) ||
		    archive_filter_bytes(reader, 0) > MAX_PEEK_BYTES)
			return false;
	}
}

bool mf_disk_is_archive(const char *path)
{
	MF_CLEANUP(free_reader) struct archive *reader = archive_read_new();

	if (!reader)
		return false;
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_bzip2(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_format_cpio(reader);
	archive_read_support_format_tar(reader);
	if (archive_read_open_filename(reader, path, READ_BLOCK) != ARCHIVE_OK)
		return false;
	for (size_t i = 0; i < MAX_PEEK_FILES; i++) {
		struct archive_entry *entry;
		int status = archive_read_next_header(reader, &entry);
		const char *name;

		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return false;
		name = entry_path(entry);
		if (mf_disk_is_mark(name))
			return true;
		if (is_foreign(name) || !skip(reader))
			return false;
	}
	return false;
}

/* Whether one of the names is there, below a folder. */
static bool has_any(int fd, const char *folder, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char path[PATH_MAX];
		int length = snprintf(path, sizeof(path), "%s/%s", folder, names[i]);

		if (length > 0 && (size_t)length < sizeof(path) &&
		    !faccessat(fd, path, F_OK, AT_SYMLINK_NOFOLLOW))
			return true;
	}
	return false;
}

/* A package for an installer that takes it from the top of a disk. */
static bool is_package(const char *name)
{
	return mf_has_suffix(name, ".rpm") || mf_has_suffix(name, ".deb") ||
	       mf_has_suffix(name, ".udeb");
}

/*
 * A folder is one when it is a repository or driver update of an installer, or has packages in it.
 * One that has several repositories (of releases, say) has them side by side; driver updates of
 * SUSE may be numbered.
 */
static bool is_disk_folder(const char *path)
{
	static const char *const inner[] = {"rhdd3"};
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;

	if (mf_folder_read(AT_FDCWD, path, true, &folder))
		return false;
	if (has_any(folder.fd, ".", marks, sizeof(marks) / sizeof(marks[0])))
		return true;
	for (size_t i = 0; i < folder.n; i++) {
		const struct mf_folder_entry *entry = &folder.v[i];
		const char *name = entry->name;

		if (is_package(name))
			return true;
		if (entry->type != MF_TYPE_DIR)
			continue;
		if (has_any(folder.fd, name, inner, 1) ||
		    (!name[strspn(name, "0123456789")] && has_any(folder.fd, name, marks, 1)))
			return true;
	}
	return false;
}

/* Whether the file begins with one of the marks. */
static bool has_magic(int fd)
{
	uint8_t start[32];
	ssize_t n = pread(fd, start, sizeof(start), 0);

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (n >= (ssize_t)magics[i].n && memcmp(start, magics[i].p, magics[i].n) == 0)
			return true;
	}
	return false;
}

bool mf_disk_is_one(const char *path)
{
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct mf_disk_volume volume;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return false;
	if (S_ISDIR(st.st_mode))
		return is_disk_folder(path);
	if (!S_ISREG(st.st_mode))
		return false;
	if (has_magic(fd))
		return true;
	if (mf_disk_find_volume(fd, (uint64_t)st.st_size, &volume))
		return false;
	if (volume.type[0])
		return strcmp(volume.type, "iso9660") == 0 || strcmp(volume.type, "vfat") == 0;
	return mf_disk_is_archive(path);
}
