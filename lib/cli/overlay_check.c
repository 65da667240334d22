// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry overlay`: no driver is packed that is known not to load.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check.h"
#include "lib/cli/output.h"
#include "lib/cli/overlay.h"

/* The selected drivers for one kernel, borrowed from the list that is sorted by it. */
static struct mf_selected_list for_kernel(const struct mf_selected_list *all, const char *release)
{
	struct mf_selected_list list = {0};

	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->v[i].build->kernel, release) != 0)
			continue;
		if (!list.n)
			list.v = &all->v[i];
		list.n++;
	}
	return list;
}

/* The first reason of that weight. */
static const struct mf_reason *find_reason(const struct mf_driver_check *check,
					   enum mf_verdict weight)
{
	for (size_t i = 0; i < check->reasons.n; i++) {
		if (check->reasons.v[i].weight == weight)
			return &check->reasons.v[i];
	}
	return NULL;
}

/* "NAME: CODE: TEXT; ADVICE" of the gravest reason. */
static int tell(const struct mf_driver_check *check, struct mf_buf *out)
{
	mf_check_add_reason(out, check->selected->driver->module.name,
			    find_reason(check, check->verdict));
	return mf_buf_status(out);
}

static int refuse(struct mf_overlay_run *run, const struct mf_driver_check *first, size_t n)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf why = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf more = {0};

	mf_check_add_reason(&why, NULL, find_reason(first, first->verdict));
	if (n > 1)
		mf_buf_printf(&more, " (and %zu more)", n - 1);
	if (mf_buf_status(&why) || mf_buf_status(&more))
		return -ENOMEM;
	return mf_fail(
		run->err, -EPERM,
		"%s%s would not load on kernel %s of %s: %s; or leave it out with --only, or write it all the same with --force",
		first->selected->driver->module.name, mf_buf_str(&more),
		first->selected->build->kernel, run->facts.object, mf_buf_str(&why));
}

static int judge(struct mf_overlay_run *run, const struct mf_checked *checked)
{
	const struct mf_driver_check *first = NULL;
	bool is_forced = mf_given(run->arguments, "force");
	size_t n = 0;

	for (size_t i = 0; i < checked->n; i++) {
		const struct mf_driver_check *check = &checked->v[i];
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

		if (check->verdict == MF_VERDICT_FAILS && !is_forced) {
			first = first ? first : check;
			n++;
		} else if (check->verdict != MF_VERDICT_LOADS) {
			if (tell(check, &text))
				return -ENOMEM;
			mf_warn(run->command, "%s", mf_buf_str(&text));
		}
	}
	return first ? refuse(run, first, n) : 0;
}

void mf_overlay_start(const struct mf_overlay_run *run, struct mf_delivery *out)
{
	unsigned int hooks = run->hook == MF_HOOK_RDINIT ? 0 : 1U << run->hook;

	out->has_loader = run->hook != MF_HOOK_NONE;
	mf_facts_judge_start(&run->facts, hooks, out);
}

int mf_overlay_check(struct mf_overlay_run *run)
{
	MF_CLEANUP(mf_checked_free) struct mf_checked checked = {0};
	const struct mf_probe *probe = &run->facts.probe;
	int r = 0;

	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		struct mf_selected_list selected = for_kernel(&run->selected,
							      probe->kernels[i].release);
		struct mf_check check = mf_facts_check(&run->facts, &probe->kernels[i], &selected);

		/* the indexes to be made put each driver first, as the loader does */
		mf_overlay_start(run, &check.delivery);
		check.delivery.is_loose = !strcmp(run->command, "dud"); /* by the installer */
		check.delivery.is_first = mf_given(run->arguments, "indexes");
		if (selected.n)
			r = mf_check_drivers(&check, &checked);
	}
	return r ? r : judge(run, &checked);
}
