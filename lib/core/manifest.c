// SPDX-License-Identifier: GPL-2.0-or-later
// The manifest of an overlay: what it ships, read by the loader. Format: modferry-manifest(5).
#include "lib/core/manifest.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/modname.h"

/* Most values of one kind in a record: aliases of the largest drivers are some thousands. */
#define MAX_VALUES ((size_t)32768)

/* A manifest being parsed. */
struct parser {
	struct mf_manifest *manifest;
	struct mf_manifest_module *module; /* open record, NULL before the first */
	struct mf_err *err;
	size_t line; /* from 1 */
};

static int malformed(struct parser *parser, const char *problem)
{
	return mf_fail(parser->err, -EBADMSG, "line %zu: %s", parser->line, problem);
}

static int too_big(struct parser *parser, const char *what)
{
	return mf_fail(parser->err, -E2BIG, "line %zu: more %s than version 1 allows", parser->line,
		       what);
}

static int set_text(struct parser *parser, const char **field, const char *value)
{
	if (*field)
		return malformed(parser, "the key stands twice in its record");
	*field = value;
	return 0;
}

static int add_value(struct parser *parser, struct mf_strings *strings, const char *value)
{
	if (strings->n >= MAX_VALUES)
		return too_big(parser, "values");
	if (mf_arena_grow(&parser->manifest->arena, &strings->v, strings->n, sizeof(*strings->v)))
		return -ENOMEM;
	strings->v[strings->n++] = value;
	return 0;
}

/* Next blank-separated word of *rest, which it cuts out in place; NULL at the end. */
static char *next_word(char **rest)
{
	char *word = *rest;
	char *blank;

	if (!*word)
		return NULL;
	blank = strchr(word, ' ');
	if (blank)
		*blank = '\0';
	*rest = blank ? blank + 1 : word + strlen(word);
	return word;
}

static int add_names(struct parser *parser, struct mf_strings *strings, char *value)
{
	char *word;
	int r = 0;

	while (!r && (word = next_word(&value))) {
		/* a softdep may name an alias instead of a module */
		r = *word ? add_value(parser, strings, word) : malformed(parser, "two blanks");
	}
	return r;
}

static int set_size(struct parser *parser, uint64_t *field, const char *value)
{
	if (*field)
		return malformed(parser, "the key stands twice in its record");
	if (mf_parse_u64(value, strlen(value), 10, field) || !*field)
		return malformed(parser, "size is not a positive decimal number");
	return 0;
}

static bool is_sha256(const char *value)
{
	return strlen(value) == 64 && strspn(value, "0123456789abcdef") == 64;
}

/* "PATH SIZE SHA256"; the path may contain blanks, so it is read from the end. */
static int add_firmware(struct parser *parser, char *value)
{
	struct mf_manifest_module *module = parser->module;
	struct mf_manifest_firmware firmware = {0};
	char *sha256 = strrchr(value, ' ');
	char *size;

	if (sha256)
		*sha256++ = '\0';
	size = sha256 ? strrchr(value, ' ') : NULL;
	if (!size)
		return malformed(parser, "firmware is not PATH SIZE SHA256");
	*size++ = '\0';
	firmware.path = value;
	firmware.sha256 = sha256;
	if (!mf_path_is_safe(value) || !is_sha256(sha256))
		return malformed(parser, "firmware has an unsafe path or no sha256");
	if (mf_parse_u64(size, strlen(size), 10, &firmware.size))
		return malformed(parser, "firmware size is not a decimal number");
	if (module->n_firmware >= MAX_VALUES)
		return too_big(parser, "firmware files");
	if (mf_arena_grow(&parser->manifest->arena, &module->firmware, module->n_firmware,
			  sizeof(firmware)))
		return -ENOMEM;
	module->firmware[module->n_firmware++] = firmware;
	return 0;
}

static int set_package(struct parser *parser, char *value)
{
	struct mf_manifest_module *module = parser->module;
	char *name = next_word(&value);

	if (!name || !*name || !*value || strchr(value, ' '))
		return malformed(parser, "package is not NAME VERSION");
	if (module->package)
		return malformed(parser, "the key stands twice in its record");
	module->package = name;
	module->package_version = value;
	return 0;
}

/* What a record must have before the next one starts or the text ends. */
static int check_record(struct parser *parser)
{
	const struct mf_manifest_module *module = parser->module;

	if (!module)
		return 0;
	if (!module->kernel || !module->arch || !module->file || !module->size || !module->sha256)
		return mf_fail(
			parser->err, -EBADMSG,
			"line %zu: the record of module %s ends without kernel, arch, file, size and sha256",
			parser->line, module->name);
	return 0;
}

static int open_record(struct parser *parser, char *value)
{
	struct mf_manifest *manifest = parser->manifest;
	int r = check_record(parser);

	if (r)
		return r;
	if (!mf_modname_is_valid(value))
		return malformed(parser, "not a module name");
	if (manifest->n_modules >= MF_MANIFEST_MAX_RECORDS)
		return too_big(parser, "module records");
	if (mf_arena_grow(&manifest->arena, &manifest->modules, manifest->n_modules,
			  sizeof(*manifest->modules)))
		return -ENOMEM;
	parser->module = &manifest->modules[manifest->n_modules++];
	*parser->module = (struct mf_manifest_module){.name = value};
	return 0;
}

