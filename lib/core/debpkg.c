// SPDX-License-Identifier: GPL-2.0-or-later
// Debian binary packages as text: names, versions, the control file (Debian Policy 5).
#include "lib/core/debpkg.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define DIGIT	   "0123456789"
#define LOWER	   "abcdefghijklmnopqrstuvwxyz"
#define UPPER	   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LINE_WIDTH 79 /* of a folded description, with the blank in front (Policy 5.6.13) */

/* What a field's value has to be. */
enum kind { NAME, VERSION, ARCHITECTURE, MAINTAINER, LINE, RELATION, DESCRIPTION };

bool mf_deb_is_name(const char *name)
{
	return strspn(name, DIGIT LOWER) > 0 && name[1] && !name[strspn(name, DIGIT LOWER "+.-")];
}

/* Length of an epoch with its colon, 0 when there is none; SIZE_MAX for a bad one. */
static size_t epoch_length(const char *version)
{
	const char *colon = strchr(version, ':');
	uint64_t epoch;

	if (!colon)
		return 0;
	if (mf_parse_u64(version, (size_t)(colon - version), 10, &epoch) || epoch > INT_MAX)
		return SIZE_MAX;
	return (size_t)(colon - version) + 1;
}

bool mf_deb_is_version(const char *version)
{
	size_t epoch = epoch_length(version);
	const char *upstream;
	const char *revision;
	size_t n;

	if (epoch == SIZE_MAX)
		return false;
	upstream = version + epoch;
	revision = strrchr(upstream, '-');
	n = revision ? (size_t)(revision - upstream) : strlen(upstream);
	if (revision &&
	    (!revision[1] || revision[1 + strspn(revision + 1, DIGIT LOWER UPPER "+.~")]))
		return false;
	/* deb-version(7) lets only a ':' behind an epoch into the upstream part: none here */
	return strspn(upstream, DIGIT) > 0 && strspn(upstream, DIGIT LOWER UPPER "+.~-") >= n;
}

void mf_deb_fold_name(struct mf_buf *out, const char *name)
{
	bool has_start = false;

	for (const char *c = name; *c; c++) {
		char folded = *c;

		if (strchr(UPPER, *c))
			folded = (char)(*c - 'A' + 'a');
		else if (!strchr(DIGIT LOWER "+.-", *c))
			folded = '-';
		has_start = has_start || strchr(DIGIT LOWER, folded);
		if (has_start)
			mf_buf_addc(out, (uint8_t)folded);
	}
}

void mf_deb_fold_version(struct mf_buf *out, const char *version)
{
	if (!strspn(version, DIGIT))
		mf_buf_adds(out, "0+");
	for (const char *c = version; *c; c++)
		mf_buf_addc(out, strchr(DIGIT LOWER UPPER "+.~-", *c) ? (uint8_t)*c : '.');
}

/* Whether all of it is UTF-8 without control characters; a line feed only where allowed. */
static bool is_text(const char *text, bool has_lines)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n;) {
		size_t length = mf_utf8_length(text + i, n - i);
		unsigned char c = (unsigned char)text[i];

		if (!length || c == 0x7f || (c < 0x20 && !(has_lines && c == '\n')))
			return false;
		i += length;
	}
	return true;
}

/* "NAME <ADDRESS>", as Policy 5.6.2 has it; no more of RFC 5322 than that. */
static bool is_maintainer(const char *value)
{
	const char *open = strchr(value, '<');

	return open && open > value && open[-1] == ' ' && strchr(open, '@') &&
	       strchr(open, '>') == value + strlen(value) - 1;
}

static bool is_valid(enum kind kind, const char *value)
{
	switch (kind) {
	case NAME: return mf_deb_is_name(value);
	case VERSION: return mf_deb_is_version(value);
	case ARCHITECTURE: return mf_deb_is_name(value) && !strpbrk(value, "+.");
	case MAINTAINER: return is_text(value, false) && is_maintainer(value);
	case RELATION: return !value[strspn(value, DIGIT LOWER UPPER "+.-~: ()<>=,|")];
	case DESCRIPTION: return is_text(value, true) && *value != '\n' && *value != ' ';
	case LINE: break;
	}
	return is_text(value, false) && *value != ' ';
}

