// SPDX-License-Identifier: GPL-2.0-or-later
// Packages of built drivers: which drivers go into one, what it is called.
#include "dud/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/modname.h"

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

const char *mf_package_file_name(const struct mf_driver *driver, struct mf_arena *arena)
{
	const char *base = mf_path_base(driver->member ? driver->member : driver->path);
	const char *suffix = strstr(base, ".ko");
	char folded[MF_MODNAME_MAX];
	char *name;

	/* depmod's override lines and linuxrc's list compare file names */
	if (!suffix || mf_modname_from_path(base, folded) != 0 ||
	    strcmp(folded, driver->module.name) != 0)
		return mf_arena_strdup(arena, driver->module.name);
	name = mf_arena_strndup(arena, base, (size_t)(suffix - base));
	return name && !mf_modname_equal(name, driver->module.name)
		       ? mf_arena_strdup(arena, driver->module.name)
		       : name;
}

static bool has_same(const struct mf_tree *a, const struct mf_tree *b, const char *key)
{
	const char *x = mf_tree_param(a, key);
	const char *y = mf_tree_param(b, key);

	return x && y && strcmp(x, y) == 0;
}

/* Path of a nested tree. */
static const char *path_of(const struct mf_tree *tree, const struct mf_tree *nested)
{
	for (size_t i = 0; i < tree->n_entries; i++) {
		if (tree->entries[i].nested == nested)
			return tree->entries[i].path;
	}
	return "";
}

static bool is_beside(const char *a, const char *b)
{
	size_t n = (size_t)(mf_path_base(a) - a);

	return n == (size_t)(mf_path_base(b) - b) && memcmp(a, b, n) == 0;
}

int mf_package_check_name(const struct mf_tree *tree, const struct mf_tree *package,
			  const char *const keys[2], struct mf_err *err)
{
	const char *path = path_of(tree, package);

	for (size_t i = 0; i < tree->n_entries; i++) {
		const struct mf_tree *other = tree->entries[i].nested;

		if (!other || other == package || !is_beside(path, tree->entries[i].path) ||
		    !has_same(other, package, keys[0]) || !has_same(other, package, keys[1]))
			continue;
		return mf_fail(
			err, -EEXIST,
			"%s: two packages would be called so, versions %s and %s, of which installers take one; choose with --only PACKAGE/VERSION",
			mf_tree_param(package, keys[0]), mf_tree_param(other, "version"),
			mf_tree_param(package, "version"));
	}
	return 0;
}
