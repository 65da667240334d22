// SPDX-License-Identifier: GPL-2.0-or-later
// Makes driver sets for tests without any file.
#pragma once

#include <string.h>

#include "tests/unit/unit.h"

#include "lib/core/drvset.h"
#include "lib/core/hash.h"

/* Adds a prepared driver of a package for a kernel; content is text. */
static inline struct mf_driver *drvmake(struct mf_drvset *set, const char *package,
					const char *version, const char *kernel, const char *name)
{
	struct mf_package *p = mf_drvset_package(set, package, version, "/tree");
	struct mf_build *b;
	struct mf_driver *d;

	assert_non_null(p);
	b = mf_drvset_build(set, p, kernel, "x86_64");
	assert_non_null(b);
	d = mf_drvset_driver(set, b);
	assert_non_null(d);
	d->module.name = name;
	d->module.arch = "x86_64";
	d->module.version = version;
	d->path = mf_arena_printf(&set->arena, "/tree/%s/%s/%s/%s.ko", package ? package : "",
				  version ? version : "", kernel, name);
	assert_non_null(d->path);
	d->content = (struct mf_bytes){(const uint8_t *)d->path, strlen(d->path)};
	assert_int_equal(mf_sha256_hex(d->content, d->sha256), 0);
	return d;
}

/* A list of names that lives in the set; NULL at the end. */
static inline struct mf_strings drvmake_strings(struct mf_drvset *set, ...)
{
	struct mf_strings strings = {0};
	const char *text;
	va_list args;

	va_start(args, set);
	while ((text = va_arg(args, const char *))) {
		assert_int_equal(mf_arena_grow(&set->arena, &strings.v, strings.n, sizeof(text)),
				 0);
		strings.v[strings.n++] = text;
	}
	va_end(args);
	return strings;
}

/* A list of names that lives as long as the block it stands in. */
#define DRVMAKE_STRINGS(...)                                \
	((struct mf_strings){(const char *[]){__VA_ARGS__}, \
			     sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)})
