// SPDX-License-Identifier: GPL-2.0-or-later
// Module indexes for the environment that follows: shipped drivers are put in front of its own, or
// taken out again.
//
// A module folder is never made: scripts take its existence for "modules of this kernel are here",
// and what this machine needs was loaded without one.
#include <errno.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <syslog.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/indexes.h"
#include "lib/core/modname.h"

#define PLACE "updates/modferry/" /* of the links, in the module folder */

/*
 * Memory a merge may take for each byte of the indexes it reads (entries, new bytes, new files):
 * twice what a 4,000-module kernel was seen to take.
 * Where less is free it is not tried, as the kernel might kill what asks for it.
 */
#define MEMORY_FACTOR 8

/* A merge on its way. */
struct merge {
	struct mf_loader *loader;
	struct mf_index_driver *drivers; /* in dependency order */
	size_t n;
	size_t n_removed;
	bool is_needed; /* not all is as it is to be */
	struct mf_changes changes;
};

/* A shipped module of that name that is part of its layer; NULL when there is none. */
static struct mf_mod *find_shipped(const struct mf_loader *loader, const char *name)
{
	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];

		if (mod->record && !mod->is_hidden && mf_modname_equal(mod->name, name))
			return mod;
	}
	return NULL;
}

/* Whether what follows is to find a shipped module. */
static bool is_offered(const struct mf_loader *loader, const struct mf_mod *mod)
{
	return !loader->cmdline.is_off && !mod->is_hidden && !mod->is_masked;
}

/* Whether the indexes name the shipped module of that name, at this path. */
static bool is_indexed(const struct mf_loader *loader, const char *name, const char *path)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf line = {0};

	return !mf_stock_dependencies(&loader->stock, name, &line) &&
	       mf_has_prefix(mf_buf_str(&line), path) && mf_buf_str(&line)[strlen(path)] == ':';
}

static bool is_linked(const char *link, const char *target)
{
	char found[PATH_MAX];
	ssize_t n = readlink(link, found, sizeof(found));

	return n > 0 && (size_t)n == strlen(target) && memcmp(found, target, (size_t)n) == 0;
}

static int add_driver(struct merge *merge, const struct mf_mod *mod, const char *path)
{
	const struct mf_manifest_module *record = mod->record;

	if (mf_arena_grow(&merge->loader->arena, &merge->drivers, merge->n,
			  sizeof(*merge->drivers)))
		return -ENOMEM;
	merge->drivers[merge->n++] = (struct mf_index_driver){
		.name = mod->name,
		.path = path,
		.depends = record->depends,
		.aliases = record->aliases,
		.softdep_pre = record->softdep_pre,
		.softdep_post = record->softdep_post,
	};
	return 0;
}

/* Takes a module out that may not be found, where an overlay's own indexes or link bring it. */
static int take_out(struct merge *merge, const struct mf_mod *mod, const char *path)
{
	struct mf_loader *loader = merge->loader;
	const struct mf_mod *other = find_shipped(loader, mod->name);
	char link[PATH_MAX];
	int r;

	if (mf_sys_path(loader, link, "%s/%s", loader->stock.folder, path) ||
	    !is_linked(link, mod->path) || (other && is_offered(loader, other)))
		return 0;
	merge->is_needed = true;
	r = mf_changes_add(loader, &merge->changes, (struct mf_change){.path = link});
	if (r || !is_indexed(loader, mod->name, path))
		return r;
	r = add_driver(merge, mod, path);
	if (r)
		return r;
	merge->drivers[merge->n - 1].is_removed = true;
	merge->drivers[merge->n - 1].stock = mod->record->stock;
	merge->n_removed++;
	return 0;
}

static int put_in_front(struct merge *merge, const struct mf_mod *mod, const char *path)
{
	struct mf_loader *loader = merge->loader;
	char link[PATH_MAX];
	int r = mf_sys_path(loader, link, "%s/%s", loader->stock.folder, path);

	if (!r && !is_indexed(loader, mod->name, path))
		merge->is_needed = true;
	if (!r && !is_linked(link, mod->path)) {
		merge->is_needed = true;
		r = mf_changes_add(loader, &merge->changes,
				   (struct mf_change){.path = link, .target = mod->path});
	}
	return r ? r : add_driver(merge, mod, path);
}

/* Not inlined: what calls itself along chains would take a path each of its stack. */
static __attribute__((noinline)) int place(struct merge *merge, const struct mf_mod *mod)
{
	const char *path = mf_arena_printf(&merge->loader->arena, PLACE "%s.ko", mod->name);

	if (!path)
		return -ENOMEM;
	if (is_offered(merge->loader, mod))
		return put_in_front(merge, mod, path);
	if (mod->is_masked)
		mf_log_say(merge->loader, LOG_WARNING, "%s: is kept out of the module indexes",
			   mod->name);
	return take_out(merge, mod, path);
}

