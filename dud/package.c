// SPDX-License-Identifier: GPL-2.0-or-later
// Packages of built drivers: which drivers go into one, what it is called.
#include "dud/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* A driver to be sorted; number keeps the order of the selection. */
struct item {
	struct mf_selected selected;
	size_t number;
};

static const char *name_of(const struct mf_selected *selected)
{
	return selected->package->name ? selected->package->name : selected->driver->module.name;
}

static const char *version_of(const struct mf_selected *selected)
{
	const char *version = selected->package->name ? selected->package->version
						      : selected->driver->module.version;

	return version && *version ? version : "0";
}

/* Order of parts; 0 within one. Loose modules of a name stand behind a package of that name. */
static int compare_parts(const struct mf_selected *a, const struct mf_selected *b)
{
	int order = strcmp(name_of(a), name_of(b));

	if (!order)
		order = !a->package->name - !b->package->name;
	if (!order)
		order = strcmp(version_of(a), version_of(b));
	if (!order)
		order = strcmp(a->build->kernel, b->build->kernel);
	return order ? order : strcmp(a->build->arch, b->build->arch);
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = compare_parts(&x->selected, &y->selected);

	return order ? order : (x->number > y->number) - (x->number < y->number);
}

static struct mf_selected *sort(const struct mf_selected_list *selected, struct mf_arena *arena)
{
	struct mf_selected *sorted = mf_arena_alloc(arena, (selected->n + 1) * sizeof(*sorted));
	struct item *items = mf_arena_alloc(arena, (selected->n + 1) * sizeof(*items));

	if (!sorted || !items)
		return NULL;
	for (size_t i = 0; i < selected->n; i++)
		items[i] = (struct item){selected->v[i], i};
	if (selected->n > 1)
		qsort(items, selected->n, sizeof(*items), compare_items);
	for (size_t i = 0; i < selected->n; i++)
		sorted[i] = items[i].selected;
	return sorted;
}

int mf_package_split(const struct mf_selected_list *selected, struct mf_arena *arena,
		     struct mf_package_part **ret_parts, size_t *ret_n)
{
	struct mf_selected *sorted = sort(selected, arena);
	struct mf_package_part *parts = mf_arena_alloc(arena, (selected->n + 1) * sizeof(*parts));
	size_t n = 0;

	if (!sorted || !parts)
		return -ENOMEM;
	for (size_t i = 0; i < selected->n; i++) {
		/* of a loose module there is a part for each file */
		bool is_new = i == 0 || !sorted[i].package->name ||
			      compare_parts(&sorted[i - 1], &sorted[i]) != 0;

		if (is_new)
			parts[n++].v = &sorted[i];
		parts[n - 1].n++;
	}
	*ret_parts = parts;
	*ret_n = n;
	return 0;
}

const char *mf_package_name(const struct mf_package_part *part)
{
	return name_of(&part->v[0]);
}

const char *mf_package_version(const struct mf_package_part *part)
{
	return version_of(&part->v[0]);
}

static bool has_same(const struct mf_tree *a, const struct mf_tree *b, const char *key)
{
	const char *x = mf_tree_param(a, key);
	const char *y = mf_tree_param(b, key);

	return x && y && strcmp(x, y) == 0;
}

/* Length of the folder's part of a path. */
static size_t folder_length(const char *path)
{
	return (size_t)(mf_path_base(path) - path);
}

static const char *find_path(const struct mf_tree *tree, const struct mf_tree *package)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		if (tree->entries[i].nested == package)
			return tree->entries[i].path;
	}
	return "";
}

int mf_package_check_name(const struct mf_tree *tree, const struct mf_tree *package,
			  const char *const keys[2], struct mf_err *err)
{
	const char *path = find_path(tree, package);
	size_t n = folder_length(path);

	for (size_t i = 0; i < tree->n_entries; i++) {
		const struct mf_entry *entry = &tree->entries[i];
		const struct mf_tree *other = entry->nested;

		if (!other || other == package || folder_length(entry->path) != n ||
		    strncmp(entry->path, path, n) != 0 || !has_same(other, package, keys[0]) ||
		    !has_same(other, package, keys[1]))
			continue;
		return mf_fail(
			err, -EEXIST,
			"%s: two packages would be called so, versions %s and %s, of which installers take one; choose with --only PACKAGE/VERSION",
			mf_tree_param(package, keys[0]), mf_tree_param(other, "version"),
			mf_tree_param(package, "version"));
	}
	return 0;
}
