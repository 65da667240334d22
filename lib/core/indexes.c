// SPDX-License-Identifier: GPL-2.0-or-later
// Merged indexes: a kernel's own module indexes with shipped drivers in front of its stock ones.
#include "lib/core/indexes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/indexes_parts.h"
#include "lib/core/modalias.h"

#define SYMBOL_PREFIX "symbol:"

/* --- drivers by name --- */

static int compare_drivers(const void *left, const void *right)
{
	const struct mf_index_driver *const *a = left;
	const struct mf_index_driver *const *b = right;
	int order = strcmp((*a)->name, (*b)->name);

	return order ? order : (*a > *b) - (*a < *b); /* of one array */
}

static int sort_drivers(struct mf_index_merge *merge)
{
	merge->by_name = mf_arena_alloc(&merge->out->arena, merge->n * sizeof(*merge->by_name));
	merge->out->stock = mf_arena_alloc(&merge->out->arena, merge->n * sizeof(char *));
	if (!merge->by_name || !merge->out->stock)
		return -ENOMEM;
	for (size_t i = 0; i < merge->n; i++) {
		const struct mf_index_driver *driver = &merge->drivers[i];

		if (!mf_modname_is_valid(driver->name) || strpbrk(driver->path, " :\n"))
			return mf_fail(merge->err, -EINVAL,
				       "module %s, %s: no name or path that an index can hold",
				       driver->name, driver->path);
		merge->by_name[i] = driver;
		if (driver->is_removed)
			merge->has_removed = true;
		else
			merge->n_front = (uint32_t)merge->n;
	}
	if (merge->n)
		qsort(merge->by_name, merge->n, sizeof(*merge->by_name), compare_drivers);
	for (size_t i = 0; i < merge->n; i++) {
		if (!i || strcmp(merge->by_name[i]->name, merge->by_name[i - 1]->name) != 0)
			merge->by_name[merge->n_names++] = merge->by_name[i];
	}
	return 0;
}

static int compare_name(const void *name, const void *driver)
{
	return mf_modname_compare(name, (*(const struct mf_index_driver *const *)driver)->name);
}

const struct mf_index_driver *mf_index_driver_find(const struct mf_index_merge *merge,
						   const char *name, size_t n)
{
	const struct mf_index_driver **found;
	char text[MF_MODNAME_MAX];

	if (!n || n >= sizeof(text) || !merge->n_names)
		return NULL;
	memcpy(text, name, n);
	text[n] = '\0';
	found = bsearch(text, merge->by_name, merge->n_names, sizeof(*found), compare_name);
	return found ? *found : NULL;
}

/* --- old indexes --- */

struct reader {
	struct mf_index_merge *merge;
	const struct mf_index_old *old;
	struct mf_kmodindex_entries *entries;
};

/* Key and value stay valid. */
static int keep_entry(struct reader *reader, const char *key, const char *value, uint32_t priority)
{
	if (!reader->old->is_dep && reader->merge->has_removed) {
		const struct mf_index_driver *driver = mf_index_driver_find(reader->merge, value,
									    strlen(value));

		if (driver && driver->is_removed && !driver->stock)
			return 0;
	}
	if (__builtin_add_overflow(priority, reader->merge->n_front, &priority))
		priority = UINT32_MAX;
	return mf_kmodindex_add(reader->entries, key, value, priority);
}

static int read_entry(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct reader *reader = context;
	const char *copy = mf_arena_strdup(reader->entries->arena, key);
	int status;

	if (!copy)
		return -ENOMEM;
	status = keep_entry(reader, copy, (const char *)value.p, priority);
	return status == -EINVAL ? -EBADMSG : status;
}

/* Key and value of a line: "PATH: PATH…" or "alias KEY VALUE" (a key may have blanks). The line is
 * changed. False for a line without. */
static bool split_line(char *line, bool is_dep, struct mf_buf *key, const char **value)
{
	char name[MF_MODNAME_MAX];
	char *end = is_dep ? strchr(line, ':') : strrchr(line, ' ');

	*value = line;
	if (!end)
		return false;
	*end = '\0';
	if (is_dep) {
		if (mf_modname_from_path(line, name))
			return false;
		mf_buf_adds(key, name);
		*end = ':';
		return true;
	}
	*value = end + 1;
	if (strncmp(line, "alias ", 6) != 0)
		return false;
	line += 6;
	if (strncmp(line, SYMBOL_PREFIX, strlen(SYMBOL_PREFIX)) != 0)
		return !mf_modalias_fold_pattern(key, line);
	mf_buf_adds(key, line);
	return true;
}

/* Lines stand in the order of priorities, those of one module together. */
static int read_text(struct reader *reader)
{
	struct mf_arena *arena = reader->entries->arena;
	MF_CLEANUP(mf_buf_free) struct mf_buf key = {0};
	struct mf_bytes rest = reader->old->text;
	struct mf_bytes line;
	const char *last = NULL;
	uint32_t priority = 0;

	while (mf_text_next_line(&rest, &line)) {
		char *text = mf_arena_strndup(arena, (const char *)line.p, line.n);
		const char *value;
		const char *copy;
		int status;

		key.len = 0;
		if (!text)
			return -ENOMEM;
		if (!split_line(text, reader->old->is_dep, &key, &value))
			continue;
		copy = mf_arena_strndup(arena, mf_buf_str(&key), key.len);
		if (!copy || key.failed)
			return -ENOMEM;
		priority += last && strcmp(last, value) != 0;
		last = value;
		status = keep_entry(reader, copy, value, priority);
		if (status && status != -EINVAL)
			return status;
	}
	return 0;
}

