// SPDX-License-Identifier: GPL-2.0-or-later
// Text files of merged indexes: new lines in front, stale ones left out.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/indexes_parts.h"

static int compare_lines(const void *left, const void *right)
{
	const struct mf_bytes *a = left;
	const struct mf_bytes *b = right;
	int order = (a->n > b->n) - (a->n < b->n); /* most differ in it */

	return order || !a->n ? order : memcmp(a->p, b->p, a->n);
}

/* Lines of a text, sorted for searches only, in a block that the caller frees. */
static int sort_lines(struct mf_bytes text, struct mf_bytes **ret, size_t *n)
{
	struct mf_bytes rest = text;
	struct mf_bytes line;

	for (*n = 0; mf_text_next_line(&rest, &line);)
		++*n;
	*ret = calloc(*n + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; mf_text_next_line(&text, &(*ret)[i]);)
		i++;
	qsort(*ret, *n, sizeof(**ret), compare_lines);
	return 0;
}

/* Whether the module that a line names was replaced or removed. */
static bool is_stale(const struct mf_index_merge *merge, struct mf_bytes line,
		     enum mf_index_column column)
{
	const char *text = (const char *)line.p;
	const struct mf_index_driver *driver;
	const char *space;

	if (column == MF_INDEX_NONE || !line.n || (column == MF_INDEX_LAST && !merge->has_removed))
		return false;
	space = column == MF_INDEX_LAST ? memrchr(text, ' ', line.n) : memchr(text, ' ', line.n);
	if (!space)
		return false;
	if (column == MF_INDEX_FIRST) {
		driver = mf_index_driver_find(merge, text, (size_t)(space - text));
	} else {
		size_t n = line.n - (size_t)(space + 1 - text);
		const char *end = memchr(space + 1, ' ', n);

		driver = mf_index_driver_find(merge, space + 1,
					      end ? (size_t)(end - space - 1) : n);
	}
	if (!driver || (driver->is_removed && driver->stock))
		return false;
	return driver->is_removed || column != MF_INDEX_LAST;
}

static void add_line(struct mf_buf *out, struct mf_bytes line)
{
	mf_buf_add(out, line.p, line.n);
	mf_buf_addc(out, '\n');
}

int mf_index_text_merge(const struct mf_index_merge *merge, const struct mf_index_text *text,
			struct mf_buf *out)
{
	MF_CLEANUP(mf_free_ptr) struct mf_bytes *moved = NULL;
	struct mf_bytes old = text->old;
	struct mf_bytes line;
	size_t n_moved;
	bool is_head = true;

	if (mf_buf_status(&text->lines) || sort_lines(mf_buf_bytes(&text->lines), &moved, &n_moved))
		return -ENOMEM;
	if (!old.n && text->n_new && text->heading)
		mf_buf_adds(out, text->heading);
	while (mf_text_next_line(&old, &line)) {
		/* comments at the beginning keep their place */
		if (is_head && !(line.n && line.p[0] == '#')) {
			mf_buf_add(out, text->lines.data, text->n_new);
			is_head = false;
		}
		if (!is_stale(merge, line, text->column) &&
		    !bsearch(&line, moved, n_moved, sizeof(*moved), compare_lines))
			add_line(out, line);
	}
	if (is_head)
		mf_buf_add(out, text->lines.data, text->n_new);
	return mf_buf_status(out);
}

/* --- modules.order --- */

/* kmod build paths there are uncompressed ones. */
static void add_order(struct mf_buf *out, const char *path)
{
	static const char *const suffixes[] = {".gz", ".xz", ".zst"};
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (mf_has_suffix(path, suffixes[i]))
			n = strlen(path) - strlen(suffixes[i]);
	}
	add_line(out, (struct mf_bytes){(const uint8_t *)path, n});
}

static void list_order(const struct mf_index_merge *merge, struct mf_index_text *text)
{
	for (size_t i = 0; i < merge->n; i++) {
		if (!merge->drivers[i].is_removed)
			add_order(&text->lines, merge->drivers[i].path);
	}
	text->n_new = text->lines.len;
	for (size_t i = 0; i < merge->n; i++) {
		if (merge->drivers[i].is_removed)
			add_order(&text->lines, merge->drivers[i].path);
	}
}

