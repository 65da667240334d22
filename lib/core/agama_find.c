// SPDX-License-Identifier: GPL-2.0-or-later
// Which folders of a disk Agama takes: apply_dud_update() of agama-dud-apply.sh.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/agama_parts.h"
#include "lib/core/disk_path.h"
#include "lib/core/suse_disk.h"

static int take_folder(struct mf_agama_run *run, const char *top, bool *ret_taken)
{
	const char *path = mf_arena_printf(&run->out->arena, "%s%slinux/suse/%s", top,
					   *top ? "/" : "", run->agama->folder);
	const struct mf_disk_file *folder = path ? mf_disk_resolve(run->disk, path) : NULL;

	*ret_taken = false;
	if (!path)
		return -ENOMEM;
	if (!folder || folder->kind != 'd')
		return 0;
	if (run->n_folders == MF_AGAMA_MAX_FOLDERS)
		return mf_agama_note(run, "has more driver updates than are judged here");
	if (mf_arena_grow(&run->out->arena, &run->folders, run->n_folders, sizeof(folder)))
		return -ENOMEM;
	run->folders[run->n_folders++] = folder;
	*ret_taken = true;
	return 0;
}

/* Number in front of a name, as people read it. */
static uint64_t number_of(const char *name)
{
	uint64_t number = 0;

	if (mf_parse_u64(name, strspn(name, "0123456789"), 10, &number))
		return UINT64_MAX;
	return number;
}

/* [0-9]* of bash: by text, which is how the disk's files are sorted, too. */
static int take_numbered(struct mf_agama_run *run)
{
	const char *before = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < run->disk->n_files; i++) {
		const char *path = run->disk->files[i].path;
		bool taken;

		if (strchr(path, '/') || *path < '0' || *path > '9')
			continue;
		r = take_folder(run, path, &taken);
		if (r || !taken)
			continue;
		if (before && number_of(before) > number_of(path))
			r = mf_agama_note(
				run,
				mf_arena_printf(
					&run->out->arena,
					"Agama sorts numbered folders as text: %s comes before %s, and what comes later wins",
					before, path));
		before = path;
	}
	return r;
}

int mf_agama_find(struct mf_agama_run *run)
{
	bool taken;
	int r = take_folder(run, "", &taken);

	return r ? r : take_numbered(run);
}

static bool is_taken(const struct mf_agama_run *run, const struct mf_disk_file *folder)
{
	for (size_t i = 0; i < run->n_folders; i++) {
		if (run->folders[i] == folder)
			return true;
	}
	return false;
}

int mf_agama_add_others(struct mf_agama_run *run)
{
	int r = 0;

	for (size_t i = 0; !r && i < run->disk->n_files; i++) {
		const struct mf_disk_file *file = &run->disk->files[i];
		const char *why;

		if (file->kind != 'd' || !mf_suse_disk_name(file->path) || is_taken(run, file))
			continue;
		why = mf_suse_disk_why_other(file->path, run->agama->folder, &run->out->arena);
		r = why ? mf_agama_add_skipped(run, file, why) : -ENOMEM;
	}
	return r;
}
