// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks and packages by anybody made, as a SOURCE: what on them holds modules.
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/linuxrc.h"
#include "lib/io/archive.h"
#include "lib/io/deb.h"
#include "lib/io/disk.h"
#include "lib/io/file.h"
#include "lib/io/rpm.h"
#include "lib/io/scan_disk_parts.h"

/*
 * Damage of one package is no reason to leave out what could be read. name: what the text begins
 * with, which the note says itself; NULL: nothing.
 */
static int end_package(struct mf_disk_scan *scan, const char *name, int result,
		       const struct mf_err *err)
{
	const char *text = err->text;

	if (!result || result == -ENOMEM || !*text)
		return result;
	if (name && mf_has_prefix(text, name) && mf_has_prefix(text + strlen(name), ": "))
		text += strlen(name) + strlen(": ");
	return mf_disk_scan_note(scan, NULL, text);
}

static int scan_rpm(struct mf_disk_scan *scan, const struct mf_rpm *rpm)
{
	struct mf_rpm_walk walk = {mf_disk_scan_wants, mf_disk_scan_take, scan};
	struct mf_err err = {0};

	if (rpm->malformed)
		return mf_disk_scan_note(scan, NULL, rpm->malformed);
	scan->holder.name = (struct mf_scan_name){rpm->name, rpm->version};
	scan->holder.is_package = true;
	return end_package(scan, rpm->source, mf_rpm_walk_payload(rpm, &walk, &err), &err);
}

static int scan_deb(struct mf_disk_scan *scan, const struct mf_deb *deb)
{
	struct mf_payload_visitor visitor = {.wanted = mf_disk_scan_wants,
					     .read = mf_disk_scan_take,
					     .data = scan,
					     .max_wanted = MF_SCAN_MAX_MODULE};
	struct mf_err err = {0};

	if (deb->malformed)
		return mf_disk_scan_note(scan, NULL, deb->malformed);
	scan->holder.name = (struct mf_scan_name){deb->package, deb->version};
	scan->holder.is_package = true;
	return end_package(scan, deb->source, mf_deb_walk_payload(deb, &visitor, &err), &err);
}

static int take_member(struct mf_disk_scan *scan, struct mf_archive *archive, const char *path)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	struct mf_err err = {0};
	int r = mf_archive_content(archive, MF_SCAN_MAX_MODULE, &content, &err);

	if (r == -EFBIG || r == -EINVAL)
		return mf_disk_scan_note(scan, path, err.text);
	return r ? mf_fail(scan->scanner->err, r, "%s", err.text)
		 : mf_disk_scan_take(scan, path, mf_buf_bytes(&content));
}

/* install/update.tar.gz: what is in it is unpacked in the installed system. */
static int scan_archive(struct mf_disk_scan *scan, const char *file)
{
	MF_CLEANUP(mf_archive_close) struct mf_archive archive = {0};
	struct mf_archive_member member;
	struct mf_err err = {0};
	int r = mf_archive_open(file, &archive, &err);

	while (!r) {
		r = mf_archive_next(&archive, &member, &err);
		if (r || !member.path || !member.is_file || !mf_disk_scan_wants(scan, member.path))
			continue;
		/* take_member fails for good: limits of the source, memory */
		r = take_member(scan, &archive, member.path);
		if (r)
			return r == -EBADMSG ? end_package(scan, NULL, r, scan->scanner->err) : r;
	}
	return r == -ENODATA ? 0 : end_package(scan, NULL, r, &err);
}

static int scan_plain(struct mf_disk_scan *scan, const struct mf_disk_file *file)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	int r = mf_map_file(AT_FDCWD, file->spool, &map, scan->scanner->err);

	return r ? r : mf_disk_scan_take(scan, file->path, map.bytes);
}

/* --- the disk --- */

/* A disk, or an image inside. */
struct place {
	const struct mf_disk *disk;
	const char *image; /* its path, NULL: the source itself */
};

/* Whether it is a package that was given as such. */
static bool is_package(const struct mf_disk *disk)
{
	return disk->n_files == 1 &&
	       (strcmp(disk->container, "rpm") == 0 || strcmp(disk->container, "deb") == 0);
}

/* "IMAGE: PATH", or the path alone; NULL: out of memory. */
static const char *full_path(struct mf_disk_scan *scan, const struct place *at, const char *path)
{
	return mf_arena_printf(&scan->scanner->set->arena, "%s%s%s", at->image ? at->image : "",
			       at->image ? ": " : "", path);
}

/* The name that a driver update of SUSE gives to what is in it. */
static int name_update(struct mf_disk_scan *scan, const struct mf_disk *disk, const char *path)
{
	struct mf_arena *arena = &scan->scanner->set->arena;
	size_t n = mf_disk_update_length(path);
	char *config = mf_arena_printf(arena, "%.*s/dud.config", (int)n, path);
	const struct mf_disk_file *file = n && config ? mf_disk_find(disk, config) : NULL;
	const char *id, *name;
	int r;

	if (!config || !file)
		return config ? 0 : -ENOMEM;
	r = mf_linuxrc_identify(file->text, arena, &id, &name);
	return r ? r : mf_scan_name_update(arena, name ? name : "", &scan->holder.name);
}

