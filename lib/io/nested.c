// SPDX-License-Identifier: GPL-2.0-or-later
// Nested trees become files: each is written by its sink, several at a time, each content once.
#include "lib/io/nested.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/io/gpg.h"
#include "lib/io/jobs.h"
#include "lib/io/nested_folder.h"
#include "lib/io/nested_key.h"
#include "lib/io/nested_store.h"

/* A sink and what it contributes to the keys of all it writes. */
struct maker {
	const struct mf_sink *sink;
	struct mf_bytes text;
};

/* One nested tree. */
struct item {
	struct mf_entry *entry; /* of the outer tree, which does not change before all in it is done
				 */
	const char *path;	/* of the entry, below those of the trees around it */
	size_t height;		/* 0: nothing nested in it; else one above its highest inner one */
	size_t maker;
	char key[65];
	const char *file; /* what it becomes; of items of one key that of the first */
};

/* One mf_nested_write. Items stand in the order of paths, inner ones before their outer one. */
struct run {
	const struct mf_nested_options *options;
	struct mf_nested *out;
	struct mf_arena arena;
	struct item *items;
	size_t n_items;
	struct maker *makers;
	size_t n_makers;
	size_t *level; /* items of one height: their numbers */
	size_t n_level;
	size_t done;
	struct mf_store store;
	struct mf_err *err;
};

static void close_run(struct run *run)
{
	mf_store_close(&run->store);
	mf_arena_free(&run->arena);
}

/* Number of the sink's maker, added when absent. */
static int find_maker(struct run *run, const struct mf_sink *sink, size_t *ret_maker)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct maker maker = {.sink = sink};
	int r = 0;

	for (size_t i = 0; i < run->n_makers; i++) {
		if (run->makers[i].sink == sink) {
			*ret_maker = i;
			return 0;
		}
	}
	if (run->store.is_open)
		r = mf_nested_maker(sink, &text, run->err);
	else /* keys are compared within this run only */
		mf_buf_adds(&text, sink->name);
	if (!r)
		r = mf_buf_status(&text);
	if (r)
		return r;
	maker.text.n = text.len;
	maker.text.p = (const uint8_t *)mf_arena_strndup(&run->arena, mf_buf_str(&text), text.len);
	if (!maker.text.p || mf_arena_grow(&run->arena, &run->makers, run->n_makers, sizeof(maker)))
		return -ENOMEM;
	*ret_maker = run->n_makers;
	run->makers[run->n_makers++] = maker;
	return 0;
}

static int collect(struct run *run, struct mf_tree *tree, const char *around, size_t *ret_height);

static int collect_entry(struct run *run, struct mf_entry *entry, const char *around,
			 size_t *ret_height)
{
	const struct mf_sink *sink = run->options->find(entry->sink);
	struct item item = {.entry = entry};
	int r;

	item.path = mf_arena_printf(&run->arena, "%s%s", around, entry->path);
	around = mf_arena_printf(&run->arena, "%s%s: ", around, entry->path);
	if (!item.path || !around)
		return -ENOMEM;
	if (!sink)
		return mf_fail(run->err, -EINVAL, "%s: internal error: there is no sink %s",
			       item.path, entry->sink);
	r = collect(run, entry->nested, around, &item.height);
	if (!r)
		r = find_maker(run, sink, &item.maker);
	if (!r)
		r = mf_arena_grow(&run->arena, &run->items, run->n_items, sizeof(item));
	if (r)
		return r;
	item.file = mf_arena_printf(&run->arena, "%s/%06zu", run->out->work.path, run->n_items);
	run->items[run->n_items++] = item;
	*ret_height = item.height;
	return item.file ? 0 : -ENOMEM;
}

/* Lists the trees nested in tree; as deep as recipes nest. */
static int collect(struct run *run, struct mf_tree *tree, const char *around, size_t *ret_height)
{
	*ret_height = 0;
	for (size_t i = 0; i < tree->n_entries; i++) {
		size_t height = 0;
		int r = 0;

		if (tree->entries[i].kind != MF_ENTRY_TREE)
			continue;
		r = collect_entry(run, &tree->entries[i], around, &height);
		if (r)
			return r;
		if (*ret_height <= height)
			*ret_height = height + 1;
	}
	return 0;
}

/* What is nested in the items of this level was written: it takes its place there. */
static int settle_level(struct run *run)
{
	const char *signer = run->options->signer;

	for (size_t i = 0; i < run->n_level; i++) {
		struct item *item = &run->items[run->level[i]];
		struct mf_tree *tree = item->entry->nested;
		const char *sink = item->entry->sink;
		int r = mf_nested_settle(tree, run->err);

		if (!r && signer && (strcmp(sink, "repo") == 0 || strcmp(sink, "apt") == 0))
			r = mf_tree_add_param(tree, "signer", signer);
		if (r)
			return mf_wrap(run->err, r, "%s", item->path);
	}
	return 0;
}

/* What was read is no longer needed in memory. */
static void drop_content(const struct run *run, const struct mf_tree *tree)
{
	for (size_t i = 0; run->options->spool && i < tree->n_entries; i++) {
		if (tree->entries[i].kind == MF_ENTRY_BYTES)
			mf_spool_drop(run->options->spool, tree->entries[i].content);
	}
}

static int make_key(void *data, size_t i, struct mf_err *err)
{
	const struct run *run = data;
	struct item *item = &run->items[run->level[i]];
	int r = mf_nested_key(item->entry->nested, run->makers[item->maker].text, item->key, err);

	drop_content(run, item->entry->nested);
	return r ? mf_wrap(err, r, "%s", item->path) : 0;
}