/* --- modules.softdep --- */

static void add_names(struct mf_buf *out, const char *kind, const struct mf_strings *names)
{
	if (names->n)
		mf_buf_adds(out, kind);
	for (size_t i = 0; i < names->n; i++) {
		mf_buf_addc(out, ' ');
		mf_buf_adds(out, names->v[i]);
	}
}

static void add_softdep(struct mf_buf *out, const struct mf_index_driver *driver)
{
	if (!driver->softdep_pre.n && !driver->softdep_post.n)
		return;
	mf_buf_adds(out, "softdep ");
	mf_buf_adds(out, driver->name);
	add_names(out, " pre:", &driver->softdep_pre);
	add_names(out, " post:", &driver->softdep_post);
	mf_buf_addc(out, '\n');
}

/* --- modules.devname --- */

/* Length of the number at the beginning of a text; device numbers have at most seven digits. */
static size_t count_digits(const char *text)
{
	size_t n = 0;

	while (text[n] >= '0' && text[n] <= '9')
		n++;
	return n <= 7 ? n : 0;
}

/* Length of "MAJOR-" when both numbers are there; 0 for something else, like "10-*". */
static size_t major_length(const char *text)
{
	size_t n = count_digits(text);

	return n && text[n] == '-' && count_digits(text + n + 1) ? n + 1 : 0;
}

/* As kmod tools/depmod.c output_devname: the last name and number until both are known. */
static void add_devname(struct mf_buf *out, const struct mf_index_driver *driver)
{
	static const char *const kinds[] = {"char-major-", "block-major-"};
	const char *name = NULL;
	const char *number = NULL;
	size_t n;
	char kind = 0;

	for (size_t i = 0; i < driver->aliases.n && !(name && number); i++) {
		const char *alias = driver->aliases.v[i];

		if (mf_has_prefix(alias, "devname:"))
			name = alias + strlen("devname:");
		for (unsigned int k = 0; k < 2; k++) {
			n = strlen(kinds[k]);
			if (mf_has_prefix(alias, kinds[k]) && major_length(alias + n)) {
				number = alias + n;
				kind = *alias;
			}
		}
	}
	if (!name || !number)
		return;
	n = major_length(number);
	mf_buf_adds(out, driver->name);
	mf_buf_addc(out, ' ');
	mf_buf_adds(out, name);
	mf_buf_addc(out, ' ');
	mf_buf_addc(out, (uint8_t)kind);
	mf_buf_add(out, number, n - 1);
	mf_buf_addc(out, ':');
	add_line(out, (struct mf_bytes){(const uint8_t *)number + n, count_digits(number + n)});
}

/* --- all of them --- */

static int merge_text(const struct mf_index_merge *merge, struct mf_index_text *text,
		      void (*add)(struct mf_buf *, const struct mf_index_driver *),
		      struct mf_buf *out)
{
	int status;

	for (size_t i = 0; add && i < merge->n; i++) {
		if (!merge->drivers[i].is_removed)
			add(&text->lines, &merge->drivers[i]);
		text->n_new = text->lines.len;
	}
	status = mf_index_text_merge(merge, text, out);
	mf_buf_free(&text->lines);
	return status;
}

int mf_index_merge_texts(struct mf_index_merge *merge)
{
	struct mf_indexes_merged *out = merge->out;
	struct mf_index_text order = {.old = merge->stock->order};
	struct mf_index_text softdep = {
		.old = merge->stock->softdep,
		.heading = "# Soft dependencies extracted from modules themselves.\n",
		.column = MF_INDEX_SECOND};
	struct mf_index_text devname = {
		.old = merge->stock->devname,
		.heading = "# Device nodes to trigger on-demand module loading.\n",
		.column = MF_INDEX_FIRST};
	int status;

	list_order(merge, &order);
	status = merge_text(merge, &order, NULL, &out->order);
	if (!status)
		status = merge_text(merge, &softdep, add_softdep, &out->softdep);
	if (!status)
		status = merge_text(merge, &devname, add_devname, &out->devname);
	return status;
}
