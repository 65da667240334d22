// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks that libarchive reads: ISO 9660, and the tree of one as cpio or tar.
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/cleanup.h"
#include "lib/io/disk_parts.h"

#define SECTOR		 2048
#define FIRST_DESCRIPTOR 16 /* sector of the first volume descriptor (ECMA-119, 6.2.1) */
#define MAX_DESCRIPTORS	 64
#define TYPE_SUPPLEMENT	 2
#define TYPE_END	 255
#define ESCAPES		 88 /* where a supplementary descriptor says its character set */

/* Archives unpack to at most that, copied or not. */
#define MAX_UNPACKED (MF_DISK_MAX_COPIES * 2)

static void free_reader(struct archive **reader)
{
	archive_read_free(*reader); /* takes NULL */
	*reader = NULL;
}

static int fail(struct mf_disk_build *build, struct archive *reader)
{
	const char *reason = archive_error_string(reader);

	if (archive_errno(reader) == ENOMEM)
		return mf_disk_no_memory(build);
	return mf_disk_damaged(build, reason ? reason : "no reason given");
}

/* UCS-2 has three levels, each with its escape sequence (Joliet specification). */
static bool has_joliet(struct mf_bytes bytes)
{
	for (uint64_t i = FIRST_DESCRIPTOR; i < FIRST_DESCRIPTOR + MAX_DESCRIPTORS; i++) {
		struct mf_bytes sector = mf_bytes_sub(bytes, i * SECTOR, SECTOR);

		if (!sector.n || sector.p[0] == TYPE_END)
			return false;
		if (sector.p[0] == TYPE_SUPPLEMENT && memcmp(sector.p + ESCAPES, "%/", 2) == 0 &&
		    memchr("@CE", sector.p[ESCAPES + 2], 3))
			return true;
	}
	return false;
}

static const char *text_of(const char *plain, const char *utf8)
{
	return plain ? plain : utf8; /* plain is NULL for what the "C" locale cannot say */
}

/* Path without what stands in front and behind; "" for the root itself, NULL when unreadable. */
static char *path_of(struct mf_disk_build *build, struct archive_entry *entry)
{
	const char *path = text_of(archive_entry_pathname(entry),
				   archive_entry_pathname_utf8(entry));
	size_t n;

	if (!path)
		return NULL;
	while (path[0] == '/' || (path[0] == '.' && (path[1] == '/' || !path[1])))
		path++;
	n = strlen(path);
	while (n && path[n - 1] == '/')
		n--;
	return mf_arena_strndup(build->arena, path, n);
}

/* Names of plain ISO 9660 come in lower case on Linux (isofs, map=normal). */
static void lower(char *path)
{
	for (; *path; path++)
		*path = (char)tolower((unsigned char)*path);
}

static struct mf_disk_file describe(struct archive_entry *entry, const char *path)
{
	const char *other = text_of(archive_entry_hardlink(entry),
				    archive_entry_hardlink_utf8(entry));
	struct mf_disk_file file = {.path = path, .kind = 'o'};

	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		file.kind = 'f';
		file.size = (uint64_t)archive_entry_size(entry);
		break;
	case AE_IFDIR: file.kind = 'd'; break;
	case AE_IFLNK:
		file.kind = 'l';
		file.link = text_of(archive_entry_symlink(entry),
				    archive_entry_symlink_utf8(entry));
		break;
	default: break;
	}
	while (other && other[0] == '.' && other[1] == '/')
		other += 2;
	/* with a size it is the one name of cpio's that has the content behind it */
	if (other && !archive_entry_size(entry)) {
		file.kind = MF_DISK_HARDLINK;
		file.link = other;
	}
	return file;
}

/* An archive being read. */
struct reading {
	struct mf_disk_build *build;
	struct archive *reader;
	bool is_iso; /* else a stream: what is not wanted is passed over, and counted */
	bool has_joliet;
	uint64_t unpacked; /* of streams */
};

