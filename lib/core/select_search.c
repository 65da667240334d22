// SPDX-License-Identifier: GPL-2.0-or-later
// Selection: what is said where nothing fits, or something is left out.
#include "lib/core/select_search.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/advice.h"
#include "lib/core/modname.h"

static bool contains(const struct mf_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->v[i], text) == 0)
			return true;
	}
	return false;
}

bool mf_build_is_usable(const struct mf_build *build)
{
	return build->state == MF_BUILD_BUILT || build->state == MF_BUILD_INSTALLED;
}

/* Whether --only leaves some module of a package in. */
static bool is_admitted(const struct mf_search *search, const struct mf_package *package)
{
	return mf_only_admits(&search->selection->only, package, NULL);
}

/* Kernel releases that admitted packages have a usable build for, for the message; "none". */
static void list_kernels(struct mf_search *search, struct mf_buf *out)
{
	struct mf_strings seen = {0};

	for (size_t i = 0; i < search->set->n_packages; i++) {
		const struct mf_package *package = &search->set->packages[i];

		for (size_t k = 0; is_admitted(search, package) && k < package->n_builds; k++) {
			const struct mf_build *build = &package->builds[k];

			if (!mf_build_is_usable(build) || !build->n_drivers ||
			    contains(&seen, build->kernel) ||
			    mf_arena_grow(&search->set->arena, &seen.v, seen.n, sizeof(*seen.v)))
				continue;
			seen.v[seen.n++] = build->kernel;
			mf_buf_printf(out, "%s%s (%s)", out->len ? ", " : "", build->kernel,
				      build->arch);
		}
	}
	if (!out->len)
		mf_buf_adds(out, "none");
}

/* What is to be said where DKMS tried to build a package for that kernel and failed, else NULL. */
static const char *failed_note(const struct mf_package *package, const char *kernel)
{
	for (size_t i = 0; i < package->n_builds; i++) {
		const struct mf_build *build = &package->builds[i];

		if (build->state == MF_BUILD_FAILED && build->kernel &&
		    strcmp(build->kernel, kernel) == 0)
			return build->note;
	}
	return NULL;
}

/* The line that builds the first admitted package, the names of the others, what failed before. */
static void add_what_to_do(struct mf_search *search, const char *kernel, struct mf_buf *out)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf others = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf failed = {0};
	const struct mf_package *first = NULL;

	for (size_t i = 0; i < search->set->n_packages; i++) {
		const struct mf_package *package = &search->set->packages[i];

		if (!package->name || !is_admitted(search, package))
			continue;
		if (failed_note(package, kernel))
			mf_buf_printf(&failed, "; %s: %s", package->name,
				      failed_note(package, kernel));
		if (first)
			mf_buf_printf(&others, "%s %s/%s", others.len ? "," : "; likewise",
				      package->name, package->version ? package->version : "?");
		else
			first = package;
	}
	mf_advise_build(out, first ? first->name : NULL, first ? first->version : NULL, kernel);
	mf_buf_adds(out, " (needs ");
	mf_advise_headers(out, kernel);
	mf_buf_printf(out, ")%s%s", mf_buf_str(&others), mf_buf_str(&failed));
}

/* Nothing fits the asked kernel: says what there is and the line that builds what is missing. */
int mf_search_fail_kernel(struct mf_search *search, const char *kernel)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf there = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf what_to_do = {0};
	const char *arch = search->selection->arch;

	list_kernels(search, &there);
	add_what_to_do(search, kernel, &what_to_do);
	if (!arch)
		return mf_fail(
			search->err, -ENOENT,
			"no build for kernel %s (builds there are for: %s); build it with: %s",
			kernel, mf_buf_str(&there), mf_buf_str(&what_to_do));
	return mf_fail(
		search->err, -ENOENT,
		"no %s build for kernel %s (builds there are for: %s); build it on a machine of %s with: %s",
		arch, kernel, mf_buf_str(&there), arch, mf_buf_str(&what_to_do));
}