/* Packages come first: modules that lie beside them, too, are theirs. */
enum pass { PACKAGES, ARCHIVES, PLAIN, N_PASSES };

static enum pass pass_of(const struct mf_disk_file *file)
{
	if (file->rpm || file->deb)
		return PACKAGES;
	if (!file->spool || file->nested)
		return N_PASSES;
	if (file->driver || mf_disk_scan_firmware(file->path))
		return PLAIN;
	return mf_disk_update_length(file->path) &&
			       mf_has_prefix(mf_path_base(file->path), "update.t")
		       ? ARCHIVES
		       : N_PASSES;
}

/* A package or archive is named with what is in it; a plain module is just that. */
static int set_holder(struct mf_disk_scan *scan, const struct place *at,
		      const struct mf_disk_file *file)
{
	struct mf_scan_holder *holder = &scan->holder;

	*holder = (struct mf_scan_holder){.path = at->image};
	if (pass_of(file) == PLAIN) {
		if (strcmp(at->disk->container, "folder") == 0)
			holder->file = file->spool;
		return 0;
	}
	if (is_package(at->disk))
		return 0;
	holder->path = full_path(scan, at, file->path);
	return holder->path ? 0 : -ENOMEM;
}

static int scan_file(struct mf_disk_scan *scan, const struct place *at,
		     const struct mf_disk_file *file)
{
	int r = set_holder(scan, at, file);

	if (r)
		return r;
	if (file->rpm)
		return scan_rpm(scan, file->rpm);
	if (file->deb)
		return scan_deb(scan, file->deb);
	r = name_update(scan, at->disk, file->path);
	if (r)
		return r;
	return pass_of(file) == ARCHIVES ? scan_archive(scan, file->spool) : scan_plain(scan, file);
}

/* Elsewhere files that are links are read; on a disk they may lead anywhere. */
static int note_link(struct mf_disk_scan *scan, const struct place *at,
		     const struct mf_disk_file *file)
{
	if (file->kind != 'l' || strcmp(at->disk->container, "folder") != 0 ||
	    !mf_scan_is_module(file->path))
		return 0;
	scan->holder = (struct mf_scan_holder){.path = at->image};
	return mf_disk_scan_note(scan, file->path,
				 "is a symlink, and on driver disks none is followed; name the "
				 "module as a SOURCE itself");
}

static int scan_place(struct mf_disk_scan *scan, const struct place *at)
{
	const struct mf_disk *disk = at->disk;
	int r = 0;

	for (enum pass pass = PACKAGES; pass < N_PASSES; pass++) {
		for (size_t i = 0; !r && i < disk->n_files; i++) {
			if (pass_of(&disk->files[i]) == pass)
				r = scan_file(scan, at, &disk->files[i]);
		}
	}
	for (size_t i = 0; !r && i < disk->n_files; i++)
		r = note_link(scan, at, &disk->files[i]);
	for (size_t i = 0; !r && i < disk->n_files; i++) {
		struct place inner = {.disk = disk->files[i].nested};

		if (!inner.disk)
			continue;
		inner.image = full_path(scan, at, disk->files[i].path);
		r = inner.image ? scan_place(scan, &inner) : -ENOMEM;
	}
	return r;
}

/* A source that is one package is named for what is in it: without a module it is of no use. */
static int end_scan(struct mf_disk_scan *scan, const struct mf_disk *disk)
{
	if (scan->n_known)
		return 0;
	if (!is_package(disk))
		return mf_scan_note(scan->scanner, scan->source, "holds no usable module");
	if (scan->problem)
		return mf_fail(scan->scanner->err, -EBADMSG, "%s: %s", scan->source, scan->problem);
	return mf_fail(
		scan->scanner->err, -EINVAL,
		"%s: is a package without kernel modules, expected one that holds them; if it is for DKMS, install it, then: dkms build NAME/VERSION -k RELEASE, and leave out SOURCE (or name its DKMS tree)",
		scan->source);
}

int mf_scan_disk(struct mf_scanner *scanner, bool *ret_is_disk)
{
	MF_CLEANUP(mf_disk_close) struct mf_disk_source source = {0};
	struct mf_disk_scan scan = {.scanner = scanner};
	struct place top = {&source.disk, NULL};
	int r;

	*ret_is_disk = mf_disk_is_one(scanner->source);
	if (!*ret_is_disk)
		return 0;
	scan.source = mf_arena_strdup(&scanner->set->arena, scanner->source);
	if (!scan.source)
		return -ENOMEM;
	r = mf_disk_open(scanner->source, &source, scanner->err);
	if (!r)
		r = scan_place(&scan, &top);
	return r ? r : end_scan(&scan, &source.disk);
}
