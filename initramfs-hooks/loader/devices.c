// SPDX-License-Identifier: GPL-2.0-or-later
// The devices of /sys, and which shipped drivers they ask for.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modalias.h"

static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

static struct mf_dev *find(const struct mf_loader *loader, const char *path, uint32_t hash)
{
	for (size_t i = 0; i < loader->devs.n; i++) {
		struct mf_dev *dev = loader->devs.v[i];

		if (dev->hash == hash && strcmp(dev->path, path) == 0)
			return dev;
	}
	return NULL;
}

/* First line of the device's modalias file, in the arena; NULL when it has none. */
static const char *read_modalias(struct mf_loader *loader, const char *path)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char file[PATH_MAX];

	if (mf_sys_path(loader, file, "/sys%s/modalias", path) ||
	    mf_sys_read(file, MF_MODALIAS_MAX, &text) || !text.len)
		return NULL;
	/* some ACPI devices have a second line: both are one string here, see is_match */
	while (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	return text.len ? mf_arena_strndup(&loader->arena, (char *)text.data, text.len) : NULL;
}

int mf_devices_add(struct mf_loader *loader, const char *path, const char *modalias)
{
	uint32_t hash = hash_of(path);
	struct mf_dev *dev = find(loader, path, hash);
	const char *own;

	if (dev && !dev->is_gone)
		return 0;
	own = read_modalias(loader, path);
	if (!own && modalias)
		own = mf_arena_strdup(&loader->arena, modalias);
	if (!own)
		return 0;
	if (!dev) {
		dev = mf_arena_alloc(&loader->arena, sizeof(*dev));
		if (!dev ||
		    mf_arena_grow(&loader->arena, &loader->devs.v, loader->devs.n, sizeof(dev)))
			return -ENOMEM;
		loader->devs.v[loader->devs.n++] = dev;
		dev->path = mf_arena_strdup(&loader->arena, path);
		if (!dev->path)
			return -ENOMEM;
	}
	dev->modalias = own;
	dev->hash = hash;
	dev->is_gone = dev->is_seen = dev->is_carrier = false;
	return 0;
}

void mf_devices_remove(struct mf_loader *loader, const char *path)
{
	struct mf_dev *dev = find(loader, path, hash_of(path));

	if (dev)
		dev->is_gone = true;
}

/* Adds the devices behind the links of one folder ("/sys/bus/pci/devices"). */
static int scan_folder(struct mf_loader *loader, const char *folder)
{
	struct mf_strings names;
	char path[PATH_MAX];
	char target[PATH_MAX];
	int r;

	if (mf_sys_path(loader, path, "%s", folder))
		return 0;
	r = mf_sys_list(&loader->arena, path, &names);
	for (size_t i = 0; i < names.n && r != -ENOMEM; i++) {
		if (mf_sys_path(loader, path, "%s/%s", folder, names.v[i]) ||
		    mf_sys_link(path, target) || !mf_has_prefix(target, "/devices/"))
			continue;
		r = mf_devices_add(loader, target, NULL);
	}
	return r == -ENOMEM ? r : 0;
}

int mf_devices_scan(struct mf_loader *loader)
{
	static const struct {
		const char *parent, *child;
	} kinds[] = {{"/sys/bus", "/devices"}, {"/sys/class", ""}};
	char path[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < 2; i++) {
		struct mf_strings names;

		if (mf_sys_path(loader, path, "%s", kinds[i].parent))
			continue;
		r = mf_sys_list(&loader->arena, path, &names);
		for (size_t k = 0; k < names.n && r != -ENOMEM; k++) {
			char folder[PATH_MAX];
			const char *text = mf_arena_printf(&loader->arena, "%s/%s%s",
							   kinds[i].parent, names.v[k],
							   kinds[i].child);

			r = text && strlen(text) < sizeof(folder) ? scan_folder(loader, text)
								  : -ENOMEM;
		}
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

/* A modalias file may hold several lines, each a name of the device. */
static bool is_match(const struct mf_mod *mod, const char *modalias)
{
	char line[MF_MODALIAS_MAX];

	while (*modalias) {
		size_t n = strcspn(modalias, "\n");

		if (n < sizeof(line)) {
			memcpy(line, modalias, n);
			line[n] = '\0';
			for (size_t i = 0; i < mod->record->aliases.n; i++) {
				if (mf_modalias_match(mod->record->aliases.v[i], line))
					return true;
			}
		}
		modalias += n + (modalias[n] == '\n');
	}
	return false;
}

static int match_one(struct mf_loader *loader, struct mf_dev *dev)
{
	/* asking adds stock modules behind the shipped ones, which alone have a record */
	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];
		enum mf_mask mask;
		int r;

		if (!mod->record || !is_match(mod, dev->modalias))
			continue;
		dev->is_interesting = true;
		mask = mf_cmdline_mask(&loader->cmdline, mod->name);
		if (mask == MF_MASK_BLACKLIST && mod->state == MF_LOAD_IDLE)
			mod->message = mf_mask_name(mask);
		if (mod->is_hidden || mask == MF_MASK_BLACKLIST)
			continue;
		mod->is_matched = true;
		if (loader->cmdline.is_debug)
			mf_log_say(loader, LOG_INFO, "%s (%s) asks for %s", dev->path,
				   dev->modalias, mod->name);
		r = mf_mods_want(loader, mod);
		if (r)
			return r;
	}
	return 0;
}

