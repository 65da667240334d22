// SPDX-License-Identifier: GPL-2.0-or-later
// The file tree: what a recipe emits and a sink writes.
#include "lib/core/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static int add(struct mf_tree *tree, struct mf_entry entry)
{
	if (!mf_path_is_safe(entry.path))
		return -EINVAL;
	if (mf_arena_grow(&tree->arena, &tree->entries, tree->n_entries, sizeof(entry)))
		return -ENOMEM;
	entry.path = mf_arena_strdup(&tree->arena, entry.path);
	if (!entry.path)
		return -ENOMEM;
	tree->entries[tree->n_entries++] = entry;
	return 0;
}

int mf_tree_add_dir(struct mf_tree *tree, const char *path, uint32_t mode)
{
	return add(tree, (struct mf_entry){.path = path, .kind = MF_ENTRY_DIR, .mode = mode});
}

int mf_tree_add_bytes(struct mf_tree *tree, const char *path, uint32_t mode,
		      struct mf_bytes content)
{
	return add(tree,
		   (struct mf_entry){
			   .path = path, .kind = MF_ENTRY_BYTES, .mode = mode, .content = content});
}

int mf_tree_add_file(struct mf_tree *tree, const char *path, uint32_t mode, const char *source,
		     uint64_t size)
{
	return add(tree, (struct mf_entry){.path = path,
					   .kind = MF_ENTRY_FILE,
					   .mode = mode,
					   .source = source,
					   .source_size = size});
}

int mf_tree_add_symlink(struct mf_tree *tree, const char *path, const char *target)
{
	struct mf_bytes content = {(const uint8_t *)target, strlen(target)};

	return add(tree, (struct mf_entry){.path = path,
					   .kind = MF_ENTRY_SYMLINK,
					   .mode = 0777,
					   .content = content});
}

int mf_tree_add_tree(struct mf_tree *tree, const char *path, uint32_t mode, const char *sink,
		     struct mf_tree **ret_nested)
{
	struct mf_tree *nested = mf_arena_alloc(&tree->arena, sizeof(*nested));
	int r;

	if (!nested)
		return -ENOMEM;
	*nested = (struct mf_tree){.mtime = tree->mtime};
	r = add(tree, (struct mf_entry){.path = path,
					.kind = MF_ENTRY_TREE,
					.mode = mode,
					.nested = nested,
					.sink = sink});
	if (!r)
		*ret_nested = nested;
	return r;
}

int mf_tree_add_param(struct mf_tree *tree, const char *key, const char *value)
{
	struct mf_tree_param param = {mf_arena_strdup(&tree->arena, key),
				      mf_arena_strdup(&tree->arena, value)};

	if (!param.key || !param.value ||
	    mf_arena_grow(&tree->arena, &tree->params, tree->n_params, sizeof(param)))
		return -ENOMEM;
	tree->params[tree->n_params++] = param;
	return 0;
}

const char *mf_tree_param(const struct mf_tree *tree, const char *key)
{
	for (size_t i = 0; i < tree->n_params; i++) {
		if (strcmp(tree->params[i].key, key) == 0)
			return tree->params[i].value;
	}
	return NULL;
}

static bool has_entry(const struct mf_tree *tree, const char *path, size_t n)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		if (strlen(tree->entries[i].path) == n &&
		    memcmp(tree->entries[i].path, path, n) == 0)
			return true;
	}
	return false;
}

bool mf_tree_has(const struct mf_tree *tree, const char *path)
{
	return has_entry(tree, path, strlen(path));
}

int mf_tree_add_parents(struct mf_tree *tree, const char *path, const char *root)
{
	size_t skip = strlen(root);
	const char *slash = path;

	while ((slash = strchr(slash, '/'))) {
		size_t n = (size_t)(slash - path);
		char *parent;
		int r;

		slash++;
		if (n <= skip || has_entry(tree, path, n))
			continue;
		parent = mf_arena_strndup(&tree->arena, path, n);
		r = parent ? mf_tree_add_dir(tree, parent, 0755) : -ENOMEM;
		if (r)
			return r;
	}
	return 0;
}

/* Component-wise: '/' sorts before every other byte, so that parents come first, then children. */
static int compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '/' && *b)
		return -1;
	if (*b == '/' && *a)
		return 1;
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

static int compare_entries(const void *a, const void *b)
{
	return compare_paths(((const struct mf_entry *)a)->path,
			     ((const struct mf_entry *)b)->path);
}

static int finish_nested(struct mf_tree *tree, struct mf_err *err)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		const struct mf_entry *entry = &tree->entries[i];
		int r = entry->kind == MF_ENTRY_TREE ? mf_tree_finish(entry->nested, err) : 0;

		if (r)
			return mf_wrap(err, r, "%s", entry->path);
	}
	return 0;
}

