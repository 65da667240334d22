// SPDX-License-Identifier: GPL-2.0-or-later
// Payloads of RPMs through libarchive: a cpio archive behind the headers, compressed as it likes.
#include <errno.h>

#include <archive.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/io/rpm.h"

#define READ_BLOCK ((size_t)65536)

static void free_reader(struct archive **reader)
{
	archive_read_free(*reader); /* takes NULL */
	*reader = NULL;
}

static int open_payload(struct archive *reader, const struct mf_rpm *rpm, struct mf_err *err)
{
	const char *reason;

	/* named one by one: `all` has filters that run programs */
	archive_read_support_filter_rpm(reader);
	archive_read_support_filter_gzip(reader);
	archive_read_support_filter_bzip2(reader);
	archive_read_support_filter_xz(reader);
	archive_read_support_filter_lzma(reader);
	archive_read_support_filter_zstd(reader);
	archive_read_support_format_cpio(reader);
	archive_read_support_format_empty(reader);
	if (archive_read_open_filename(reader, rpm->spool, READ_BLOCK) == ARCHIVE_OK)
		return 0;
	reason = archive_error_string(reader);
	return mf_fail(err, -EBADMSG, "%s: payload damaged or cut off: %s", rpm->source,
		       reason ? reason : "no reason given");
}

int mf_rpm_walk_payload(const struct mf_rpm *rpm, const struct mf_rpm_walk *walk,
			struct mf_err *err)
{
	MF_CLEANUP(free_reader) struct archive *reader = archive_read_new();
	MF_CLEANUP(mf_buf_free) struct mf_buf object = {0};
	struct mf_payload_visitor visitor = {
		.wanted = walk->wanted,
		.read = walk->fn,
		.data = walk->data,
		.max_wanted = MF_RPM_MAX_PAYLOAD,
	};
	int r;

	mf_buf_printf(&object, "%s: payload", rpm->source);
	if (!reader || mf_buf_status(&object))
		return mf_fail(err, -ENOMEM, "out of memory");
	visitor.object = mf_buf_str(&object);
	r = open_payload(reader, rpm, err);
	return r ? r : mf_payload_walk(reader, &visitor, err);
}
