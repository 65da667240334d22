// SPDX-License-Identifier: GPL-2.0-or-later
// Makes selections of prepared drivers for tests of recipes, without any file.
#pragma once

#include "tests/unit/drvmake.h"

#include "lib/core/select.h"

/* Drivers selected in the order they were made. Zeroed is empty. */
struct selection {
	struct mf_drvset set;
	struct mf_selected_list list;
};

static inline void free_selection(struct selection *selection)
{
	mf_drvset_free(&selection->set);
}

/* Adds a driver; each gets a build of its own, so that earlier ones stay where they are. */
static inline struct mf_driver *add(struct selection *selection, const char *package,
				    const char *version, const char *kernel, const char *name)
{
	struct mf_arena *arena = &selection->set.arena;
	struct mf_package *p = mf_arena_alloc(arena, sizeof(*p));
	struct mf_build *b = mf_arena_alloc(arena, sizeof(*b));
	struct mf_driver *d = mf_arena_alloc(arena, sizeof(*d));

	assert_non_null(p);
	assert_non_null(b);
	assert_non_null(d);
	*p = (struct mf_package){.name = package, .version = version};
	*b = (struct mf_build){.kernel = kernel, .arch = "x86_64"};
	d->module = (struct mf_module){.name = name, .arch = "x86_64", .version = version};
	d->path = mf_arena_printf(arena, "/tree/%s.ko", name);
	d->content = (struct mf_bytes){(const uint8_t *)name, strlen(name)};
	assert_int_equal(mf_sha256_hex(d->content, d->sha256), 0);
	assert_int_equal(mf_arena_grow(arena, &selection->list.v, selection->list.n,
				       sizeof(*selection->list.v)),
			 0);
	selection->list.v[selection->list.n++] = (struct mf_selected){p, b, d};
	return d;
}
