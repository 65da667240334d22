// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks being read: which files are opened, and what becomes of them.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/deb.h"
#include "lib/io/disk_parts.h"
#include "lib/io/file.h"
#include "lib/io/payload_drivers.h"
#include "lib/io/rpm.h"
#include "lib/io/scanner.h"

/* As anaconda's glob, which minds the case. */
static bool is_rpm(const struct mf_disk_file *file)
{
	return mf_has_suffix(file->path, ".rpm");
}

/* As anaconda's search for images on a disk, which does not. */
static bool is_iso(const struct mf_disk_file *file)
{
	size_t n = strlen(file->path);

	return n > 4 && strcasecmp(file->path + n - 4, ".iso") == 0;
}

/* As debian-installer's driver-injection-disk and media-retriever. */
static bool is_deb(const struct mf_disk_file *file)
{
	return mf_has_suffix(file->path, ".deb") || mf_has_suffix(file->path, ".udeb") ||
	       mf_has_suffix(file->path, ".ude");
}

static bool is_module(const struct mf_disk_file *file)
{
	return mf_scan_is_module(file->path) && file->size <= MF_SCAN_MAX_MODULE;
}

/* Whether the base name is one of several; the list ends with a NULL. */
static bool is_called(const struct mf_disk_file *file, const char *const *names)
{
	const char *base = mf_path_base(file->path);

	while (*names && strcmp(*names, base) != 0)
		names++;
	return *names;
}

/* What a driver update of SUSE may run as its condition. */
static bool is_script(const struct mf_disk_file *file)
{
	size_t n = mf_disk_update_length(file->path);

	return n && mf_has_prefix(file->path + n, "/install/") &&
	       (mf_has_suffix(file->path, ".sh") ||
		mf_has_prefix(mf_path_base(file->path), "mkdud."));
}

static bool is_text(const struct mf_disk_file *file)
{
	static const char *const names[] = {"dud.config", "module.order", "module.config", NULL};

	return (is_called(file, names) || is_script(file)) && file->size <= MF_DISK_MAX_TEXT;
}

/* What is kept for others to read. */
static bool is_stored(const struct mf_disk_file *file)
{
	static const char *const names[] = {"update.tar.gz", "update.tgz", NULL};

	return is_called(file, names) || mf_has_prefix(file->path, "lib/firmware/") ||
	       strstr(file->path, "/lib/firmware/");
}

static int use_rpm(struct mf_disk_build *build, size_t i)
{
	struct mf_disk_file *file = &build->disk->files[i];
	struct mf_rpm *rpm = mf_arena_alloc(build->arena, sizeof(*rpm));
	int r = rpm ? mf_rpm_read(file->spool, build->arena, rpm, build->err) : -ENOMEM;

	if (r)
		return r == -ENOMEM ? mf_disk_no_memory(build) : r;
	rpm->source = file->path;
	file->rpm = rpm;
	return 0;
}

static int use_deb(struct mf_disk_build *build, size_t i)
{
	struct mf_disk_file *file = &build->disk->files[i];
	struct mf_deb *deb = mf_arena_alloc(build->arena, sizeof(*deb));
	int r = deb ? mf_deb_read(file->spool, build->arena, deb, build->err) : -ENOMEM;

	if (r)
		return r == -ENOMEM ? mf_disk_no_memory(build) : r;
	deb->source = file->path;
	file->deb = deb;
	return 0;
}

/* An image inside: one that cannot be read is just a file, beyond a limit nothing is read. */
static int use_iso(struct mf_disk_build *build, size_t i)
{
	struct mf_disk_build inner = *build;
	struct mf_err why = {0};
	int r;

	inner.disk = mf_arena_alloc(build->arena, sizeof(*inner.disk));
	inner.object = mf_arena_printf(build->arena, "%s: %s", build->object,
				       build->disk->files[i].path);
	inner.err = &why;
	if (!inner.disk || !inner.object)
		return mf_disk_no_memory(build);
	if (build->limits->level >= MF_DISK_MAX_NESTED)
		return mf_fail(build->err, -EFBIG,
			       "%s: has images inside images more than %d deep, the limit here",
			       inner.object, MF_DISK_MAX_NESTED);
	build->limits->level++;
	r = mf_disk_read(&inner, build->disk->files[i].spool);
	build->limits->level--;
	if (r == -EINVAL || r == -EBADMSG)
		return 0;
	if (r)
		return mf_fail(build->err, r, "%s", why.text);
	build->disk->files[i].nested = inner.disk;
	return 0;
}

