// SPDX-License-Identifier: GPL-2.0-or-later
// Reading tarballs as a stream, bounded: sizes that an archive states are never believed.
#include "lib/io/archive.h"

#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/cleanup.h"
#include "lib/io/scanner.h"

#define READ_BLOCK ((size_t)65536)

/* libarchive's last problem. Its own errno values are positive, or -1 for none. */
static int fail(struct mf_archive *archive, struct mf_err *err)
{
	const char *text = archive_error_string(archive->reader);
	int code = archive_errno(archive->reader);

	if (code == ENOMEM)
		return mf_fail(err, -ENOMEM, "out of memory");
	if (!archive->n_members)
		return mf_fail(err, -EBADMSG, "no tar archive that can be read (%s)",
			       text ? text : "empty");
	return mf_fail(err, -EBADMSG, "damaged or cut off after %zu members: %s",
		       archive->n_members, text ? text : "no more is known");
}

int mf_archive_open(const char *path, struct mf_archive *out, struct mf_err *err)
{
	struct archive *reader = archive_read_new();

	out->reader = reader;
	if (!reader)
		return mf_fail(err, -ENOMEM, "out of memory");
	/* named one by one: `all` has filters that run programs */
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_bzip2(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_format_tar(reader);
	if (archive_read_open_filename(reader, path, READ_BLOCK) != ARCHIVE_OK)
		return mf_fail(err, -EBADMSG, "no tar archive, plain or compressed (%s)",
			       archive_error_string(reader));
	return 0;
}

static int check_limits(struct mf_archive *archive, struct mf_err *err)
{
	/* sparse members yield bytes that the stream does not have: both are counted */
	int64_t unpacked = archive_filter_bytes(archive->reader, 0);

	if (archive->n_bytes > MF_ARCHIVE_MAX_BYTES || unpacked > (int64_t)MF_ARCHIVE_MAX_BYTES)
		return mf_fail(err, -E2BIG, "inflates to more than %llu MiB, the limit here",
			       (unsigned long long)(MF_ARCHIVE_MAX_BYTES >> 20));
	if (archive->n_members > MF_ARCHIVE_MAX_MEMBERS)
		return mf_fail(err, -E2BIG, "has more than %zu members, the limit here",
			       MF_ARCHIVE_MAX_MEMBERS);
	return 0;
}

/* One block of content; 0, -ENODATA at the end of the member, or a failure. */
static int next_block(struct mf_archive *archive, struct mf_bytes *out, int64_t *ret_offset,
		      struct mf_err *err)
{
	const void *block = NULL;
	size_t n = 0;
	int r = archive_read_data_block(archive->reader, &block, &n, ret_offset);

	if (r == ARCHIVE_EOF) {
		archive->is_content_pending = false;
		return -ENODATA;
	}
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return fail(archive, err);
	archive->n_bytes += n;
	*out = (struct mf_bytes){block, n};
	return check_limits(archive, err);
}

/* Passes over what is left of a member: libarchive's own skipping has no limit. */
static int skip_content(struct mf_archive *archive, struct mf_err *err)
{
	struct mf_bytes block;
	int64_t offset;
	int r = 0;

	while (!r && archive->is_content_pending)
		r = next_block(archive, &block, &offset, err);
	return r == -ENODATA ? 0 : r;
}

static void keep_path(struct mf_archive *archive, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	archive->path.len = 0;
	if (!path) /* not in the "C" locale, which is always used here */
		path = archive_entry_pathname_utf8(entry);
	if (!path)
		return;
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	mf_buf_adds(&archive->path, path);
	while (archive->path.len && archive->path.data[archive->path.len - 1] == '/')
		archive->path.data[--archive->path.len] = '\0';
}

int mf_archive_next(struct mf_archive *archive, struct mf_archive_member *out, struct mf_err *err)
{
	struct archive_entry *entry;
	int r = skip_content(archive, err);

	if (r)
		return r;
	r = archive_read_next_header(archive->reader, &entry);
	if (r == ARCHIVE_EOF)
		return -ENODATA;
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return fail(archive, err);
	archive->n_members++;
	archive->is_content_pending = true;
	r = check_limits(archive, err);
	if (r)
		return r;
	keep_path(archive, entry);
	if (mf_buf_status(&archive->path))
		return mf_fail(err, -ENOMEM, "out of memory");
	*out = (struct mf_archive_member){
		.path = archive->path.len ? mf_buf_str(&archive->path) : NULL,
		.is_file = archive_entry_filetype(entry) == AE_IFREG &&
			   !archive_entry_hardlink(entry),
	};
	/* "./" alone is the folder that was packed, no member without a name */
	if (!out->path && archive_entry_filetype(entry) == AE_IFDIR)
		out->path = ".";
	return 0;
}

int mf_archive_content(struct mf_archive *archive, size_t limit, struct mf_buf *out,
		       struct mf_err *err)
{
	for (;;) {
		struct mf_bytes block = {0};
		int64_t offset = 0;
		int r = next_block(archive, &block, &offset, err);

		if (r)
			return r == -ENODATA ? 0 : r;
		if (block.n && offset != (int64_t)out->len)
			return mf_fail(err, -EINVAL, "has holes: left out");
		if (block.n > limit - out->len)
			return mf_fail(err, -EFBIG, "has more than %zu bytes: left out", limit);
		mf_buf_add(out, block.p, block.n);
		if (mf_buf_status(out))
			return mf_fail(err, -ENOMEM, "out of memory");
	}
}

void mf_archive_close(struct mf_archive *archive)
{
	if (archive->reader)
		archive_read_free(archive->reader);
	mf_buf_free(&archive->path);
	*archive = (struct mf_archive){0};
}

int mf_archive_read(const char *path, const char *name, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_archive_close) struct mf_archive archive = {0};
	struct mf_archive_member member;
	int r = mf_archive_open(path, &archive, err);

	while (!r) {
		r = mf_archive_next(&archive, &member, err);
		if (!r && member.path && member.is_file && !strcmp(member.path, name))
			return mf_archive_content(&archive, MF_SCAN_MAX_MODULE, out, err);
	}
	if (r == -ENODATA)
		return mf_fail(err, -ESTALE, "%s is no longer in that archive; run again", name);
	return r;
}
