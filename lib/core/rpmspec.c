// SPDX-License-Identifier: GPL-2.0-or-later
// The spec that makes rpmbuild package a file tree as it is.
#include "lib/core/rpmspec.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/*
 * How rpm reads a spec (rpm, build/parseSpec.c, parsePreamble.c, parseReqs.c, files.c): macros are
 * expanded first, whole lines then looked at. So a doubled '%' is no macro, but a line that starts
 * with one can become a section (%files) or a condition (%if, after blanks too) all the same: such
 * lines are refused.
 */

#define LETTERS	      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ALNUM	      LETTERS "0123456789"
#define NAME_CHARS    ALNUM "._+-"
#define VERSION_CHARS ALNUM "._+~" /* not '^': the rpm of EL 8 lacks it */
#define DEP_VERSION   VERSION_CHARS "-"
#define PLAIN_PATH    ALNUM "/._+-"
#define DEP_FORBIDDEN " ,\\\"" /* what ends a token, or is read before tokens are */
#define HEX_DIGITS    "0123456789ABCDEF"
#define VALUE_SHOWN   200 /* bytes of a refused value in the message */

enum text_kind { TEXT_LINE, TEXT_LINES };

/* A spec being written; stops at the first value it refuses. */
struct writer {
	const struct mf_tree *tree;
	struct mf_buf *out;
	struct mf_err *err;
	int error;
};

static void refuse(struct writer *writer, const char *what, const char *value, const char *why)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};
	size_t n = strlen(value);

	if (writer->error)
		return;
	mf_buf_add_visible(&shown, value, n < VALUE_SHOWN ? n : VALUE_SHOWN);
	writer->error = mf_fail(writer->err, -EINVAL, "%s '%s%s' cannot be in an RPM: %s", what,
				mf_buf_str(&shown), n < VALUE_SHOWN ? "" : "…", why);
}

static bool is_of(const char *text, const char *chars)
{
	return *text && text[strspn(text, chars)] == '\0' && !strstr(text, "..");
}

bool mf_rpm_name_is_valid(const char *text)
{
	return is_of(text, NAME_CHARS) && strchr(ALNUM "_", *text);
}

bool mf_rpm_version_is_valid(const char *text)
{
	return is_of(text, VERSION_CHARS);
}

char *mf_rpm_version_fold(const char *text, struct mf_arena *arena)
{
	char *folded = mf_arena_strdup(arena, *text ? text : "0");

	for (char *c = folded; c && *c; c++) {
		bool is_second_dot = *c == '.' && c != folded && c[-1] == '.';

		if (is_second_dot || !strchr(VERSION_CHARS, *c))
			*c = '_';
	}
	return folded;
}

/* Why text cannot stand in a spec, NULL when it can. */
static const char *text_problem(const char *text, enum text_kind kind)
{
	bool is_start = true;
	size_t n;

	for (const char *c = text; *c; c += n) {
		n = mf_utf8_length(c, strlen(c));
		if (!n)
			return "it is no UTF-8";
		if (*c == '\n' && kind == TEXT_LINE)
			return "it has a line break";
		if (((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
			return "it has a control character";
		if (*c == '%' && is_start && kind == TEXT_LINES)
			return "a line of it starts with %, which rpm takes for a section";
		is_start = *c == '\n' || (is_start && (*c == ' ' || *c == '\t'));
	}
	return NULL;
}

/*
 * Text with each '%' doubled. Before one behind a backslash stands an empty macro: rpm, looking
 * whether a line goes on, skips what follows a backslash and would see "%{" in "\%%{".
 */
static void put_text(struct writer *writer, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c == '%' && c != text && c[-1] == '\\')
			mf_buf_adds(writer->out, "%{nil}");
		if (*c == '%')
			mf_buf_addc(writer->out, '%');
		mf_buf_addc(writer->out, (uint8_t)*c);
	}
}

/* A "Tag: VALUE" whose value is free text. */
static void put_line(struct writer *writer, const char *tag, const char *what, const char *value)
{
	const char *problem = text_problem(value, TEXT_LINE);
	size_t n = strlen(value);

	if (!problem && !value[strspn(value, " \t")])
		problem = "it is empty";
	if (!problem && value[n - 1] == '\\')
		problem = "it ends in a backslash, which joins lines";
	if (problem) {
		refuse(writer, what, value, problem);
		return;
	}
	mf_buf_adds(writer->out, tag);
	put_text(writer, value);
	mf_buf_adds(writer->out, "\n");
}

/* Value of a parameter that must be there. */
static const char *required(struct writer *writer, const char *key)
{
	const char *value = mf_tree_param(writer->tree, key);

	if (!value)
		refuse(writer, key, "", "it is missing");
	return value ? value : "";
}

/* A "Tag: VALUE" whose value is one word of the characters that rpm allows. */
static void put_word(struct writer *writer, const char *tag, const char *key,
		     bool is_valid(const char *text))
{
	const char *value = required(writer, key);

	if (!is_valid(value))
		refuse(writer, key, value,
		       "letters, digits, '.', '_' and '+' are allowed, in names '-' too");
	else if (tag)
		mf_buf_printf(writer->out, "%s%s\n", tag, value);
}

static bool is_dep_name(const char *name, size_t n)
{
	if (!n || !memchr(ALNUM "_/", name[0], sizeof(ALNUM "_/") - 1))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name[i] <= 0x20 || name[i] >= 0x7f || strchr(DEP_FORBIDDEN, name[i]))
			return false;
		/* as SUSE's generators escape what an alias may hold: "%2C" */
		if (name[i] == '%' && (i + 1 == n || !strchr(HEX_DIGITS, name[i + 1])))
			return false;
	}
	return true;
}

