// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of `modferry inspect`: tables for people, JSON for machines.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/cli/inspect.h"

/* Longest number of 64 bits in decimal, with its NUL. */
#define NUMBER_SIZE 21

static const char *const fates[] = {
	[MF_FATE_WINS] = "wins",
	[MF_FATE_REPLACED] = "replaced",
	[MF_FATE_HIDDEN] = "hidden",
	[MF_FATE_DROPPED] = "dropped",
};

static const struct type {
	uint32_t mode;
	char letter;
	const char *name;
} types[] = {
	{S_IFREG, '-', "file"},		{S_IFDIR, 'd', "directory"},
	{S_IFLNK, 'l', "symlink"},	{S_IFCHR, 'c', "character-device"},
	{S_IFBLK, 'b', "block-device"}, {S_IFIFO, 'p', "fifo"},
	{S_IFSOCK, 's', "socket"},	{0, '?', "unknown"},
};

static const struct type *find_type(uint32_t mode)
{
	const struct type *type = types;

	while (type->mode && type->mode != (mode & S_IFMT))
		type++;
	return type;
}

/* As ls -l writes it. */
static void format_mode(uint32_t mode, char out[11])
{
	static const char letters[] = "rwxrwxrwx";

	out[0] = find_type(mode)->letter;
	for (unsigned int i = 0; i < 9; i++)
		out[1 + i] = mode & 0400U >> i ? letters[i] : '-';
	if (mode & S_ISUID)
		out[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		out[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		out[9] = mode & S_IXOTH ? 't' : 'T';
	out[10] = '\0';
}

static void format_number(uint64_t number, char out[NUMBER_SIZE])
{
	snprintf(out, NUMBER_SIZE, "%" PRIu64, number);
}

static bool is_cut(const struct mf_rootfs *rootfs, size_t i)
{
	return rootfs->is_cut && i + 1 == rootfs->n_segments;
}

static void add_segment(struct mf_table *table, const struct mf_rootfs *rootfs, size_t i)
{
	const struct mf_segment *segment = &rootfs->segments[i];
	char numbers[6][NUMBER_SIZE];
	const char *note = segment->warning;

	if (!note && !segment->has_trailer)
		note = "no end mark";
	if (is_cut(rootfs, i))
		note = "broken";
	format_number(segment->index, numbers[0]);
	format_number(segment->start, numbers[1]);
	format_number(segment->end, numbers[2]);
	format_number(segment->padding, numbers[3]);
	format_number(segment->size, numbers[4]);
	format_number(segment->n_members, numbers[5]);
	mf_table_row(table, 8,
		     (const char *const[]){numbers[0], numbers[1],
					   is_cut(rootfs, i) ? NULL : numbers[2], numbers[3],
					   mf_codec_name(segment->codec), numbers[4], numbers[5],
					   note ? note : ""});
}

/* The path, a symlink's target, and in brackets what else is to be said. */
static void describe(struct mf_buf *out, const struct mf_rootfs *rootfs, size_t i)
{
	const struct mf_rootfs_entry *entry = &rootfs->entries[i];

	out->len = 0;
	mf_buf_adds(out, entry->path);
	if (entry->target)
		mf_buf_printf(out, " -> %s", entry->target);
	if (entry->fate == MF_FATE_REPLACED)
		mf_buf_printf(out, " (by segment %u)", rootfs->entries[entry->replaced_by].segment);
	else if (entry->reason)
		mf_buf_printf(out, " (%s)", entry->reason);
	else if (entry->replaces != MF_ROOTFS_NONE)
		mf_buf_printf(out, " (over segment %u)", rootfs->entries[entry->replaces].segment);
	if (entry->content != MF_ROOTFS_NONE && entry->content != i)
		mf_buf_printf(out, " (same file as %s)", rootfs->entries[entry->content].path);
}

static int add_entries(struct mf_table *table, const struct mf_inspect_view *view,
		       const struct mf_rootfs *rootfs)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};

	mf_table_row(table, 5, (const char *const[]){"SEGMENT", "MODE", "SIZE", "FATE", "PATH"});
	for (size_t i = 0; i < rootfs->n_entries; i++) {
		const struct mf_rootfs_entry *entry = &rootfs->entries[i];
		char segment[NUMBER_SIZE];
		char size[2 * NUMBER_SIZE];
		char mode[11];

		if (!mf_inspect_has(view, rootfs, i))
			continue;
		format_mode(entry->mode, mode);
		format_number(entry->segment, segment);
		format_number(entry->size, size);
		if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
			snprintf(size, sizeof(size), "%" PRIu32 ",%" PRIu32,
				 (uint32_t)(entry->rdevice >> 32), (uint32_t)entry->rdevice);
		describe(&path, rootfs, i);
		mf_table_row(table, 5,
			     (const char *const[]){segment, mode, size, fates[entry->fate],
						   mf_buf_str(&path)});
	}
	return mf_buf_status(&path);
}

