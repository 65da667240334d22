// SPDX-License-Identifier: GPL-2.0-or-later
// What tells one nested tree's file from any other's: a digest of all that enters it.
#include "lib/io/nested_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/hash.h"
#include "lib/io/process.h"
#include "lib/io/source.h"

/* Raise it with each change of the text below. */
#define FORMAT "modferry-nested 1\n"

/* A field of any bytes: its length in front, so that no other fields look the same. */
static void add_field(struct mf_buf *out, struct mf_bytes field)
{
	mf_buf_printf(out, " %zu:", field.n);
	mf_buf_add(out, field.p, field.n);
}

static void add_text(struct mf_buf *out, const char *text)
{
	add_field(out, (struct mf_bytes){(const uint8_t *)text, strlen(text)});
}

/* Of a version that is still being worked on, too, no build takes another build's files. */
static int add_program(struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	char digest[65];
	int r = mf_map_file(AT_FDCWD, "/proc/self/exe", &map, err);

	if (!r)
		r = mf_sha256_hex(map.bytes, digest);
	if (!r)
		mf_buf_printf(out, "program %s\n", digest);
	return r;
}

static int add_tool(const char *tool, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf version = {0};
	const char *const argv[] = {tool, "--version", NULL};
	int r = mf_process_run(&(struct mf_process){.argv = argv, .output = &version}, err);

	mf_buf_adds(out, "tool");
	add_field(out, mf_buf_bytes(&version));
	mf_buf_adds(out, "\n");
	return r ? r : mf_buf_status(&version);
}

int mf_nested_maker(const struct mf_sink *sink, struct mf_buf *out, struct mf_err *err)
{
	int r = add_program(out, err);

	mf_buf_adds(out, "sink");
	add_text(out, sink->name);
	mf_buf_adds(out, "\n");
	if (sink->library)
		mf_buf_printf(out, "library %s\n", sink->library());
	if (!r && sink->tool)
		r = add_tool(sink->tool, out, err);
	return r ? r : mf_buf_status(out);
}

/* Where content lies is all the same: both kinds of files are "f". */
static int add_entry(const struct mf_entry *entry, struct mf_buf *out, struct mf_err *err)
{
	static const char kinds[] = {'d', 'f', 'f', 'l', 't'};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_bytes content;
	char digest[65];
	int r = mf_entry_content(entry, &map, &content, err);

	if (!r)
		r = mf_sha256_hex(content, digest);
	if (r)
		return r;
	mf_buf_printf(out, "%c %04o", kinds[entry->kind], entry->mode);
	add_text(out, entry->path);
	mf_buf_printf(out, " %zu %s\n", content.n, digest);
	return 0;
}

int mf_nested_key(const struct mf_tree *tree, struct mf_bytes maker, char out[65],
		  struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	int r = 0;

	mf_buf_adds(&text, FORMAT);
	mf_buf_add(&text, maker.p, maker.n);
	mf_buf_printf(&text, "mtime %llu\n", (unsigned long long)tree->mtime);
	for (size_t i = 0; i < tree->n_params; i++) {
		mf_buf_adds(&text, "param");
		add_text(&text, tree->params[i].key);
		add_text(&text, tree->params[i].value);
		mf_buf_adds(&text, "\n");
	}
	for (size_t i = 0; !r && i < tree->n_entries; i++)
		r = add_entry(&tree->entries[i], &text, err);
	if (!r)
		r = mf_buf_status(&text);
	return r ? r : mf_sha256_hex(mf_buf_bytes(&text), out);
}