/* "NAME" or "NAME OPERATOR VERSION", words one space apart. */
static bool is_dep(const char *text)
{
	static const char *const operators[] = {"= ", "< ", "> ", "<= ", ">= "};
	size_t n = strcspn(text, " ");

	if (!is_dep_name(text, n))
		return false;
	if (!text[n])
		return true;
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (mf_has_prefix(text + n + 1, operators[i]))
			return text[0] != '/' &&
			       is_of(text + n + 1 + strlen(operators[i]), DEP_VERSION);
	}
	return false;
}

static void put_deps(struct writer *writer, const char *tag, const char *key)
{
	for (size_t i = 0; i < writer->tree->n_params; i++) {
		const struct mf_tree_param *param = &writer->tree->params[i];

		if (strcmp(param->key, key) != 0)
			continue;
		if (!is_dep(param->value))
			refuse(writer, key, param->value,
			       "expected NAME, or NAME = VERSION, in rpm's characters");
		mf_buf_adds(writer->out, tag);
		put_text(writer, param->value);
		mf_buf_adds(writer->out, "\n");
	}
}

static void put_preamble(struct writer *writer)
{
	const char *url = mf_tree_param(writer->tree, "url");

	put_word(writer, "Name: ", "name", mf_rpm_name_is_valid);
	put_word(writer, "Version: ", "version", mf_rpm_version_is_valid);
	put_word(writer, "Release: ", "release", mf_rpm_version_is_valid);
	put_word(writer, NULL, "arch", mf_rpm_name_is_valid); /* rpmbuild's --target */
	put_line(writer, "Summary: ", "summary", required(writer, "summary"));
	put_line(writer, "License: ", "license", required(writer, "license"));
	if (url)
		put_line(writer, "URL: ", "url", url);
	mf_buf_adds(writer->out, "AutoReqProv: no\n");
	put_deps(writer, "Provides: ", "provides");
	put_deps(writer, "Requires: ", "requires");
	put_deps(writer, "Requires(post,postun): ", "requires-post");
	put_deps(writer, "Conflicts: ", "conflicts");
	put_deps(writer, "Supplements: ", "supplements");
	put_deps(writer, "Enhances: ", "enhances");
}

/* The empty line ends what a backslash at the end of the text joins to it. */
static void put_section(struct writer *writer, const char *header, const char *what,
			const char *text)
{
	const char *problem = text_problem(text, TEXT_LINES);

	if (problem) {
		refuse(writer, what, text, problem);
		return;
	}
	mf_buf_printf(writer->out, "\n%s\n", header);
	put_text(writer, text);
	mf_buf_adds(writer->out, "\n\n");
}

static void put_scripts(struct writer *writer)
{
	static const char *const scripts[][2] = {
		{"post", "%post"},
		{"posttrans", "%posttrans"},
		{"preun", "%preun"},
		{"postun", "%postun"},
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		const char *body = mf_tree_param(writer->tree, scripts[i][0]);

		if (body)
			put_section(writer, scripts[i][1], scripts[i][0], body);
	}
}

/*
 * A file name as a pattern: no quoting of rpm's covers blanks, quotes, brackets and '%' in all its
 * versions. Nothing but the tree is there to match; a file that two patterns match is packaged
 * once, with a warning.
 */
static void put_path(struct writer *writer, const struct mf_entry *entry)
{
	const char *problem = text_problem(entry->path, TEXT_LINE);

	if (problem) {
		refuse(writer, "file", entry->path, problem);
		return;
	}
	mf_buf_adds(writer->out, entry->kind == MF_ENTRY_DIR ? "%dir " : "");
	mf_buf_adds(writer->out, "%attr(-, root, root) /");
	for (const char *c = entry->path; *c; c++)
		mf_buf_addc(writer->out, strchr(PLAIN_PATH, *c) ? (uint8_t)*c : '?');
	mf_buf_adds(writer->out, "\n");
}

int mf_rpmspec_emit(const struct mf_tree *tree, struct mf_buf *out, struct mf_err *err)
{
	struct writer writer = {.tree = tree, .out = out, .err = err};

	put_preamble(&writer);
	put_section(&writer, "%description", "description", required(&writer, "description"));
	mf_buf_adds(out, "\n%install\n"
			 "rm -rf \"$RPM_BUILD_ROOT\"\n"
			 "mv \"$" MF_RPMSPEC_STAGE "\" \"$RPM_BUILD_ROOT\"\n");
	put_scripts(&writer);
	mf_buf_adds(out, "\n%files\n");
	for (size_t i = 0; i < tree->n_entries; i++)
		put_path(&writer, &tree->entries[i]);
	return writer.error ? writer.error : mf_buf_status(out);
}