int mf_inspect_print(const struct mf_inspect_view *view, const struct mf_rootfs *rootfs,
		     struct mf_err *err)
{
	MF_CLEANUP(mf_table_free) struct mf_table segments = {0};
	MF_CLEANUP(mf_table_free) struct mf_table entries = {0};
	int rc;

	mf_table_row(&segments, 8,
		     (const char *const[]){"SEGMENT", "START", "END", "PADDING", "CODEC", "SIZE",
					   "ENTRIES", "NOTE"});
	for (size_t i = 0; i < rootfs->n_segments; i++)
		add_segment(&segments, rootfs, i);
	rc = rootfs->n_segments ? mf_table_print(&segments, err) : 0;
	if (rc || view->is_segments_only)
		return rc;
	rc = add_entries(&entries, view, rootfs);
	if (rc)
		return mf_fail(err, rc, "out of memory");
	if (entries.n_rows == 1) /* the heading alone: a message says why */
		return 0;
	rc = mf_print("\n", 1, err);
	return rc ? rc : mf_table_print(&entries, err);
}

static json_t *segment_json(const struct mf_rootfs *rootfs, size_t i)
{
	const struct mf_segment *segment = &rootfs->segments[i];
	json_t *object = json_object();

	json_object_set_new(object, "index", json_integer(segment->index));
	json_object_set_new(object, "padding", json_integer((json_int_t)segment->padding));
	json_object_set_new(object, "start", json_integer((json_int_t)segment->start));
	if (is_cut(rootfs, i))
		json_object_set_new(object, "end", json_null());
	else
		json_object_set_new(object, "end", json_integer((json_int_t)segment->end));
	json_object_set_new(object, "codec", json_string(mf_codec_name(segment->codec)));
	json_object_set_new(object, "size", json_integer((json_int_t)segment->size));
	json_object_set_new(object, "entries", json_integer((json_int_t)segment->n_members));
	json_object_set_new(object, "aligned", json_boolean(segment->is_aligned));
	json_object_set_new(object, "trailer", json_boolean(segment->has_trailer));
	json_object_set_new(object, "warning", mf_json_text(segment->warning));
	return object;
}

static void set_index(json_t *object, const char *key, size_t i)
{
	if (i != MF_ROOTFS_NONE)
		json_object_set_new(object, key, json_integer((json_int_t)i));
}

static json_t *entry_json(const struct mf_rootfs *rootfs, size_t i)
{
	const struct mf_rootfs_entry *entry = &rootfs->entries[i];
	json_t *object = json_object();
	char text[32];

	set_index(object, "index", i);
	json_object_set_new(object, "path", mf_json_text(entry->path));
	json_object_set_new(object, "segment", json_integer(entry->segment));
	json_object_set_new(object, "offset", json_integer((json_int_t)entry->offset));
	json_object_set_new(object, "type", json_string(find_type(entry->mode)->name));
	snprintf(text, sizeof(text), "%04o", entry->mode & 07777);
	json_object_set_new(object, "mode", json_string(text));
	json_object_set_new(object, "size", json_integer((json_int_t)entry->size));
	if (entry->target)
		json_object_set_new(object, "target", mf_json_text(entry->target));
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode)) {
		snprintf(text, sizeof(text), "%" PRIu32 ":%" PRIu32,
			 (uint32_t)(entry->rdevice >> 32), (uint32_t)entry->rdevice);
		json_object_set_new(object, "device", json_string(text));
	}
	if (entry->sha256)
		json_object_set_new(object, "sha256", json_string(entry->sha256));
	json_object_set_new(object, "fate", json_string(fates[entry->fate]));
	if (entry->reason)
		json_object_set_new(object, "reason", json_string(entry->reason));
	set_index(object, "replaces", entry->replaces);
	set_index(object, "replaced_by", entry->replaced_by);
	set_index(object, "content", entry->content);
	return object;
}

static void add_warning(void *context, const char *text)
{
	json_array_append_new(context, mf_json_text(text));
}

int mf_inspect_print_json(const struct mf_inspect_view *view, const struct mf_rootfs *rootfs,
			  struct mf_err *err)
{
	json_t *document = json_object();
	json_t *segments = json_array();
	json_t *warnings = json_array();
	json_t *entries = json_array();
	int rc;

	json_object_set_new(document, "modferry_inspect", json_integer(1));
	json_object_set_new(document, "file", mf_json_text(view->file));
	json_object_set_new(document, "size", json_integer((json_int_t)view->size));
	json_object_set_new(document, "error", mf_json_text(view->error));
	for (size_t i = 0; i < rootfs->n_segments; i++)
		json_array_append_new(segments, segment_json(rootfs, i));
	json_object_set_new(document, "segments", segments);
	mf_inspect_warnings(rootfs, add_warning, warnings);
	json_object_set_new(document, "warnings", warnings);
	for (size_t i = 0; i < rootfs->n_entries; i++) {
		if (!view->is_segments_only && mf_inspect_has(view, rootfs, i))
			json_array_append_new(entries, entry_json(rootfs, i));
	}
	json_object_set_new(document, "entries", entries);
	rc = mf_print_json(document, err);
	json_decref(document);
	return rc;
}
