// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: the last step, when everything of a target was met.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/io/gather_state.h"

/* The n-th word of a line, n from 0; empty where there is none. */
static struct mf_bytes word_of(struct mf_bytes line, unsigned int n)
{
	struct mf_bytes word = {line.p, 0};

	for (size_t at = 0; at < line.n;) {
		bool is_blank = line.p[at] == ' ' || line.p[at] == '\t';

		if (!is_blank)
			word.n++;
		if (!is_blank && word.n == 1)
			word.p = line.p + at;
		at++;
		if (word.n && (at == line.n || line.p[at] == ' ' || line.p[at] == '\t')) {
			if (!n--)
				return word;
			word.n = 0;
		}
	}
	return (struct mf_bytes){0};
}

static int add_blacklisted(struct mf_probe *probe, struct mf_bytes name)
{
	char *copy = mf_arena_strndup(&probe->arena, (const char *)name.p, name.n);
	struct mf_strings *strings = &probe->blacklist;

	if (!copy || mf_arena_grow(&probe->arena, &strings->v, strings->n, sizeof(*strings->v)))
		return -ENOMEM;
	for (char *c = copy; *c; c++)
		*c = *c == '-' ? '_' : *c;
	strings->v[strings->n++] = copy;
	return 0;
}

/* "blacklist NAME" lines. */
static int read_modprobe(struct mf_probe *probe, struct mf_bytes text)
{
	int r = 0;

	while (text.n && !r) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		struct mf_bytes line = {text.p, end ? (size_t)(end - text.p) : text.n};
		struct mf_bytes word = word_of(line, 0);
		struct mf_bytes name = word_of(line, 1);
		size_t n = line.n + (end != NULL);

		if (name.n && word.n == 9 && !memcmp(word.p, "blacklist", 9))
			r = add_blacklisted(probe, name);
		text = (struct mf_bytes){text.p + n, text.n - n};
	}
	return r;
}

static int compare_files(const void *left, const void *right)
{
	const struct mf_modprobe_file *a = left;
	const struct mf_modprobe_file *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->folder > b->folder) - (a->folder < b->folder);
}

static int read_blacklist(struct mf_gather *gather)
{
	struct mf_gather_state *state = gather->state;
	int r = 0;

	if (state->n_modprobe > 1)
		qsort(state->modprobe, state->n_modprobe, sizeof(*state->modprobe), compare_files);
	for (size_t i = 0; !r && i < state->n_modprobe; i++) {
		const struct mf_modprobe_file *file = &state->modprobe[i];

		if (!i || strcmp(file->name, file[-1].name) != 0)
			r = read_modprobe(gather->probe, file->text);
	}
	mf_strings_sort(&gather->probe->blacklist);
	return r;
}

/* modprobe is one reader, libkmod in udev the other: what both read. */
static unsigned int find_reads(const struct mf_gather_state *state)
{
	const struct mf_file_facts *tool = &state->tool;
	const struct mf_file_facts *library = &state->library;
	bool has_tool = tool->has_features || tool->names;
	unsigned int reads = 0;

	if (has_tool)
		reads = mf_kmod_reads(tool, state->libraries);
	if (state->has_library) {
		unsigned int own = mf_kmod_reads(library, state->libraries);

		reads = has_tool ? reads & own : own;
	}
	return reads;
}

int mf_gather_end(struct mf_gather *gather)
{
	int r = mf_gather_kernels(gather);

	if (!r)
		r = read_blacklist(gather);
	mf_strings_sort(&gather->probe->firmware);
	gather->probe->reads = find_reads(gather->state);
	return r;
}