int mf_devices_match(struct mf_loader *loader)
{
	for (size_t i = 0; i < loader->devs.n; i++) {
		struct mf_dev *dev = loader->devs.v[i];
		int r;

		if (dev->is_seen || dev->is_gone)
			continue;
		dev->is_seen = true;
		r = match_one(loader, dev);
		if (r)
			return r;
	}
	return 0;
}

enum mf_device_result mf_devices_result(const struct mf_loader *loader, const struct mf_dev *dev)
{
	enum mf_device_result result = MF_DEVICE_SKIPPED;

	for (size_t i = 0; i < loader->mods.n; i++) {
		const struct mf_mod *mod = loader->mods.v[i];

		if (!mod->record || !is_match(mod, dev->modalias))
			continue;
		if (mod->result == MF_RESULT_FAILED || mod->result == MF_RESULT_HUNG)
			return MF_DEVICE_FAILED;
		if (mod->result != MF_RESULT_SKIPPED)
			result = MF_DEVICE_NO_DRIVER;
	}
	return result;
}

void mf_devices_driver(const struct mf_loader *loader, const char *path, char out[NAME_MAX + 1])
{
	char link[PATH_MAX];
	char target[PATH_MAX];

	out[0] = '\0';
	if (mf_sys_path(loader, link, "/sys%s/driver", path) || mf_sys_link(link, target))
		return;
	snprintf(out, NAME_MAX + 1, "%s", mf_path_base(target));
}

/* Adds the devices bound to one driver: links to /devices/ in its folder. */
static int add_bound(const struct mf_loader *loader, const char *driver, struct mf_arena *arena,
		     struct mf_strings *out)
{
	struct mf_strings names;
	char path[PATH_MAX];
	char target[PATH_MAX];

	if (mf_sys_path(loader, path, "/sys%s", driver))
		return 0;
	if (mf_sys_list(arena, path, &names) == -ENOMEM)
		return -ENOMEM;
	for (size_t i = 0; i < names.n; i++) {
		if (mf_sys_path(loader, path, "/sys%s/%s", driver, names.v[i]) ||
		    mf_sys_link(path, target) || !mf_has_prefix(target, "/devices/"))
			continue;
		if (mf_arena_grow(arena, &out->v, out->n, sizeof(*out->v)))
			return -ENOMEM;
		out->v[out->n] = mf_arena_strdup(arena, target);
		if (!out->v[out->n++])
			return -ENOMEM;
	}
	return 0;
}

int mf_devices_bound(const struct mf_loader *loader, const char *module, struct mf_arena *arena,
		     struct mf_strings *out)
{
	struct mf_strings drivers;
	char path[PATH_MAX];
	char target[PATH_MAX];
	int r;

	*out = (struct mf_strings){0};
	if (mf_sys_path(loader, path, "/sys/module/%s/drivers", module))
		return 0;
	r = mf_sys_list(arena, path, &drivers);
	for (size_t i = 0; i < drivers.n && r != -ENOMEM; i++) {
		if (!mf_sys_path(loader, path, "/sys/module/%s/drivers/%s", module, drivers.v[i]) &&
		    !mf_sys_link(path, target))
			r = add_bound(loader, target, arena, out);
	}
	return r == -ENOMEM ? r : 0;
}
