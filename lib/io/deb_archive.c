// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of reading Debian packages: the ar archive, and the tar archives that it holds.
#include "lib/io/deb_archive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/text.h"

#define READ_BLOCK ((size_t)65536)

/* Members that an ar archive may have in front of those wanted: dpkg skips "_…" (deb(5)). */
#define MAX_MEMBERS 64

/* First member, and how the version in it starts that every dpkg of this century writes. */
#define MARK_MEMBER  "debian-binary"
#define MARK_CONTENT "2."

/* Compressions of control.tar and data.tar (deb(5)); dpkg goes by the name, too. */
static const struct packing {
	const char *suffix;
	int (*support)(struct archive *);
} packings[] = {
	{"", NULL},
	{".gz", archive_read_support_filter_gzip},
	{".xz", archive_read_support_filter_xz},
	{".zst", archive_read_support_filter_zstd},
	{".bz2", archive_read_support_filter_bzip2},
	{".lzma", archive_read_support_filter_lzma},
};

static int fail(struct archive *reader, struct mf_err *err)
{
	const char *reason = archive_error_string(reader);

	if (archive_errno(reader) == ENOMEM)
		return mf_fail(err, -ENOMEM, "out of memory");
	return mf_fail(err, -EBADMSG, "damaged or cut off: %s",
		       reason ? reason : "no reason given");
}

/* Name of the next member; "" at the end. */
static int next_member(struct mf_deb_archive *archive, const char **out, struct mf_err *err)
{
	struct archive_entry *entry;
	int status = archive_read_next_header(archive->outer, &entry);
	const char *name;

	*out = "";
	if (status == ARCHIVE_EOF)
		return 0;
	if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
		return fail(archive->outer, err);
	name = archive_entry_pathname(entry);
	*out = name && *name ? name : "?";
	return 0;
}

static int check_mark(struct mf_deb_archive *archive, struct mf_err *err)
{
	char mark[sizeof(MARK_CONTENT) - 1];
	const char *name;
	int r = next_member(archive, &name, err);
	la_ssize_t n;

	if (r)
		return r;
	if (strcmp(name, MARK_MEMBER) != 0)
		return mf_fail(err, -EBADMSG,
			       "is no Debian package: has no " MARK_MEMBER " in front");
	n = archive_read_data(archive->outer, mark, sizeof(mark));
	if (n < 0)
		return fail(archive->outer, err);
	if (n != sizeof(mark) || memcmp(mark, MARK_CONTENT, sizeof(mark)) != 0)
		return mf_fail(err, -EBADMSG, "is no Debian package of format 2");
	return 0;
}

int mf_deb_archive_open(struct mf_deb_archive *archive, const char *path, struct mf_err *err)
{
	archive->outer = archive_read_new();
	if (!archive->outer)
		return mf_fail(err, -ENOMEM, "out of memory");
	archive_read_support_format_ar(archive->outer);
	if (archive_read_open_filename(archive->outer, path, READ_BLOCK) != ARCHIVE_OK)
		return mf_fail(err, -EBADMSG, "is no Debian package: no ar archive");
	return check_mark(archive, err);
}

/* The compression of a member that is called so; NULL for another one. */
static const struct packing *find_packing(const char *member, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(member, name, n) != 0 || !mf_has_prefix(member + n, ".tar"))
		return NULL;
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		if (strcmp(member + n + strlen(".tar"), packings[i].suffix) == 0)
			return &packings[i];
	}
	return NULL;
}

/* Bytes of the member for the inner reader. */
static la_ssize_t read_member(struct archive *inner, void *data, const void **block)
{
	struct mf_deb_archive *archive = data;
	int64_t offset;
	size_t n = 0;
	int r = archive_read_data_block(archive->outer, block, &n, &offset);

	if (r == ARCHIVE_EOF)
		return 0;
	if (r == ARCHIVE_OK || r == ARCHIVE_WARN)
		return (la_ssize_t)n;
	archive_set_error(inner, EILSEQ, "%s", archive_error_string(archive->outer));
	return -1;
}

static int open_tar(struct mf_deb_archive *archive, const struct packing *packing,
		    struct mf_err *err)
{
	archive_read_free(archive->inner); /* takes NULL */
	archive->inner = archive_read_new();
	if (!archive->inner)
		return mf_fail(err, -ENOMEM, "out of memory");
	if (packing->support)
		packing->support(archive->inner);
	archive_read_support_format_tar(archive->inner);
	/* packages without a file have a tar archive of nothing but its end */
	archive_read_support_format_empty(archive->inner);
	if (archive_read_open(archive->inner, archive, NULL, read_member, NULL) == ARCHIVE_OK)
		return 0;
	return mf_wrap(err, fail(archive->inner, err), "%s", archive->member);
}

int mf_deb_archive_next(struct mf_deb_archive *archive, const char *name, struct mf_err *err)
{
	for (size_t i = 0; i < MAX_MEMBERS; i++) {
		const struct packing *packing;
		const char *member;
		int r = next_member(archive, &member, err);

		if (r)
			return r;
		if (!*member)
			break;
		packing = find_packing(member, name);
		if (!packing)
			continue;
		snprintf(archive->member, sizeof(archive->member), "%s", member);
		return open_tar(archive, packing, err);
	}
	return mf_fail(err, -EBADMSG, "is no Debian package: has no member %s.tar that dpkg reads",
		       name);
}

void mf_deb_archive_close(struct mf_deb_archive *archive)
{
	archive_read_free(archive->inner);
	archive_read_free(archive->outer);
	*archive = (struct mf_deb_archive){0};
}
