// SPDX-License-Identifier: GPL-2.0-or-later
// Debian packages for tests, written member by member, good ones and bad ones.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

#include "lib/base/buf.h"

#define DEBMAKE_ENDS 16 /* lists have fewer elements than that and end with a NULL */

struct debmake_file {
	const char *path; /* as it is to stand there: "./lib/x" */
	uint32_t mode;	  /* 0: a regular file */
	struct mf_bytes content;
	const char *link;
};

/* What is NULL gets a harmless value; "" leaves the member out. */
struct debmake {
	const char *mark;	    /* content of debian-binary */
	const char *control;	    /* the control file */
	const char *control_member; /* its packing goes by the suffix */
	const char *data_member;
	struct debmake_file files[DEBMAKE_ENDS];
};

/* One member of the ar archive. */
static inline void debmake_member(struct mf_buf *out, const char *name, struct mf_bytes content)
{
	mf_buf_printf(out, "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 0, 0, 0, 0100644, content.n);
	mf_buf_add(out, content.p, content.n);
	if (content.n % 2)
		mf_buf_addc(out, '\n');
}

static inline void debmake_entry(struct archive *writer, const struct debmake_file *file)
{
	struct archive_entry *entry = archive_entry_new();

	archive_entry_set_pathname(entry, file->path);
	archive_entry_set_mode(entry, file->mode ? file->mode : S_IFREG | 0644);
	if (file->link && S_ISLNK(file->mode))
		archive_entry_set_symlink(entry, file->link);
	else if (file->link)
		archive_entry_set_hardlink(entry, file->link);
	archive_entry_set_size(entry, (int64_t)file->content.n);
	assert_int_equal(archive_write_header(writer, entry), ARCHIVE_OK);
	if (file->content.n)
		assert_int_equal(archive_write_data(writer, file->content.p, file->content.n),
				 file->content.n);
	archive_entry_free(entry);
}

/* Appends a tar archive packed as the name's suffix says; files end with a NULL path. */
static inline void debmake_tar(struct mf_buf *out, const char *name,
			       const struct debmake_file *files)
{
	struct archive *writer = archive_write_new();
	size_t room = (size_t)4 << 20, used = 0;
	uint8_t *place = malloc(room);

	assert_non_null(place);
	archive_write_set_format_gnutar(writer);
	if (strstr(name, ".gz"))
		archive_write_add_filter_gzip(writer);
	else if (strstr(name, ".xz"))
		archive_write_add_filter_xz(writer);
	else if (strstr(name, ".zst"))
		archive_write_add_filter_zstd(writer);
	assert_int_equal(archive_write_open_memory(writer, place, room, &used), ARCHIVE_OK);
	for (; files->path; files++)
		debmake_entry(writer, files);
	assert_int_equal(archive_write_close(writer), ARCHIVE_OK);
	archive_write_free(writer);
	mf_buf_add(out, place, used);
	free(place);
}

static inline void debmake_tar_member(struct mf_buf *out, const char *name,
				      const struct debmake_file *files)
{
	struct mf_buf tar = {0};

	if (!*name)
		return;
	debmake_tar(&tar, name, files);
	debmake_member(out, name, mf_buf_bytes(&tar));
	mf_buf_free(&tar);
}

static inline struct mf_bytes debmake_text(const char *text)
{
	return (struct mf_bytes){(const uint8_t *)text, strlen(text)};
}

/* Appends a package. */
static inline void debmake(struct mf_buf *out, const struct debmake *deb)
{
	const char *control = deb->control ? deb->control
					   : "Package: foo\nVersion: 1.0-1\nArchitecture: amd64\n";
	const struct debmake_file controls[] = {
		{.path = "./", .mode = S_IFDIR | 0755},
		{.path = "./control", .content = debmake_text(control)},
		{0}};

	mf_buf_adds(out, "!<arch>\n");
	debmake_member(out, "debian-binary", debmake_text(deb->mark ? deb->mark : "2.0\n"));
	debmake_tar_member(out, deb->control_member ? deb->control_member : "control.tar.gz",
			   *control ? controls : controls + 2);
	debmake_tar_member(out, deb->data_member ? deb->data_member : "data.tar.xz", deb->files);
}