/* Decides about a module, after those it depends on. */
static int visit(struct merge *merge, struct mf_mod *mod)
{
	int r = 0;

	mod->is_placed = true;
	mod->is_masked = mod->result == MF_RESULT_FAILED || mod->result == MF_RESULT_HUNG;
	for (size_t i = 0; i < mod->record->depends.n && !r; i++) {
		struct mf_mod *needed = find_shipped(merge->loader, mod->record->depends.v[i]);

		if (needed && !needed->is_placed)
			r = visit(merge, needed);
		if (needed && needed->is_masked)
			mod->is_masked = true;
	}
	return r ? r : place(merge, mod);
}

static bool is_memory_short(size_t n)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 &&
	       (uint64_t)info.freeram * info.mem_unit < (uint64_t)n * MEMORY_FACTOR;
}

/* Merges and puts all in place; what is there stays where that is not possible. */
static int merge_indexes(struct merge *merge, struct mf_err *err)
{
	struct mf_loader *loader = merge->loader;
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged merged = {0};
	struct mf_indexes stock = {0};
	/*
	 * Without modules.symbols: a manifest has no symbols, and the values there are names of
	 * modules, which stay right when a path changes. Only symbol_request() of the kernel asks.
	 */
	const struct {
		const char *name;
		struct mf_bytes *stock;
		const struct mf_buf *merged;
	} files[] = {
		{"modules.dep.bin", &stock.dep, &merged.dep},
		{"modules.alias.bin", &stock.alias, &merged.alias},
		{"modules.order", &stock.order, &merged.order},
		{"modules.softdep", &stock.softdep, &merged.softdep},
		{"modules.devname", &stock.devname, &merged.devname},
		{"modules.dep", &stock.dep_text, &merged.dep_text},
		{"modules.alias", &stock.alias_text, &merged.alias_text},
	};
	const size_t n_files = sizeof(files) / sizeof(files[0]);
	char path[PATH_MAX];
	size_t n_bytes = 0;
	int r = 0;

	for (size_t i = 0; i < n_files; i++) {
		if (mf_sys_path(loader, path, "%s/%s", loader->stock.folder, files[i].name))
			return mf_fail(err, -ENAMETOOLONG, "%s", strerror(ENAMETOOLONG));
		*files[i].stock = mf_sys_map(path);
		n_bytes += files[i].stock->n;
	}
	if (is_memory_short(n_bytes))
		return mf_fail(err, -ENOMEM, "memory is short");
	r = mf_indexes_merge(&stock, merge->drivers, merge->n, &merged, err);
	if (r)
		return r;
	for (size_t i = 0; i < n_files && !r; i++) {
		struct mf_bytes bytes = mf_buf_bytes(files[i].merged);

		if (mf_bytes_equal(bytes, *files[i].stock))
			continue;
		mf_sys_path(loader, path, "%s/%s", loader->stock.folder, files[i].name);
		r = mf_changes_add(
			loader, &merge->changes,
			(struct mf_change){.path = path, .bytes = bytes, .is_file = true});
	}
	if (!r && !mf_sys_path(loader, path, "%s/" PLACE, loader->stock.folder))
		r = mf_sys_make_parents(path, strlen(loader->root) + 1);
	if (!r)
		r = mf_changes_apply(&merge->changes);
	return r ? mf_fail(err, r, "%s", strerror(-r)) : 0;
}

static void print_merge(const struct merge *merge)
{
	for (size_t i = 0; i < merge->n; i++) {
		const struct mf_index_driver *driver = &merge->drivers[i];

		mf_sys_print(STDOUT_FILENO, "%s %s %s\n", driver->is_removed ? "unmerge" : "merge",
			     driver->name,
			     driver->is_removed && driver->stock ? driver->stock : driver->path);
	}
	for (size_t i = 0; i < merge->changes.n; i++) {
		const struct mf_change *change = &merge->changes.v[i];

		mf_sys_print(STDOUT_FILENO, "%s %s%s%s\n", change->target ? "link" : "unlink",
			     change->path + strlen(merge->loader->root), change->target ? " " : "",
			     change->target ? change->target : "");
	}
}

static int decide(struct merge *merge)
{
	struct mf_loader *loader = merge->loader;
	int r = 0;

	for (size_t i = 0; i < loader->mods.n && !r; i++) {
		struct mf_mod *mod = loader->mods.v[i];

		if (mod->record && !mod->is_placed)
			r = visit(merge, mod);
	}
	return r;
}

void mf_merge(struct mf_loader *loader)
{
	struct merge merge = {.loader = loader};
	struct mf_err err = {0};
	uint64_t start_us = mf_sys_now_us();
	int r;

	if (!loader->stock.folder)
		return;
	r = decide(&merge);
	if (r)
		mf_fail(&err, r, "%s", strerror(-r));
	else if (!merge.is_needed)
		return;
	else if (loader->is_dry_run)
		print_merge(&merge);
	else
		r = merge_indexes(&merge, &err);
	if (r)
		mf_log_say(loader, LOG_WARNING, "the module indexes stay as they were: %s",
			   err.text[0] ? err.text : strerror(-r));
	else
		mf_log_say(loader, LOG_INFO,
			   "module indexes: %zu drivers in front, %zu taken out; %llu ms",
			   merge.n - merge.n_removed, merge.n_removed,
			   (unsigned long long)((mf_sys_now_us() - start_us) / 1000));
}
