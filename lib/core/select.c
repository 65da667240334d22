// SPDX-License-Identifier: GPL-2.0-or-later
// Selection: which drivers of a set go into an artifact, in dependency order.
#include "lib/core/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modname.h"
#include "lib/core/order.h"
#include "lib/core/select_search.h"

static bool contains(const struct mf_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->v[i], text) == 0)
			return true;
	}
	return false;
}

/* Whether "PACKAGE[/VERSION]" of n bytes names the package. */
static bool names_package(const char *word, size_t n, const struct mf_package *package)
{
	size_t name = package->name ? strlen(package->name) : 0;

	if (!name || n < name || memcmp(word, package->name, name) != 0)
		return false;
	if (n == name)
		return true;
	return word[name] == '/' && package->version && strlen(package->version) == n - name - 1 &&
	       memcmp(word + name + 1, package->version, n - name - 1) == 0;
}

bool mf_only_admits(const struct mf_strings *only, const struct mf_package *package,
		    const char *module)
{
	for (size_t i = 0; i < only->n; i++) {
		const char *word = only->v[i];
		const char *colon = strrchr(word, ':');

		if (names_package(word, strlen(word), package))
			return true;
		if (colon &&
		    (colon == word ? !package->name
				   : names_package(word, (size_t)(colon - word), package)) &&
		    (!module || mf_modname_equal(colon + 1, module)))
			return true;
	}
	return !only->n;
}

bool mf_only_admits_driver(const struct mf_strings *only, const struct mf_package *package,
			   const struct mf_driver *driver)
{
	bool is_source = !package->name && package->origin && driver->path &&
			 strcmp(driver->path, package->origin) == 0;

	return is_source || mf_only_admits(only, package, driver->module.name);
}

bool mf_selection_admits(const struct mf_selection *selection, const struct mf_selected *candidate)
{
	const struct mf_build *build = candidate->build;

	return mf_build_is_usable(build) && build->kernel && build->arch &&
	       (!selection->kernels.n || contains(&selection->kernels, build->kernel)) &&
	       (!selection->arch || strcmp(selection->arch, build->arch) == 0) &&
	       mf_only_admits_driver(&selection->only, candidate->package, candidate->driver);
}

static int add_build(struct mf_search *search, const struct mf_package *package,
		     const struct mf_build *build)
{
	struct mf_selected_list *list = search->list;

	for (size_t i = 0; i < build->n_drivers; i++) {
		struct mf_selected candidate = {package, build, &build->drivers[i]};

		if (!mf_selection_admits(search->selection, &candidate))
			continue;
		if (mf_arena_grow(&search->set->arena, &list->v, list->n, sizeof(*list->v)))
			return -ENOMEM;
		list->v[list->n++] = candidate;
	}
	return 0;
}

static int compare_places(const void *left, const void *right)
{
	const struct mf_selected *a = left;
	const struct mf_selected *b = right;
	int order = strcmp(a->build->kernel, b->build->kernel);

	if (!order)
		order = strcmp(a->build->arch, b->build->arch);
	if (!order)
		order = mf_modname_compare(a->driver->module.name, b->driver->module.name);
	if (!order) /* of two, the installed one first */
		order = (b->build->state == MF_BUILD_INSTALLED) -
			(a->build->state == MF_BUILD_INSTALLED);
	return order ? order : strcmp(a->driver->path, b->driver->path);
}

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_same_place(const struct mf_selected *a, const struct mf_selected *b)
{
	return strcmp(a->build->kernel, b->build->kernel) == 0 &&
	       strcmp(a->build->arch, b->build->arch) == 0 &&
	       mf_modname_equal(a->driver->module.name, b->driver->module.name);
}

/* Two builds of the same source: whichever is taken, the driver is the same. */
static bool is_same_source(const struct mf_module *a, const struct mf_module *b)
{
	return a->srcversion && is_same_text(a->srcversion, b->srcversion) &&
	       is_same_text(a->version, b->version) && is_same_text(a->vermagic, b->vermagic);
}

