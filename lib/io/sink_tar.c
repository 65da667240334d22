// SPDX-License-Identifier: GPL-2.0-or-later
// The tar sinks: a ustar archive with pax headers where a path needs them, by libarchive.
#include <errno.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/sinks.h"
#include "lib/io/source.h"

static void free_archive(struct archive **archive)
{
	archive_write_free(*archive); /* accepts NULL */
	*archive = NULL;
}

static void free_entry(struct archive_entry **entry)
{
	archive_entry_free(*entry);
	*entry = NULL;
}

static int fail_archive(struct archive *archive, struct mf_err *err)
{
	int code = archive_errno(archive);

	return mf_fail(err, code > 0 ? -code : -EIO, "cannot write: %s",
		       archive_error_string(archive));
}

static int write_entry(struct archive *archive, const struct mf_tree *tree,
		       const struct mf_entry *entry, struct mf_err *err)
{
	MF_CLEANUP(free_entry) struct archive_entry *header = archive_entry_new();
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_bytes content;
	int r = mf_entry_content(entry, &map, &content, err);

	if (r)
		return r;
	if (!header)
		return -ENOMEM;
	archive_entry_set_pathname(header, entry->path);
	archive_entry_set_perm(header, entry->mode);
	archive_entry_set_mtime(header, (time_t)tree->mtime, 0);
	archive_entry_set_filetype(header, AE_IFREG);
	if (entry->kind == MF_ENTRY_DIR)
		archive_entry_set_filetype(header, AE_IFDIR);
	if (entry->kind == MF_ENTRY_SYMLINK) {
		archive_entry_set_filetype(header, AE_IFLNK);
		archive_entry_set_symlink(header, (const char *)content.p);
	} else {
		archive_entry_set_size(header, (la_int64_t)content.n);
	}
	if (archive_write_header(archive, header) != ARCHIVE_OK)
		return fail_archive(archive, err);
	if (entry->kind != MF_ENTRY_SYMLINK && content.n &&
	    archive_write_data(archive, content.p, content.n) != (la_ssize_t)content.n)
		return fail_archive(archive, err);
	return 0;
}

/* options: of the compression, NULL for none */
static int write_archive(const struct mf_tree *tree, int fd, const char *options,
			 struct mf_err *err)
{
	MF_CLEANUP(free_archive) struct archive *archive = archive_write_new();

	if (!archive)
		return -ENOMEM;
	if (options && (archive_write_add_filter_gzip(archive) != ARCHIVE_OK ||
			archive_write_set_options(archive, options) != ARCHIVE_OK))
		return fail_archive(archive, err);
	if (archive_write_set_format_pax_restricted(archive) != ARCHIVE_OK ||
	    archive_write_open_fd(archive, fd) != ARCHIVE_OK)
		return fail_archive(archive, err);
	for (size_t i = 0; i < tree->n_entries; i++) {
		int r = write_entry(archive, tree, &tree->entries[i], err);

		if (r)
			return r;
	}
	return archive_write_close(archive) == ARCHIVE_OK ? 0 : fail_archive(archive, err);
}

static int write_tar(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	return write_archive(tree, fd, NULL, err);
}

static int write_tar_gz(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	return write_archive(tree, fd, "gzip:!timestamp,gzip:compression-level=6", err);
}

const struct mf_sink mf_sink_tar = {
	.name = "tar",
	.extension = "tar",
	.summary = "tar archive",
	.is_stream = true,
	.write = write_tar,
};

const struct mf_sink mf_sink_tar_gz = {
	.name = "tar.gz",
	.extension = "tar.gz",
	.summary = "tar archive, by gzip",
	.is_stream = true,
	.write = write_tar_gz,
};
