// SPDX-License-Identifier: GPL-2.0-or-later
// Symbol dependencies of kmod RPMs: the CRCs with which a kernel has to fit.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dud/kmod_rpm.h"

static int add_dep(struct mf_tree *tree, const char *key, const char *kind,
		   const struct mf_symbol *symbol)
{
	const char *dep = mf_arena_printf(&tree->arena, "%s(%s) = 0x%08x", kind, symbol->name,
					  (unsigned int)symbol->crc);

	return dep ? mf_tree_add_param(tree, key, dep) : -ENOMEM;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_sibling(const struct mf_selected *a, const struct mf_selected *b)
{
	return strcmp(a->build->kernel, b->build->kernel) == 0 &&
	       strcmp(a->build->arch, b->build->arch) == 0;
}

/* Sorted names of what the selection's drivers for the part's kernel export. */
static int collect_exports(struct mf_kmod_rpm *rpm, struct mf_strings *out)
{
	const struct mf_selected_list *all = rpm->plan->selected;
	struct mf_arena *arena = &rpm->tree->arena;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (is_sibling(&all->v[i], &rpm->part->v[0]))
			n += all->v[i].driver->module.exports.n;
	}
	*out = (struct mf_strings){mf_arena_alloc(arena, (n + 1) * sizeof(*out->v)), 0};
	if (!out->v)
		return -ENOMEM;
	for (size_t i = 0; i < all->n; i++) {
		const struct mf_symbols *exports = &all->v[i].driver->module.exports;

		for (size_t j = 0; is_sibling(&all->v[i], &rpm->part->v[0]) && j < exports->n; j++)
			out->v[out->n++] = exports->v[j].name;
	}
	if (n > 1)
		qsort(out->v, out->n, sizeof(*out->v), compare_names);
	return 0;
}

static int add_provides(struct mf_kmod_rpm *rpm, const struct mf_module *module)
{
	for (size_t i = 0; i < module->exports.n; i++) {
		const struct mf_symbol *symbol = &module->exports.v[i];
		int r = symbol->has_crc ? add_dep(rpm->tree, "provides", "ksym", symbol) : 0;

		if (r)
			return r;
	}
	return 0;
}

static int add_requires(struct mf_kmod_rpm *rpm, const struct mf_module *module,
			const struct mf_strings *exports)
{
	for (size_t i = 0; i < module->imports.n; i++) {
		const struct mf_symbol *symbol = &module->imports.v[i];
		bool is_ours = exports->n && bsearch(&symbol->name, exports->v, exports->n,
						     sizeof(*exports->v), compare_names);
		int r = 0;

		if (symbol->has_crc)
			r = add_dep(rpm->tree, "requires", is_ours ? "ksym" : "kernel", symbol);
		if (r)
			return r;
	}
	return 0;
}

int mf_kmod_rpm_add_symbols(struct mf_kmod_rpm *rpm)
{
	struct mf_strings exports;
	int r = collect_exports(rpm, &exports);

	for (size_t i = 0; !r && i < rpm->part->n; i++) {
		const struct mf_module *module = &rpm->part->v[i].driver->module;

		r = add_provides(rpm, module);
		if (!r)
			r = add_requires(rpm, module, &exports);
	}
	return r;
}
