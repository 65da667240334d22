// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers for what is made: their final bytes, and none that is known not to load.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check.h"
#include "lib/cli/make.h"
#include "lib/cli/output.h"
#include "lib/io/prepare.h"

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

static int refuse(struct mf_make *make, const struct mf_driver_check *first, size_t n)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf why = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf more = {0};

	mf_check_add_reason(&why, NULL, find_reason(first, first->verdict));
	if (n > 1)
		mf_buf_printf(&more, " (and %zu more)", n - 1);
	if (mf_buf_status(&why) || mf_buf_status(&more))
		return -ENOMEM;
	return mf_fail(
		make->err, -EPERM,
		"%s%s would not load on kernel %s of %s: %s; or leave it out with --only, or write it all the same with --force",
		first->selected->driver->module.name, mf_buf_str(&more),
		first->selected->build->kernel, make->facts.object, mf_buf_str(&why));
}

static int judge(struct mf_make *make, const struct mf_checked *checked)
{
	const struct mf_driver_check *first = NULL;
	bool is_forced = mf_given(make->arguments, "force");
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
			mf_warn(make->command, "%s", mf_buf_str(&text));
		}
	}
	return first ? refuse(make, first, n) : 0;
}

int mf_make_check(struct mf_make *make, const struct mf_delivery *delivery)
{
	MF_CLEANUP(mf_checked_free) struct mf_checked checked = {0};
	const struct mf_probe *probe = &make->facts.probe;
	int r = 0;

	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		struct mf_selected_list selected = for_kernel(&make->selected,
							      probe->kernels[i].release);
		struct mf_check check = mf_facts_check(&make->facts, &probe->kernels[i], &selected);

		check.delivery = *delivery;
		if (selected.n)
			r = mf_check_drivers(&check, &checked);
	}
	return r ? r : judge(make, &checked);
}

int mf_make_prepare(struct mf_make *make)
{
	static const char *const places[] = {"/lib/firmware/updates", "/lib/firmware"};
	struct mf_prepare_options prepare = {.key = make->key, .spool = make->spool};
	size_t n = 0;

	make->firmware_dirs = mf_given_values(make->arguments, "firmware-dir");
	prepare.firmware_dirs.v = mf_arena_alloc(
		&make->set.arena, (make->firmware_dirs.n + 2) * sizeof(*prepare.firmware_dirs.v));
	if (!prepare.firmware_dirs.v)
		return -ENOMEM;
	for (; n < make->firmware_dirs.n; n++)
		prepare.firmware_dirs.v[n] = make->firmware_dirs.v[n];
	prepare.firmware_dirs.v[n++] = places[0];
	prepare.firmware_dirs.v[n++] = places[1];
	prepare.firmware_dirs.n = n;
	return mf_prepare(&make->set, &make->selected, &prepare, make->err);
}

void mf_make_warn_notes(const struct mf_make *make, size_t from)
{
	for (size_t i = from; i < make->set.n_notes; i++)
		mf_warn(make->command, "%s: %s", make->set.notes[i].object,
			make->set.notes[i].problem);
}

void mf_make_free(struct mf_make *make)
{
	mf_facts_free(&make->facts);
	mf_drvset_free(&make->set);
	mf_signing_key_free(make->key);
	free(make->selection.only.v);
	free(make->firmware_dirs.v);
	*make = (struct mf_make){0};
}
