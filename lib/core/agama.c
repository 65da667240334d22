// SPDX-License-Identifier: GPL-2.0-or-later
// Agama's way with a driver update, from the file given by inst.dud= to the live system.
#include "lib/core/agama.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/agama_parts.h"
#include "lib/core/disk_path.h"
#include "lib/core/linuxrc.h"
#include "lib/core/suse_disk.h"

int mf_agama_note(struct mf_agama_run *run, const char *text)
{
	struct mf_strings *notes = &run->out->notes;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < notes->n; i++) {
		if (strcmp(notes->v[i], text) == 0)
			return 0;
	}
	if (mf_arena_grow(&run->out->arena, &notes->v, notes->n, sizeof(*notes->v)))
		return -ENOMEM;
	notes->v[notes->n++] = text;
	return 0;
}

/* Keys of dud.config that linuxrc would act on, told by name. */
static int note_keys(struct mf_agama_run *run, const struct mf_disk_file *config)
{
	static const char *const keys[] = {"Exec", "Options", "BrokenModules"};
	struct mf_arena *arena = &run->out->arena;
	struct mf_linuxrc_line *lines;
	size_t n;
	int r = mf_linuxrc_read(config->text, arena, &lines, &n);

	for (size_t i = 0; !r && i < n; i++) {
		for (size_t k = 0; !r && k < sizeof(keys) / sizeof(keys[0]); k++) {
			if (mf_linuxrc_is_key(&lines[i], keys[k]))
				r = mf_agama_note(
					run,
					mf_arena_printf(
						arena,
						"%s: Agama does not read it, and its %s is without effect",
						config->path, keys[k]));
		}
	}
	return r;
}

static int add_ignored(struct mf_agama_run *run, const struct mf_disk_file *folder)
{
	static const char *const names[] = {
		"dud.config",	      "install/update.post",   "install/update.post2",
		"install/update.pre", "install/update.tar.gz", "install/update.tgz",
		"modules/hd.ids",     "modules/module.config",
	};
	struct mf_agama_result *out = run->out;
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = mf_arena_printf(&out->arena, "%s/%s", folder->path, names[i]);
		const struct mf_disk_file *file = path ? mf_disk_resolve(run->disk, path) : NULL;

		if (!path)
			return -ENOMEM;
		if (!file || file->kind != 'f')
			continue;
		if (mf_arena_grow(&out->arena, &out->ignored, out->n_ignored,
				  sizeof(*out->ignored)))
			return -ENOMEM;
		out->ignored[out->n_ignored++] = file;
		if (!i)
			r = note_keys(run, file);
	}
	return r;
}

static int apply(struct mf_agama_run *run, const struct mf_disk_file *folder)
{
	int r = mf_suse_disk_packages(run->disk, folder->path, &run->out->arena,
				      &run->out->packages, &run->out->n_packages);

	if (!r)
		r = mf_agama_add_modules(run, folder);
	return r ? r : add_ignored(run, folder);
}

/* What unpack_img() of dracut's img-lib.sh takes: cpio and tar, plain or packed; of anything else
 * the kernel has to mount a file system. */
static int note_container(struct mf_agama_run *run)
{
	static const char *const sure[] = {"cpio", "cpio.gz", "cpio.xz", "tar", "tar.gz", "tar.xz"};
	const char *container = run->disk->container;

	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++) {
		if (strcmp(container, sure[i]) == 0)
			return 0;
	}
	if (strcmp(container, "folder") == 0)
		return mf_agama_note(
			run,
			"is a folder, and inst.dud= takes a file: make a cpio or tar archive of it");
	if (mf_has_prefix(container, "cpio") || mf_has_prefix(container, "tar"))
		return mf_agama_note(
			run,
			mf_arena_printf(
				&run->out->arena,
				"is a %s archive, which was not seen to be unpacked by Agama's initrd; plain, gzip or xz is safe",
				container));
	return mf_agama_note(
		run,
		mf_arena_printf(
			&run->out->arena,
			"is %s, which Agama's initrd has to mount by a loop device: that was not seen to work, and a cpio or tar archive is safe",
			container));
}

static int note_disk(struct mf_agama_run *run)
{
	struct mf_agama_result *out = run->out;
	int r;

	if (!out->is_update)
		return mf_agama_note(
			run,
			mf_arena_printf(
				&out->arena,
				"is no driver update for this installer: no folder linux/suse/%s, at the top or below a number",
				run->agama->folder));
	r = note_container(run);
	if (!r && run->disk->label)
		r = mf_agama_note(run,
				  "Agama looks for no label: it takes what inst.dud= names, alone");
	if (!r && out->n_modules)
		r = mf_agama_note(
			run,
			"Agama applies it when the live system is mounted already: a driver that this needs comes too late by it, and an overlay brings it in time");
	else if (!r)
		r = mf_agama_note(run, "brings no module");
	return r;
}

/* "file" calls it an RPM: its files go over the live system, wherever they lie. */
static int note_package(struct mf_agama_run *run)
{
	if (strcmp(run->disk->container, "rpm") == 0)
		return mf_agama_note(
			run,
			"is an RPM: Agama unpacks it over the live system, and looks for no driver update in it");
	return mf_agama_note(run, "is a Debian package, which Agama cannot open");
}

int mf_agama_run(const struct mf_disk *disk, const struct mf_agama *agama,
		 struct mf_agama_result *out)
{
	struct mf_agama_run run = {.disk = disk, .agama = agama, .out = out};
	int r;

	*out = (struct mf_agama_result){0};
	if (strcmp(disk->container, "rpm") == 0 || strcmp(disk->container, "deb") == 0)
		return note_package(&run);
	r = mf_agama_find(&run);
	out->is_update = run.n_folders > 0;
	for (size_t i = 0; !r && i < run.n_folders; i++)
		r = apply(&run, run.folders[i]);
	if (!r)
		r = mf_agama_replace(&run);
	if (!r)
		r = note_disk(&run);
	return r ? r : mf_agama_add_others(&run);
}

const char *mf_agama_fate_name(enum mf_agama_fate fate)
{
	switch (fate) {
	case MF_AGAMA_LOADED: return "loaded";
	case MF_AGAMA_UNLISTED: return "unlisted";
	case MF_AGAMA_SHADOWS: return "shadows";
	case MF_AGAMA_USELESS: return "useless";
	case MF_AGAMA_SKIPPED: return "skipped";
	case MF_AGAMA_REPLACED: return "replaced";
	}
	return "?";
}

void mf_agama_result_free(struct mf_agama_result *result)
{
	mf_arena_free(&result->arena);
	*result = (struct mf_agama_result){0};
}
