// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry inspect` of driver disks and RPMs: gathers what is on them.
#include "lib/cli/inspect_disk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/command.h"
#include "lib/io/scanner.h"

static void free_disks(struct mf_inspect_disks *disks)
{
	mf_disk_close(&disks->source);
	*disks = (struct mf_inspect_disks){0};
}

bool mf_inspect_is_firmware(const struct mf_rpm_file *file)
{
	return S_ISREG(file->mode) && (mf_has_prefix(file->path, "/lib/firmware/") ||
				       mf_has_prefix(file->path, "/usr/lib/firmware/"));
}

static int add_rpm(struct mf_inspect_disks *disks, const struct mf_rpm *rpm)
{
	struct mf_arena *arena = &disks->source.disk.arena;
	struct mf_inspect_rpm item = {.disk = disks->n_disks - 1, .rpm = rpm};
	struct mf_err why = {0};
	int r = rpm->malformed ? 0 : mf_rpm_read_drivers(rpm, arena, &item.drivers, &why);

	if (r == -ENOMEM)
		return r;
	if (r) {
		item.error = mf_arena_strdup(arena, why.text);
		if (!item.error)
			return -ENOMEM;
	}
	for (size_t i = 0; i < rpm->n_files; i++) {
		const struct mf_rpm_file *file = &rpm->files[i];

		if (mf_inspect_is_firmware(file))
			item.n_firmware++;
		else if (!S_ISDIR(file->mode) &&
			 !(S_ISREG(file->mode) && mf_scan_is_module(file->path)))
			item.n_other++;
	}
	if (mf_arena_grow(arena, &disks->rpms, disks->n_rpms, sizeof(item)))
		return -ENOMEM;
	disks->rpms[disks->n_rpms++] = item;
	return 0;
}

/* Takes "DIR/rpms/ARCH" apart; *ret_marker is the path of the marker that makes it count. */
static const char *split_repository(struct mf_arena *arena, const char *path, char **ret_marker)
{
	const char *arch = mf_path_base(path);
	size_t n = (size_t)(arch - path);

	*ret_marker = NULL;
	if (n < 5 || memcmp(arch - 5, "rpms/", 5) != 0 || (n > 5 && arch[-6] != '/'))
		return NULL;
	*ret_marker = mf_arena_printf(arena, "%.*srhdd3", (int)(n - 5), path);
	return arch;
}

/* Index of the first file whose path is not smaller. */
static size_t lower_bound(const struct mf_disk *disk, const char *path)
{
	size_t low = 0;

	for (size_t high = disk->n_files; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(disk->files[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Packages directly in a folder ("DIR/"): those below are not looked for by installers. */
static size_t count_packages(const struct mf_disk *disk, const char *folder)
{
	size_t n = 0;

	for (size_t i = lower_bound(disk, folder);
	     i < disk->n_files && mf_has_prefix(disk->files[i].path, folder); i++)
		n += disk->files[i].rpm && !strchr(disk->files[i].path + strlen(folder), '/');
	return n;
}

static int add_repository(struct mf_inspect_disks *disks, const struct mf_disk *disk,
			  const char *path)
{
	struct mf_arena *arena = &disks->source.disk.arena;
	struct mf_inspect_repository item = {.disk = disks->n_disks - 1, .path = path};
	char *metadata = mf_arena_printf(arena, "%s/repodata/repomd.xml", path);
	char *folder = mf_arena_printf(arena, "%s/", path);
	char *marker;

	item.arch = split_repository(arena, path, &marker);
	if (!item.arch)
		return metadata ? 0 : -ENOMEM;
	if (!metadata || !folder || !marker)
		return -ENOMEM;
	if (!mf_disk_find(disk, marker))
		return 0;
	item.n_packages = count_packages(disk, folder);
	item.has_metadata = mf_disk_find(disk, metadata) != NULL;
	if (mf_arena_grow(arena, &disks->repositories, disks->n_repositories, sizeof(item)))
		return -ENOMEM;
	disks->repositories[disks->n_repositories++] = item;
	return 0;
}

static int gather(struct mf_inspect_disks *disks, const struct mf_disk *disk, const char *prefix)
{
	struct mf_arena *arena = &disks->source.disk.arena;
	struct mf_inspect_disk item = {disk, prefix};
	int r = 0;

	if (mf_arena_grow(arena, &disks->disks, disks->n_disks, sizeof(item)))
		return -ENOMEM;
	disks->disks[disks->n_disks++] = item;
	for (size_t i = 0; !r && i < disk->n_files; i++) {
		if (disk->files[i].kind == 'd')
			r = add_repository(disks, disk, disk->files[i].path);
		else if (disk->files[i].rpm)
			r = add_rpm(disks, disk->files[i].rpm);
	}
	/* images inside come behind all that is on the disk itself */
	for (size_t i = 0; !r && i < disk->n_files; i++) {
		char *inner;

		if (!disk->files[i].nested)
			continue;
		inner = mf_arena_printf(arena, "%s%s: ", prefix, disk->files[i].path);
		r = inner ? gather(disks, disk->files[i].nested, inner) : -ENOMEM;
	}
	return r;
}

void mf_inspect_disk_warnings(const struct mf_inspect_disks *disks,
			      void (*warn)(void *, const char *), void *context)
{
	for (size_t i = 0; i < disks->n_disks; i++) {
		struct mf_err text = {0};

		if (disks->disks[i].disk->has_long_names)
			continue;
		mf_fail(&text, 0,
			"%shas neither Rock Ridge nor Joliet: its names are cut to 8.3 characters "
			"or so",
			disks->disks[i].prefix);
		warn(context, text.text);
	}
	for (size_t i = 0; i < disks->n_rpms; i++) {
		const struct mf_inspect_rpm *item = &disks->rpms[i];
		struct mf_err text = {0};

		if (item->rpm->malformed)
			mf_fail(&text, 0, "%s%s: %s", disks->disks[item->disk].prefix,
				item->rpm->source, item->rpm->malformed);
		else if (item->error)
			mf_fail(&text, 0, "%s%s", disks->disks[item->disk].prefix, item->error);
		if (text.text[0])
			warn(context, text.text);
		for (size_t k = 0; k < item->drivers.n; k++) {
			const struct mf_driver *driver = &item->drivers.v[k];

			if (!driver->malformed)
				continue;
			mf_fail(&text, 0, "%s%s: %s: no module: %s",
				disks->disks[item->disk].prefix, item->rpm->source, driver->member,
				driver->malformed);
			warn(context, text.text);
		}
	}
}

static void print_warning(void *context, const char *text)
{
	(void)context;
	mf_warn("inspect", "%s", text);
}

int mf_inspect_disk(const char *path, bool is_json, struct mf_err *err)
{
	MF_CLEANUP(free_disks) struct mf_inspect_disks disks = {.file = path};
	int r = mf_disk_open(path, &disks.source, err);

	if (!r) {
		r = gather(&disks, &disks.source.disk, "");
		if (r)
			mf_fail(err, r, "out of memory");
	}
	if (r)
		return MF_EXIT_FAILED;
	if (is_json) {
		r = mf_inspect_disk_print_json(&disks, err);
	} else {
		r = mf_inspect_disk_print(&disks, err);
		mf_inspect_disk_warnings(&disks, print_warning, NULL);
	}
	if (r)
		return MF_EXIT_FAILED;
	if (disks.n_rpms)
		return MF_EXIT_OK;
	mf_fail(err, -ENOENT, "%s: has no packages (*.rpm) on it", path);
	return MF_EXIT_NO;
}
