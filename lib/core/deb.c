// SPDX-License-Identifier: GPL-2.0-or-later
// The control file of a Debian package: fields of one paragraph (deb-control(5)).
#include "lib/core/deb.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* Where a field's value goes. */
struct field {
	const char *name;
	const char **out;
	bool is_needed;
	bool keeps_lines; /* else the lines of a folded value are joined by blanks */
};

/* A control file being read. */
struct parsing {
	struct mf_bytes rest; /* not read yet */
	struct mf_arena *arena;
	struct mf_deb *out;
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Says what is wrong: 0, as that is no failure here. */
static int complain(struct parsing *parsing, const char *problem)
{
	if (!parsing->out->malformed)
		parsing->out->malformed = mf_arena_strdup(parsing->arena, problem);
	return parsing->out->malformed ? 0 : -ENOMEM;
}

static struct mf_bytes trim(struct mf_bytes text)
{
	while (text.n && is_blank(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n && (is_blank(text.p[text.n - 1]) || text.p[text.n - 1] == '\r'))
		text.n--;
	return text;
}

/* The value that starts with text and goes on in the lines that start with a blank. */
static int read_value(struct parsing *parsing, struct mf_bytes text, bool keeps_lines,
		      struct mf_buf *out)
{
	struct mf_bytes line;

	text = trim(text);
	mf_buf_add(out, text.p, text.n);
	while (parsing->rest.n && is_blank(parsing->rest.p[0]) &&
	       mf_text_next_line(&parsing->rest, &line)) {
		struct mf_bytes part = keeps_lines ? mf_bytes_sub(line, 1, line.n - 1) : trim(line);

		if (out->len || keeps_lines)
			mf_buf_addc(out, keeps_lines ? '\n' : ' ');
		mf_buf_add(out, part.p, part.n);
	}
	return mf_buf_status(out);
}

/* The field of that name, as dpkg compares them; NULL: of no interest here. */
static const struct field *find_field(const struct field *fields, size_t n, struct mf_bytes name)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(fields[i].name) == name.n &&
		    strncasecmp(fields[i].name, (const char *)name.p, name.n) == 0)
			return &fields[i];
	}
	return NULL;
}

static int read_field(struct parsing *parsing, struct mf_bytes line, const struct field *fields,
		      size_t n)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf value = {0};
	const uint8_t *colon = memchr(line.p, ':', line.n);
	const struct field *field;
	size_t name;
	int r;

	if (!colon || colon == line.p || is_blank(line.p[0]))
		return complain(parsing, "its control file has a line that is no field");
	name = (size_t)(colon - line.p);
	field = find_field(fields, n, trim(mf_bytes_sub(line, 0, name)));
	r = read_value(parsing, mf_bytes_sub(line, name + 1, line.n - name - 1),
		       field && field->keeps_lines, &value);
	if (r || !field)
		return r;
	if (*field->out)
		return complain(parsing, "its control file has a field twice");
	*field->out = mf_arena_strndup(parsing->arena, mf_buf_str(&value), value.len);
	return *field->out ? 0 : -ENOMEM;
}

/* Fields that say nothing are as good as not there. */
static int check_fields(struct parsing *parsing, const struct field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (*fields[i].out && !**fields[i].out)
			*fields[i].out = NULL;
		if (!*fields[i].out && fields[i].is_needed)
			return complain(
				parsing,
				"its control file has no package name, version or architecture");
	}
	return 0;
}

int mf_deb_parse_control(struct mf_bytes text, struct mf_arena *arena, struct mf_deb *out)
{
	const struct field fields[] = {
		{"Package", &out->package, true, false},
		{"Version", &out->version, true, false},
		{"Architecture", &out->arch, true, false},
		{"Kernel-Version", &out->kernel_version, false, false},
		{"Modaliases", &out->modaliases, false, false},
		{"Depends", &out->depends, false, false},
		{"Provides", &out->provides, false, false},
		{"Description", &out->description, false, true},
	};
	const size_t n = sizeof(fields) / sizeof(fields[0]);
	struct parsing parsing = {text, arena, out};
	bool has_begun = false;
	struct mf_bytes line;
	int r = 0;

	if (text.n && memchr(text.p, '\0', text.n))
		return complain(&parsing, "its control file is no text");
	while (!r && !out->malformed && mf_text_next_line(&parsing.rest, &line)) {
		if (trim(line).n) {
			has_begun = true;
			r = read_field(&parsing, line, fields, n);
		} else if (has_begun) {
			break; /* one paragraph is a package */
		}
	}
	return r || out->malformed ? r : check_fields(&parsing, fields, n);
}
