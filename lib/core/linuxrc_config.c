// SPDX-License-Identifier: GPL-2.0-or-later
// linuxrc's way with texts: file_read_file() and file_str2key() of file.c, and the keys of
// dud.config that change how modules are loaded (file_do_info(), slist_assign_values()).
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/linuxrc_parts.h"

/* fgets() with a buffer of 1,024 bytes */
#define PIECE 1023

/* What isspace() takes in the C locale. */
#define SPACE " \t\n\v\f\r"

/* Hostile disks: lines of `options`, names in brokenmodules, bytes of one module's parameters. */
#define MAX_OPTIONS    1024
#define MAX_BROKEN     256
#define MAX_PARAMETERS 4096

/* Copies what fgets() reads to out, up to a NUL byte: the rest of the line is lost to a string. */
static size_t take_piece(struct mf_bytes *text, char *out)
{
	size_t n = text->n < PIECE ? text->n : PIECE;
	const uint8_t *end = memchr(text->p, '\n', n);

	if (end)
		n = (size_t)(end - text->p) + 1;
	memcpy(out, text->p, n);
	out[n] = '\0';
	text->p += n;
	text->n -= n;
	return n + 1;
}

static char *unquote(char *value)
{
	size_t n = strlen(value);

	/* a lone quote is both the first and the last, as it is there */
	if ((*value != '"' && *value != '\'') || value[n - 1] != *value)
		return value;
	value[n - 1] = '\0';
	return n > 1 ? value + 1 : value;
}

static struct mf_linuxrc_line split(char *piece)
{
	char *key = piece + strspn(piece, SPACE);
	char *value = key + strcspn(key, ":= \t\n");
	size_t n;

	if (*value) {
		*value++ = '\0';
		value += strspn(value, ":=" SPACE);
	}
	for (n = strlen(value); n && strchr(SPACE, value[n - 1]); n--)
		value[n - 1] = '\0';
	return (struct mf_linuxrc_line){.key = key, .value = unquote(value)};
}

int mf_linuxrc_read(struct mf_bytes text, struct mf_arena *arena, struct mf_linuxrc_line **ret,
		    size_t *ret_n)
{
	/* at most a NUL for each line and each full piece */
	size_t lines = text.n / PIECE + 2;
	char *at;

	*ret = NULL;
	*ret_n = 0;
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	at = mf_arena_alloc(arena, text.n + lines);
	if (!at)
		return -ENOMEM;
	while (text.n) {
		size_t n = take_piece(&text, at);
		struct mf_linuxrc_line line = split(at);

		at += n;
		if (!*line.key)
			continue;
		if (mf_arena_grow(arena, ret, *ret_n, sizeof(line)))
			return -ENOMEM;
		(*ret)[(*ret_n)++] = line;
	}
	return 0;
}

/* Next character of a key that counts. */
static const char *skip_ignored(const char *key)
{
	return key + strspn(key, "-_.");
}

bool mf_linuxrc_is_key(const struct mf_linuxrc_line *line, const char *key)
{
	const char *a = line->key;

	if (*a == '_')
		return false; /* compared to the letter then, and no key of dud.config is such */
	while (a = skip_ignored(a), *a && *key) {
		if (strncasecmp(a, key, 1) != 0)
			return false;
		a++;
		key++;
	}
	return !*a && !*key;
}

int mf_linuxrc_identify(struct mf_bytes config, struct mf_arena *arena, const char **ret_id,
			const char **ret_name)
{
	struct mf_linuxrc_line *lines;
	size_t n;
	int r = mf_linuxrc_read(config, arena, &lines, &n);

	*ret_id = *ret_name = NULL;
	for (size_t i = 0; !r && i < n; i++) {
		const char *value = lines[i].value;

		if (*value && mf_linuxrc_is_key(&lines[i], "UpdateID"))
			*ret_id = value;
		else if (*value && !*ret_name && mf_linuxrc_is_key(&lines[i], "UpdateName"))
			*ret_name = value;
	}
	return r;
}

/* "MODULE.PARAMETER=VALUE" or "MODULE=…" */
static int add_option(struct mf_lr_run *run, const char *value)
{
	struct mf_arena *arena = &run->out->arena;
	size_t n = strcspn(value, ".=");
	const char *module;

	if (!value[n])
		return 0;
	if (run->n_options == MAX_OPTIONS)
		return mf_lr_note(run, "has more options for modules than are judged here");
	module = mf_arena_strndup(arena, value, n);
	if (!module || mf_arena_grow(arena, &run->options, run->n_options, sizeof(*run->options)))
		return -ENOMEM;
	run->options[run->n_options++] = (struct mf_lr_option){module, value + n + 1};
	return 0;
}

int mf_lr_parameters(struct mf_lr_run *run, const char *stem, const char *other, const char **out)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	for (size_t i = 0; i < run->n_options && text.len < MAX_PARAMETERS; i++) {
		if (strcmp(run->options[i].module, stem) == 0)
			mf_buf_printf(&text, "%s%s", text.len ? " " : "", run->options[i].text);
	}
	if (!text.len && other)
		mf_buf_adds(&text, other);
	if (mf_buf_status(&text))
		return -ENOMEM;
	*out = text.len ? mf_arena_strdup(&run->out->arena, mf_buf_str(&text)) : NULL;
	return text.len && !*out ? -ENOMEM : 0;
}

static size_t find_broken(const struct mf_lr_run *run, const char *stem)
{
	size_t i = 0;

	while (i < run->broken.n && strcmp(run->broken.v[i], stem) != 0)
		i++;
	return i;
}

bool mf_lr_is_broken(const struct mf_lr_run *run, const char *stem)
{
	return find_broken(run, stem) < run->broken.n;
}

static int change_broken(struct mf_lr_run *run, char sign, const char *name)
{
	struct mf_strings *broken = &run->broken;
	size_t at = find_broken(run, name);

	if (sign == '-') {
		if (at < broken->n)
			broken->v[at] = broken->v[--broken->n];
		return 0;
	}
	if (at < broken->n)
		return 0;
	if (broken->n == MAX_BROKEN)
		return mf_lr_note(run, "has more names in brokenmodules than are judged here");
	if (mf_arena_grow(&run->out->arena, &broken->v, broken->n, sizeof(*broken->v)))
		return -ENOMEM;
	broken->v[broken->n++] = name;
	return 0;
}

/* "a,b" sets the list, "+a,b" adds to it, "-a,b" takes away; blanks are parts of names. */
static int set_broken(struct mf_lr_run *run, const char *value)
{
	char sign = *value == '+' || *value == '-' ? *value : '\0';
	int r = 0;

	if (sign)
		value++;
	else
		run->broken = (struct mf_strings){0};
	while (!r) {
		size_t n = strcspn(value, ",");
		const char *name = mf_arena_strndup(&run->out->arena, value, n);

		r = name ? change_broken(run, sign, name) : -ENOMEM;
		if (!value[n])
			break;
		value += n + 1;
	}
	return r;
}

int mf_lr_apply_config(struct mf_lr_run *run, const struct mf_linuxrc_update *update)
{
	int r = 0;

	for (size_t i = 0; !r && i < update->n_lines; i++) {
		const struct mf_linuxrc_line *line = &update->lines[i];

		if (mf_linuxrc_is_key(line, "Options"))
			r = add_option(run, line->value);
		else if (mf_linuxrc_is_key(line, "BrokenModules"))
			r = set_broken(run, line->value);
	}
	return r;
}