static int use_module(struct mf_disk_build *build, size_t i)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_disk_file *file = &build->disk->files[i];
	struct mf_payload_drivers drivers = {
		.arena = build->arena, .spool = file->spool, .is_whole = true};
	struct mf_driver *driver = mf_arena_alloc(build->arena, sizeof(*driver));
	int r = driver ? mf_map_file(AT_FDCWD, file->spool, &map, build->err) : -ENOMEM;

	if (!r)
		r = mf_payload_read_module(&drivers, file->path, map.bytes, driver);
	mf_buf_free(&drivers.scratch);
	if (r)
		return r == -ENOMEM ? mf_disk_no_memory(build) : r;
	file->driver = driver;
	return 0;
}

static int use_text(struct mf_disk_build *build, size_t i)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_disk_file *file = &build->disk->files[i];
	int r = mf_read_file(file->spool, MF_DISK_MAX_TEXT, &text, build->err);
	char *copy;

	if (r == -EFBIG) /* it has grown meanwhile */
		return 0;
	if (r)
		return r;
	copy = mf_arena_strndup(build->arena, mf_buf_str(&text), text.len);
	if (!copy)
		return mf_disk_no_memory(build);
	file->text = (struct mf_bytes){(const uint8_t *)copy, text.len};
	return 0;
}

static int use_nothing(struct mf_disk_build *build, size_t i)
{
	(void)build;
	(void)i;
	return 0;
}

static const struct kind {
	bool (*is)(const struct mf_disk_file *file);
	int (*use)(struct mf_disk_build *build, size_t i);
} kinds[] = {
	{is_rpm, use_rpm},	 {is_iso, use_iso},   {is_deb, use_deb},
	{is_module, use_module}, {is_text, use_text}, {is_stored, use_nothing},
};

/* NULL: a file of no kind that is read. */
static const struct kind *find_kind(const struct mf_disk_file *file)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].is(file))
			return &kinds[i];
	}
	return NULL;
}

bool mf_disk_wants(const struct mf_disk_file *file)
{
	return find_kind(file);
}

int mf_disk_use(struct mf_disk_build *build, const char *path)
{
	size_t last = build->disk->n_files - 1;
	struct mf_disk_file *file = &build->disk->files[last];

	file->spool = mf_arena_strdup(build->arena, path);
	if (!file->spool)
		return mf_disk_no_memory(build);
	return find_kind(file)->use(build, last);
}

/* Packages of several names are told apart by them. */
static int name_packages(struct mf_disk_build *build, struct mf_disk_file *file)
{
	struct mf_rpm *rpm = file->rpm ? mf_arena_alloc(build->arena, sizeof(*rpm)) : NULL;
	struct mf_deb *deb = file->deb ? mf_arena_alloc(build->arena, sizeof(*deb)) : NULL;

	if ((file->rpm && !rpm) || (file->deb && !deb))
		return mf_disk_no_memory(build);
	if (rpm) {
		*rpm = *file->rpm;
		rpm->source = file->path;
		file->rpm = rpm;
	}
	if (deb) {
		*deb = *file->deb;
		deb->source = file->path;
		file->deb = deb;
	}
	return 0;
}

static int resolve_link(struct mf_disk_build *build, struct mf_disk_file *file)
{
	const struct mf_disk_file *target = mf_disk_find(build->disk, file->link);
	const struct kind *kind;

	file->link = NULL;
	file->kind = 'o';
	if (!target || target->kind != 'f')
		return 0;
	file->kind = 'f';
	file->size = target->size;
	kind = find_kind(file);
	/* what the name makes of it is known only where the target's name makes the same */
	if (!kind || kind != find_kind(target))
		return 0;
	file->spool = target->spool;
	file->rpm = target->rpm;
	file->nested = target->nested;
	file->deb = target->deb;
	file->driver = target->driver;
	file->text = target->text;
	return name_packages(build, file);
}

int mf_disk_resolve_links(struct mf_disk_build *build)
{
	int r = 0;

	for (size_t i = 0; !r && i < build->disk->n_files; i++) {
		if (build->disk->files[i].kind == MF_DISK_HARDLINK)
			r = resolve_link(build, &build->disk->files[i]);
	}
	return r;
}