/* Whether a, the earlier one, is taken and b dropped without asking. */
static bool is_preferred(const struct mf_selected *a, const struct mf_selected *b)
{
	return is_same_source(&a->driver->module, &b->driver->module) ||
	       (a->build->state == MF_BUILD_INSTALLED && b->build->state != MF_BUILD_INSTALLED &&
		is_same_text(a->package->origin, b->package->origin));
}

/* "NAME/VERSION", or the file where no package tells it from the other one. */
static const char *package_text(struct mf_drvset *set, const struct mf_selected *selected,
				const struct mf_selected *other)
{
	const struct mf_package *package = selected->package;
	const struct mf_driver *driver = selected->driver;
	const char *text;

	if (!package->name || package == other->package)
		return driver->member ? driver->member : driver->path;
	text = mf_arena_printf(&set->arena, "%s/%s", package->name,
			       package->version ? package->version : "?");
	return text ? text : package->name;
}

/* Drops doubles; refuses two different drivers of one name for one kernel. */
static int make_unique(struct mf_search *search)
{
	struct mf_selected_list *list = search->list;
	size_t used = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct mf_selected *kept = used ? &list->v[used - 1] : NULL;

		if (!kept || !is_same_place(kept, &list->v[i])) {
			list->v[used++] = list->v[i];
			continue;
		}
		if (is_preferred(kept, &list->v[i]))
			continue;
		return mf_fail(
			search->err, -EEXIST,
			"module %s for kernel %s stands in both %s and %s, only one of them can be shipped; choose with --only PACKAGE/VERSION",
			kept->driver->module.name, kept->build->kernel,
			package_text(search->set, kept, &list->v[i]),
			package_text(search->set, &list->v[i], kept));
	}
	list->n = used;
	return 0;
}

static int collect(struct mf_search *search)
{
	int r = 0;

	for (size_t i = 0; i < search->set->n_packages; i++) {
		const struct mf_package *package = &search->set->packages[i];

		for (size_t k = 0; !r && k < package->n_builds; k++)
			r = add_build(search, package, &package->builds[k]);
	}
	return r;
}

/* Every asked kernel must have something: one that is silently left out fails at boot. */
static int check_kernels(struct mf_search *search)
{
	const struct mf_strings *kernels = &search->selection->kernels;

	for (size_t i = 0; i < kernels->n; i++) {
		bool found = false;

		for (size_t k = 0; k < search->list->n && !found; k++)
			found = strcmp(search->list->v[k].build->kernel, kernels->v[i]) == 0;
		if (!found)
			return mf_search_fail_kernel(search, kernels->v[i]);
	}
	return 0;
}

/* Orders each run of one kernel and arch by dependency. */
static int order(struct mf_search *search)
{
	struct mf_selected *v = search->list->v;
	size_t start = 0;
	int r = 0;

	for (size_t i = 1; !r && i <= search->list->n; i++) {
		if (i < search->list->n &&
		    strcmp(v[i].build->kernel, v[start].build->kernel) == 0 &&
		    strcmp(v[i].build->arch, v[start].build->arch) == 0)
			continue;
		r = mf_order_drivers(v + start, i - start, search->err);
		start = i;
	}
	return r;
}

int mf_select(struct mf_drvset *set, const struct mf_selection *selection,
	      struct mf_selected_list *out, struct mf_err *err)
{
	struct mf_selected_list list = {0};
	struct mf_search search = {set, selection, &list, err};
	int r = collect(&search);

	if (r)
		return r;
	if (!list.n)
		return mf_search_fail_empty(&search);
	r = check_kernels(&search);
	if (r)
		return r;
	if (list.n > 1)
		qsort(list.v, list.n, sizeof(*list.v), compare_places);
	r = make_unique(&search);
	if (!r)
		r = order(&search);
	if (!r)
		*out = list;
	return r;
}
