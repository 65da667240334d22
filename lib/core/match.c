// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers for devices: patterns of a driver set and of kmod indexes, hits in the order "best
// first".
#include "lib/core/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/modalias.h"
#include "lib/core/modname.h"
#include "lib/core/version.h"

const char *mf_layer_name(enum mf_layer layer)
{
	switch (layer) {
	case MF_LAYER_BUILTIN: return "built-in";
	case MF_LAYER_SHIPPED: return "update";
	case MF_LAYER_STOCK: return "stock";
	}
	return "?";
}

int mf_patterns_add(struct mf_patterns *patterns, const struct mf_selected *owner)
{
	const struct mf_strings *aliases = &owner->driver->module.aliases;
	MF_CLEANUP(mf_buf_free) struct mf_buf folded = {0};

	for (size_t i = 0; i < aliases->n; i++) {
		struct mf_pattern pattern = {.owner = *owner};

		folded.len = 0;
		if (strlen(aliases->v[i]) >= MF_MODALIAS_MAX ||
		    mf_modalias_fold_pattern(&folded, aliases->v[i]) == -EINVAL)
			continue;
		if (mf_buf_status(&folded) ||
		    mf_arena_grow(&patterns->arena, &patterns->v, patterns->n, sizeof(pattern)))
			return -ENOMEM;
		pattern.text = mf_arena_strndup(&patterns->arena, mf_buf_str(&folded), folded.len);
		if (!pattern.text)
			return -ENOMEM;
		pattern.literal = mf_modalias_literal_length(pattern.text);
		patterns->v[patterns->n++] = pattern;
	}
	return 0;
}

/* Order of a pattern's literal part against n bytes of text. */
static int compare_literal(const struct mf_pattern *pattern, const char *text, size_t n)
{
	int order = memcmp(pattern->text, text, pattern->literal < n ? pattern->literal : n);

	return order ? order : (pattern->literal > n) - (pattern->literal < n);
}

static int compare_patterns(const void *left, const void *right)
{
	const struct mf_pattern *a = left;
	const struct mf_pattern *b = right;

	return compare_literal(a, b->text, b->literal);
}

void mf_patterns_sort(struct mf_patterns *patterns)
{
	if (patterns->n > 1)
		qsort(patterns->v, patterns->n, sizeof(*patterns->v), compare_patterns);
}

void mf_patterns_free(struct mf_patterns *patterns)
{
	mf_arena_free(&patterns->arena);
	*patterns = (struct mf_patterns){0};
}

/* Whether two hits are of the same driver. */
static bool is_same_driver(const struct mf_hit *a, const struct mf_hit *b)
{
	return a->layer == b->layer && a->folder == b->folder &&
	       a->owner.driver == b->owner.driver && !strcmp(a->module, b->module);
}

/* Adds a hit, or makes the one of the same driver name the more specific pattern. */
static int add_hit(struct mf_hits *hits, const struct mf_hit *hit)
{
	for (size_t i = 0; i < hits->n; i++) {
		struct mf_hit *old = &hits->v[i];
		unsigned int was;
		unsigned int is;

		if (!is_same_driver(old, hit))
			continue;
		was = mf_modalias_specificity(old->pattern);
		is = mf_modalias_specificity(hit->pattern);
		old->is_certain = old->is_certain || hit->is_certain;
		if (is > was || (is == was && strcmp(hit->pattern, old->pattern) < 0))
			old->pattern = hit->pattern;
		return 0;
	}
	if (mf_arena_grow(hits->arena, &hits->v, hits->n, sizeof(*hit)))
		return -ENOMEM;
	hits->v[hits->n++] = *hit;
	return 0;
}

static int try_pattern(const struct mf_pattern *pattern, const struct mf_device *device,
		       struct mf_hits *hits)
{
	struct mf_hit hit = {.pattern = pattern->text,
			     .layer = MF_LAYER_SHIPPED,
			     .owner = pattern->owner,
			     .module = pattern->owner.driver->module.name};
	bool is_match = device->is_partial
				? mf_modalias_match_partial(pattern->text, device->modalias)
				: mf_modalias_match(pattern->text, device->modalias);

