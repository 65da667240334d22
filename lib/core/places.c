// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of places in a device's modalias: how a pattern is matched while it is still being read.
#include "lib/core/places.h"

#include <string.h>

#include "lib/core/modalias.h"

struct mf_text mf_text_make(const char *text, bool is_partial)
{
	size_t length = strlen(text);

	return (struct mf_text){text, length, length / 64 + 1, is_partial, NULL};
}

bool mf_text_is_at(const struct mf_text *text, size_t place, char plain)
{
	char c = text->text[place];

	if (text->is_partial && c == '?')
		return mf_byteset_has(mf_modalias_unknown_digit(), (unsigned char)plain);
	return c == plain && c;
}

void mf_places_set(const struct mf_text *text, uint64_t *set, size_t place)
{
	memset(set, 0, text->n_words * sizeof(*set));
	set[place / 64] = (uint64_t)1 << (place % 64);
}

bool mf_places_has_end(const struct mf_text *text, const uint64_t *set)
{
	return set[text->length / 64] >> (text->length % 64) & 1;
}

static bool is_empty(const struct mf_text *text, const uint64_t *set)
{
	for (size_t i = 0; i < text->n_words; i++) {
		if (set[i])
			return false;
	}
	return true;
}

/* A star: every place from the first one on. */
static void spread(const struct mf_text *text, uint64_t *set)
{
	bool is_on = false;

	for (size_t i = 0; i < text->n_words; i++) {
		if (is_on)
			set[i] = ~(uint64_t)0;
		else if (set[i])
			set[i] = ~((set[i] & -set[i]) - 1);
		is_on = is_on || set[i];
	}
	set[text->n_words - 1] &= ~(uint64_t)0 >> (63 - text->length % 64);
}

/* One place of a pattern: a set of bytes, or without one a plain character. */
struct wanted {
	const struct mf_byteset *bytes;
	char plain;
};

static bool accepts(const struct mf_text *text, size_t place, const struct wanted *wanted)
{
	char c = text->text[place];

	if (!wanted->bytes)
		return mf_text_is_at(text, place, wanted->plain);
	if (!c || !text->is_partial || c != '?')
		return c && mf_byteset_has(wanted->bytes, (unsigned char)c);
	return mf_byteset_overlap(wanted->bytes, mf_modalias_unknown_digit());
}

/* Moves each place over one character of the text where that is accepted, drops it elsewhere. */
static bool advance(const struct mf_text *text, uint64_t *set, struct wanted wanted)
{
	uint64_t left = 0;

	for (size_t i = text->n_words; i-- > 0;) {
		uint64_t old = set[i];
		uint64_t moved = 0;

		for (; old; old &= old - 1) {
			unsigned int bit = (unsigned int)__builtin_ctzll(old);

			if (!accepts(text, i * 64 + bit, &wanted))
				continue;
			left = 1;
			if (bit == 63)
				set[i + 1] |= 1;
			else
				moved |= (uint64_t)2 << bit;
		}
		set[i] = moved;
	}
	return left;
}

/* The places of the text where a character stands: made when it is first asked for. */
static const uint64_t *mask_of(const struct mf_text *text, unsigned char c)
{
	uint64_t *mask = text->masks + MF_TEXT_MADE_WORDS + c * text->n_words;
	uint64_t made = (uint64_t)1 << (c % 64);
	const char *at = text->text;

	if (text->masks[c / 64] & made)
		return mask;
	text->masks[c / 64] |= made;
	memset(mask, 0, text->n_words * sizeof(*mask));
	while ((at = memchr(at, c, text->length - (size_t)(at - text->text)))) {
		size_t place = (size_t)(at++ - text->text);

		mask[place / 64] |= (uint64_t)1 << (place % 64);
	}
	return mask;
}

/* advance() for a plain character, by its mask. */
static bool advance_plain(const struct mf_text *text, uint64_t *set, unsigned char c)
{
	const uint64_t *mask = mask_of(text, c);
	uint64_t carry = 0;
	uint64_t left = 0;

	for (size_t i = 0; i < text->n_words; i++) {
		uint64_t taken = set[i] & mask[i];

		set[i] = taken << 1 | carry;
		carry = taken >> 63;
		left |= taken;
	}
	return left;
}

bool mf_places_step(const struct mf_text *text, uint64_t *set, char c)
{
	static const struct mf_byteset any = {{~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u}};

	if (c == '*') {
		spread(text, set);
		return true;
	}
	if (c != '?' && (unsigned char)c < MF_TEXT_CHARACTERS && text->masks && !text->is_partial)
		return advance_plain(text, set, (unsigned char)c);
	return advance(text, set, (struct wanted){c == '?' ? &any : NULL, c});
}

bool mf_places_finish(const struct mf_text *text, uint64_t *set, const char *rest)
{
	while (*rest && !is_empty(text, set)) {
		struct mf_byteset bytes;
		size_t length = 1;

		if (*rest == '*') {
			spread(text, set);
		} else {
			length = mf_modalias_place(rest, &bytes);
			if (!length)
				return false;
			advance(text, set, (struct wanted){&bytes, '\0'});
		}
		rest += length;
	}
	return !*rest && mf_places_has_end(text, set);
}
