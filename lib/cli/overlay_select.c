// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry overlay`: which drivers, for which kernels.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli/output.h"
#include "lib/cli/overlay.h"
#include "lib/core/archname.h"

/* One loader, so one machine. */
static int check_machines(const struct mf_overlay_run *run)
{
	for (size_t i = 1; i < run->selected.n; i++) {
		const char *first = run->selected.v[0].build->arch;
		const char *other = run->selected.v[i].build->arch;

		if (strcmp(first, other) != 0)
			return mf_fail(
				run->err, -EINVAL,
				"there are drivers for %s and %s, an overlay carries the loader of one machine; choose with --arch",
				first, other);
	}
	return 0;
}

/* The kernels that the initrd has modules of: those there are builds for, one at least. */
static int choose_kernels(struct mf_overlay_run *run)
{
	struct mf_strings *kernels = &run->selection.kernels;
	struct mf_kernel *has = run->facts.probe.kernels;
	struct mf_err first = {0};

	free(kernels->v);
	*kernels = (struct mf_strings){calloc(run->facts.probe.n_kernels, sizeof(*kernels->v)), 0};
	if (!kernels->v)
		return -ENOMEM;
	for (size_t i = 0; i < run->facts.probe.n_kernels; i++) {
		struct mf_selection one = run->selection;
		struct mf_selected_list ignored;
		struct mf_err err = {0};
		int r;

		one.kernels = (struct mf_strings){&has[i].release, 1};
		r = mf_select(&run->set, &one, &ignored, &err);
		if (r != -ENOENT) /* what else is wrong shows in the real selection */
			kernels->v[kernels->n++] = has[i].release;
		else if (!first.text[0])
			first = err;
	}
	if (kernels->n && first.text[0])
		mf_warn("overlay", "%s", first.text);
	return kernels->n ? 0 : mf_fail(run->err, -ENOENT, "%s", first.text);
}

/* A kernel that the initrd has no modules of is most likely not the one that will run. */
static void warn_kernels(const struct mf_overlay_run *run)
{
	const struct mf_kernel *has = run->facts.probe.kernels;

	for (size_t i = 0; run->facts.probe.n_kernels && i < run->selection.kernels.n; i++) {
		bool found = false;

		for (size_t k = 0; k < run->facts.probe.n_kernels && !found; k++)
			found = strcmp(has[k].release, run->selection.kernels.v[i]) == 0;
		if (!found)
			mf_warn("overlay",
				"%s: has modules of kernel %s, not of %s, so the drivers for it are not checked; is it the right initrd?",
				run->facts.object, has[0].release, run->selection.kernels.v[i]);
	}
}

int mf_overlay_select(struct mf_overlay_run *run)
{
	const char *arch = mf_given_value(run->arguments, "arch");
	int r = 0;

	run->selection.kernels = mf_given_values(run->arguments, "kernel");
	run->selection.only = mf_given_values(run->arguments, "only");
	run->selection.arch = arch ? mf_arch_normalise(arch) : NULL;
	if (!run->selection.kernels.n && run->facts.probe.n_kernels)
		r = choose_kernels(run);
	if (!r)
		r = mf_select(&run->set, &run->selection, &run->selected, run->err);
	if (!r)
		r = mf_selection_note_missing(&run->set, &run->selection, &run->selected);
	if (!r)
		warn_kernels(run);
	return r ? r : check_machines(run);
}
