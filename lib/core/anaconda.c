// SPDX-License-Identifier: GPL-2.0-or-later
// anaconda's way with a driver update disk, from the disk to the installed system.
#include "lib/core/anaconda.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/anaconda_parts.h"

/* udev's by-label link that driver-updates-genrules.sh waits for */
#define AUTOMATIC_LABEL "OEMDRV"

/* First minor release of EL 9 whose dd_extract takes compressed modules. */
#define EL9_COMPRESSED 6

/* "…el9_6.x86_64": 6; a release that does not tell its minor one: -1. */
static int minor_of(const char *release)
{
	const char *at = release ? strstr(release, ".el9_") : NULL;
	uint64_t minor;

	if (!at)
		return -1;
	at += strlen(".el9_");
	if (mf_parse_u64(at, strspn(at, "0123456789"), 10, &minor) || minor > 99)
		return -1;
	return (int)minor;
}

void mf_anaconda_set_release(struct mf_anaconda *anaconda, const struct mf_target *target)
{
	int minor = minor_of(anaconda->kernel);

	anaconda->is_compressed_unsure = false;
	anaconda->reads_compressed_ko = strcmp(target->name, "rhel8") != 0;
	if (strcmp(target->name, "rhel9") != 0)
		return;
	anaconda->reads_compressed_ko = minor >= EL9_COMPRESSED;
	anaconda->is_compressed_unsure = minor < 0;
}

int mf_dd_note(struct mf_dd_run *run, const char *text)
{
	struct mf_strings *notes = &run->out->notes;
	int r = text ? mf_arena_grow(&run->out->arena, &notes->v, notes->n, sizeof(*notes->v))
		     : -ENOMEM;

	if (!r)
		notes->v[notes->n++] = text;
	return r;
}

static bool has_rpm(const struct mf_anaconda_result *out, const struct mf_rpm *rpm)
{
	for (size_t i = 0; i < out->n_rpms; i++) {
		if (out->rpms[i].rpm == rpm)
			return true;
	}
	return false;
}

static int add_rpm(struct mf_dd_run *run, const struct mf_dd_rpm *rpm)
{
	struct mf_anaconda_result *out = run->out;
	int r;

	if (has_rpm(out, rpm->rpm))
		return 0;
	r = mf_arena_grow(&out->arena, &out->rpms, out->n_rpms, sizeof(*rpm));
	if (!r)
		out->rpms[out->n_rpms++] = *rpm;
	return r;
}

/* What dd_list says of a package. One without any Provides passes by an oversight of
 * checkDDRPM(): it is unpacked, and no more. */
static int consider(struct mf_dd_run *run, struct mf_dd_repo *repo, const struct mf_rpm *rpm)
{
	struct mf_dd_rpm entry = {.rpm = rpm, .disk = repo->disk};

	if (!rpm->malformed && rpm->description) {
		entry.flags = mf_dd_flags_of(rpm, run->input->anaconda->kernel);
		entry.is_taken = entry.flags || !rpm->provides.n;
		entry.is_required = entry.flags & (MF_DD_MODULES | MF_DD_FIRMWARES);
	}
	/* extract_drivers(): what such a package lies in goes to the installed system */
	repo->is_saved |= entry.is_required;
	if (!entry.is_taken) {
		entry.why = mf_dd_why_refused(run, rpm);
		if (!entry.why)
			return -ENOMEM;
	}
	return add_rpm(run, &entry);
}

/* glob(): a pattern of its own in the folder's name finds other folders; no hidden files. */
static bool is_globbed(const struct mf_dd_repo *repo, const char *name)
{
	const char *bracket = strchr(repo->pattern, '[');

	return name[0] != '.' && !(bracket && strchr(bracket, ']'));
}

static int consider_repo(struct mf_dd_run *run, struct mf_dd_repo *repo)
{
	size_t n = repo->folder ? strlen(repo->folder) : 0;
	int r = 0;

	if (repo->single)
		return consider(run, repo, repo->single->rpm);
	for (size_t i = 0; !r && i < repo->disk->n_files; i++) {
		const struct mf_disk_file *file = &repo->disk->files[i];
		const struct mf_rpm *rpm;

		if (!mf_dd_repo_has(repo, file) || strchr(file->path + n + 1, '/') ||
		    !is_globbed(repo, file->path + n + 1))
			continue;
		rpm = mf_dd_rpm_at(repo->disk, file);
		if (rpm)
			r = consider(run, repo, rpm);
	}
	return r;
}

