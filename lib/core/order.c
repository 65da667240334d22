// SPDX-License-Identifier: GPL-2.0-or-later
// Dependency order: what a driver needs comes before it.
#include "lib/core/order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/core/modname.h"

static const char *name_of(const struct mf_selected *selected)
{
	return selected->driver->module.name;
}

/* Of one name by file, so that the order is always the same. */
static int compare_names(const void *a, const void *b)
{
	const struct mf_selected *left = a;
	const struct mf_selected *right = b;
	int order = mf_modname_compare(name_of(left), name_of(right));

	return order ? order : strcmp(left->driver->path, right->driver->path);
}

static int compare_name(const void *name, const void *selected)
{
	return mf_modname_compare(name, name_of(selected));
}

/* Depth of driver i when every shipped module it depends on has one, else 0. */
static unsigned int depth_of(const struct mf_selected *drivers, size_t n,
			     const unsigned int *depths, size_t i)
{
	const struct mf_strings *depends = &drivers[i].driver->module.depends;
	unsigned int depth = 1;

	for (size_t k = 0; k < depends->n; k++) {
		const struct mf_selected *found = bsearch(depends->v[k], drivers, n,
							  sizeof(*drivers), compare_name);
		size_t at = found ? (size_t)(found - drivers) : 0;

		if (!found)
			continue;
		if (!depths[at])
			return 0;
		if (depths[at] >= depth)
			depth = depths[at] + 1;
	}
	return depth;
}

static int fail_cycle(const struct mf_selected *drivers, size_t n, const unsigned int *depths,
		      struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};

	for (size_t i = 0; i < n; i++) {
		if (!depths[i])
			mf_buf_printf(&names, "%s%s", names.len ? ", " : "", name_of(&drivers[i]));
	}
	return mf_fail(
		err, -ELOOP,
		"these modules depend on each other in a circle or on one that does: %s; they can never be loaded, have their source mended",
		mf_buf_str(&names));
}

/* Stable by depth: counting over names, which are in order already. */
static int sort_by_depth(struct mf_selected *drivers, size_t n, const unsigned int *depths)
{
	MF_CLEANUP(mf_free_ptr) struct mf_selected *sorted = calloc(n, sizeof(*sorted));
	size_t used = 0;

	if (!sorted)
		return -ENOMEM;
	for (unsigned int depth = 1; used < n; depth++) {
		for (size_t i = 0; i < n; i++) {
			if (depths[i] == depth)
				sorted[used++] = drivers[i];
		}
	}
	memcpy(drivers, sorted, n * sizeof(*drivers));
	return 0;
}

int mf_order_drivers(struct mf_selected *drivers, size_t n, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) unsigned int *depths = calloc(n ? n : 1, sizeof(*depths));
	size_t left = n;

	if (!depths)
		return -ENOMEM;
	if (n < 2)
		return 0;
	qsort(drivers, n, sizeof(*drivers), compare_names);
	while (left) {
		size_t before = left;

		for (size_t i = 0; i < n; i++) {
			if (depths[i])
				continue;
			depths[i] = depth_of(drivers, n, depths, i);
			left -= depths[i] != 0;
		}
		if (left == before)
			return fail_cycle(drivers, n, depths, err);
	}
	return sort_by_depth(drivers, n, depths);
}
