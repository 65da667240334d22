// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: the kernels of a target out of the modules that were found.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/kmodindex.h"
#include "lib/io/gather_state.h"

static int compare_modules(const void *left, const void *right)
{
	const struct mf_found_module *a = left;
	const struct mf_found_module *b = right;
	int order = (a->kernel > b->kernel) - (a->kernel < b->kernel);

	if (!order)
		order = strcmp(a->module->name, b->module->name);
	return order ? order : strcmp(a->path, b->path);
}

/* Whether modules.dep leads from the name to this path: "PATH: NEEDED…". */
static bool is_indexed(const struct mf_kernel *kernel, const struct mf_found_module *found)
{
	struct mf_kmodindex index;
	struct mf_bytes value;
	size_t n = strlen(found->path);

	return !mf_kmodindex_open(kernel->indexes.dep, &index, NULL) &&
	       !mf_kmodindex_get(&index, found->module->name, &value) && value.n > n &&
	       !memcmp(value.p, found->path, n) && value.p[n] == ':';
}

/* Of n modules of one name the one that kmod loads; the first by path where no index says. */
static const struct mf_found_module *choose(const struct mf_kernel *kernel,
					    const struct mf_found_module *same, size_t n)
{
	for (size_t i = 0; n > 1 && i < n; i++) {
		if (is_indexed(kernel, &same[i]))
			return &same[i];
	}
	return same;
}

static int add_stock(struct mf_probe *probe, struct mf_kernel *kernel,
		     const struct mf_found_module *found)
{
	struct mf_stock_module stock = {
		.name = mf_arena_strdup(&probe->arena, found->module->name),
		.path = mf_arena_strdup(&probe->arena, found->path),
	};
	int r = stock.name && stock.path ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < found->module->depends.n; i++)
		r = mf_strings_add(&probe->arena, &stock.depends, found->module->depends.v[i]);
	if (!r)
		r = mf_arena_grow(&probe->arena, &kernel->modules, kernel->n_modules,
				  sizeof(*kernel->modules));
	if (r)
		return r;
	kernel->modules[kernel->n_modules++] = stock;
	return mf_symtab_add_module(&kernel->symbols, found->module);
}

/* What most of the modules say, by the vote of Boyer and Moore: one pass, no table. */
struct vote {
	const char *text; /* NULL is a vote too */
	size_t weight;
};

static void cast(struct vote *vote, const char *text)
{
	bool is_same = vote->text == text || (vote->text && text && !strcmp(vote->text, text));

	if (is_same)
		vote->weight++;
	else if (vote->weight)
		vote->weight--;
	else
		*vote = (struct vote){text, 1};
}

static int settle(struct mf_arena *arena, const struct vote *vote, const char **ret)
{
	if (*ret) /* said by the image itself */
		return 0;
	*ret = vote->text ? mf_arena_strdup(arena, vote->text) : NULL;
	return *ret || !vote->text ? 0 : -ENOMEM;
}

/* n modules of one kernel, sorted by name and path. */
static int fill_kernel(struct mf_gather *gather, struct mf_kernel *kernel,
		       const struct mf_found_module *found, size_t n)
{
	struct mf_arena *arena = &gather->probe->arena;
	struct vote vermagic = {0};
	struct vote arch = {0};
	struct vote signer = {0};
	int r = 0;

	for (size_t i = 0, same; !r && i < n; i += same) {
		const struct mf_found_module *chosen;

		for (same = 1; i + same < n; same++) {
			if (strcmp(found[i].module->name, found[i + same].module->name) != 0)
				break;
		}
		chosen = choose(kernel, found + i, same);
		cast(&vermagic, chosen->module->vermagic);
		cast(&arch, chosen->module->arch);
		cast(&signer, chosen->module->signer);
		if (chosen->module->is_intree)
			kernel->struct_size = chosen->module->struct_size;
		r = add_stock(gather->probe, kernel, chosen);
	}
	if (!r)
		r = settle(arena, &vermagic, &kernel->vermagic);
	if (!r)
		r = settle(arena, &arch, &kernel->arch);
	return r ? r : settle(arena, &signer, &kernel->signer);
}

static int compare_kernels(const void *left, const void *right)
{
	const struct mf_kernel *a = left;
	const struct mf_kernel *b = right;
	int order = strcmp(a->release, b->release);

	return order ? order : strcmp(a->folder, b->folder);
}

/* One kernel a release: where there are lib/modules and usr/lib/modules, kmod reads the former. */
static void sort_kernels(struct mf_probe *probe)
{
	size_t n = 0;

	if (probe->n_kernels > 1)
		qsort(probe->kernels, probe->n_kernels, sizeof(*probe->kernels), compare_kernels);
	for (size_t i = 0; i < probe->n_kernels; i++) {
		if (n && !strcmp(probe->kernels[n - 1].release, probe->kernels[i].release))
			mf_symtab_free(&probe->kernels[i].symbols);
		else
			probe->kernels[n++] = probe->kernels[i];
	}
	probe->n_kernels = n;
}

int mf_gather_kernels(struct mf_gather *gather)
{
	struct mf_gather_state *state = gather->state;
	struct mf_found_module *modules = state->modules;
	int r = 0;

	if (state->n_modules > 1)
		qsort(modules, state->n_modules, sizeof(*modules), compare_modules);
	for (size_t i = 0, n; !r && i < state->n_modules; i += n) {
		for (n = 1; i + n < state->n_modules; n++) {
			if (modules[i + n].kernel != modules[i].kernel)
				break;
		}
		r = fill_kernel(gather, &gather->probe->kernels[modules[i].kernel], modules + i, n);
	}
	sort_kernels(gather->probe);
	return r;
}