static int compare_keys(const void *left, const void *right, void *data)
{
	const struct run *run = data;
	size_t a = *(const size_t *)left;
	size_t b = *(const size_t *)right;
	int order = strcmp(run->items[a].key, run->items[b].key);

	return order ? order : (a > b) - (a < b);
}

static int compare_numbers(const void *left, const void *right)
{
	size_t a = *(const size_t *)left;
	size_t b = *(const size_t *)right;

	return (a > b) - (a < b);
}

/* Leaves in the level the first item of each key; the others share its file. */
static void share_files(struct run *run)
{
	size_t n = 0;

	qsort_r(run->level, run->n_level, sizeof(*run->level), compare_keys, run);
	for (size_t i = 0; i < run->n_level; i++) {
		struct item *item = &run->items[run->level[i]];
		const struct item *first = n ? &run->items[run->level[n - 1]] : NULL;

		if (first && strcmp(first->key, item->key) == 0)
			item->file = first->file;
		else
			run->level[n++] = run->level[i];
	}
	run->n_level = n;
	qsort(run->level, n, sizeof(*run->level), compare_numbers);
}

/* From the store, else by the sink and then into the store. */
static int write_file(struct run *run, const struct item *item, int fd, struct mf_err *err)
{
	int r = run->store.is_open ? mf_store_get(&run->store, item->key, fd, err) : -ENOENT;

	if (r != -ENOENT)
		return r;
	r = run->makers[item->maker].sink->write(item->entry->nested, fd, err);
	if (!r && run->store.is_open)
		mf_store_put(&run->store, item->key, fd);
	return r;
}

static int write_stream(struct run *run, const struct item *item, struct mf_err *err)
{
	const char *signer = run->options->signer;
	MF_CLEANUP(mf_close_fd)
	int fd = open(item->file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return mf_fail(err, -errno, "cannot create %s: %s", item->file, strerror(errno));
	r = write_file(run, item, fd, err);
	if (!r && signer && strcmp(item->entry->sink, "rpm") == 0)
		r = mf_gpg_sign_rpm(item->file, signer, err); /* this run's own copy */
	return r;
}

/* Not kept in the store: it consists of files that are, or of a signature. */
static int write_folder(struct run *run, const struct item *item, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;

	if (!mkdir(item->file, 0700))
		fd = open(item->file, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return mf_fail(err, -errno, "cannot create %s: %s", item->file, strerror(errno));
	return run->makers[item->maker].sink->write(item->entry->nested, fd, err);
}

static int write_item(void *data, size_t i, struct mf_err *err)
{
	struct run *run = data;
	const struct item *item = &run->items[run->level[i]];
	int r = run->makers[item->maker].sink->is_stream ? write_stream(run, item, err)
							 : write_folder(run, item, err);

	drop_content(run, item->entry->nested);
	return r ? mf_wrap(err, r, "%s", item->path) : 0;
}

static void show_progress(void *data, size_t done)
{
	const struct run *run = data;

	if (run->options->progress)
		run->options->progress(run->options->data, run->done + done, run->n_items);
}

/* Writes the items of one height, whose inner trees are written. */
static int write_level(struct run *run, size_t height)
{
	struct mf_jobs jobs = {.threads = run->options->jobs, .run = make_key, .data = run};
	size_t n_all;
	int r;

	run->n_level = 0;
	for (size_t i = 0; i < run->n_items; i++) {
		if (run->items[i].height == height)
			run->level[run->n_level++] = i;
	}
	n_all = run->n_level;
	r = settle_level(run);
	if (!r)
		r = mf_jobs_run(&jobs, run->n_level, run->err);
	if (r)
		return r;
	share_files(run);
	run->done += n_all - run->n_level;
	jobs.run = write_item;
	jobs.progress = show_progress;
	r = mf_jobs_run(&jobs, run->n_level, run->err);
	run->done += run->n_level;
	for (size_t i = 0; !r && i < run->n_items; i++) {
		if (run->items[i].height == height)
			run->items[i].entry->source = run->items[i].file;
	}
	return r;
}

/* Sources have to outlive the run: they go into the outermost tree's arena. */
static int write_all(struct run *run, struct mf_tree *tree)
{
	size_t top = 0;
	const char *signer = run->options->signer;
	int r = signer ? mf_gpg_check_key(signer, run->err) : 0;

	if (!r)
		r = mf_workdir_make(&run->out->work, run->err);
	if (!r && run->options->store) /* without it the run takes longer, no more */
		(void)mf_store_open(run->options->store, MF_STORE_LIMIT, &run->store,
				    &run->out->store);
	if (!r)
		r = collect(run, tree, "", &top);
	if (r)
		return r;
	run->level = mf_arena_alloc(&run->arena, (run->n_items + 1) * sizeof(*run->level));
	if (!run->level)
		return -ENOMEM;
	for (size_t height = 0; !r && height < top; height++)
		r = write_level(run, height);
	if (!r)
		r = mf_nested_settle(tree, run->err);
	mf_arena_take(&tree->arena, &run->arena);
	return r;
}

static bool has_nested(const struct mf_tree *tree)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		if (tree->entries[i].kind == MF_ENTRY_TREE)
			return true;
	}
	return false;
}

int mf_nested_write(struct mf_tree *tree, const struct mf_nested_options *options,
		    struct mf_nested *out, struct mf_err *err)
{
	MF_CLEANUP(close_run) struct run run = {.options = options, .out = out, .err = err};
	int r;

	*out = (struct mf_nested){0};
	r = has_nested(tree) ? write_all(&run, tree) : 0;
	if (r)
		mf_nested_free(out);
	return r;
}

void mf_nested_free(struct mf_nested *nested)
{
	mf_workdir_remove(&nested->work);
}
