// SPDX-License-Identifier: GPL-2.0-or-later
// Module.symvers: the exports of a kernel build, as modpost writes them.
#include "lib/core/symvers.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/modname.h"

/* A symbol has at most 512 bytes (KSYM_NAME_LEN), a path in the kernel's source some 100. */
#define MAX_LINE 2048u

#define MAX_FIELDS 5u
#define CRC_PREFIX "0x"
#define IMAGE	   "vmlinux"

/* The kinds of export that modpost ever wrote (scripts/mod/modpost.c, export_str). */
static const struct {
	const char *word;
	enum mf_answer is_gpl;
} kinds[] = {
	{"EXPORT_SYMBOL", MF_ANSWER_NO},
	{"EXPORT_SYMBOL_GPL", MF_ANSWER_YES},
	{"EXPORT_SYMBOL_GPL_FUTURE", MF_ANSWER_NO}, /* only warned, until 5.12 */
	{"EXPORT_UNUSED_SYMBOL", MF_ANSWER_NO},
	{"EXPORT_UNUSED_SYMBOL_GPL", MF_ANSWER_YES},
};

/* One line, its fields terminated in place. */
struct line {
	char text[MAX_LINE];
	char *fields[MAX_FIELDS];
	size_t n;
};

/* Splits at tabs; false when it is too long, holds a NUL or has too many fields. */
static bool split(struct mf_bytes bytes, struct line *out)
{
	char *at = out->text;

	if (bytes.n >= MAX_LINE || memchr(bytes.p, '\0', bytes.n))
		return false;
	memcpy(out->text, bytes.p, bytes.n);
	out->text[bytes.n] = '\0';
	for (out->n = 0; at; out->n++) {
		if (out->n == MAX_FIELDS)
			return false;
		out->fields[out->n] = at;
		at = strchr(at, '\t');
		if (at)
			*at++ = '\0';
	}
	return true;
}

static bool find_kind(const char *word, enum mf_answer *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(word, kinds[i].word) == 0) {
			*out = kinds[i].is_gpl;
			return true;
		}
	}
	return false;
}

/* A build without CONFIG_MODVERSIONS writes zero for every CRC. */
static bool read_crc(const char *field, struct mf_export *out)
{
	uint64_t crc;

	if (!mf_has_prefix(field, CRC_PREFIX) ||
	    mf_parse_u64(field + strlen(CRC_PREFIX), strlen(field) - strlen(CRC_PREFIX), 16,
			 &crc) ||
	    crc > UINT32_MAX)
		return false;
	out->crc = (uint32_t)crc;
	out->has_crc = crc != 0;
	return true;
}

/* "vmlinux", or the path of a module without ".ko", absolute or not: its name goes to name. */
static bool read_owner(const char *field, char name[MF_MODNAME_MAX], struct mf_export *out)
{
	const char *base = mf_path_base(field);
	size_t n = strlen(base);

	if (!mf_modname_is_valid(base) || n >= MF_MODNAME_MAX)
		return false;
	for (size_t i = 0; i <= n; i++)
		name[i] = base[i] == '-' ? '_' : base[i];
	out->owner = name;
	if (strcmp(field, IMAGE) != 0 && mf_path_is_safe(field))
		out->owner_path = field;
	return true;
}

/*
 * CRC, symbol, owner, kind until 5.3; from 5.4 to 5.8 the namespace stood before the owner, since
 * then it is the last.
 */
static bool read_line(struct line *line, char name[MF_MODNAME_MAX], struct mf_export *out)
{
	const char *owner;

	*out = (struct mf_export){.space = ""};
	if (line->n < 4 || !read_crc(line->fields[0], out) || !*line->fields[1])
		return false;
	out->name = line->fields[1];
	if (find_kind(line->fields[3], &out->is_gpl)) {
		owner = line->fields[2];
		if (line->n > 4)
			out->space = line->fields[4];
	} else if (line->n > 4 && find_kind(line->fields[4], &out->is_gpl)) {
		out->space = line->fields[2];
		owner = line->fields[3];
	} else {
		return false;
	}
	return read_owner(owner, name, out);
}

/* Whether the image exports it: the first line of a symbol counts, should there be two. */
static bool is_of_image(const struct mf_symtab *table, const char *name)
{
	const struct mf_export *export = mf_symtab_find(table, name);

	return export && export->owner && strcmp(export->owner, IMAGE) == 0;
}

int mf_symvers_read(struct mf_bytes text, struct mf_symtab *table, struct mf_err *err)
{
	bool has_image = false;
	size_t number = 1;

	for (size_t at = 0; at < text.n; number++) {
		const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
		size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
		char owner[MF_MODNAME_MAX];
		struct mf_export export;
		struct line line;
		int r;

		if (!split(mf_bytes_sub(text, at, n), &line) || !read_line(&line, owner, &export))
			return mf_fail(err, -EBADMSG,
				       "line %zu is none of Module.symvers, expected "
				       "\"0xCRC SYMBOL OWNER EXPORT_SYMBOL[_GPL] [NAMESPACE]\" "
				       "with tabs between",
				       number);
		r = mf_symtab_add(table, &export);
		if (r)
			return mf_fail(err, r, "line %zu: %s", number, strerror(-r));
		has_image = has_image || is_of_image(table, export.name);
		at += n + 1;
	}
	table->is_complete = table->is_complete || has_image;
	return 0;
}
