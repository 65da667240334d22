// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: which drivers.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/dud.h"
#include "lib/cli/output.h"
#include "lib/core/advice.h"
#include "lib/core/archname.h"

static bool contains(const struct mf_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->v[i], text) == 0)
			return true;
	}
	return false;
}

/* Calls for each kernel release that an admitted build is for, until it returns nonzero. */
static int each_kernel(struct mf_dud_run *run, const struct mf_target *target,
		       int (*fn)(struct mf_dud_run *run, const char *release, void *data),
		       void *data)
{
	const struct mf_drvset *set = &run->make.set;
	struct mf_selection selection = run->make.selection;
	int r = 0;

	selection.kernels = (struct mf_strings){0};
	for (size_t i = 0; i < set->n_packages; i++) {
		const struct mf_package *package = &set->packages[i];

		for (size_t k = 0; !r && k < package->n_builds; k++) {
			struct mf_build *build = &package->builds[k];
			struct mf_selected one = {package, build, build->drivers};

			if (build->n_drivers && build->kernel &&
			    (!target || mf_target_admits_kernel(target, build->kernel)) &&
			    mf_selection_admits(&selection, &one))
				r = fn(run, build->kernel, data);
		}
	}
	return r;
}

/* Adds it to the strings at data, once. */
static int add_kernel(struct mf_dud_run *run, const char *release, void *data)
{
	struct mf_strings *kernels = data;

	if (contains(kernels, release))
		return 0;
	if (mf_arena_grow(&run->make.set.arena, &kernels->v, kernels->n, sizeof(*kernels->v)))
		return -ENOMEM;
	kernels->v[kernels->n++] = release;
	return 0;
}

/* "5.14.0-427.el9.x86_64, …" of all builds there are. */
static int add_all_kernels(struct mf_dud_run *run, struct mf_buf *out)
{
	struct mf_strings kernels = {0};

	if (each_kernel(run, NULL, add_kernel, &kernels))
		return -ENOMEM;
	for (size_t i = 0; i < kernels.n; i++)
		mf_buf_printf(out, "%s%s", i ? ", " : "", kernels.v[i]);
	return mf_buf_status(out);
}

static int fail_target(struct mf_dud_run *run, const struct mf_target *target)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf has = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf advice = {0};

	if (add_all_kernels(run, &has))
		return -ENOMEM;
	mf_advise_build(&advice, NULL, NULL, "RELEASE");
	return mf_fail(
		run->make.err, -ENOENT,
		"no driver is built for a kernel of %s (one with %s in its release); there are builds for: %s; build it for the kernel of the install medium with: %s, or name another with --kernel",
		target->name, target->kernels ? target->kernels : "any name",
		has.len ? mf_buf_str(&has) : "none", mf_buf_str(&advice));
}

/*
 * The kernels of all targets: each must have one. None where --only or --arch leave no build at
 * all, which mf_select() tells.
 */
static int target_kernels(struct mf_dud_run *run, struct mf_strings *out)
{
	struct mf_strings built = {0};

	if (each_kernel(run, NULL, add_kernel, &built))
		return -ENOMEM;
	if (!built.n)
		return 0;
	for (size_t i = 0; i < run->n_targets; i++) {
		struct mf_strings its = {0};

		if (each_kernel(run, run->targets[i], add_kernel, &its))
			return -ENOMEM;
		if (!its.n)
			return fail_target(run, run->targets[i]);
		for (size_t k = 0; k < its.n; k++) {
			if (add_kernel(run, its.v[k], out))
				return -ENOMEM;
		}
	}
	return 0;
}

/* Whether some target's kernels look like that one. */
static bool is_admitted(const struct mf_dud_run *run, const char *release)
{
	for (size_t i = 0; i < run->n_targets; i++) {
		if (mf_target_admits_kernel(run->targets[i], release))
			return true;
	}
	return false;
}

/* An asked kernel that looks like none of the targets' is most likely a slip. */
static void warn_kernels(const struct mf_dud_run *run)
{
	const struct mf_strings *kernels = &run->make.selection.kernels;

	for (size_t i = 0; i < kernels->n; i++) {
		if (!is_admitted(run, kernels->v[i]))
			mf_warn("dud", "kernel %s does not look like one of %s", kernels->v[i],
				run->targets[0]->name);
	}
}

/* --kernel as given. */
static int given_kernels(struct mf_dud_run *run, struct mf_strings *out)
{
	struct mf_strings given = mf_given_values(run->make.arguments, "kernel");
	int r = 0;

	for (size_t i = 0; !r && i < given.n; i++)
		r = add_kernel(run, given.v[i], out);
	free(given.v);
	return r;
}

/* Those of the initrd, medium or root that there are builds for; none: one to complain of. */
static int probed_kernels(struct mf_dud_run *run, struct mf_strings *out)
{
	const struct mf_probe *probe = &run->make.facts.probe;
	struct mf_strings built = {0};
	int r = each_kernel(run, NULL, add_kernel, &built);

	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		if (contains(&built, probe->kernels[i].release))
			r = add_kernel(run, probe->kernels[i].release, out);
	}
	return r || out->n ? r : add_kernel(run, probe->kernels[0].release, out);
}

/* A kernel that looks like no target's was asked for by name: for all of them. */
int mf_dud_select_for(const struct mf_dud_run *run, const struct mf_target *const *targets,
		      size_t n_targets, struct mf_selected_list *out)
{
	const struct mf_selected_list *all = &run->make.selected;

	out->n = 0;
	out->v = calloc(all->n + 1, sizeof(*out->v));
	if (!out->v)
		return -ENOMEM;
	for (size_t i = 0; i < all->n; i++) {
		const char *kernel = all->v[i].build->kernel;
		bool is_wanted = !is_admitted(run, kernel);

		for (size_t k = 0; k < n_targets; k++)
			is_wanted |= mf_target_admits_kernel(targets[k], kernel);
		if (is_wanted)
			out->v[out->n++] = all->v[i];
	}
	return 0;
}

/* A disk without a driver says to its installer's user that all is well: there is none. */
static int check_targets(struct mf_dud_run *run)
{
	for (size_t i = 0; i < run->n_targets; i++) {
		const struct mf_target *target = run->targets[i];
		struct mf_selected_list selected;
		int r = mf_dud_select_for(run, &target, 1, &selected);

		free(selected.v);
		if (r)
			return r;
		if (!selected.n)
			return mf_fail(
				run->make.err, -ENOENT,
				"none of the drivers is for a kernel of %s (one with %s in its release); name one of its kernels with --kernel, too, or leave out --for %s",
				target->name, target->kernels ? target->kernels : "any name",
				target->name);
	}
	return 0;
}

int mf_dud_select(struct mf_dud_run *run)
{
	struct mf_make *make = &run->make;
	const char *arch = mf_given_value(make->arguments, "arch");
	struct mf_strings *kernels = &make->selection.kernels;
	int r;

	make->selection.only = mf_given_values(make->arguments, "only");
	make->selection.arch = arch ? mf_arch_normalise(arch) : NULL;
	r = given_kernels(run, kernels);
	if (!r && kernels->n)
		warn_kernels(run);
	else if (!r)
		r = make->facts.probe.n_kernels ? probed_kernels(run, kernels)
						: target_kernels(run, kernels);
	if (!r)
		r = mf_select(&make->set, &make->selection, &make->selected, make->err);
	if (!r)
		r = check_targets(run);
	return r ? r : mf_selection_note_missing(&make->set, &make->selection, &make->selected);
}
