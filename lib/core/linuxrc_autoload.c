// SPDX-License-Identifier: GPL-2.0-or-later
// module.config of a driver update: file_read_modinfo() of file.c, and mod_init() of module.c,
// which loads its section autoload and unloads nothing before.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/linuxrc_parts.h"

/* Lines are read by fgets() with a buffer of 1,024 bytes, and have at most 8 fields. */
#define PIECE  1023
#define FIELDS 8

enum { NAME, DESCRIPTION, PARAMETERS, BEFORE, BEHIND, INITRD, AUTOLOAD };

struct fields {
	char text[PIECE + 1];
	const char *v[FIELDS];
	size_t n;
};

#define SPACE " \t\n\v\f\r"

/* Cuts one field off *at, unquoted in place and without blanks at its end. */
static char *take_field(char **at)
{
	char *start = *at, *out = *at, *end = *at;
	bool is_quoted = false, is_escaped = false;

	for (; *end && (is_quoted || *end != ','); end++)
		is_quoted ^= *end == '"';
	for (const char *c = start; c < end; c++) {
		if (*c == '\\' && !is_escaped) {
			is_escaped = true;
			continue;
		}
		if (*c != '"' || is_escaped)
			*out++ = *c;
		is_escaped = false;
	}
	*at = *end ? end + 1 : end;
	while (out > start && strchr(SPACE, out[-1]))
		out--;
	*out = '\0';
	return start;
}

static bool next_fields(struct mf_bytes *text, struct fields *out)
{
	size_t n = text->n < PIECE ? text->n : PIECE;
	const uint8_t *end = n ? memchr(text->p, '\n', n) : NULL;
	char *at = out->text;

	if (!n)
		return false;
	n = end ? (size_t)(end - text->p) + 1 : n;
	memcpy(out->text, text->p, n);
	out->text[n] = '\0';
	text->p += n;
	text->n -= n;
	for (out->n = 0; out->n < FIELDS; out->n++) {
		at += strspn(at, SPACE);
		if (!*at || *at == ';' || *at == '#')
			break;
		out->v[out->n] = take_field(&at);
	}
	return true;
}

/* "[NAME]" alone in its line */
static bool is_section(const struct fields *line)
{
	const char *text = line->n == 1 ? line->v[NAME] : "";
	size_t n = strlen(text);

	return n > 1 && text[0] == '[' && text[n - 1] == ']';
}

static struct mf_linuxrc_module *find_linked(const struct mf_lr_folder *folder, const char *stem)
{
	const struct mf_lr_file *file = mf_lr_find_stem(folder, stem);

	for (size_t i = 0; file && i < folder->update->n_modules; i++) {
		if (folder->update->modules[i].file == file->file)
			return &folder->update->modules[i];
	}
	return NULL;
}

/* What the driver update does not have is asked of the installer, too. */
static int ask_stock(struct mf_lr_folder *folder, const char *stem)
{
	struct mf_linuxrc_module *module = mf_lr_add_module(folder, stem, NULL, MF_LINUXRC_STOCK);

	if (!module)
		return folder->run->n_modules >= MF_LR_MAX_MODULES ? 0 : -ENOMEM;
	if (mf_lr_find_stem(folder, stem)) {
		module->why =
			"module.config has it and module.order has not: linuxrc does not take it from the driver update then";
		return 0;
	}
	return mf_lr_add_loaded(folder->run, module->name);
}

static int load_entry(struct mf_lr_folder *folder, const struct fields *line)
{
	struct mf_arena *arena = &folder->run->out->arena;
	const char *stem = mf_arena_strdup(arena, line->v[NAME]);
	const char *parameters = line->n > PARAMETERS ? line->v[PARAMETERS] : "";
	struct mf_linuxrc_module *module = stem ? find_linked(folder, stem) : NULL;
	int r;

	if (!stem)
		return -ENOMEM;
	if (!module)
		return ask_stock(folder, stem);
	if (module->fate == MF_LINUXRC_LOADED)
		return 0;
	/* '-' in front: linuxrc's menu does not ask for them */
	r = mf_lr_insmod(folder, module, stem, parameters + (*parameters == '-'));
	if (!r && module->fate == MF_LINUXRC_LOADED && !module->why &&
	    mf_lr_is_stock(folder->run->linuxrc, module->name))
		module->why =
			"a stock module that is loaded stays: with module.config linuxrc unloads none";
	return r;
}

int mf_lr_autoload(struct mf_lr_folder *folder, struct mf_bytes config)
{
	struct mf_linuxrc_update *update = folder->update;
	bool is_autoload = false;
	struct fields line;
	int r = 0;

	while (!r && next_fields(&config, &line)) {
		if (is_section(&line))
			is_autoload = strcasecmp(line.v[NAME], "[autoload]") == 0;
		else if (is_autoload && line.n && *line.v[NAME] &&
			 (line.n <= AUTOLOAD || !*line.v[AUTOLOAD] ||
			  strtol(line.v[AUTOLOAD], NULL, 10)))
			r = load_entry(folder, &line);
	}
	for (size_t i = 0; !r && i < update->n_modules; i++) {
		struct mf_linuxrc_module *module = &update->modules[i];

		if (module->fate == MF_LINUXRC_UNLISTED)
			module->why = "module.config is there, and its section autoload has it not";
	}
	return r;
}
