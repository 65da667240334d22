// SPDX-License-Identifier: GPL-2.0-or-later
// The update layer: every manifest below /modferry/d, for this kernel and machine.
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/archname.h"
#include "lib/core/modname.h"

#define OVERLAYS "/modferry/d"
#define DISK	 "/" MF_INITRAMFS_DISK

/* A shipped module of that name that is in use; NULL when there is none. */
static struct mf_mod *find_shipped(struct mf_loader *loader, const char *name)
{
	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];

		if (!mod->is_hidden && mf_modname_equal(mod->name, name))
			return mod;
	}
	return NULL;
}

/* Sets a shipped module aside: reported, part of no layer. */
static void hide(struct mf_loader *loader, struct mf_mod *mod, const char *why)
{
	mod->is_hidden = true;
	mf_mods_finish(loader, mod, MF_RESULT_SKIPPED, why);
}

/* Finds out what anaconda was told to load itself: twice would take a network down again. */
static void read_disk(struct mf_loader *loader)
{
	char path[PATH_MAX];

	if (!loader->cmdline.has_disk || mf_sys_path(loader, path, DISK) || !mf_sys_exists(path) ||
	    mf_sys_path(loader, path, "/" MF_INITRAMFS_DISK_MODULES))
		return;
	loader->on_disk = mf_sys_map(path);
	if (loader->on_disk.n)
		mf_log_say(loader, LOG_INFO,
			   "inst.dd: what is on " DISK " is left to the installer");
}

static bool is_on_disk(const struct mf_loader *loader, const char *file)
{
	struct mf_bytes text = loader->on_disk;
	struct mf_bytes line;

	while (mf_text_next_line(&text, &line)) {
		if (line.n == strlen(file) && memcmp(line.p, file, line.n) == 0)
			return true;
	}
	return false;
}

static int add_module(struct mf_loader *loader, const struct mf_overlay *overlay,
		      const struct mf_manifest_module *record)
{
	struct mf_mod *earlier = find_shipped(loader, record->name);
	enum mf_mask mask = mf_cmdline_mask(&loader->cmdline, record->name);
	const char *path = mf_arena_printf(&loader->arena, OVERLAYS "/%s/%s", overlay->id,
					   record->file);
	struct mf_mod *mod = path ? mf_mods_add(loader, record->name, path) : NULL;

	if (!mod)
		return -ENOMEM;
	mod->record = record;
	mod->overlay = overlay->id;
	if (mask == MF_MASK_SKIP) {
		hide(loader, mod, mf_mask_name(mask));
	} else if (is_on_disk(loader, record->file)) {
		hide(loader, mod, "inst.dd: is on " DISK);
	} else if (earlier) {
		const char *why = mf_arena_printf(&loader->arena, "overlay %s ships it as well",
						  earlier->overlay);

		hide(loader, mod, why);
		if (strcmp(earlier->record->sha256, record->sha256) != 0)
			mf_log_say(loader, LOG_WARNING,
				   "%s: two overlays ship different builds; the one of %s is used",
				   mod->name, earlier->overlay);
	}
	return 0;
}

static int add_overlay(struct mf_loader *loader, const struct mf_overlay *overlay)
{
	size_t n_other = 0;
	int r = 0;

	for (size_t i = 0; i < overlay->manifest.n_modules && !r; i++) {
		const struct mf_manifest_module *record = &overlay->manifest.modules[i];

		if (strcmp(record->kernel, loader->kernel) != 0 ||
		    strcmp(record->arch, mf_arch_normalise(loader->arch)) != 0)
			n_other++;
		else
			r = add_module(loader, overlay, record);
	}
	if (n_other && n_other == overlay->manifest.n_modules)
		mf_log_say(loader, LOG_WARNING, "overlay %s has no driver for kernel %s (%s)",
			   overlay->id, loader->kernel, loader->arch);
	return r;
}

static int read_overlay(struct mf_loader *loader, const char *id)
{
	struct mf_overlay *overlay = &loader->overlays[loader->n_overlays];
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_err err = {0};
	char path[PATH_MAX];
	int r;

	r = mf_sys_path(loader, path, OVERLAYS "/%s/manifest", id);
	if (!r)
		r = mf_sys_read(path, MF_MANIFEST_MAX_BYTES, &text);
	if (r)
		mf_fail(&err, r, "%s", strerror(-r));
	if (!r)
		r = mf_manifest_parse(mf_buf_bytes(&text), &overlay->manifest, &err);
	if (r == -ENOMEM)
		return r;
	if (r) {
		mf_manifest_free(&overlay->manifest);
		*overlay = (struct mf_overlay){0};
		mf_log_say(loader, LOG_ERR, OVERLAYS "/%s/manifest: %s; left out", id, err.text);
		return 0;
	}
	overlay->id = id;
	loader->n_overlays++;
	return 0;
}

int mf_layers_read(struct mf_loader *loader)
{
	struct mf_strings ids;
	char path[PATH_MAX];
	int r;

	if (mf_sys_path(loader, path, OVERLAYS))
		return 0;
	r = mf_sys_list(&loader->arena, path, &ids);
	if (r == -ENOMEM)
		return r;
	if (r || !ids.n) {
		mf_log_say(loader, LOG_WARNING, OVERLAYS ": no overlay is there");
		return 0;
	}
	loader->overlays = mf_arena_alloc(&loader->arena, ids.n * sizeof(*loader->overlays));
	if (!loader->overlays)
		return -ENOMEM;
	for (size_t i = 0; i < ids.n; i++) {
		r = read_overlay(loader, ids.v[i]);
		if (r)
			return r;
	}
	read_disk(loader);
	for (size_t i = 0; i < loader->n_overlays; i++) {
		r = add_overlay(loader, &loader->overlays[i]);
		if (r)
			return r;
	}
	return 0;
}
