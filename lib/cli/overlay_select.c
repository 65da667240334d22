// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry overlay`: which drivers, for which kernels.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli/output.h"
#include "lib/cli/overlay.h"
#include "lib/core/archname.h"
#include "lib/core/basetree.h"

/* One loader, so one machine. */
static int check_machines(const struct mf_overlay_run *run)
{
	for (size_t i = 1; i < run->make.selected.n; i++) {
		const char *first = run->make.selected.v[0].build->arch;
		const char *other = run->make.selected.v[i].build->arch;

		if (strcmp(first, other) != 0)
			return mf_fail(
				run->make.err, -EINVAL,
				"there are drivers for %s and %s, an overlay carries the loader of one machine; choose with --arch",
				first, other);
	}
	return 0;
}

/* The kernels that the initrd has modules of: those there are builds for, one at least. */
static int choose_kernels(struct mf_overlay_run *run)
{
	struct mf_strings *kernels = &run->make.selection.kernels;
	struct mf_kernel *has = run->make.facts.probe.kernels;
	struct mf_err first = {0};

	free(kernels->v);
	*kernels = (struct mf_strings){calloc(run->make.facts.probe.n_kernels, sizeof(*kernels->v)),
				       0};
	if (!kernels->v)
		return -ENOMEM;
	for (size_t i = 0; i < run->make.facts.probe.n_kernels; i++) {
		struct mf_selection one = run->make.selection;
		struct mf_selected_list ignored;
		struct mf_err err = {0};
		int r;

		one.kernels = (struct mf_strings){&has[i].release, 1};
		r = mf_select(&run->make.set, &one, &ignored, &err);
		if (r != -ENOENT) /* what else is wrong shows in the real selection */
			kernels->v[kernels->n++] = has[i].release;
		else if (!first.text[0])
			first = err;
	}
	if (kernels->n && first.text[0])
		mf_warn("overlay", "%s", first.text);
	return kernels->n ? 0 : mf_fail(run->make.err, -ENOENT, "%s", first.text);
}

/* What a target without modules is, as far as it shows. Of several overlays that are joined for a
 * named target none is one. */
static int warn_empty(const struct mf_overlay_run *run)
{
	bool is_overlay = mf_base_has_dir(&run->make.facts.probe.base, "modferry/d");

	if (mf_given(run->make.arguments, "for") && mf_given(run->make.arguments, "append-to"))
		return 0;
	mf_warn(run->make.command,
		"%s: has no modules of any kernel%s, so the drivers are not checked; is it the right initrd?",
		run->make.facts.object, is_overlay ? " but those of an overlay" : "");
	return 0;
}

/* A kernel that the initrd has no modules of is most likely not the one that will run: of several
 * that is said, of all there are refused. */
static int check_kernels(const struct mf_overlay_run *run)
{
	const struct mf_probe *probe = &run->make.facts.probe;
	const struct mf_strings *asked = &run->make.selection.kernels;
	bool is_forced = mf_given(run->make.arguments, "force");
	size_t n_found = 0;

	if (!run->make.facts.object)
		return 0;
	if (!probe->n_kernels)
		return warn_empty(run);
	for (size_t i = 0; i < asked->n; i++)
		n_found += mf_probe_kernel(probe, asked->v[i]) != NULL;
	if (asked->n && !n_found && !is_forced)
		return mf_fail(
			run->make.err, -EINVAL,
			"%s: has modules of kernel %s, not of %s; give the initrd of that kernel, or write it all the same, unchecked, with --force",
			run->make.facts.object, probe->kernels[0].release, asked->v[0]);
	for (size_t i = 0; i < asked->n; i++) {
		if (!mf_probe_kernel(probe, asked->v[i]))
			mf_warn(run->make.command,
				"%s: has modules of kernel %s, not of %s, so the drivers for it are not checked; is it the right initrd?",
				run->make.facts.object, probe->kernels[0].release, asked->v[i]);
	}
	return 0;
}

int mf_overlay_select(struct mf_overlay_run *run)
{
	const char *arch = mf_given_value(run->make.arguments, "arch");
	int r = 0;

	run->make.selection.kernels = mf_given_values(run->make.arguments, "kernel");
	run->make.selection.only = mf_given_values(run->make.arguments, "only");
	run->make.selection.arch = arch ? mf_arch_normalise(arch) : NULL;
	if (!run->make.selection.kernels.n && run->make.facts.probe.n_kernels)
		r = choose_kernels(run);
	if (!r)
		r = mf_select(&run->make.set, &run->make.selection, &run->make.selected,
			      run->make.err);
	if (!r)
		r = mf_selection_note_missing(&run->make.set, &run->make.selection,
					      &run->make.selected);
	if (!r)
		r = check_kernels(run);
	return r ? r : check_machines(run);
}
