// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks for tests, in a folder of their own, and what is read of them as text.
#pragma once

#include <stdio.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "tests/unit/tempdir.h"
#include "tests/unit/unit.h"

#include "lib/base/buf.h"
#include "lib/io/disk.h"

struct diskmake {
	struct tempdir dir;
	struct mf_disk_source source;
	struct mf_err err;
	struct mf_buf list;
	char path[128];
};

static inline void diskmake_free(struct diskmake *f)
{
	mf_disk_close(&f->source);
	mf_buf_free(&f->list);
	tempdir_remove(&f->dir);
}

/* Where a file of the test lies; the spool goes there too. */
static inline const char *diskmake_at(struct diskmake *f, const char *name)
{
	if (!f->dir.path[0]) {
		tempdir_make(&f->dir);
		setenv("TMPDIR", f->dir.path, 1);
	}
	snprintf(f->path, sizeof(f->path), "%s/%s", f->dir.path, name);
	return f->path;
}

static inline void diskmake_save(struct diskmake *f, const char *name, struct mf_bytes bytes)
{
	FILE *file = fopen(diskmake_at(f, name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	assert_int_equal(fclose(file), 0);
}

/* A file of an archive being written; bytes NULL: a folder, or a symlink. */
struct diskmake_item {
	const char *path;
	struct mf_bytes bytes;
	const char *link;
	bool is_hard;
};

static inline void diskmake_add(struct archive *writer, const struct diskmake_item *item)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, item->path);
	archive_entry_set_filetype(entry, item->bytes.p || item->is_hard ? AE_IFREG
					  : item->link			 ? AE_IFLNK
									 : AE_IFDIR);
	archive_entry_set_perm(entry, 0755);
	if (item->link && item->is_hard)
		archive_entry_set_hardlink(entry, item->link);
	else if (item->link)
		archive_entry_set_symlink(entry, item->link);
	archive_entry_set_size(entry, (int64_t)item->bytes.n);
	/* plain ISO 9660 has no links: a warning */
	assert_true(archive_write_header(writer, entry) >= ARCHIVE_WARN);
	if (item->bytes.n)
		assert_int_equal(archive_write_data(writer, item->bytes.p, item->bytes.n),
				 item->bytes.n);
	archive_entry_free(entry);
}

/* Writes an archive; items end with a NULL path. */
static inline void diskmake_pack(struct diskmake *f, const char *name, int format,
				 const char *options, const struct diskmake_item *items)
{
	struct archive *writer = archive_write_new();

	assert_int_equal(archive_write_set_format(writer, format), ARCHIVE_OK);
	assert_int_equal(archive_write_set_options(writer, options), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(writer, diskmake_at(f, name)), ARCHIVE_OK);
	for (; items->path; items++)
		diskmake_add(writer, items);
	assert_int_equal(archive_write_close(writer), ARCHIVE_OK);
	archive_write_free(writer);
}

/* Appends one line a file, nested disks behind a tab. */
static inline void diskmake_list(struct mf_buf *out, const struct mf_disk *disk, const char *indent)
{
	mf_buf_printf(out, "%s%s %s %s\n", indent, disk->container, disk->label ? disk->label : "-",
		      disk->has_long_names ? "long" : "short");
	for (size_t i = 0; i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];

		mf_buf_printf(out, "%s%c %s", indent, file->kind, file->path);
		if (file->link)
			mf_buf_printf(out, " -> %s", file->link);
		if (file->rpm) {
			assert_string_equal(file->rpm->source, file->path);
			assert_int_equal(file->rpm->size, file->size);
			mf_buf_printf(out, " [%s]",
				      file->rpm->malformed ? "malformed" : file->rpm->name);
		}
		if (file->deb) {
			assert_string_equal(file->deb->source, file->path);
			mf_buf_printf(out, " [%s]",
				      file->deb->malformed ? "malformed" : file->deb->package);
		}
		if (file->driver)
			mf_buf_printf(out, " {%s}",
				      file->driver->malformed ? "malformed"
							      : file->driver->module.name);
		if (file->text.p)
			mf_buf_printf(out, " \"%.*s\"", (int)file->text.n,
				      (const char *)file->text.p);
		mf_buf_adds(out, "\n");
		if (file->nested)
			diskmake_list(out, file->nested, "\t");
		assert_ptr_equal(mf_disk_find(disk, file->path), file);
	}
}

static inline int diskmake_open(struct diskmake *f, const char *name)
{
	int r;

	mf_disk_close(&f->source);
	f->list.len = 0;
	f->err.text[0] = '\0';
	r = mf_disk_open(diskmake_at(f, name), &f->source, &f->err);
	if (!r)
		diskmake_list(&f->list, &f->source.disk, "");
	return r;
}

static inline void diskmake_assert(struct diskmake *f, const char *name, const char *expected)
{
	if (diskmake_open(f, name))
		fail_msg("%s", f->err.text);
	assert_string_equal(mf_buf_str(&f->list), expected);
}
