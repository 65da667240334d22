// SPDX-License-Identifier: GPL-2.0-or-later
// Strict numbers, paths and printable text.
#include "lib/base/text.h"

#include <errno.h>
#include <string.h>

#define PATH_LIMIT 4095 /* PATH_MAX without its NUL */

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

int mf_parse_u64(const char *text, size_t n, unsigned int base, uint64_t *out)
{
	uint64_t value = 0;

	if (!n)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		unsigned int digit = digit_value(text[i]);

		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return -ERANGE;
	}
	*out = value;
	return 0;
}

int mf_path_join(char *out, size_t size, const char *folder, const char *name)
{
	size_t left = strlen(folder);
	size_t right;

	while (left && folder[left - 1] == '/')
		left--;
	while (*name == '/')
		name++;
	right = strlen(name);
	if (left + 1 + right + 1 > size) {
		if (size)
			out[0] = '\0';
		return -ENAMETOOLONG;
	}
	memcpy(out, folder, left);
	out[left] = '/';
	memcpy(out + left + 1, name, right + 1);
	return 0;
}

bool mf_path_is_safe(const char *path)
{
	const char *part = path;

	if (!*path || strlen(path) > PATH_LIMIT)
		return false;
	for (const char *c = path; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	}
	for (;;) {
		size_t n = strcspn(part, "/");

		if (n == 0 || (n == 1 && part[0] == '.') ||
		    (n == 2 && part[0] == '.' && part[1] == '.'))
			return false;
		if (!part[n])
			return true;
		part += n + 1;
	}
}

const char *mf_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool mf_has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool mf_has_suffix(const char *text, const char *suffix)
{
	size_t n = strlen(text);
	size_t m = strlen(suffix);

	return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

size_t mf_utf8_length(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;
	static const struct {
		unsigned char low, high, next_low, next_high;
		size_t length;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	if (n && s[0] < 0x80)
		return 1;
	for (size_t i = 0; n && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (s[0] < forms[i].low || s[0] > forms[i].high)
			continue;
		if (n < forms[i].length || s[1] < forms[i].next_low || s[1] > forms[i].next_high)
			return 0;
		for (size_t k = 2; k < forms[i].length; k++) {
			if (s[k] < 0x80 || s[k] > 0xbf)
				return 0;
		}
		return forms[i].length;
	}
	return 0;
}

/* Printable ASCII without the backslash at the start: all there is, most often. */
static size_t plain_length(const unsigned char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '\\')
		i++;
	return i;
}

/* Terminal controls U+0080 to U+009F, and what turns the direction of the text around it:
 * U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069 (Unicode's UAX 9). */
static bool is_control(const unsigned char *s, size_t length)
{
	if (length == 2)
		return s[0] == 0xc2 && s[1] < 0xa0;
	if (length != 3 || s[0] != 0xe2 || (s[1] != 0x80 && s[1] != 0x81))
		return false;
	if (s[1] == 0x81)
		return s[2] >= 0xa6 && s[2] <= 0xa9;
	return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xaa && s[2] <= 0xae);
}

void mf_buf_add_visible(struct mf_buf *buf, const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < n;) {
		size_t plain = plain_length(s + i, n - i);
		size_t length = plain ? plain : mf_utf8_length(text + i, n - i);
		bool control = s[i] < 0x20 || s[i] == 0x7f || s[i] == '\\' ||
			       is_control(s + i, length);

		if (!length || control) {
			for (length = length ? length : 1; length; length--)
				mf_buf_printf(buf, "\\x%02x", s[i++]);
			continue;
		}
		mf_buf_add(buf, s + i, length);
		i += length;
	}
}

void mf_buf_add_shell(struct mf_buf *buf, const char *text)
{
	static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789_-./:,+@%=";

	if (*text && strspn(text, harmless) == strlen(text)) {
		mf_buf_adds(buf, text);
		return;
	}
	mf_buf_addc(buf, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			mf_buf_adds(buf, "'\\''");
		else
			mf_buf_addc(buf, (uint8_t)*text);
	}
	mf_buf_addc(buf, '\'');
}

bool mf_text_next_line(struct mf_bytes *text, struct mf_bytes *out)
{
	const uint8_t *end;
	size_t taken;

	if (!text->n)
		return false;
	end = memchr(text->p, '\n', text->n);
	*out = *text;
	if (end)
		out->n = (size_t)(end - text->p);
	taken = out->n + (end != NULL);
	text->p += taken;
	text->n -= taken;
	return true;
}
