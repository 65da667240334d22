// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: for whom, and which drivers.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/dud.h"
#include "lib/cli/output.h"
#include "lib/core/advice.h"
#include "lib/core/archname.h"

/* "repo" takes the sink of its packages: see find_format. */
static const struct mf_dud_format formats[] = {
	{"iso", NULL, "iso"},	      {"fat", NULL, "fat"},	      {"dir", NULL, "dir"},
	{"tar", NULL, "tar"},	      {"cpio", NULL, "cpio"},	      {"cpio.gz", NULL, "cpio.gz"},
	{"cpio.xz", NULL, "cpio.xz"}, {"cpio.zst", NULL, "cpio.zst"}, {"list", NULL, "list"},
	{"rpm", "kmod-rpm", "file"},  {"deb", "kmod-deb", "file"},    {"repo", "kmod-rpm", "repo"},
};
static const struct mf_dud_format apt_format = {"repo", "kmod-deb", "apt"};

static int usage(struct mf_dud_run *run, const char *text, const char *value)
{
	mf_fail(run->make.err, -EINVAL, text, value);
	return MF_EXIT_USAGE;
}

static bool is_debian(const struct mf_target *target)
{
	return target->family == MF_FAMILY_DEBIAN || target->family == MF_FAMILY_UBUNTU;
}

/* A format makes packages of one kind, so all targets must take that kind. */
static int check_family(struct mf_dud_run *run, const struct mf_target *target)
{
	bool wants_debs = run->format->recipe && !strcmp(run->format->recipe, "kmod-deb");

	if (target->family == MF_FAMILY_GENERIC || target->family == MF_FAMILY_SUSE)
		return usage(
			run,
			"--for %s: has no driver update disks or packages of modferry's; make it an overlay with `modferry overlay`",
			target->name);
	if (!run->format->recipe && is_debian(target))
		return usage(
			run,
			"--for %s: has no driver update disks of modferry's; make packages with --format deb or --format repo, or an overlay with `modferry overlay`",
			target->name);
	if (wants_debs != is_debian(target) && run->format->recipe)
		return usage(
			run,
			wants_debs
				? "--for %s: takes RPMs, not .debs; use --format rpm, or make the .debs in a run of their own"
				: "--for %s: takes .debs, not RPMs; use --format deb, or make the RPMs in a run of their own",
			target->name);
	return MF_EXIT_OK;
}

static int find_format(struct mf_dud_run *run)
{
	const char *name = mf_given_value(run->make.arguments, "format");

	name = name ? name : "iso";
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0)
			run->format = &formats[i];
	}
	if (!strcmp(name, "repo") && is_debian(run->targets[0]))
		run->format = &apt_format;
	return MF_EXIT_OK;
}

static int refuse_target(struct mf_dud_run *run, const char *name)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};

	mf_target_suggest(name, &names);
	mf_fail(run->make.err, -EINVAL,
		"--for %s: unknown target%s%s; see `modferry list --targets`", name,
		names.len ? ", expected one of: " : "", mf_buf_str(&names));
	return MF_EXIT_USAGE;
}

static int add_target(struct mf_dud_run *run, const char *name)
{
	const struct mf_target *target = mf_target_find(name);

	if (!target)
		return refuse_target(run, name);
	for (size_t i = 0; i < run->n_targets; i++) {
		if (run->targets[i] == target) /* a name and an alias of it */
			return MF_EXIT_OK;
	}
	run->targets[run->n_targets++] = target;
	return MF_EXIT_OK;
}

static int find_targets(struct mf_dud_run *run)
{
	struct mf_strings names = mf_given_values(run->make.arguments, "for");
	int code = MF_EXIT_OK;

	run->targets = calloc(names.n + 1, sizeof(const struct mf_target *));
	if (!run->targets) {
		mf_fail(run->make.err, -ENOMEM, "out of memory");
		code = MF_EXIT_FAILED;
	}
	for (size_t i = 0; !code && i < names.n; i++)
		code = add_target(run, names.v[i]);
	free(names.v);
	if (!code && !run->n_targets && run->make.facts.probe.target)
		run->targets[run->n_targets++] = run->make.facts.probe.target;
	if (!code && !run->n_targets)
		return usage(run,
			     "no target; name it with --for NAME (see `modferry list --targets`)%s",
			     "");
	return code;
}

int mf_dud_targets(struct mf_dud_run *run)
{
	int code = find_targets(run);

	if (!code)
		code = find_format(run);
	for (size_t i = 0; !code && i < run->n_targets; i++)
		code = check_family(run, run->targets[i]);
	if (!code)
		run->make.target = run->targets[0];
	return code;
}

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

/* An asked kernel that looks like none of the targets' is most likely a slip. */
static void warn_kernels(const struct mf_dud_run *run)
{
	const struct mf_strings *kernels = &run->make.selection.kernels;

	for (size_t i = 0; i < kernels->n; i++) {
		bool is_admitted = false;

		for (size_t k = 0; k < run->n_targets; k++)
			is_admitted |= mf_target_admits_kernel(run->targets[k], kernels->v[i]);
		if (!is_admitted)
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

int mf_dud_select(struct mf_dud_run *run)
{
	struct mf_overlay_run *make = &run->make;
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
	return r ? r : mf_selection_note_missing(&make->set, &make->selection, &make->selected);
}
