// SPDX-License-Identifier: GPL-2.0-or-later
// Text of a module.order: what linuxrc unloads from its end and then loads from its beginning.
#include <errno.h>
#include <string.h>

#include "dud/suse_parts.h"
#include "lib/core/modname.h"

/* Dependencies of the kernel's own modules; real chains have 8 links. */
#define MAX_DEPTH 32

/* A list being made. */
struct order {
	const struct mf_suse_part *part;
	const struct mf_kernel *kernel; /* of the installer, NULL: not known */
	struct mf_strings names;	/* of the kernel's own modules that are in it */
	struct mf_arena *arena;
	struct mf_buf *out;
};

static const struct mf_kernel *find_kernel(const struct mf_plan *plan, const char *release)
{
	for (size_t i = 0; i < plan->n_kernels; i++) {
		if (strcmp(plan->kernels[i].release, release) == 0)
			return plan->kernels[i].is_bare ? NULL : &plan->kernels[i];
	}
	return NULL;
}

static bool is_listed(const struct order *order, const char *name)
{
	for (size_t i = 0; i < order->part->n; i++) {
		if (mf_modname_equal(order->part->files[i], name))
			return true;
	}
	for (size_t i = 0; i < order->names.n; i++) {
		if (mf_modname_equal(order->names.v[i], name))
			return true;
	}
	return false;
}

/* A line. linuxrc compares it with names of files, to the letter: "virtio-ring", not "_". */
static void put(struct order *order, const char *path)
{
	const char *base = strrchr(path, '/');
	const char *name = base ? base + 1 : path;
	const char *suffix = strstr(name, ".ko");
	size_t n = suffix ? (size_t)(suffix - name) : strlen(name);

	mf_buf_add(order->out, name, n);
	mf_buf_addc(order->out, '\n');
}

/*
 * A module of the installer's own, behind what it needs itself; nothing where it has none (it is
 * built in, or `check` tells). Where the kernel is not known, the name is all there is.
 */
static int put_stock(struct order *order, const char *name, unsigned int depth)
{
	const struct mf_stock_module *stock = order->kernel ? mf_kernel_module(order->kernel, name)
							    : NULL;
	int r = 0;

	if (depth > MAX_DEPTH || is_listed(order, name) || (order->kernel && !stock) ||
	    !mf_modname_is_valid(name))
		return 0;
	if (mf_arena_grow(order->arena, &order->names.v, order->names.n, sizeof(*order->names.v)))
		return -ENOMEM;
	order->names.v[order->names.n++] = name;
	for (size_t i = 0; !r && stock && i < stock->depends.n; i++)
		r = put_stock(order, stock->depends.v[i], depth + 1);
	if (!r)
		put(order, stock ? stock->path : name);
	return r;
}

int mf_suse_order_put(const struct mf_suse_part *part, struct mf_buf *out)
{
	for (size_t i = 0; i < part->n; i++)
		mf_buf_printf(out, "%s\n", part->files[i]);
	return mf_buf_status(out);
}

int mf_suse_order_put_needs(const struct mf_plan *plan, const struct mf_suse_part *part,
			    struct mf_arena *arena, struct mf_buf *out)
{
	struct order order = {
		.part = part,
		.kernel = find_kernel(plan, part->kernel),
		.arena = arena,
		.out = out,
	};
	int r = 0;

	for (size_t i = 0; !r && i < part->n; i++) {
		const struct mf_strings *depends = &part->drivers[i].driver->module.depends;

		for (size_t j = 0; !r && j < depends->n; j++)
			r = put_stock(&order, depends->v[j], 0);
		mf_buf_printf(out, "%s\n", part->files[i]);
	}
	return r ? r : mf_buf_status(out);
}
