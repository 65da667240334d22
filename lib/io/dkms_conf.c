// SPDX-License-Identifier: GPL-2.0-or-later
// Plain assignments of a dkms.conf, which is a shell script and never run here.
#include "lib/io/dkms_conf.h"

#include <string.h>

/* A line being read. */
struct line {
	const char *p;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct line *line)
{
	while (line->n && is_blank(*line->p)) {
		line->p++;
		line->n--;
	}
}

/* Characters that mean something to a shell, or that no package name or version has. */
static bool is_plain(char c, char quote)
{
	if ((unsigned char)c < 0x20 || c == 0x7f)
		return false;
	if (quote == '\'')
		return true;
	return !strchr("$`\\\"", c) && (quote || !strchr(" \t;&|<>()'*?[{~#!", c));
}

/* Reads the value at the start of line; false when it is not plain. */
static bool read_value(struct line line, char *out, size_t size)
{
	char quote = line.n && (*line.p == '"' || *line.p == '\'') ? *line.p : '\0';
	size_t n = 0;
	bool is_blank_before_comment;

	if (quote) {
		line.p++;
		line.n--;
	}
	while (n < line.n && (quote ? line.p[n] != quote : !is_blank(line.p[n]))) {
		if (!is_plain(line.p[n], quote))
			return false;
		n++;
	}
	if ((quote && n == line.n) || n >= size)
		return false;
	memcpy(out, line.p, n);
	out[n] = '\0';
	line.p += n + (quote ? 1 : 0);
	line.n -= n + (quote ? 1 : 0);
	is_blank_before_comment = line.n && is_blank(*line.p);
	skip_blanks(&line);
	return n && (!line.n || (is_blank_before_comment && *line.p == '#'));
}

bool mf_dkms_conf_value(struct mf_bytes text, const char *name, char *out, size_t size)
{
	size_t name_length = strlen(name);
	bool is_found = false;

	while (text.n) {
		const char *start = (const char *)text.p;
		const char *end = memchr(start, '\n', text.n);
		struct line line = {start, end ? (size_t)(end - start) : text.n};

		text.n -= end ? line.n + 1 : line.n;
		text.p += end ? line.n + 1 : line.n;
		skip_blanks(&line);
		if (line.n <= name_length || memcmp(line.p, name, name_length) != 0 ||
		    line.p[name_length] != '=')
			continue;
		line.p += name_length + 1;
		line.n -= name_length + 1;
		is_found = read_value(line, out, size);
	}
	return is_found;
}
