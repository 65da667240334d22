// SPDX-License-Identifier: GPL-2.0-or-later
// The table of modules: lookup across the layers, what a module depends on, who is asked for.
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modname.h"

struct mf_mod *mf_mods_add(struct mf_loader *loader, const char *name, const char *path)
{
	struct mf_mod *mod = mf_arena_alloc(&loader->arena, sizeof(*mod));
	char *folded = mf_arena_strdup(&loader->arena, name);

	if (!mod || !folded ||
	    mf_arena_grow(&loader->arena, &loader->mods.v, loader->mods.n, sizeof(mod)))
		return NULL;
	for (char *c = folded; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	mod->name = folded;
	mod->path = path;
	mod->pipe = -1;
	mod->result = MF_RESULT_SKIPPED;
	loader->mods.v[loader->mods.n++] = mod;
	return mod;
}

/* Cuts the first blank-separated word off *rest in place; NULL at the end. */
static char *take_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t\n");

	if (!*word)
		return NULL;
	*rest = word + strcspn(word, " \t\n");
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

/* A module of the stock layer that is not in the table yet; NULL when there is none. */
static struct mf_mod *add_stock(struct mf_loader *loader, const char *name)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf line = {0};
	char folded[MF_MODNAME_MAX];
	const char *path;
	size_t n = strlen(name);

	if (n >= sizeof(folded))
		return NULL;
	for (size_t i = 0; i <= n; i++)
		folded[i] = name[i] == '-' ? '_' : name[i];
	if (mf_stock_dependencies(&loader->stock, folded, &line))
		return NULL;
	path = mf_buf_str(&line);
	n = strcspn(path, ":");
	if (path[0] == '/')
		path = mf_arena_strndup(&loader->arena, path, n);
	else
		path = mf_arena_printf(&loader->arena, "%s/%.*s", loader->stock.folder, (int)n,
				       path);
	return path ? mf_mods_add(loader, folded, path) : NULL;
}

struct mf_mod *mf_mods_get(struct mf_loader *loader, const char *name)
{
	for (size_t i = 0; i < loader->mods.n; i++) {
		if (!loader->mods.v[i]->is_hidden &&
		    mf_modname_equal(loader->mods.v[i]->name, name))
			return loader->mods.v[i];
	}
	return add_stock(loader, name);
}

static int add_edge(struct mf_loader *loader, struct mf_mods *edges, struct mf_mod *to)
{
	for (size_t i = 0; i < edges->n; i++) {
		if (edges->v[i] == to)
			return 0;
	}
	if (mf_arena_grow(&loader->arena, &edges->v, edges->n, sizeof(struct mf_mod *)))
		return -ENOMEM;
	edges->v[edges->n++] = to;
	return 0;
}

static int depend_on_name(struct mf_loader *loader, struct mf_mod *mod, const char *name)
{
	struct mf_mod *needed = mf_mods_get(loader, name);

	if (needed && needed != mod)
		return add_edge(loader, &mod->depends, needed);
	/* perhaps built in without a trace: the kernel itself will say what it misses */
	if (!needed && !mf_stock_is_builtin(loader, name))
		mf_log_say(loader, LOG_WARNING, "%s: needs %s, which is neither shipped nor stock",
			   mod->name, name);
	return 0;
}

static int resolve_stock(struct mf_loader *loader, struct mf_mod *mod)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf line = {0};
	char name[MF_MODNAME_MAX];
	char *rest, *path;
	int r = mf_stock_dependencies(&loader->stock, mod->name, &line);

	if (r || !line.len)
		return r == -ENOMEM ? r : 0;
	rest = (char *)line.data + strcspn((char *)line.data, ":");
	if (*rest)
		rest++;
	while ((path = take_word(&rest))) {
		if (mf_modname_from_path(path, name))
			continue;
		r = depend_on_name(loader, mod, name);
		if (r)
			return r;
	}
	return 0;
}

struct soft {
	struct mf_loader *loader;
	struct mf_mod *mod;
	struct mf_mods *edges;
};

static int soft_found(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct soft *soft = context;
	char name[MF_MODNAME_MAX];
	struct mf_mod *to;

	(void)key;
	(void)priority;
	if (value.n >= sizeof(name))
		return 0;
	memcpy(name, value.p, value.n);
	name[value.n] = '\0';
	to = mf_mods_get(soft->loader, name);
	return to && to != soft->mod ? add_edge(soft->loader, soft->edges, to) : 0;
}

/* A softdep names a module or an alias; what does not exist is no error. */
static int add_soft(struct soft *soft, const char *name)
{
	struct mf_mod *to = mf_mods_get(soft->loader, name);

	if (to && to != soft->mod)
		return add_edge(soft->loader, soft->edges, to);
	return to ? 0 : mf_stock_match(&soft->loader->stock, name, soft_found, soft);
}

