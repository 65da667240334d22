// SPDX-License-Identifier: GPL-2.0-or-later
// Order of version texts, whoever wrote them.
#include "lib/core/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t run(const char *text, bool (*is_part)(char))
{
	size_t n = 0;

	while (is_part(text[n]))
		n++;
	return n;
}

static const char *skip_separators(const char *text)
{
	while (*text && *text != '~' && !is_digit(*text) && !is_letter(*text))
		text++;
	return text;
}

/* Numbers of any length: without leading zeros the longer one is greater. */
static int compare_numbers(const char *a, size_t n, const char *b, size_t m)
{
	for (; n && *a == '0'; n--)
		a++;
	for (; m && *b == '0'; m--)
		b++;
	if (n != m)
		return n < m ? -1 : 1;
	return memcmp(a, b, n);
}

static int compare_words(const char *a, size_t n, const char *b, size_t m)
{
	int order = memcmp(a, b, n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

/* What a place of a version weighs by its kind alone. */
static int rank(char c)
{
	if (c == '~')
		return 0;
	if (!c)
		return 1;
	return is_letter(c) ? 2 : 3;
}

int mf_version_compare(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	for (;;) {
		bool (*is_part)(char);
		int order;
		size_t n;
		size_t m;

		a = skip_separators(a);
		b = skip_separators(b);
		if (rank(*a) != rank(*b))
			return rank(*a) - rank(*b);
		if (!*a)
			return 0;
		if (*a == '~') {
			a++;
			b++;
			continue;
		}
		is_part = is_digit(*a) ? is_digit : is_letter;
		n = run(a, is_part);
		m = run(b, is_part);
		order = is_part == is_digit ? compare_numbers(a, n, b, m)
					    : compare_words(a, n, b, m);
		if (order)
			return order;
		a += n;
		b += m;
	}
}