static int set_path(struct parser *parser, const char **field, const char *value)
{
	if (!mf_path_is_safe(value))
		return malformed(parser, "unsafe path");
	return set_text(parser, field, value);
}

static int set_sha256(struct parser *parser, const char **field, const char *value)
{
	if (!is_sha256(value))
		return malformed(parser, "sha256 is not 64 lower-case hex digits");
	return set_text(parser, field, value);
}

/* "PATH: PATH…" */
static int set_stock(struct parser *parser, const char **field, const char *value)
{
	const char *blank = strchr(value, ' ');
	const char *end = blank ? blank : value + strlen(value);

	if (end - value < 2 || end[-1] != ':')
		return malformed(parser, "stock is no line of modules.dep");
	return set_text(parser, field, value);
}

/* One key of the open record; unknown keys are skipped (they may come within version 1). */
static int add_key(struct parser *parser, const char *key, char *value)
{
	struct mf_manifest_module *module = parser->module;

	if (strcmp(key, "module") == 0)
		return open_record(parser, value);
	if (!module)
		return malformed(parser, "a key before the first module record");
	if (strcmp(key, "alias") == 0)
		return add_value(parser, &module->aliases, value);
	if (strcmp(key, "kernel") == 0)
		return set_path(parser, &module->kernel, value);
	if (strcmp(key, "arch") == 0)
		return set_text(parser, &module->arch, value);
	if (strcmp(key, "file") == 0)
		return set_path(parser, &module->file, value);
	if (strcmp(key, "size") == 0)
		return set_size(parser, &module->size, value);
	if (strcmp(key, "sha256") == 0)
		return set_sha256(parser, &module->sha256, value);
	if (strcmp(key, "version") == 0)
		return set_text(parser, &module->version, value);
	if (strcmp(key, "srcversion") == 0)
		return set_text(parser, &module->srcversion, value);
	if (strcmp(key, "package") == 0)
		return set_package(parser, value);
	if (strcmp(key, "signer") == 0)
		return set_text(parser, &module->signer, value);
	if (strcmp(key, "stock") == 0)
		return set_stock(parser, &module->stock, value);
	if (strcmp(key, "depends") == 0)
		return add_names(parser, &module->depends, value);
	if (strcmp(key, "softdep-pre") == 0)
		return add_names(parser, &module->softdep_pre, value);
	if (strcmp(key, "softdep-post") == 0)
		return add_names(parser, &module->softdep_post, value);
	if (strcmp(key, "param") == 0)
		return add_value(parser, &module->params, value);
	if (strcmp(key, "firmware") == 0)
		return add_firmware(parser, value);
	return 0;
}

/* A line without its newline, writable and NUL-terminated. */
static int parse_line(struct parser *parser, char *line)
{
	char *blank;

	for (const char *c = line; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return malformed(parser, "control character");
	}
	if (parser->line == 1) {
		if (!mf_has_prefix(line, "modferry-manifest "))
			return malformed(parser,
					 "does not start with \"" MF_MANIFEST_FIRST_LINE "\"");
		if (strcmp(line, MF_MANIFEST_FIRST_LINE) != 0)
			return mf_fail(parser->err, -EPROTONOSUPPORT,
				       "is of another version (%s), this program reads version 1",
				       line);
		return 0;
	}
	blank = strchr(line, ' ');
	if (!blank || blank == line || !blank[1])
		return malformed(parser, "not \"key value\"");
	*blank = '\0';
	return add_key(parser, line, blank + 1);
}

static int parse_lines(struct parser *parser, char *text, size_t size)
{
	char *end = text + size;
	int r = 0;

	while (!r && text < end) {
		char *newline = memchr(text, '\n', (size_t)(end - text));

		parser->line++;
		if (!newline)
			return malformed(parser, "truncated: the last line has no end");
		if ((size_t)(newline - text) >= MF_MANIFEST_MAX_LINE)
			return too_big(parser, "bytes in a line");
		*newline = '\0';
		r = parse_line(parser, text);
		text = newline + 1;
	}
	if (!r && !parser->line)
		return mf_fail(parser->err, -EBADMSG, "is empty");
	return r ? r : check_record(parser);
}

int mf_manifest_parse(struct mf_bytes text, struct mf_manifest *out, struct mf_err *err)
{
	struct mf_manifest manifest = {0};
	struct parser parser = {.manifest = &manifest, .err = err};
	char *copy;
	int r;

	if (text.n > MF_MANIFEST_MAX_BYTES)
		return mf_fail(err, -E2BIG, "has %zu bytes, version 1 allows %zu", text.n,
			       MF_MANIFEST_MAX_BYTES);
	if (text.n && memchr(text.p, '\0', text.n))
		return mf_fail(err, -EBADMSG, "contains a NUL byte");
	copy = mf_arena_strndup(&manifest.arena, (const char *)text.p, text.n);
	r = copy ? parse_lines(&parser, copy, text.n) : -ENOMEM;
	if (r) {
		mf_manifest_free(&manifest);
		return r;
	}
	*out = manifest;
	return 0;
}

void mf_manifest_free(struct mf_manifest *manifest)
{
	mf_arena_free(&manifest->arena);
	*manifest = (struct mf_manifest){0};
}