static int resolve_softdeps(struct mf_loader *loader, struct mf_mod *mod)
{
	struct mf_bytes line = mf_stock_softdep(&loader->stock, mod->name);
	struct soft soft = {loader, mod, NULL};
	char *rest, *word;
	int r = 0;

	if (mod->record) {
		soft.edges = &mod->softdep_pre;
		for (size_t i = 0; i < mod->record->softdep_pre.n && !r; i++)
			r = add_soft(&soft, mod->record->softdep_pre.v[i]);
		soft.edges = &mod->softdep_post;
		for (size_t i = 0; i < mod->record->softdep_post.n && !r; i++)
			r = add_soft(&soft, mod->record->softdep_post.v[i]);
		return r;
	}
	rest = mf_arena_strndup(&loader->arena, (const char *)line.p, line.n);
	if (!rest)
		return -ENOMEM;
	while (!r && (word = take_word(&rest))) {
		if (strcmp(word, "pre:") == 0)
			soft.edges = &mod->softdep_pre;
		else if (strcmp(word, "post:") == 0)
			soft.edges = &mod->softdep_post;
		else if (soft.edges)
			r = add_soft(&soft, word);
	}
	return r;
}

static __attribute__((noinline)) int resolve(struct mf_loader *loader, struct mf_mod *mod)
{
	int r = 0;

	mod->is_resolved = true;
	if (mod->record) {
		for (size_t i = 0; i < mod->record->depends.n && !r; i++)
			r = depend_on_name(loader, mod, mod->record->depends.v[i]);
	} else {
		r = resolve_stock(loader, mod);
	}
	return r ? r : resolve_softdeps(loader, mod);
}

/* A module the kernel has already: says so when it is another build than the shipped one. */
static __attribute__((noinline)) void finish_present(struct mf_loader *loader, struct mf_mod *mod)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf loaded = {0};
	char path[PATH_MAX];

	if (!mod->record || !mod->record->srcversion ||
	    mf_sys_path(loader, path, "/sys/module/%s/srcversion", mod->name) ||
	    mf_sys_read(path, 256, &loaded) ||
	    mf_has_prefix(mf_buf_str(&loaded), mod->record->srcversion)) {
		mf_mods_finish(loader, mod, MF_RESULT_PRESENT, NULL);
		return;
	}
	mf_mods_finish(loader, mod, MF_RESULT_PRESENT,
		       "another build of this module was loaded before");
}

/* Not inlined: mf_mods_want calls itself along chains, and a path each would take its stack. */
static __attribute__((noinline)) bool is_in_kernel(const struct mf_loader *loader,
						   const struct mf_mod *mod)
{
	char path[PATH_MAX];

	return !mf_sys_path(loader, path, "/sys/module/%s/initstate", mod->name) &&
	       mf_sys_exists(path);
}

int mf_mods_want(struct mf_loader *loader, struct mf_mod *mod)
{
	enum mf_mask mask = mf_cmdline_mask(&loader->cmdline, mod->name);
	int r = 0;

	if (mod->state != MF_LOAD_IDLE)
		return 0;
	mod->state = MF_LOAD_WANTED;
	if (is_in_kernel(loader, mod)) {
		finish_present(loader, mod);
		return 0;
	}
	if (mf_stock_is_builtin(loader, mod->name)) {
		mf_mods_finish(loader, mod, MF_RESULT_PRESENT, "built into the kernel");
		return 0;
	}
	if (mask == MF_MASK_REFUSED) {
		mf_mods_finish(loader, mod, MF_RESULT_SKIPPED, mf_mask_name(mask));
		return 0;
	}
	if (!mod->is_resolved)
		r = resolve(loader, mod);
	for (size_t i = 0; i < mod->depends.n && !r; i++)
		r = mf_mods_want(loader, mod->depends.v[i]);
	for (size_t i = 0; i < mod->softdep_pre.n && !r; i++)
		r = mf_mods_want(loader, mod->softdep_pre.v[i]);
	return r;
}

void mf_mods_finish(struct mf_loader *loader, struct mf_mod *mod, enum mf_result result,
		    const char *message)
{
	mod->state = MF_LOAD_DONE;
	mod->result = result;
	mod->message = message ? mf_arena_strdup(&loader->arena, message) : NULL;
}

bool mf_mods_is_there(const struct mf_mod *mod)
{
	return mod->state == MF_LOAD_DONE &&
	       (mod->result == MF_RESULT_BOUND || mod->result == MF_RESULT_LOADED ||
		mod->result == MF_RESULT_PRESENT);
}
