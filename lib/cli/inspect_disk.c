// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry inspect` of driver disks and packages: gathers what is on them.
#include "lib/cli/inspect_disk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/command.h"
#include "lib/io/deb.h"
#include "lib/io/rpm_drivers.h"
#include "lib/io/scanner.h"

static void free_disks(struct mf_inspect_disks *disks)
{
	mf_disk_close(&disks->source);
	*disks = (struct mf_inspect_disks){0};
}

bool mf_inspect_is_firmware(const char *path, uint32_t mode)
{
	path += *path == '/';
	return S_ISREG(mode) &&
	       (mf_has_prefix(path, "lib/firmware/") || mf_has_prefix(path, "usr/lib/firmware/"));
}

static void count_file(struct mf_inspect_content *content, const char *path, uint32_t mode)
{
	if (mf_inspect_is_firmware(path, mode))
		content->n_firmware++;
	else if (!S_ISDIR(mode) && !(S_ISREG(mode) && mf_scan_is_module(path)))
		content->n_other++;
}

/* Keeps why a payload could not be read; what was read of it stays. */
static int end_payload(struct mf_arena *arena, int result, const struct mf_err *why,
		       struct mf_inspect_content *content)
{
	if (!result || result == -ENOMEM)
		return result;
	content->error = mf_arena_strdup(arena, why->text);
	return content->error ? 0 : -ENOMEM;
}

static int add_rpm(struct mf_inspect_disks *disks, const struct mf_rpm *rpm)
{
	struct mf_arena *arena = &disks->source.disk.arena;
	struct mf_inspect_rpm item = {.disk = disks->n_disks - 1, .rpm = rpm};
	struct mf_rpm_drivers drivers = {0};
	struct mf_err why = {0};
	int r = rpm->malformed ? 0 : mf_rpm_read_drivers(rpm, arena, &drivers, &why);

	r = end_payload(arena, r, &why, &item.content);
	if (r)
		return r;
	item.content.drivers = drivers.v;
	item.content.n_drivers = drivers.n;
	for (size_t i = 0; i < rpm->n_files; i++)
		count_file(&item.content, rpm->files[i].path, rpm->files[i].mode);
	if (mf_arena_grow(arena, &disks->rpms, disks->n_rpms, sizeof(item)))
		return -ENOMEM;
	disks->rpms[disks->n_rpms++] = item;
	return 0;
}

static int add_deb(struct mf_inspect_disks *disks, const struct mf_deb *deb)
{
	struct mf_arena *arena = &disks->source.disk.arena;
	struct mf_inspect_deb item = {.disk = disks->n_disks - 1, .deb = deb};
	struct mf_deb_drivers drivers = {0};
	struct mf_err why = {0};
	int r = deb->malformed ? 0 : mf_deb_read_drivers(deb, arena, &drivers, &why);

	r = end_payload(arena, r, &why, &item.content);
	if (r)
		return r;
	item.content.drivers = drivers.v;
	item.content.n_drivers = drivers.n;
	for (size_t i = 0; i < deb->n_files; i++)
		count_file(&item.content, deb->files[i].path, deb->files[i].mode);
	if (mf_arena_grow(arena, &disks->debs, disks->n_debs, sizeof(item)))
		return -ENOMEM;
	disks->debs[disks->n_debs++] = item;
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
		else if (disk->files[i].deb)
			r = add_deb(disks, disk->files[i].deb);
	}
	if (!r)
		r = mf_inspect_add_updates(disks);
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

/* Where a file is, and what is wrong with it. */
struct complaint {
	void (*warn)(void *, const char *);
	void *context;
	const char *prefix; /* of its disk */
	const char *path;
};

static void complain(const struct complaint *complaint, const char *problem)
{
	struct mf_err text = {0};

	mf_fail(&text, 0, "%s%s: %s", complaint->prefix, complaint->path, problem);
	complaint->warn(complaint->context, text.text);
}

static void warn_content(const struct complaint *complaint,
			 const struct mf_inspect_content *content)
{
	struct mf_err text = {0};

	if (content->error) { /* it names the package */
		mf_fail(&text, 0, "%s%s", complaint->prefix, content->error);
		complaint->warn(complaint->context, text.text);
	}
	for (size_t i = 0; i < content->n_drivers; i++) {
		const struct mf_driver *driver = &content->drivers[i];

		if (!driver->malformed)
			continue;
		mf_fail(&text, 0, "%s: no module: %s", driver->member, driver->malformed);
		complain(complaint, text.text);
	}
}

static void warn_packages(const struct mf_inspect_disks *disks, struct complaint *complaint)
{
	for (size_t i = 0; i < disks->n_rpms; i++) {
		const struct mf_inspect_rpm *item = &disks->rpms[i];

		complaint->prefix = disks->disks[item->disk].prefix;
		complaint->path = item->rpm->source;
		if (item->rpm->malformed)
			complain(complaint, item->rpm->malformed);
		warn_content(complaint, &item->content);
	}
	for (size_t i = 0; i < disks->n_debs; i++) {
		const struct mf_inspect_deb *item = &disks->debs[i];

		complaint->prefix = disks->disks[item->disk].prefix;
		complaint->path = item->deb->source;
		if (item->deb->malformed)
			complain(complaint, item->deb->malformed);
		warn_content(complaint, &item->content);
	}
}

static void warn_updates(const struct mf_inspect_disks *disks, struct complaint *complaint)
{
	for (size_t i = 0; i < disks->n_updates; i++) {
		const struct mf_inspect_update *item = &disks->updates[i];

		complaint->prefix = disks->disks[item->disk].prefix;
		complaint->path = item->path;
		if (item->n_modules && !item->has_order)
			complain(complaint, "has no modules/module.order: linuxrc loads its "
					    "modules in the order of the folder, by chance");
	}
	for (size_t i = 0; i < disks->n_modules; i++) {
		const struct mf_inspect_module *item = &disks->modules[i];
		struct mf_err text = {0};

		if (!item->file || !item->file->driver->malformed)
			continue;
		complaint->prefix = disks->disks[item->disk].prefix;
		complaint->path = item->file->path;
		mf_fail(&text, 0, "no module: %s", item->file->driver->malformed);
		complain(complaint, text.text);
	}
}

void mf_inspect_disk_warnings(const struct mf_inspect_disks *disks,
			      void (*warn)(void *, const char *), void *context)
{
	struct complaint complaint = {.warn = warn, .context = context};

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
	warn_packages(disks, &complaint);
	warn_updates(disks, &complaint);
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
	if (disks.n_rpms || disks.n_debs || disks.n_updates || disks.n_modules)
		return MF_EXIT_OK;
	mf_fail(err, -ENOENT, "%s: has no packages (*.rpm, *.deb) and no modules on it", path);
	return MF_EXIT_NO;
}
