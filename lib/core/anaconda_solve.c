// SPDX-License-Identifier: GPL-2.0-or-later
// What of a disk reaches the installed system: the payload's required packages (/run/install/
// dd_packages) out of its driver repositories (/run/install/DD-N), as dnf solves them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rpm/rpmver.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/anaconda_parts.h"

/* Packages that dnf may take from the disk. */
struct offers {
	const struct mf_rpm **v;
	size_t n;
};

static int compare_evr(const struct mf_rpm *a, const struct mf_rpm *b)
{
	int order;

	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	order = rpmvercmp(a->version, b->version);
	return order ? order : rpmvercmp(a->release, b->release);
}

static bool is_arch_ok(const struct mf_rpm *rpm, const char *arch)
{
	bool is_ix86 = strlen(rpm->arch) == 4 && rpm->arch[0] == 'i' &&
		       strcmp(rpm->arch + 2, "86") == 0;

	return strcmp(rpm->arch, "noarch") == 0 || strcmp(rpm->arch, arch) == 0 ||
	       (is_ix86 && strcmp(arch, "x86_64") == 0);
}

static void free_version(rpmver *version)
{
	*version = rpmverFree(*version);
}

/* rpmdsCompare(): what has no version on one side fits all; then the ranges have to overlap. */
static bool overlaps(const struct mf_rpm_dep *a, const struct mf_rpm_dep *b)
{
	MF_CLEANUP(free_version) rpmver left = NULL;
	MF_CLEANUP(free_version) rpmver right = NULL;

	if (!a->sense || !b->sense)
		return true;
	left = rpmverParse(a->version);
	right = rpmverParse(b->version);
	return left && right &&
	       rpmverOverlap(left, (rpmsenseFlags)a->sense, right, (rpmsenseFlags)b->sense);
}

/* The Provides of that name: one that fulfils, else *offer is one that does not. */
static bool provides(const struct mf_rpm *rpm, const struct mf_rpm_dep *wanted,
		     const struct mf_rpm_dep **offer)
{
	for (size_t i = 0; i < rpm->provides.n; i++) {
		const struct mf_rpm_dep *dep = &rpm->provides.v[i];

		if (strcmp(dep->name, wanted->name) != 0)
			continue;
		if (overlaps(dep, wanted))
			return true;
		*offer = dep;
	}
	return false;
}

bool mf_dd_provides(const struct mf_rpm *rpm, const struct mf_rpm_dep *requires)
{
	const struct mf_rpm_dep *offer = NULL;

	return provides(rpm, requires, &offer);
}

bool mf_dd_is_judged(const char *name)
{
	static const char *const prefixes[] = {"kernel", "ksym(", "kmod-", "kmod("};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (mf_has_prefix(name, prefixes[i]))
			return true;
	}
	return false;
}

static bool is_solved(const struct mf_dd_run *run, const struct offers *offers,
		      const struct mf_rpm_dep *wanted, const struct mf_rpm_dep **offer)
{
	const struct mf_anaconda_input *input = run->input;

	for (size_t i = 0; i < input->n_packages; i++) {
		if (provides(&input->packages[i], wanted, offer))
			return true;
	}
	for (size_t i = 0; i < offers->n; i++) {
		if (provides(offers->v[i], wanted, offer))
			return true;
	}
	return false;
}

static int find_missing(struct mf_dd_run *run, const struct offers *offers, struct mf_dd_rpm *rpm)
{
	const struct mf_rpm_deps *deps = &rpm->installed->requires;

	for (size_t i = 0; i < deps->n; i++) {
		const struct mf_rpm_dep *offer = NULL;

		if (!mf_dd_is_judged(deps->v[i].name) ||
		    is_solved(run, offers, &deps->v[i], &offer))
			continue;
		if (mf_arena_grow(&run->out->arena, &rpm->missing, rpm->n_missing,
				  sizeof(*rpm->missing)))
			return -ENOMEM;
		rpm->missing[rpm->n_missing++] = (struct mf_dd_missing){&deps->v[i], offer};
	}
	return 0;
}

/* The newest package of a name wins, whether the installer took it or not. */
static const struct mf_rpm *newest(const struct mf_dd_run *run, const struct offers *offers,
				   const char *name)
{
	const struct mf_anaconda_input *input = run->input;
	const struct mf_rpm *best = NULL;

	for (size_t i = 0; i < offers->n; i++) {
		if (strcmp(offers->v[i]->name, name) == 0 &&
		    (!best || compare_evr(offers->v[i], best) > 0))
			best = offers->v[i];
	}
	for (size_t i = 0; best && i < input->n_packages; i++) {
		const struct mf_rpm *rpm = &input->packages[i];

		if (!rpm->malformed && strcmp(rpm->name, name) == 0 &&
		    is_arch_ok(rpm, input->anaconda->arch) && compare_evr(rpm, best) > 0)
			best = rpm;
	}
	return best;
}

static int add_offers(struct mf_dd_run *run, const struct mf_dd_repo *repo, struct offers *out)
{
	for (size_t i = 0; i < repo->disk->n_files; i++) {
		const struct mf_disk_file *file = &repo->disk->files[i];
		const struct mf_rpm *rpm = mf_dd_repo_has(repo, file)
						   ? mf_dd_rpm_at(repo->disk, file)
						   : NULL;

		if (!rpm || rpm->malformed || !is_arch_ok(rpm, run->input->anaconda->arch))
			continue;
		if (mf_arena_grow(&run->out->arena, &out->v, out->n, sizeof(*out->v)))
			return -ENOMEM;
		out->v[out->n++] = rpm;
	}
	return 0;
}

int mf_dd_solve(struct mf_dd_run *run, const struct mf_dd_repos *repos)
{
	struct offers offers = {0};
	int r = 0;

	for (size_t i = 0; !r && i < repos->n; i++) {
		if (repos->v[i].is_saved)
			r = add_offers(run, &repos->v[i], &offers);
	}
	for (size_t i = 0; !r && i < run->out->n_rpms; i++) {
		struct mf_dd_rpm *rpm = &run->out->rpms[i];

		if (!rpm->is_required)
			continue;
		rpm->installed = newest(run, &offers, rpm->rpm->name);
		if (rpm->installed && run->input->n_packages)
			r = find_missing(run, &offers, rpm);
	}
	return r;
}
