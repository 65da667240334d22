// SPDX-License-Identifier: GPL-2.0-or-later
// The hardware ids of a module as SUSE's generator writes them into a kernel module package.
#include "lib/core/supplements.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The generator: find-supplements.ksyms of rpm-config-SUSE (2026-04), which rpm calls for one
 * module at a time. Its print_modaliases writes "[first variants]" without order or doubles of its
 * own: they come sorted.
 */

/* Characters that hexenc leaves alone. */
#define KEPT "*:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Lines that become one: each differs from the first in the character at pos alone. */
struct run {
	const char *first;
	size_t pos;
	const char **variants; /* of each further line, its text at pos */
	size_t n_variants;
};

/* "%2C" for what is not kept; a byte below 0x10 has one digit there. */
static char *encode(const char *alias, struct mf_arena *arena)
{
	static const char digits[] = "0123456789ABCDEF";
	char *text = mf_arena_alloc(arena, 3 * strlen(alias) + 1);
	char *at = text;

	for (const char *c = alias; text && *c; c++) {
		unsigned char byte = (unsigned char)*c;

		if (strchr(KEPT, byte)) {
			*at++ = *c;
			continue;
		}
		*at++ = '%';
		if (byte >= 0x10)
			*at++ = digits[byte >> 4];
		*at++ = digits[byte & 0xf];
	}
	return text;
}

/* Only an alias of a bus counts: text, a colon, text. */
static bool has_bus(const char *alias)
{
	size_t n = strlen(alias);

	return n > 2 && memchr(alias + 1, ':', n - 2);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts and drops doubles. */
static void make_unique(struct mf_strings *list)
{
	size_t n = 0;

	if (list->n > 1)
		qsort(list->v, list->n, sizeof(*list->v), compare);
	for (size_t i = 0; i < list->n; i++) {
		if (!n || strcmp(list->v[n - 1], list->v[i]) != 0)
			list->v[n++] = list->v[i];
	}
	list->n = n;
}

static int collect(const struct mf_module *module, const char *flavour, struct mf_arena *arena,
		   struct mf_strings *out)
{
	*out = (struct mf_strings){mf_arena_alloc(arena, (module->aliases.n + 1) * sizeof(*out->v)),
				   0};
	if (!out->v)
		return -ENOMEM;
	for (size_t i = 0; i < module->aliases.n; i++) {
		char *alias = encode(module->aliases.v[i], arena);
		const char *line;

		if (!alias)
			return -ENOMEM;
		if (!has_bus(alias))
			continue;
		line = mf_arena_printf(arena, "modalias(kernel-%s:%s)", flavour, alias);
		if (!line)
			return -ENOMEM;
		out->v[out->n++] = line;
	}
	make_unique(out);
	return 0;
}

/* Whether the line continues the run; a run of one line learns its pos from it. */
static bool joins(struct run *run, const char *line)
{
	size_t pos = 0;

	while (run->first[pos] && run->first[pos] == line[pos])
		pos++;
	if (!run->first[pos] || !line[pos] || run->first[pos] == '*' ||
	    (run->n_variants && pos != run->pos) ||
	    strcmp(run->first + pos + 1, line + pos + 1) != 0)
		return false;
	run->pos = pos;
	return true;
}

/* "abc" and its variants at 1: "a[bxy]c". */
static const char *run_text(const struct run *run, struct mf_arena *arena)
{
	size_t n = strlen(run->first);
	char *text, *at;

	if (!run->n_variants)
		return run->first;
	text = at = mf_arena_alloc(arena, n + run->n_variants + 3);
	if (!text)
		return NULL;
	memcpy(at, run->first, run->pos);
	at += run->pos;
	*at++ = '[';
	*at++ = run->first[run->pos];
	for (size_t i = 0; i < run->n_variants; i++)
		*at++ = *run->variants[i];
	*at++ = ']';
	memcpy(at, run->first + run->pos + 1, n - run->pos - 1);
	return text;
}

/* Replaces the lines by those of their runs; a run ends where the next line does not join. */
static int merge(struct mf_strings *lines, struct mf_arena *arena)
{
	struct run run = {.variants = mf_arena_alloc(arena, (lines->n + 1) * sizeof(const char *))};
	size_t n = 0;

	if (!run.variants)
		return -ENOMEM;
	for (size_t i = 0; i < lines->n; i++) {
		if (!run.first) {
			run.first = lines->v[i];
			run.n_variants = 0;
		}
		if (i + 1 < lines->n && joins(&run, lines->v[i + 1])) {
			run.variants[run.n_variants++] = lines->v[i + 1] + run.pos;
			continue;
		}
		lines->v[n] = run_text(&run, arena);
		if (!lines->v[n++])
			return -ENOMEM;
		run.first = NULL;
	}
	lines->n = n;
	return 0;
}

int mf_supplements(const struct mf_module *module, const char *flavour, struct mf_arena *arena,
		   struct mf_strings *out)
{
	int r = collect(module, flavour, arena, out);

	if (!r)
		r = merge(out, arena);
	if (!r)
		make_unique(out);
	return r;
}
