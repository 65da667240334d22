// SPDX-License-Identifier: GPL-2.0-or-later
// Which module serves which device: matching of modalias patterns, as kmod does it.
#include "lib/core/modalias.h"

#include <errno.h>
#include <string.h>

static unsigned char fold(char c)
{
	return c == '-' ? '_' : (unsigned char)c;
}

static void add_range(struct mf_byteset *set, unsigned char low, unsigned char high)
{
	for (unsigned int c = low; c <= high; c++)
		set->bits[c / 32] |= (uint32_t)1 << (c % 32);
}

/* One member of a bracket, escaped or not; *at moves behind it. False at the pattern's end. */
static bool read_member(const char *pattern, size_t *at, unsigned char *out)
{
	if (pattern[*at] == '\\')
		++*at;
	if (!pattern[*at])
		return false;
	*out = (unsigned char)pattern[(*at)++];
	return true;
}

/* Length of the bracket at pattern, 0 when it does not end. No classes ("[:alpha:]"): the naive
 * bracket rule of depmod (see mf_modalias_fold_pattern) keeps them out of every index. */
static size_t read_bracket(const char *pattern, struct mf_byteset *out)
{
	size_t at = 1;
	bool is_negated = pattern[at] == '!' || pattern[at] == '^';
	size_t start = at += is_negated;

	memset(out, 0, sizeof(*out));
	while (pattern[at] != ']' || at == start) {
		unsigned char low;
		unsigned char high;

		if (!read_member(pattern, &at, &low))
			return 0;
		high = low;
		if (pattern[at] == '-' && pattern[at + 1] && pattern[at + 1] != ']') {
			at++;
			if (!read_member(pattern, &at, &high))
				return 0;
		}
		add_range(out, low, high);
	}
	for (unsigned int i = 0; is_negated && i < 8; i++)
		out->bits[i] = ~out->bits[i];
	return at + 1;
}

size_t mf_modalias_place(const char *pattern, struct mf_byteset *out)
{
	size_t length = 1;

	if (*pattern == '[') {
		length = read_bracket(pattern, out);
		if (length)
			return length;
		length = 1;
	}
	memset(out, 0, sizeof(*out));
	if (*pattern == '?') {
		memset(out, 0xff, sizeof(*out));
		return 1;
	}
	if (*pattern == '\\')
		length = 2;
	if (!pattern[length - 1])
		return 0;
	add_range(out, (unsigned char)pattern[length - 1], (unsigned char)pattern[length - 1]);
	return length;
}

const struct mf_byteset *mf_modalias_unknown_digit(void)
{
	/* bit n of word n / 32: '0'-'9' are 48-57, 'A'-'F' are 65-70 */
	static const struct mf_byteset digits = {{0, 0x03ff0000, 0x7e, 0, 0, 0, 0, 0}};

	return &digits;
}

/* Whether a character of the device, maybe an unknown one, is the plain character of a pattern. */
static bool is_same(char plain, char c, bool is_partial)
{
	if (is_partial && c == '?')
		return mf_byteset_has(mf_modalias_unknown_digit(), (unsigned char)plain);
	return (unsigned char)plain == fold(c);
}

/* Length of the place at pattern when it accepts a character of the device, else 0. */
static size_t accepting_length(const char *pattern, char c, bool is_partial)
{
	struct mf_byteset set;
	size_t length;

	if (!*pattern || *pattern == '?')
		return *pattern != '\0';
	if (*pattern != '[' && *pattern != '\\')
		return is_same(*pattern, c, is_partial);
	length = mf_modalias_place(pattern, &set);
	if (!length)
		return 0;
	if (!is_partial || c != '?')
		return mf_byteset_has(&set, fold(c)) ? length : 0;
	return mf_byteset_overlap(&set, mf_modalias_unknown_digit()) ? length : 0;
}

/* fnmatch without flags. Only the last '*' needs to be tried again: what an earlier one could
 * take, the last one can take as well. */
static bool glob(const char *pattern, const char *text, bool is_partial)
{
	const char *star = NULL; /* behind the last '*' */
	const char *star_text = NULL;

	for (;;) {
		size_t length;

		if (*pattern == '*') {
			star = ++pattern;
			star_text = text;
			continue;
		}
		if (!*pattern && pattern == star)
			return true;
		if (!*text)
			return !*pattern;
		length = accepting_length(pattern, *text, is_partial);
		if (length) {
			pattern += length;
			text++;
		} else if (star) {
			pattern = star;
			text = ++star_text;
		} else {
			return false;
		}
	}
}

/* Copies with '-' folded outside brackets; brackets are as depmod sees them: from '[' to the next
 * ']', whatever stands between. */
static int fold_into(char *out, const char *pattern)
{
	bool is_inside = false;
	int status = 0;

	for (; *pattern; pattern++) {
		if (is_inside) {
			*out++ = *pattern;
			is_inside = *pattern != ']';
			continue;
		}
		if (*pattern == ']')
			status = -EINVAL;
		is_inside = *pattern == '[';
		*out++ = (char)fold(*pattern);
	}
	*out = '\0';
	return is_inside ? -EINVAL : status;
}

static bool match(const char *pattern, const char *modalias, bool is_partial)
{
	char folded[MF_MODALIAS_MAX];

	if (strlen(pattern) >= sizeof(folded))
		return false;
	if (strchr(pattern, '-')) {
		fold_into(folded, pattern);
		pattern = folded;
	}
	for (; *pattern && !strchr("*?[", *pattern); pattern++, modalias++) {
		if (!*modalias || !is_same(*pattern, *modalias, is_partial))
			return false;
	}
	return glob(pattern, modalias, is_partial);
}

bool mf_modalias_match(const char *pattern, const char *modalias)
{
	return match(pattern, modalias, false);
}

bool mf_modalias_match_partial(const char *pattern, const char *modalias)
{
	return match(pattern, modalias, true);
}

size_t mf_modalias_literal_length(const char *pattern)
{
	return strcspn(pattern, "*?[");
}

int mf_modalias_fold_pattern(struct mf_buf *out, const char *pattern)
{
	size_t n = strlen(pattern);
	uint8_t *room = mf_buf_reserve(out, n);
	int status;

	if (!room)
		return -ENOMEM;
	status = fold_into((char *)room, pattern);
	if (!status)
		out->len += n;
	else
		*room = '\0';
	return status;
}

void mf_modalias_fold_device(struct mf_buf *out, const char *modalias)
{
	size_t n = strlen(modalias);
	uint8_t *room = mf_buf_reserve(out, n);

	if (!room)
		return;
	for (size_t i = 0; i <= n; i++)
		room[i] = fold(modalias[i]);
	out->len += n;
}

const char *mf_modalias_bus(const char *modalias, size_t *n)
{
	const char *colon = strchr(modalias, ':');

	*n = colon ? (size_t)(colon - modalias) : 0;
	return modalias;
}

unsigned int mf_modalias_specificity(const char *pattern)
{
	unsigned int n = (unsigned int)mf_modalias_literal_length(pattern);

	pattern += n;
	while (*pattern) {
		struct mf_byteset set;
		size_t length = *pattern == '*' ? 1 : mf_modalias_place(pattern, &set);

		if (!length)
			break;
		if (*pattern != '*' && *pattern != '?' && (*pattern != '[' || length == 1))
			n++;
		pattern += length;
	}
	return n;
}