/*
 * One paragraph of a long description, folded at blanks. No line of it starts with a dot, which
 * has a meaning there: one that has to is shown as it stands, behind two blanks.
 */
static void put_paragraph(struct mf_buf *out, const char *text, size_t n)
{
	size_t column = 0;

	while (n && text[n - 1] == ' ')
		n--;
	if (!n || text[0] == '.')
		mf_buf_adds(out, n ? " " : " .");
	while (n) {
		size_t word = 0;

		while (word < n && text[word] != ' ')
			word++;
		if (column && column + 1 + word > LINE_WIDTH && text[0] != '.') {
			mf_buf_addc(out, '\n');
			column = 0;
		}
		mf_buf_addc(out, ' ');
		mf_buf_add(out, text, word);
		column += 1 + word;
		while (word < n && text[word] == ' ')
			word++;
		text += word;
		n -= word;
	}
	mf_buf_addc(out, '\n');
}

static void put_description(struct mf_buf *out, const char *value)
{
	size_t n = strcspn(value, "\n");

	mf_buf_add(out, value, n);
	mf_buf_addc(out, '\n');
	value += n;
	while (*value && value[1]) { /* an end of line at the end starts no paragraph */
		value++;
		n = strcspn(value, "\n");
		put_paragraph(out, value, n);
		value += n;
	}
}

/* Fields in the order in which dpkg-gencontrol writes them. */
static const struct field {
	const char *param;
	const char *name;
	enum kind kind;
	const char *value; /* when the tree has no such parameter; NULL: none */
	bool is_required;
} fields[] = {
	{"package", "Package", NAME, NULL, true},
	{"version", "Version", VERSION, NULL, true},
	{"kernel-version", "Kernel-Version", LINE, NULL, false}, /* of debian-installer's alone */
	{"architecture", "Architecture", ARCHITECTURE, NULL, true},
	{"maintainer", "Maintainer", MAINTAINER, NULL, true},
	{"depends", "Depends", RELATION, NULL, false},
	{"recommends", "Recommends", RELATION, NULL, false},
	{"enhances", "Enhances", RELATION, NULL, false},
	{"conflicts", "Conflicts", RELATION, NULL, false},
	{"replaces", "Replaces", RELATION, NULL, false},
	{"provides", "Provides", RELATION, NULL, false},
	{"section", "Section", LINE, "misc", false},
	{"priority", "Priority", LINE, "optional", false},
	{"description", "Description", DESCRIPTION, NULL, true},
	{"modaliases", "Modaliases", LINE, NULL, false},
};

static int put_field(const struct mf_tree *tree, const struct field *field, struct mf_buf *out,
		     struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf visible = {0};
	const char *value = mf_tree_param(tree, field->param);

	value = value ? value : field->value;
	if (!value || (!*value && !field->is_required))
		return field->is_required
			       ? mf_fail(err, -EINVAL, "Debian package: it has no %s", field->param)
			       : 0;
	if (!*value || !is_valid(field->kind, value)) {
		mf_buf_add_visible(&visible, value, strlen(value));
		return mf_fail(err, -EINVAL,
			       "Debian package: \"%s\" cannot be the value of its field %s",
			       mf_buf_str(&visible), field->name);
	}
	mf_buf_printf(out, "%s: ", field->name);
	if (field->kind == DESCRIPTION)
		put_description(out, value);
	else
		mf_buf_printf(out, "%s\n", value);
	return 0;
}

int mf_deb_control(const struct mf_tree *tree, uint64_t installed_size, struct mf_buf *out,
		   struct mf_err *err)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		int r = put_field(tree, &fields[i], out, err);

		if (r)
			return r;
		if (fields[i].kind == MAINTAINER)
			mf_buf_printf(out, "Installed-Size: %llu\n",
				      (unsigned long long)installed_size);
	}
	return mf_buf_status(out);
}