	if (!is_match)
		return 0;
	/* '?' is no digit: where it matches as it stands, a wildcard took it */
	hit.is_certain = !device->is_partial || mf_modalias_match(pattern->text, device->modalias);
	return add_hit(hits, &hit);
}

/* Index of the first pattern whose literal part is not before n bytes of text. */
static size_t lower_bound(const struct mf_patterns *patterns, const char *text, size_t n)
{
	size_t low = 0;
	size_t high = patterns->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_literal(&patterns->v[middle], text, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int mf_match_patterns(const struct mf_patterns *patterns, const struct mf_device *device,
		      struct mf_hits *hits)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf folded = {0};
	int status = 0;

	if (device->is_partial) { /* its beginning may be unknown: no place to look for */
		for (size_t i = 0; !status && i < patterns->n; i++)
			status = try_pattern(&patterns->v[i], device, hits);
		return status;
	}
	mf_modalias_fold_device(&folded, device->modalias);
	if (mf_buf_status(&folded))
		return -ENOMEM;
	for (size_t n = 0; !status && n <= folded.len; n++) {
		const char *text = mf_buf_str(&folded);
		size_t i = lower_bound(patterns, text, n);

		/* a longer piece of the device is no better where nothing begins with this one */
		if (i == patterns->n || strncmp(patterns->v[i].text, text, n) != 0 ||
		    patterns->v[i].literal < n)
			break;
		for (; !status && i < patterns->n && !compare_literal(&patterns->v[i], text, n);
		     i++)
			status = try_pattern(&patterns->v[i], device, hits);
	}
	return status;
}

struct index_search {
	const struct mf_device *device;
	const struct mf_match_index *source;
	struct mf_hits *hits;
};

static int found_in_index(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	const struct index_search *search = context;
	struct mf_hit hit = {.layer = search->source->layer,
			     .priority = priority,
			     .module = (const char *)value.p,
			     .folder = search->source->folder};

	hit.is_certain = !search->device->is_partial ||
			 mf_modalias_match(key, search->device->modalias);
	hit.pattern = mf_arena_strdup(search->hits->arena, key);
	return hit.pattern ? add_hit(search->hits, &hit) : -ENOMEM;
}

int mf_match_index(const struct mf_match_index *source, const struct mf_device *device,
		   struct mf_hits *hits)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf folded = {0};
	struct index_search search = {device, source, hits};

	mf_modalias_fold_device(&folded, device->modalias);
	if (mf_buf_status(&folded))
		return -ENOMEM;
	return device->is_partial ? mf_kmodindex_match_partial(&source->index, mf_buf_str(&folded),
							       found_in_index, &search)
				  : mf_kmodindex_match(&source->index, mf_buf_str(&folded),
						       found_in_index, &search);
}

/* strcmp in which NULL is before all others. */
static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare_shipped(const struct mf_hit *a, const struct mf_hit *b)
{
	unsigned int mine = mf_modalias_specificity(a->pattern);
	unsigned int other = mf_modalias_specificity(b->pattern);
	const struct mf_package *p = a->owner.package;
	const struct mf_package *q = b->owner.package;
	int order = (mine < other) - (mine > other);

	if (!order)
		order = mf_version_compare(q->version, p->version);
	if (!order)
		order = compare_text(p->name, q->name);
	if (!order)
		order = mf_modname_compare(a->module, b->module);
	if (!order)
		order = compare_text(p->origin, q->origin);
	return order ? order : compare_text(a->owner.build->kernel, b->owner.build->kernel);
}

static int compare_hits(const void *left, const void *right)
{
	const struct mf_hit *a = left;
	const struct mf_hit *b = right;
	int order = (a->layer > b->layer) - (a->layer < b->layer);

	if (order)
		return order;
	if (a->layer == MF_LAYER_SHIPPED)
		return compare_shipped(a, b);
	order = compare_text(a->folder, b->folder);
	if (!order)
		order = (a->priority > b->priority) - (a->priority < b->priority);
	return order ? order : mf_modname_compare(a->module, b->module);
}

void mf_hits_sort(struct mf_hits *hits)
{
	if (hits->n > 1)
		qsort(hits->v, hits->n, sizeof(*hits->v), compare_hits);
}