int mf_index_read(struct mf_index_merge *merge, const struct mf_index_old *old,
		  struct mf_kmodindex_entries *entries)
{
	struct reader reader = {merge, old, entries};
	struct mf_kmodindex index;
	int status;

	if (!old->bin.n)
		return read_text(&reader);
	status = mf_kmodindex_open(old->bin, &index, NULL);
	if (!status)
		status = mf_kmodindex_each(&index, read_entry, &reader);
	if (status != -EBADMSG)
		return status;
	return mf_fail(merge->err, status, "%s.bin: damaged, no index that kmod could read",
		       old->name);
}

int mf_index_finish(const struct mf_index_merge *merge, struct mf_kmodindex_entries *entries,
		    struct mf_buf *out)
{
	uint32_t front = merge->n_front;
	uint32_t raised = front; /* how much too far the old ones were raised */

	mf_kmodindex_sort(entries);
	for (size_t i = 0; i < entries->n; i++) {
		uint32_t priority = entries->v[i].priority;

		if (priority >= front && priority - front < raised)
			raised = priority - front;
	}
	for (size_t i = 0; i < entries->n; i++) { /* leaves them sorted */
		if (entries->v[i].priority >= front)
			entries->v[i].priority -= raised;
	}
	return mf_kmodindex_write(entries, out);
}

/* --- aliases and symbols --- */

/* Puts the keys of shipped drivers first, in the index and in its text form. */
struct front {
	struct mf_kmodindex_entries entries;
	struct mf_index_text text;
	const char *prefix;
};

/* What an index cannot hold is left out of it, as depmod does. */
static int add_key(struct front *front, const struct mf_index_driver *driver, const char *name,
		   uint32_t priority)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf key = {0};
	int status = 0;
	const char *copy;

	mf_buf_adds(&front->text.lines, "alias ");
	mf_buf_adds(&front->text.lines, front->prefix);
	mf_buf_adds(&front->text.lines, name);
	mf_buf_addc(&front->text.lines, ' ');
	mf_buf_adds(&front->text.lines, driver->name);
	mf_buf_addc(&front->text.lines, '\n');
	mf_buf_adds(&key, front->prefix);
	if (*front->prefix)
		mf_buf_adds(&key, name);
	else
		status = mf_modalias_fold_pattern(&key, name);
	copy = mf_arena_strndup(front->entries.arena, mf_buf_str(&key), key.len);
	if (!copy || key.failed)
		return -ENOMEM;
	if (!status)
		status = mf_kmodindex_add(&front->entries, copy, driver->name, priority);
	return status == -EINVAL ? 0 : status;
}

static int merge_keys(struct mf_index_merge *merge, const struct mf_index_old *old,
		      bool are_symbols)
{
	struct mf_indexes_merged *out = merge->out;
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct front front = {.entries.arena = &arena,
			      .text = {.old = old->text, .column = MF_INDEX_LAST},
			      .prefix = are_symbols ? SYMBOL_PREFIX : ""};
	int status = mf_index_read(merge, old, &front.entries);

	for (uint32_t i = 0; i < merge->n; i++) {
		const struct mf_index_driver *driver = &merge->drivers[i];
		const struct mf_strings *keys = are_symbols ? &driver->symbols : &driver->aliases;

		for (size_t k = 0; !status && !driver->is_removed && k < keys->n; k++)
			status = add_key(&front, driver, keys->v[k], i);
	}
	if (!status)
		status = mf_index_finish(merge, &front.entries,
					 are_symbols ? &out->symbols : &out->alias);
	front.text.n_new = front.text.lines.len;
	if (!status && old->text.n)
		status = mf_index_text_merge(merge, &front.text,
					     are_symbols ? &out->symbols_text : &out->alias_text);
	mf_buf_free(&front.text.lines);
	return status;
}

int mf_indexes_merge(const struct mf_indexes *stock, const struct mf_index_driver *drivers,
		     size_t n, struct mf_indexes_merged *out, struct mf_err *err)
{
	struct mf_index_merge merge = {
		.stock = stock, .drivers = drivers, .n = n, .out = out, .err = err};
	int status = sort_drivers(&merge);

	if (!status)
		status = mf_index_merge_dep(&merge);
	if (!status)
		status = merge_keys(&merge,
				    &(struct mf_index_old){"modules.alias", stock->alias,
							   stock->alias_text, false},
				    false);
	if (!status)
		status = merge_keys(&merge,
				    &(struct mf_index_old){"modules.symbols", stock->symbols,
							   stock->symbols_text, false},
				    true);
	if (!status)
		status = mf_index_merge_texts(&merge);
	if (status == -E2BIG || status == -ENOMEM)
		return mf_fail(err, status, "module indexes: %s",
			       status == -E2BIG ? "larger than any kernel's, not merged"
						: "out of memory");
	return status;
}

void mf_indexes_merged_free(struct mf_indexes_merged *merged)
{
	struct mf_buf *const bufs[] = {
		&merged->dep,	   &merged->alias,	&merged->symbols,
		&merged->order,	   &merged->softdep,	&merged->devname,
		&merged->dep_text, &merged->alias_text, &merged->symbols_text};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		mf_buf_free(bufs[i]);
	mf_arena_free(&merged->arena);
	merged->stock = NULL;
}
