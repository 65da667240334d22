// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: "PATTERN\nMODALIAS"; backtracking, sets of places and fnmatch(3) must agree.
#include <fnmatch.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/modalias.h"
#include "lib/core/places.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* fnmatch of glibc takes exponential time in stars, and knows classes, which kmod never sees. */
static bool is_for_fnmatch(const char *pattern)
{
	unsigned int stars = 0;

	for (const char *c = pattern; *c; c++)
		stars += *c == '*';
	return stars <= 4 && strlen(pattern) < 200 && !strstr(pattern, "[:") &&
	       !strstr(pattern, "[=") && !strstr(pattern, "[.");
}

static bool match_by_places(const char *pattern, const char *text, bool is_partial)
{
	uint64_t set[MF_MODALIAS_MAX / 64 + 1];
	struct mf_text view = mf_text_make(text, is_partial);
	size_t n = mf_modalias_literal_length(pattern);

	for (size_t i = 0; i < n; i++) {
		if (i >= view.length || !mf_text_is_at(&view, i, pattern[i]))
			return false;
	}
	mf_places_set(&view, set, n);
	return mf_places_finish(&view, set, pattern + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf pattern = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf raw = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf device = {0};
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	const char *p;
	const char *d;
	bool is_match;
	size_t n;

	if (!end || size >= MF_MODALIAS_MAX || memchr(data, '\0', size))
		return 0;
	mf_buf_add(&raw, data, (size_t)(end - data));
	if (mf_modalias_fold_pattern(&pattern, mf_buf_str(&raw)))
		return 0;
	p = mf_buf_str(&pattern);
	mf_buf_add(&raw, "\n", 1);
	mf_buf_add(&raw, end + 1, size - (size_t)(end + 1 - data));
	mf_modalias_fold_device(&device, mf_buf_str(&raw) + (end - data) + 1);
	d = mf_buf_str(&device);
	is_match = mf_modalias_match(p, d);
	if (is_match != match_by_places(p, d, false) ||
	    mf_modalias_match_partial(p, d) != match_by_places(p, d, true))
		__builtin_trap();
	n = mf_modalias_literal_length(p);
	if (is_for_fnmatch(p + n) && is_match != (!strncmp(p, d, n) && !fnmatch(p + n, d + n, 0)))
		__builtin_trap();
	if (mf_modalias_specificity(p) > strlen(p))
		__builtin_trap();
	return 0;
}