/* Copies or passes over the content. */
static int read_content(struct reading *reading, bool wants_copy)
{
	for (;;) {
		const void *block = NULL;
		size_t n = 0;
		int64_t offset;
		int r = archive_read_data_block(reading->reader, &block, &n, &offset);

		if (r == ARCHIVE_EOF)
			return wants_copy ? mf_disk_copy_end(reading->build) : 0;
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return fail(reading->build, reading->reader);
		reading->unpacked += n;
		if (reading->unpacked > MAX_UNPACKED)
			return mf_fail(reading->build->err, -EFBIG,
				       "%s: unpacks to more than %llu GiB, the limit here",
				       reading->build->object,
				       (unsigned long long)(MAX_UNPACKED >> 30));
		r = wants_copy ? mf_disk_copy(reading->build, (struct mf_bytes){block, n}) : 0;
		if (r)
			return r;
	}
}

static int read_entry(struct reading *reading, struct archive_entry *entry)
{
	struct mf_disk_build *build = reading->build;
	char *path = path_of(build, entry);
	struct mf_disk_file file;
	bool wants_copy = false;
	int r;

	if (!path)
		return mf_disk_damaged(build, "a name in it cannot be read");
	if (!build->disk->has_long_names)
		lower(path);
	file = describe(entry, path);
	r = *path ? mf_disk_add(build, &file, &wants_copy) : 0;
	if (r || (!wants_copy && reading->is_iso))
		return r;
	return read_content(reading, wants_copy);
}

static int read_all(struct reading *reading, struct mf_bytes bytes)
{
	struct mf_disk_build *build = reading->build;
	struct archive_entry *entry;
	int r = 0;

	if (archive_read_open_memory2(reading->reader, bytes.p, bytes.n, 65536) != ARCHIVE_OK)
		return fail(build, reading->reader);
	while (!r) {
		int status = archive_read_next_header(reading->reader, &entry);

		if (status == ARCHIVE_EOF)
			return 0;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return fail(build, reading->reader);
		build->disk->has_long_names = !reading->is_iso || reading->has_joliet ||
					      archive_format(reading->reader) ==
						      ARCHIVE_FORMAT_ISO9660_ROCKRIDGE;
		r = read_entry(reading, entry);
	}
	return r;
}

int mf_disk_read_iso(struct mf_disk_build *build, struct mf_bytes bytes)
{
	MF_CLEANUP(free_reader) struct archive *reader = archive_read_new();
	struct reading reading = {build, reader, true, has_joliet(bytes), 0};

	if (!reader)
		return mf_disk_no_memory(build);
	build->disk->container = "iso9660";
	archive_read_support_format_iso9660(reader);
	return read_all(&reading, bytes);
}

/* named one by one: `all` has filters that run programs */
static void support_filters(struct archive *reader)
{
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_bzip2(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_format_cpio(reader);
}

int mf_disk_read_archive(struct mf_disk_build *build, struct mf_bytes bytes)
{
	MF_CLEANUP(free_reader) struct archive *reader = archive_read_new();
	struct reading reading = {.build = build, .reader = reader};
	int r;

	if (!reader)
		return mf_disk_no_memory(build);
	support_filters(reader);
	archive_read_support_format_tar(reader);
	build->is_last_one_kept = true;
	r = read_all(&reading, bytes);
	switch (archive_format(reader) & ARCHIVE_FORMAT_BASE_MASK) {
	case ARCHIVE_FORMAT_CPIO: build->disk->container = "cpio"; break;
	case ARCHIVE_FORMAT_TAR: build->disk->container = "tar"; break;
	default: return -EINVAL;
	}
	/* zero bytes alone are an empty tar archive to libarchive */
	return !r && !build->disk->n_files ? -EINVAL : r;
}

int mf_disk_read_rpm_payload(struct mf_disk_build *build, struct mf_bytes bytes)
{
	MF_CLEANUP(free_reader) struct archive *reader = archive_read_new();
	struct reading reading = {.build = build, .reader = reader};

	if (!reader)
		return mf_disk_no_memory(build);
	archive_read_support_filter_rpm(reader);
	support_filters(reader);
	build->is_last_one_kept = true;
	return read_all(&reading, bytes);
}