int mf_tree_finish(struct mf_tree *tree, struct mf_err *err)
{
	if (tree->n_entries > 1)
		qsort(tree->entries, tree->n_entries, sizeof(*tree->entries), compare_entries);
	for (size_t i = 1; i < tree->n_entries; i++) {
		const struct mf_entry *above = &tree->entries[i - 1];
		const char *path = tree->entries[i].path;

		if (strcmp(above->path, path) == 0)
			return mf_fail(err, -EEXIST, "%s would stand twice in the artifact", path);
		/* in this order the first entry below another one follows it */
		if (above->kind != MF_ENTRY_DIR && mf_has_prefix(path, above->path) &&
		    path[strlen(above->path)] == '/')
			return mf_fail(err, -EEXIST, "%s would stand below %s, which is no folder",
				       path, above->path);
	}
	return finish_nested(tree, err);
}

/* Text with few lines is shown whole, so that golden files show manifests and hooks. */
static bool is_short_text(struct mf_bytes content)
{
	if (!content.n || content.n > 65536 || content.p[content.n - 1] != '\n')
		return false;
	for (size_t i = 0; i < content.n; i++) {
		if ((content.p[i] < 0x20 && content.p[i] != '\n' && content.p[i] != '\t') ||
		    content.p[i] >= 0x7f)
			return false;
	}
	return true;
}

static void list_text(struct mf_bytes content, struct mf_buf *out)
{
	size_t at = 0;

	while (at < content.n) {
		const uint8_t *newline = memchr(content.p + at, '\n', content.n - at);
		size_t n = (size_t)(newline - (content.p + at));

		mf_buf_adds(out, "\t| ");
		mf_buf_add(out, content.p + at, n + 1);
		at += n + 1;
	}
}

/* Indented by a tab; depth is what recipes build, three at most. */
static void list_nested(const struct mf_tree *tree, struct mf_buf *out)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *line;

	mf_tree_list(tree, &text);
	line = mf_buf_str(&text);
	for (const char *end; (end = strchr(line, '\n')); line = end + 1) {
		mf_buf_addc(out, '\t');
		mf_buf_add(out, line, (size_t)(end - line) + 1);
	}
	if (mf_buf_status(&text))
		out->failed = true;
}

static void list_entry(const struct mf_entry *entry, struct mf_buf *out)
{
	static const char kinds[] = {'d', 'f', 'f', 'l', 'f'};

	mf_buf_printf(out, "%c %04o ", kinds[entry->kind], entry->mode);
	mf_buf_add_visible(out, entry->path, strlen(entry->path));
	switch (entry->kind) {
	case MF_ENTRY_DIR: mf_buf_adds(out, "\n"); break;
	case MF_ENTRY_BYTES:
		mf_buf_printf(out, " %zu\n", entry->content.n);
		if (is_short_text(entry->content))
			list_text(entry->content, out);
		break;
	case MF_ENTRY_FILE:
		mf_buf_printf(out, " %llu\n", (unsigned long long)entry->source_size);
		break;
	case MF_ENTRY_SYMLINK:
		mf_buf_adds(out, " -> ");
		mf_buf_add_visible(out, (const char *)entry->content.p, entry->content.n);
		mf_buf_adds(out, "\n");
		break;
	case MF_ENTRY_TREE:
		mf_buf_printf(out, " tree %s\n", entry->sink);
		list_nested(entry->nested, out);
		break;
	}
}

/* Each line of a value is shown for itself, so that none passes for another key. */
static void list_param(const struct mf_tree_param *param, struct mf_buf *out)
{
	const char *line = param->value;

	mf_buf_printf(out, "# %s ", param->key);
	for (const char *end; (end = strchr(line, '\n')); line = end + 1) {
		mf_buf_add_visible(out, line, (size_t)(end - line));
		mf_buf_adds(out, "\n#\t");
	}
	mf_buf_add_visible(out, line, strlen(line));
	mf_buf_adds(out, "\n");
}

void mf_tree_list(const struct mf_tree *tree, struct mf_buf *out)
{
	for (size_t i = 0; i < tree->n_params; i++)
		list_param(&tree->params[i], out);
	for (size_t i = 0; i < tree->n_entries; i++)
		list_entry(&tree->entries[i], out);
}

void mf_tree_free(struct mf_tree *tree)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		if (tree->entries[i].nested)
			mf_tree_free(tree->entries[i].nested);
	}
	mf_arena_free(&tree->arena);
	*tree = (struct mf_tree){0};
}