static int find_stops(struct mf_dd_run *run, struct mf_dd_repos *repos)
{
	int r = 0;

	for (size_t i = 0; !r && i < repos->n; i++) {
		struct mf_dd_repo *repo = &repos->v[i];
		const struct mf_disk_file *file = repo->is_saved ? mf_dd_uncopied(repo) : NULL;

		if (!file)
			continue;
		repo->is_stopped = true;
		r = mf_dd_note(
			run,
			mf_arena_printf(
				&run->out->arena,
				"anaconda cannot copy %s, %s, and then loads nothing of the disk",
				file->path,
				file->kind == 'l' ? "a symlink that leads nowhere"
						  : "which is no file"));
	}
	return r;
}

/* What is on the disk and not looked at, images on it included. */
static int add_unseen(struct mf_dd_run *run, const struct mf_disk *disk)
{
	int r = 0;

	for (size_t i = 0; !r && i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];
		struct mf_dd_rpm entry = {.rpm = file->rpm, .disk = disk};

		if (file->nested)
			r = add_unseen(run, file->nested);
		if (r || !file->rpm || has_rpm(run->out, file->rpm))
			continue;
		entry.why = mf_dd_why_unseen(run, disk, file);
		r = entry.why ? add_rpm(run, &entry) : -ENOMEM;
	}
	return r;
}

static int compare_rpms(const void *a, const void *b)
{
	const struct mf_dd_rpm *left = a;
	const struct mf_dd_rpm *right = b;

	return strcmp(left->rpm->source, right->rpm->source);
}

static int note_disk(struct mf_dd_run *run)
{
	const struct mf_disk *disk = run->input->disk;
	struct mf_arena *arena = &run->out->arena;
	int r = 0;

	run->out->is_automatic = disk->label && strcmp(disk->label, AUTOMATIC_LABEL) == 0;
	if (strcmp(disk->container, "rpm") != 0 && !mf_dd_is_mountable(disk))
		return mf_dd_note(
			run, mf_arena_printf(arena, "is a %s archive, which anaconda cannot mount",
					     disk->container));
	if (disk->label && !run->out->is_automatic)
		r = mf_dd_note(
			run,
			mf_arena_printf(
				arena,
				"its label is \"%s\", not OEMDRV: anaconda takes it only when told by inst.dd=",
				disk->label));
	if (!r && strcmp(disk->container, "iso9660") == 0 && !disk->has_long_names)
		r = mf_dd_note(
			run,
			"has neither Rock Ridge nor Joliet: the names of its packages are cut there");
	if (!r && !run->out->is_disk)
		r = mf_dd_note(
			run,
			mf_arena_printf(
				arena,
				"is no driver update disk: no file rhdd3 with a folder rpms/%s beside it",
				run->input->anaconda->arch));
	return r;
}

int mf_anaconda_run(const struct mf_anaconda_input *input, struct mf_anaconda_result *out)
{
	struct mf_dd_run run = {.input = input, .out = out};
	struct mf_dd_repos repos = {0};
	int r;

	*out = (struct mf_anaconda_result){0};
	r = mf_dd_find(&run, &repos);
	out->is_disk = repos.n > 0;
	for (size_t i = 0; !r && i < repos.n; i++)
		r = consider_repo(&run, &repos.v[i]);
	if (!r)
		r = find_stops(&run, &repos);
	if (!r)
		r = add_unseen(&run, input->disk);
	if (!r && out->n_rpms)
		qsort(out->rpms, out->n_rpms, sizeof(*out->rpms), compare_rpms);
	if (!r)
		r = mf_dd_unpack(&run);
	if (!r)
		r = mf_dd_load(&run, &repos);
	if (!r)
		r = mf_dd_solve(&run, &repos);
	if (!r)
		r = note_disk(&run);
	return r;
}

void mf_anaconda_result_free(struct mf_anaconda_result *result)
{
	mf_arena_free(&result->arena);
	*result = (struct mf_anaconda_result){0};
}
