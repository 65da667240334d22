// SPDX-License-Identifier: GPL-2.0-or-later
// Aligned tables for people.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/output.h"

#define GAP  "  "
#define BOLD "\033[1m"
#define THIN "\033[0m"

void mf_table_row(struct mf_table *table, size_t n, const char *const cells[])
{
	table->n_columns = n;
	table->n_rows++;
	for (size_t i = 0; i < n; i++) {
		const char *cell = cells[i] && *cells[i] ? cells[i] : "-";

		mf_buf_add_visible(&table->text, cell, strlen(cell));
		mf_buf_addc(&table->text, '\0');
	}
}

/* Columns a text takes: its code points. Wide and combining characters are not looked up, since
 * that would depend on the locale. */
static size_t text_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void add_row(struct mf_buf *out, const char **cell, const size_t *widths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mf_buf_adds(out, *cell);
		if (i + 1 < n) /* no blanks at line ends */
			mf_buf_printf(out, "%*s" GAP, (int)(widths[i] - text_width(*cell)), "");
		*cell += strlen(*cell) + 1;
	}
}

/* Bold only where a person looks at a terminal that has not asked for plain text. */
static bool wants_bold(void)
{
	const char *no_color = getenv("NO_COLOR"); /* https://no-color.org */
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

int mf_table_print(const struct mf_table *table, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) size_t *widths = calloc(table->n_columns + 1, sizeof(*widths));
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	const char *cell = mf_buf_str(&table->text);
	bool is_bold = wants_bold();

	if (!widths || mf_buf_status(&table->text))
		return mf_fail(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < table->n_rows * table->n_columns; i++) {
		size_t width = text_width(cell);

		if (width > widths[i % table->n_columns])
			widths[i % table->n_columns] = width;
		cell += strlen(cell) + 1;
	}
	cell = mf_buf_str(&table->text);
	for (size_t row = 0; row < table->n_rows; row++) {
		if (is_bold && row == 0)
			mf_buf_adds(&out, BOLD);
		add_row(&out, &cell, widths, table->n_columns);
		if (is_bold && row == 0)
			mf_buf_adds(&out, THIN);
		mf_buf_addc(&out, '\n');
	}
	if (mf_buf_status(&out))
		return mf_fail(err, -ENOMEM, "out of memory");
	return mf_print(mf_buf_str(&out), out.len, err);
}

void mf_table_free(struct mf_table *table)
{
	mf_buf_free(&table->text);
	*table = (struct mf_table){0};
}

const char *mf_signer_text(const struct mf_module *module)
{
	switch (module->signature) {
	case MF_SIGNATURE_NONE: return "unsigned";
	case MF_SIGNATURE_PRESENT: return module->signer ? module->signer : "unknown";
	case MF_SIGNATURE_MALFORMED: return "malformed signature";
	}
	return "?";
}
