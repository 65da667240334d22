// SPDX-License-Identifier: GPL-2.0-or-later
// The hardware ids of a module as package dependencies, as the distributions' generators write
// them.
#include "lib/core/modalias_provides.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * The generator: modalias.prov of kernel-srpm-macros as it is since 2023; the one before merged by
 * chance of the order, and specials too. It works on the lines of one module, sorted
 * by length and text, and folds runs of lines that differ from the run's first one in the same
 * character.
 */

/* What a dependency's text may have besides letters and digits; all else becomes '_'. */
#define ALIAS_KEPT   "][._:*?/-"
#define VERSION_KEPT "._"

/* Not merged: they mean something in a pattern. */
#define SPECIAL "[]?*"

/* An alias in the characters of a dependency. */
struct tag {
	const char *text;
	size_t n;
};

/* The output being made. */
struct provides {
	struct mf_arena *arena;
	const char *version; /* NULL: without */
	struct mf_strings *out;
};

/* Lines that become one: they equal the first but for the character at pos. */
struct run {
	struct tag first;
	size_t pos;
	const char **variants; /* of each further line, its text at pos */
	size_t n_variants;
};

static char *fold(struct mf_arena *arena, const char *text, const char *kept)
{
	char *copy = mf_arena_strdup(arena, text);

	for (char *c = copy; c && *c; c++) {
		unsigned char byte = (unsigned char)*c;

		if (byte >= 0x80 || (!isalnum(byte) && !strchr(kept, byte)))
			*c = '_';
	}
	return copy;
}

static int compare_tags(const void *a, const void *b)
{
	const struct tag *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return memcmp(x->text, y->text, x->n);
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts and drops doubles. */
static void make_unique(struct mf_strings *list)
{
	size_t n = 0;

	if (list->n > 1)
		qsort(list->v, list->n, sizeof(*list->v), compare_strings);
	for (size_t i = 0; i < list->n; i++) {
		if (!n || strcmp(list->v[n - 1], list->v[i]) != 0)
			list->v[n++] = list->v[i];
	}
	list->n = n;
}

static int collect(const struct mf_module *module, struct mf_arena *arena, struct tag **ret_tags,
		   size_t *ret_n)
{
	struct tag *tags = mf_arena_alloc(arena, (module->aliases.n + 1) * sizeof(*tags));
	size_t n = 0;

	if (!tags)
		return -ENOMEM;
	for (size_t i = 0; i < module->aliases.n; i++) {
		const char *text = fold(arena, module->aliases.v[i], ALIAS_KEPT);

		if (!text)
			return -ENOMEM;
		if (*text)
			tags[n++] = (struct tag){text, strlen(text)};
	}
	if (n > 1)
		qsort(tags, n, sizeof(*tags), compare_tags);
	*ret_tags = tags;
	*ret_n = n;
	return 0;
}

/* Whether two lines of one length are the same from a place on. */
static bool has_same_end(const struct tag *a, const struct tag *b, size_t from)
{
	return memcmp(a->text + from, b->text + from, a->n - from) == 0;
}

/* Whether tag continues the run; a run of one line learns its pos from it. */
static bool joins(struct run *run, const struct tag *tag)
{
	const struct tag *first = &run->first;
	size_t pos = run->pos;

	if (first->n != tag->n)
		return false;
	if (!run->n_variants) {
		for (pos = 0; pos < tag->n && first->text[pos] == tag->text[pos];)
			pos++;
	}
	if (pos >= tag->n || memcmp(first->text, tag->text, pos) != 0 ||
	    strchr(SPECIAL, first->text[pos]) || strchr(SPECIAL, tag->text[pos]) ||
	    !has_same_end(first, tag, pos + 1))
		return false;
	run->pos = pos;
	return true;
}

/* "abc" and its variants at 1: "a[bxy]c". */
static const char *run_text(const struct provides *provides, const struct run *run)
{
	char *text, *at;

	if (!run->n_variants)
		return run->first.text;
	text = at = mf_arena_alloc(provides->arena, run->first.n + run->n_variants + 3);
	if (!text)
		return NULL;
	memcpy(at, run->first.text, run->pos);
	at += run->pos;
	*at++ = '[';
	*at++ = run->first.text[run->pos];
	for (size_t i = 0; i < run->n_variants; i++)
		*at++ = *run->variants[i];
	*at++ = ']';
	memcpy(at, run->first.text + run->pos + 1, run->first.n - run->pos - 1);
	return text;
}

static int end_run(const struct provides *provides, const struct run *run)
{
	const char *text = run_text(provides, run);
	const char *line;

	if (!text)
		return -ENOMEM;
	line = provides->version ? mf_arena_printf(provides->arena, "modalias(%s) = %s", text,
						   provides->version)
				 : mf_arena_printf(provides->arena, "modalias(%s)", text);
	if (!line || mf_arena_grow(provides->arena, &provides->out->v, provides->out->n,
				   sizeof(*provides->out->v)))
		return -ENOMEM;
	provides->out->v[provides->out->n++] = line;
	return 0;
}

static int merge(const struct provides *provides, const struct tag *tags, size_t n)
{
	struct run run = {0};

	if (!n)
		return 0;
	run.variants = mf_arena_alloc(provides->arena, n * sizeof(*run.variants));
	if (!run.variants)
		return -ENOMEM;
	run.first = tags[0];
	for (size_t i = 1; i < n; i++) {
		if (compare_tags(&tags[i - 1], &tags[i]) == 0)
			continue;
		if (joins(&run, &tags[i])) {
			run.variants[run.n_variants++] = tags[i].text + run.pos;
			continue;
		}
		if (end_run(provides, &run))
			return -ENOMEM;
		run.n_variants = 0;
		run.first = tags[i];
	}
	return end_run(provides, &run);
}

int mf_modalias_provides(const struct mf_module *module, struct mf_arena *arena,
			 struct mf_strings *out)
{
	struct provides provides = {.arena = arena, .out = out};
	struct tag *tags;
	size_t n;
	int r;

	*out = (struct mf_strings){0};
	if (module->version && strcspn(module->version, "\n")) {
		/* its first line: modinfo(8) shows a module's second version as one more */
		char *line = mf_arena_strndup(arena, module->version,
					      strcspn(module->version, "\n"));

		provides.version = line ? fold(arena, line, VERSION_KEPT) : NULL;
		if (!provides.version)
			return -ENOMEM;
	}
	r = collect(module, arena, &tags, &n);
	if (!r)
		r = merge(&provides, tags, n);
	if (!r)
		make_unique(out);
	return r;
}