/* A driver of the build by the module's name. */
static const struct mf_driver *find_driver(const struct mf_build *build, const char *name)
{
	for (size_t i = 0; i < build->n_drivers; i++) {
		if (mf_modname_equal(build->drivers[i].module.name, name))
			return &build->drivers[i];
	}
	return NULL;
}

const char *mf_only_advice(struct mf_drvset *set, const struct mf_strings *only)
{
	const struct mf_driver *driver;

	for (size_t i = 0; i < set->n_packages; i++) {
		const struct mf_package *package = &set->packages[i];

		for (size_t k = 0; k < package->n_builds; k++) {
			driver = find_driver(&package->builds[k], only->v[0]);
			if (driver)
				return mf_arena_printf(
					&set->arena,
					"%s is a module: name it with its package, --only %s:%s",
					only->v[0], package->name ? package->name : "",
					driver->module.name);
		}
	}
	return "see what there is with: modferry list";
}

/* Whether --only leaves in a driver, or a package that has none yet. */
static bool is_any_admitted(const struct mf_search *search)
{
	const struct mf_strings *only = &search->selection->only;

	for (size_t i = 0; i < search->set->n_packages; i++) {
		const struct mf_package *package = &search->set->packages[i];
		bool has_drivers = false;

		for (size_t k = 0; k < package->n_builds; k++) {
			const struct mf_build *build = &package->builds[k];

			has_drivers = has_drivers || build->n_drivers;
			for (size_t m = 0; m < build->n_drivers; m++) {
				if (mf_only_admits_driver(only, package, &build->drivers[m]))
					return true;
			}
		}
		if (!has_drivers && is_admitted(search, package))
			return true;
	}
	return false;
}

int mf_search_fail_empty(struct mf_search *search)
{
	const struct mf_selection *selection = search->selection;
	MF_CLEANUP(mf_buf_free) struct mf_buf there = {0};

	if (selection->only.n && !is_any_admitted(search))
		return mf_fail(search->err, -ENOENT, "no driver fits --only %s; %s",
			       selection->only.v[0], mf_only_advice(search->set, &selection->only));
	if (selection->kernels.n)
		return mf_search_fail_kernel(search, selection->kernels.v[0]);
	list_kernels(search, &there);
	return mf_fail(
		search->err, -ENOENT,
		"no built driver%s%s found (builds there are for: %s); see all with: modferry list",
		selection->arch ? " for " : "", selection->arch ? selection->arch : "",
		mf_buf_str(&there));
}

/* Whether a package, of any version and from any source, has a driver for a kernel in the list. */
static bool has_driver(const struct mf_selected_list *list, const char *package, const char *kernel)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct mf_selected *selected = &list->v[i];

		if (selected->package->name && strcmp(selected->package->name, package) == 0 &&
		    strcmp(selected->build->kernel, kernel) == 0)
			return true;
	}
	return false;
}

int mf_selection_note_missing(struct mf_drvset *set, const struct mf_selection *selection,
			      const struct mf_selected_list *list)
{
	struct mf_search search = {.set = set, .selection = selection};
	int r = 0;

	for (size_t i = 0; i < set->n_packages * selection->kernels.n && !r; i++) {
		const struct mf_package *package = &set->packages[i / selection->kernels.n];
		const char *kernel = selection->kernels.v[i % selection->kernels.n];
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

		if (!package->name || !is_admitted(&search, package) ||
		    has_driver(list, package->name, kernel))
			continue;
		mf_buf_printf(&text,
			      "no build for kernel %s, it is left out; build it with: ", kernel);
		mf_advise_build(&text, package->name, package->version, kernel);
		if (failed_note(package, kernel))
			mf_buf_printf(&text, "; %s", failed_note(package, kernel));
		r = mf_buf_status(&text);
		if (!r)
			r = mf_drvset_note(set, package->name, mf_buf_str(&text));
	}
	return r;
}
