// SPDX-License-Identifier: GPL-2.0-or-later
// Payloads of RPMs through libarchive: a cpio archive behind the headers, compressed as it likes.
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/rpm.h"

#define READ_BLOCK  ((size_t)65536)
#define MAX_MEMBERS 200000

/* A walk at work. */
struct walk {
	const struct mf_rpm *rpm;
	const struct mf_rpm_walk *visitor;
	struct archive *reader;
	struct mf_buf content; /* of the member reached last */
	uint64_t n_bytes;      /* given out or passed over */
	size_t n_members;
	struct mf_err *err;
};

static void close_walk(struct walk *walk)
{
	archive_read_free(walk->reader); /* takes NULL */
	walk->reader = NULL;
	mf_buf_free(&walk->content);
}

static int fail(struct walk *walk)
{
	const char *reason = archive_error_string(walk->reader);

	if (archive_errno(walk->reader) == ENOMEM)
		return mf_fail(walk->err, -ENOMEM, "out of memory");
	return mf_fail(walk->err, -EBADMSG, "%s: payload damaged or cut off: %s", walk->rpm->source,
		       reason ? reason : "no reason given");
}

static int fail_size(struct walk *walk)
{
	return mf_fail(walk->err, -EFBIG,
		       "%s: payload has more than %llu MiB or %d files, the "
		       "limits here",
		       walk->rpm->source, (unsigned long long)(MF_RPM_MAX_PAYLOAD >> 20),
		       MAX_MEMBERS);
}

static int open_walk(struct walk *walk)
{
	walk->reader = archive_read_new();
	if (!walk->reader)
		return mf_fail(walk->err, -ENOMEM, "out of memory");
	/* named one by one: `all` has filters that run programs */
	archive_read_support_filter_rpm(walk->reader);
	archive_read_support_filter_gzip(walk->reader);
	archive_read_support_filter_bzip2(walk->reader);
	archive_read_support_filter_xz(walk->reader);
	archive_read_support_filter_lzma(walk->reader);
	archive_read_support_filter_zstd(walk->reader);
	archive_read_support_format_cpio(walk->reader);
	archive_read_support_format_empty(walk->reader);
	if (archive_read_open_filename(walk->reader, walk->rpm->spool, READ_BLOCK) != ARCHIVE_OK)
		return fail(walk);
	return 0;
}

/* Reads or passes over the content: libarchive's own skipping has no limit. */
static int read_content(struct walk *walk, bool is_wanted)
{
	walk->content.len = 0;
	for (;;) {
		const void *block = NULL;
		size_t n = 0;
		int64_t offset;
		int r = archive_read_data_block(walk->reader, &block, &n, &offset);

		if (r == ARCHIVE_EOF)
			break;
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return fail(walk);
		walk->n_bytes += n;
		if (walk->n_bytes > MF_RPM_MAX_PAYLOAD)
			return fail_size(walk);
		if (is_wanted)
			mf_buf_add(&walk->content, block, n);
	}
	if (mf_buf_status(&walk->content))
		return mf_fail(walk->err, -ENOMEM, "out of memory");
	return 0;
}

/* Path of a member without "./" and '/' in front; NULL when it cannot be read. */
static const char *member_path(struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);

	if (!path) /* not in the "C" locale, which is always used here */
		path = archive_entry_pathname_utf8(entry);
	while (path && (path[0] == '/' || (path[0] == '.' && path[1] == '/')))
		path++;
	return path;
}

static int visit(struct walk *walk, struct archive_entry *entry)
{
	const struct mf_rpm_walk *visitor = walk->visitor;
	const char *path = member_path(entry);
	bool is_wanted = path && *path && archive_entry_filetype(entry) == AE_IFREG &&
			 visitor->wanted(visitor->data, path);
	int r = read_content(walk, is_wanted);

	if (r || !is_wanted)
		return r;
	return visitor->fn(visitor->data, path, mf_buf_bytes(&walk->content));
}

int mf_rpm_walk_payload(const struct mf_rpm *rpm, const struct mf_rpm_walk *visitor,
			struct mf_err *err)
{
	MF_CLEANUP(close_walk) struct walk walk = {.rpm = rpm, .visitor = visitor, .err = err};
	int r = open_walk(&walk);

	while (!r) {
		struct archive_entry *entry;
		int status = archive_read_next_header(walk.reader, &entry);

		if (status == ARCHIVE_EOF)
			return 0;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return fail(&walk);
		if (walk.n_members++ >= MAX_MEMBERS)
			return fail_size(&walk);
		r = visit(&walk, entry);
	}
	return r;
}
