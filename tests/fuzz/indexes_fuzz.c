// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: entries written and read back ("E…"), or any bytes as indexes of a merge ("M…").
//
// "E" is followed by lines KEY TAB VALUE TAB PRIORITY. "M" is followed by nine files in the order
// of struct mf_indexes, each behind its length in two bytes, big-endian; then by drivers, a line
// each: FLAGS NAME PATH and words "d:NAME", "a:ALIAS", "s:SYMBOL", "p:SOFTDEP"; flags are '+' for a
// shipped one, '-' for a removed one, '=' for one that its stock line (the rest) comes back for.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/indexes.h"
#include "lib/core/kmodindex_write.h"

#define MAX_DRIVERS 16
#define MAX_WORDS   64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- writer --- */

struct read_back {
	const struct mf_kmodindex_entries *entries;
	size_t n;
};

static int compare_entry(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct read_back *back = context;
	const struct mf_kmodindex_entry *entry = &back->entries->v[back->n++];

	if (back->n > back->entries->n || strcmp(entry->key, key) != 0 ||
	    strcmp(entry->value, (const char *)value.p) != 0 || entry->priority != priority)
		__builtin_trap();
	return 0;
}

static void read_entries(char *text, struct mf_kmodindex_entries *out)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		const char *key = strsep(&line, "\t");
		const char *value = line ? strsep(&line, "\t") : "";

		mf_kmodindex_add(out, key, value, line ? (uint32_t)strtoul(line, NULL, 10) : 0);
	}
}

static void write_and_read(char *text)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf first = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf second = {0};
	struct mf_kmodindex_entries entries = {.arena = &arena};
	struct read_back back = {.entries = &entries};
	struct mf_kmodindex index;

	read_entries(text, &entries);
	if (mf_kmodindex_write(&entries, &first))
		return;
	if (mf_kmodindex_open(mf_buf_bytes(&first), &index, NULL) ||
	    mf_kmodindex_each(&index, compare_entry, &back) || back.n != entries.n ||
	    mf_kmodindex_write(&entries, &second) || second.len != first.len ||
	    memcmp(first.data, second.data, first.len) != 0)
		__builtin_trap();
	for (size_t i = 0; i < entries.n; i++) {
		struct mf_bytes value;

		if (mf_kmodindex_get(&index, entries.v[i].key, &value))
			__builtin_trap();
	}
}

/* --- merge --- */

struct words {
	const char *v[4][MAX_WORDS];
	struct mf_strings lists[4];
};

static void read_driver(char *line, struct mf_index_driver *driver, struct words *words)
{
	static const char kinds[] = "dasp";
	const char *flags = strsep(&line, " ");
	const char *word;

	driver->is_removed = *flags != '+';
	driver->name = line ? strsep(&line, " ") : "x";
	driver->path = line ? strsep(&line, " ") : "y.ko";
	if (*flags == '=' && line) {
		driver->stock = line;
		line = NULL;
	}
	for (size_t k = 0; k < 4; k++)
		words->lists[k].v = words->v[k];
	while ((word = strsep(&line, " "))) {
		const char *kind = *word ? strchr(kinds, *word) : NULL;
		struct mf_strings *list = kind ? &words->lists[kind - kinds] : NULL;

		if (list && word[1] == ':' && list->n < MAX_WORDS)
			list->v[list->n++] = word + 2;
	}
	driver->depends = words->lists[0];
	driver->aliases = words->lists[1];
	driver->symbols = words->lists[2];
	driver->softdep_pre = words->lists[3];
}

static int read_value(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	(void)context;
	(void)priority;
	if (!*key || value.p[value.n])
		__builtin_trap();
	return 0;
}

/* What was merged can be read again. */
static void check_index(const struct mf_buf *file)
{
	struct mf_kmodindex index;

	if (mf_kmodindex_open(mf_buf_bytes(file), &index, NULL) ||
	    mf_kmodindex_each(&index, read_value, NULL))
		__builtin_trap();
}

/* A file of the stock folder, taken off the data. */
static struct mf_bytes take_file(struct mf_bytes *data)
{
	size_t n = data->n < 2 ? 0 : (size_t)(data->p[0] << 8 | data->p[1]);
	size_t skip = data->n < 2 ? data->n : 2;
	struct mf_bytes file;

	if (n > data->n - skip)
		n = data->n - skip;
	file = (struct mf_bytes){data->p + skip, n};
	*data = (struct mf_bytes){data->p + skip + n, data->n - skip - n};
	return file;
}

static void merge(struct mf_bytes data)
{
	static struct words words[MAX_DRIVERS];
	struct mf_index_driver drivers[MAX_DRIVERS] = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};
	MF_CLEANUP(mf_free_ptr) char *text = NULL;
	struct mf_indexes stock;
	struct mf_bytes files[9];
	struct mf_err err = {0};
	char *rest;
	char *line;
	size_t n = 0;
	int status;

	for (size_t i = 0; i < 9; i++)
		files[i] = take_file(&data);
	stock = (struct mf_indexes){files[0], files[1], files[2], files[3], files[4],
				    files[5], files[6], files[7], files[8]};
	text = strndup((const char *)data.p, data.n);
	rest = text;
	memset(words, 0, sizeof(words));
	while (n < MAX_DRIVERS && (line = strsep(&rest, "\n"))) {
		read_driver(line, &drivers[n], &words[n]);
		n++;
	}
	status = mf_indexes_merge(&stock, drivers, n, &out, &err);
	if (status) {
		if (!*err.text || (status != -EBADMSG && status != -E2BIG && status != -EINVAL))
			__builtin_trap();
		return;
	}
	check_index(&out.dep);
	check_index(&out.alias);
	check_index(&out.symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_free_ptr) char *text = NULL;

	if (!size)
		return 0;
	if (*data == 'M') {
		merge((struct mf_bytes){data + 1, size - 1});
		return 0;
	}
	text = strndup((const char *)data + 1, size - 1);
	write_and_read(text);
	return 0;
}
