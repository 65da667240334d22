// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: parameters and paths of an rpm tree; no macro and no section may come of them.
//
// Input: lines KEY, a blank, VALUE ("\t" in it is a line break); lines "/PATH" add a file.
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/rpmspec.h"

#define MAX_LINES 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Directives that the spec itself has, in this order. */
static const char *const own[] = {"%description", "%install", "%post", "%posttrans",
				  "%preun",	  "%postun",  "%files"};

static int add_line(struct mf_tree *tree, char *line)
{
	char *value = strchr(line, ' ');

	if (line[0] == '/')
		return mf_tree_add_bytes(tree, line + 1, 0644, (struct mf_bytes){0});
	if (!value)
		return 0;
	*value++ = '\0';
	for (char *c = value; *c; c++)
		*c = *c == '\t' ? '\n' : *c;
	return mf_tree_add_param(tree, line, value);
}

/* Parameters that are no fuzz: the first of a key counts, so these fill what the input lacks. */
static void add_defaults(struct mf_tree *tree)
{
	static const char *const defaults[][2] = {
		{"name", "n"},	  {"version", "1"}, {"release", "1"},	  {"arch", "x86_64"},
		{"summary", "s"}, {"license", "l"}, {"description", "d"},
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		(void)mf_tree_add_param(tree, defaults[i][0], defaults[i][1]);
}

/* Index of the own directive that a line is, -1 when it is none. */
static int own_directive(const char *line, size_t n)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strlen(own[i]) == n && memcmp(line, own[i], n) == 0)
			return (int)i;
	}
	return -1;
}

/* In a line that is none of ours each run of '%' is even, but for "%{nil}" behind a backslash. */
static void check_percents(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (line[i] != '%')
			continue;
		if (i && line[i - 1] == '\\' && n - i >= 6 && memcmp(line + i, "%{nil}", 6) == 0) {
			i += 5;
			continue;
		}
		if (i + 1 == n || line[i + 1] != '%')
			abort();
		i++;
	}
}

static void check_line(const char *line, size_t n, bool is_files)
{
	static const char file[] = "%attr(-, root, root) /";
	size_t blanks = 0;

	if (is_files) {
		if (!n)
			return;
		if (n < sizeof(file) || memcmp(line, file, sizeof(file) - 1) != 0 ||
		    memchr(line + sizeof(file) - 1, ' ', n - sizeof(file) + 1) ||
		    memchr(line + sizeof(file) - 1, '%', n - sizeof(file) + 1))
			abort();
		return;
	}
	while (blanks < n && isspace((unsigned char)line[blanks]))
		blanks++;
	if (blanks < n && line[blanks] == '%')
		abort();
	check_percents(line, n);
}

static void check_spec(const char *spec)
{
	int last = -1;

	while (*spec) {
		size_t n = strcspn(spec, "\n");
		int directive = own_directive(spec, n);

		if (directive >= 0 && directive <= last)
			abort();
		if (directive >= 0)
			last = directive;
		else
			check_line(spec, n, last == (int)(sizeof(own) / sizeof(own[0])) - 1);
		spec += n + (spec[n] == '\n');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf spec = {0};
	size_t lines = 0;

	mf_buf_add(&text, data, size);
	for (char *line = text.len ? (char *)text.data : NULL; line && lines < MAX_LINES; lines++) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		(void)add_line(&tree, line);
		line = end;
	}
	add_defaults(&tree);
	if (mf_rpmspec_emit(&tree, &spec, NULL) == 0)
		check_spec(mf_buf_str(&spec));
	return 0;
}
