// SPDX-License-Identifier: GPL-2.0-or-later
// linuxrc's way with a driver update, from the disk to the last insmod.
#include "lib/core/linuxrc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/disk_path.h"
#include "lib/core/linuxrc_parts.h"

/* linuxrc.config of SUSE's media: dud: disk:/?device=*label/OEMDRV (installation-images,
 * data/initrd/theme.file_list). */
#define AUTOMATIC_LABEL "OEMDRV"

int mf_lr_note(struct mf_lr_run *run, const char *text)
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

static int note_update(struct mf_lr_run *run, const struct mf_linuxrc_update *update,
		       const char *text)
{
	return mf_lr_note(run, mf_arena_printf(&run->out->arena, "%s: %s", update->path, text));
}

static size_t count_fate(const struct mf_linuxrc_update *update, enum mf_linuxrc_fate fate)
{
	size_t n = 0;

	for (size_t i = 0; i < update->n_modules; i++)
		n += update->modules[i].fate == fate;
	return n;
}

/* What linuxrc's "Driver Updates added" does not tell. */
static int note_loading(struct mf_lr_run *run, const struct mf_linuxrc_update *update)
{
	size_t loaded = count_fate(update, MF_LINUXRC_LOADED) +
			count_fate(update, MF_LINUXRC_SHADOWED);
	size_t asked = loaded + count_fate(update, MF_LINUXRC_LATE);
	int r = 0;

	if (!update->n_modules)
		return note_update(
			run, update,
			"brings no module: linuxrc tells that it was added, and loads nothing");
	if (!asked)
		return note_update(
			run, update,
			"none of its modules is loaded: linuxrc tells that it was added all the same");
	if (!update->has_order)
		r = note_update(
			run, update,
			"has no module.order: linuxrc loads in the order of the folder, which is chance");
	if (!r && update->has_config)
		r = note_update(
			run, update,
			"has module.config: linuxrc loads its section autoload, and unloads no stock module before");
	if (!r && !update->n_packages && !update->has_archive)
		r = note_update(
			run, update,
			"nothing in install/ brings its drivers to the installed system: it needs a package of them there");
	return r;
}

/* The medium itself, for linuxrc mounts file systems and unpacks archives. */
static int note_disk(struct mf_lr_run *run)
{
	const struct mf_disk *disk = run->disk;
	struct mf_arena *arena = &run->out->arena;
	bool is_medium = strcmp(disk->container, "iso9660") == 0 ||
			 strcmp(disk->container, "vfat") == 0;
	int r = 0;

	run->out->is_automatic = disk->label && strcmp(disk->label, AUTOMATIC_LABEL) == 0;
	if (strcmp(disk->container, "deb") == 0)
		r = mf_lr_note(run, "is a Debian package, which linuxrc cannot open");
	if (!r && !disk->has_long_names)
		r = mf_lr_note(
			run,
			"has neither Rock Ridge nor Joliet: the names of its files are cut there");
	if (!r && !run->out->is_update)
		return mf_lr_note(
			run,
			mf_arena_printf(
				arena,
				"is no driver update for this installer: no folder %s, at the top or below a number",
				run->linuxrc->folder));
	if (!r && is_medium && !run->out->is_automatic)
		r = mf_lr_note(
			run,
			mf_arena_printf(
				arena,
				"its label is \"%s\", not OEMDRV: without dud= linuxrc finds it on USB sticks alone",
				disk->label ? disk->label : ""));
	return r;
}

/* A USB stick with that label is found twice: by *usb*, and by its label. */
static int note_twice(struct mf_lr_run *run, const struct mf_linuxrc_update *update)
{
	if (!run->out->is_automatic || update->id)
		return 0;
	return note_update(
		run, update,
		"has no UpdateID: linuxrc takes it twice from a USB stick labelled OEMDRV, once as a stick and once by the label");
}

static int note_all(struct mf_lr_run *run)
{
	int r = note_disk(run);

	for (size_t i = 0; !r && i < run->out->n_updates; i++) {
		const struct mf_linuxrc_update *update = &run->out->updates[i];

		if (update->why)
			continue;
		r = note_loading(run, update);
		if (!r)
			r = note_twice(run, update);
	}
	if (!r && run->n_modules >= MF_LR_MAX_MODULES)
		r = mf_lr_note(run, "has more modules than are judged here");
	return r;
}

static int open_folders(struct mf_lr_run *run)
{
	size_t n = run->out->n_updates;
	int r = 0;

	run->folders = mf_arena_alloc(&run->out->arena, (n + 1) * sizeof(*run->folders));
	if (!run->folders)
		return -ENOMEM;
	for (size_t i = 0; !r && i < n; i++)
		r = mf_lr_open_folder(run, &run->out->updates[i], &run->folders[i]);
	return r;
}

static int apply(struct mf_lr_folder *folder)
{
	int r = 0;

	/* a condition takes away modules, not what dud.config says beside it */
	if (!folder->update->why)
		r = mf_lr_apply_config(folder->run, folder->update);
	if (!r)
		r = mf_lr_judge_condition(folder);
	return r ? r : mf_lr_load(folder);
}

int mf_linuxrc_run(const struct mf_disk *disk, const struct mf_linuxrc *linuxrc,
		   struct mf_linuxrc_result *out)
{
	struct mf_lr_run run = {.disk = disk, .linuxrc = linuxrc, .out = out};
	int r;

	*out = (struct mf_linuxrc_result){0};
	r = mf_lr_find(&run);
	if (!r)
		r = open_folders(&run);
	for (size_t i = 0; !r && i < out->n_updates; i++)
		r = apply(&run.folders[i]);
	if (!r)
		r = mf_lr_shadow(&run);
	if (!r && out->n_updates)
		qsort(out->updates, out->n_updates, sizeof(*out->updates), mf_lr_compare_updates);
	return r ? r : note_all(&run);
}

const char *mf_linuxrc_fate_name(enum mf_linuxrc_fate fate)
{
	switch (fate) {
	case MF_LINUXRC_LOADED: return "loaded";
	case MF_LINUXRC_UNLISTED: return "unlisted";
	case MF_LINUXRC_NESTED: return "nested";
	case MF_LINUXRC_UNREADABLE: return "unreadable";
	case MF_LINUXRC_SKIPPED: return "skipped";
	case MF_LINUXRC_SHADOWED: return "shadowed";
	case MF_LINUXRC_BROKEN: return "broken";
	case MF_LINUXRC_STOCK: return "stock";
	case MF_LINUXRC_LATE: return "late";
	}
	return "?";
}

void mf_linuxrc_result_free(struct mf_linuxrc_result *result)
{
	mf_arena_free(&result->arena);
	*result = (struct mf_linuxrc_result){0};
}
