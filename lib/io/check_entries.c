// SPDX-License-Identifier: GPL-2.0-or-later
// Archive rules for single entries: what becomes of directories, symlinks, files and modules.
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/check_run.h"

bool mf_check_is_ours(const struct mf_check_run *run, unsigned int segment)
{
	return segment < run->model.n_segments && run->model.segments[segment].start >= run->start;
}

/* Symlinks of images whose /usr is merged, and of all. */
static bool is_often_link(const char *path)
{
	static const char *const paths[] = {"bin",	"lib",	   "lib32",    "lib64",
					    "libx32",	"sbin",	   "usr/sbin", "usr/bin",
					    "var/lock", "var/run", "usr/lib64"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(path, paths[i]) == 0)
			return true;
	}
	return false;
}

/* The folders that overlays share, always with the same mode. */
static bool is_overlays(const char *path)
{
	return strcmp(path, "modferry") == 0 || mf_has_prefix(path, "modferry/");
}

static void judge_replaced(struct mf_check_run *run, const struct mf_rootfs_entry *entry)
{
	const struct mf_rootfs_entry *old;

	if (entry->replaces == MF_ROOTFS_NONE) {
		if (!run->is_known && S_ISDIR(entry->mode) && is_often_link(entry->path))
			mf_check_found(run, RULE_LINK_LIKELY, entry->path);
		return;
	}
	old = &run->model.entries[entry->replaces];
	if (S_ISDIR(entry->mode) && S_ISLNK(old->mode))
		mf_check_found(run, RULE_LINK, entry->path);
	else if (mf_check_is_ours(run, old->segment))
		return;
	else if (S_ISDIR(entry->mode) && S_ISDIR(old->mode) && !is_overlays(entry->path))
		mf_check_found(run, RULE_MODE, entry->path);
}

/* Whether the target has folders or symlinks in a folder, so that it cannot be empty. */
static bool is_filled(const struct mf_base_tree *base, const char *path)
{
	size_t n = strlen(path);
	bool is_filled = !base;

	for (size_t i = 0; !is_filled && i < base->dirs.n; i++)
		is_filled = mf_has_prefix(base->dirs.v[i], path) && base->dirs.v[i][n] == '/';
	for (size_t i = 0; !is_filled && i < base->n_links; i++)
		is_filled = mf_has_prefix(base->links[i].path, path) &&
			    base->links[i].path[n] == '/';
	return is_filled;
}

static void judge_dropped(struct mf_check_run *run, const struct mf_rootfs_entry *entry)
{
	size_t stands = MF_ROOTFS_NONE;
	bool is_there = mf_rootfs_find(&run->model, entry->path, false, &stands) == 0;

	if (!S_ISREG(entry->mode) && !S_ISDIR(entry->mode) && !S_ISLNK(entry->mode))
		return; /* /dev has its own */
	if (is_there && stands != MF_ROOTFS_NONE && !S_ISDIR(entry->mode) &&
	    S_ISDIR(run->model.entries[stands].mode))
		mf_check_found(run,
			       mf_check_is_ours(run, run->model.entries[stands].segment) ||
					       is_filled(mf_check_base(run->check), entry->path)
				       ? RULE_STANDS
				       : RULE_EMPTY,
			       entry->path);
	else
		mf_check_found(run, run->is_known ? RULE_PARENT : RULE_PARENT_LIKELY, entry->path);
}

static bool is_module(const struct mf_rootfs_entry *entry)
{
	static const char *const suffixes[] = {".ko", ".ko.gz", ".ko.xz", ".ko.zst"};

	for (size_t i = 0; S_ISREG(entry->mode) && i < sizeof(suffixes) / sizeof(suffixes[0]);
	     i++) {
		if (mf_has_suffix(entry->path, suffixes[i]))
			return true;
	}
	return false;
}

/* Whether "…/RELEASE/rest" is the very entry, in the module folder of that release. */
static bool is_in_folder(struct mf_check_run *run, const struct mf_kernel *kernel, size_t i)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf part = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
	const char *at;
	size_t there = MF_ROOTFS_NONE;

	if (!kernel->folder)
		return false;
	mf_buf_printf(&part, "/%s/", kernel->release);
	at = strstr(run->model.entries[i].path, mf_buf_str(&part));
	if (!at)
		return false;
	mf_buf_printf(&path, "%s/%s", kernel->folder, at + part.len);
	return mf_rootfs_find(&run->model, mf_buf_str(&path), false, &there) == 0 && there == i;
}

/* modferry/d/ID/RELEASE/NAME.ko */
static bool is_loaders(const struct mf_kernel *kernel, const char *path)
{
	static const char top[] = "modferry/d/";
	const char *slash;
	size_t n = strlen(kernel->release);

	if (!mf_has_prefix(path, top))
		return false;
	slash = strchr(path + sizeof(top) - 1, '/');
	return slash && strncmp(slash + 1, kernel->release, n) == 0 && slash[1 + n] == '/';
}

static void judge_place(struct mf_check_run *run, size_t i)
{
	const struct mf_probe *probe = run->probe;
	const char *path = run->model.entries[i].path;

	if (!probe || !probe->n_kernels || !is_module(&run->model.entries[i]))
		return;
	run->n_modules++;
	for (size_t k = 0; k < probe->n_kernels; k++) {
		if (is_loaders(&probe->kernels[k], path) ||
		    is_in_folder(run, &probe->kernels[k], i)) {
			run->n_placed++;
			return;
		}
	}
	mf_check_found(run, RULE_PLACE_SOME, path);
}

static void judge_entry(struct mf_check_run *run, size_t i)
{
	const struct mf_rootfs_entry *entry = &run->model.entries[i];
	uint64_t start;

	if (!mf_check_is_ours(run, entry->segment))
		return;
	start = run->model.segments[entry->segment].start - run->start;
	if (mf_has_prefix(entry->path, "kernel/x86/microcode/") ||
	    mf_has_prefix(entry->path, "kernel/firmware/acpi/")) {
		if (start || run->check->probe || run->check->base_size)
			mf_check_found(run, RULE_EARLY, entry->path);
	}
	if (entry->fate == MF_FATE_DROPPED)
		judge_dropped(run, entry);
	else
		judge_replaced(run, entry);
	if (entry->fate == MF_FATE_WINS)
		judge_place(run, i);
}

void mf_check_entries(struct mf_check_run *run)
{
	for (size_t i = 0; i < run->model.n_entries; i++)
		judge_entry(run, i);
	if (run->n_modules && !run->n_placed) {
		run->found[RULE_PLACE_NONE] = run->found[RULE_PLACE_SOME];
		run->found[RULE_PLACE_SOME].n = 0;
	}
}
