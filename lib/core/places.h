// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of places in a device's modalias: how a pattern is matched while it is still being read.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The device's modalias, folded. A set is n_words words, bit i for "the pattern so far takes the
 * first i characters of the text". */
struct mf_text {
	const char *text;
	size_t length;
	size_t n_words;
	bool is_partial; /* '?' is an unknown digit: see mf_modalias_match_partial */
	uint64_t *masks; /* memory for where each character stands, NULL: look each time */
};

/* Words of that memory: which masks are made, and one set for each 7-bit character. The first
 * MF_TEXT_MADE_WORDS must be zero. */
#define MF_TEXT_MADE_WORDS	 2
#define MF_TEXT_CHARACTERS	 128
#define MF_TEXT_MASK_WORDS(text) (MF_TEXT_MADE_WORDS + MF_TEXT_CHARACTERS * (text)->n_words)

struct mf_text mf_text_make(const char *text, bool is_partial);

/* Whether a plain character of a pattern may be the one at a place of the text. */
bool mf_text_is_at(const struct mf_text *text, size_t place, char plain);

/* The set of one place. */
void mf_places_set(const struct mf_text *text, uint64_t *set, size_t place);

/* Takes one more character of a pattern, which may be '*' or '?' but neither '[' nor '\'. False
 * when no place is left. */
bool mf_places_step(const struct mf_text *text, uint64_t *set, char c);

/* Takes the rest of a pattern, any characters; changes the set. Whether the text's end is reached.
 */
bool mf_places_finish(const struct mf_text *text, uint64_t *set, const char *rest);

/* Whether the text's end is in the set. */
bool mf_places_has_end(const struct mf_text *text, const uint64_t *set);
