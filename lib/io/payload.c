// SPDX-License-Identifier: GPL-2.0-or-later
// Walking the files of a package through libarchive, bounded.
#include "lib/io/payload.h"

#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* A walk at work. */
struct walk {
	const struct mf_payload_visitor *visitor;
	struct archive *reader;
	struct mf_buf content; /* of the file reached last */
	uint64_t n_bytes;      /* given out or passed over */
	size_t n_files;
	struct mf_err *err;
};

static void close_walk(struct walk *walk)
{
	mf_buf_free(&walk->content);
}

static int fail(struct walk *walk)
{
	const char *reason = archive_error_string(walk->reader);

	if (archive_errno(walk->reader) == ENOMEM)
		return mf_fail(walk->err, -ENOMEM, "out of memory");
	return mf_fail(walk->err, -EBADMSG, "%s damaged or cut off: %s", walk->visitor->object,
		       reason ? reason : "no reason given");
}

static int fail_size(struct walk *walk)
{
	return mf_fail(walk->err, -EFBIG, "%s has more than %llu MiB or %zu files, the limits here",
		       walk->visitor->object, (unsigned long long)(MF_PAYLOAD_MAX_BYTES >> 20),
		       MF_PAYLOAD_MAX_FILES);
}

static int fail_file(struct walk *walk, const char *path)
{
	return mf_fail(walk->err, -EFBIG, "%s: %s has more than %llu bytes, the limit here",
		       walk->visitor->object, path, (unsigned long long)walk->visitor->max_wanted);
}

/* Reads or passes over the content: libarchive's own skipping has no limit. path: NULL to pass. */
static int read_content(struct walk *walk, const char *path)
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
		if (walk->n_bytes > MF_PAYLOAD_MAX_BYTES)
			return fail_size(walk);
		if (path && n > walk->visitor->max_wanted - walk->content.len)
			return fail_file(walk, path);
		if (path)
			mf_buf_add(&walk->content, block, n);
	}
	if (mf_buf_status(&walk->content))
		return mf_fail(walk->err, -ENOMEM, "out of memory");
	return 0;
}

/* plain is NULL for what the "C" locale, which is always used here, cannot say */
static const char *text_of(const char *plain, const char *utf8)
{
	return plain ? plain : utf8;
}

static const char *raw_path(struct archive_entry *entry)
{
	return text_of(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
}

static const char *member_path(struct archive_entry *entry)
{
	const char *path = raw_path(entry);

	while (path && (path[0] == '/' || (path[0] == '.' && path[1] == '/')))
		path++;
	return path;
}

static int see(struct walk *walk, struct archive_entry *entry, const char *path)
{
	const struct mf_payload_visitor *visitor = walk->visitor;
	struct mf_payload_entry seen = {
		.path = path,
		.has_dot = path && mf_has_prefix(raw_path(entry), "./"),
		.mode = archive_entry_mode(entry),
		.size = (uint64_t)archive_entry_size(entry),
	};

	if (archive_entry_filetype(entry) == AE_IFLNK)
		seen.link = text_of(archive_entry_symlink(entry),
				    archive_entry_symlink_utf8(entry));
	return visitor->see ? visitor->see(visitor->data, &seen) : 0;
}

static int visit(struct walk *walk, struct archive_entry *entry)
{
	const struct mf_payload_visitor *visitor = walk->visitor;
	const char *path = member_path(entry);
	/* another name of a file before has no content of its own */
	bool is_name_only = archive_entry_hardlink(entry) && !archive_entry_size(entry);
	bool is_wanted = path && *path && archive_entry_filetype(entry) == AE_IFREG &&
			 !is_name_only && visitor->wanted(visitor->data, path);
	int r = see(walk, entry, path);

	if (!r)
		r = read_content(walk, is_wanted ? path : NULL);
	if (r || !is_wanted)
		return r;
	return visitor->read(visitor->data, path, mf_buf_bytes(&walk->content));
}

int mf_payload_walk(struct archive *reader, const struct mf_payload_visitor *visitor,
		    struct mf_err *err)
{
	MF_CLEANUP(close_walk)
	struct walk walk = {.visitor = visitor, .reader = reader, .err = err};
	int r = 0;

	while (!r) {
		struct archive_entry *entry;
		int status = archive_read_next_header(reader, &entry);

		if (status == ARCHIVE_EOF)
			return 0;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return fail(&walk);
		if (walk.n_files++ >= MF_PAYLOAD_MAX_FILES)
			return fail_size(&walk);
		r = visit(&walk, entry);
	}
	return r;
}
