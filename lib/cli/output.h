// SPDX-License-Identifier: GPL-2.0-or-later
// What commands print: aligned tables for people, JSON for machines.
#pragma once

#include <jansson.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/core/module.h"

/* A table of text; zeroed is empty. Cells are copied and made visible (no control characters). */
struct mf_table {
	struct mf_buf text; /* cells, NUL-terminated, row by row */
	size_t n_columns;
	size_t n_rows; /* heading included */
};

/* Starts with the headings; rows must have as many cells. NULL and empty cells print as
 * "-". */
void mf_table_row(struct mf_table *table, size_t n, const char *const cells[]);

/* Prints aligned columns, two blanks between, no blanks at line ends; heading bold on a terminal.
 */
int mf_table_print(const struct mf_table *table, struct mf_err *err);
void mf_table_free(struct mf_table *table);

/* Who signed a module, as a cell: the signer's name, "unsigned", "unknown", "malformed signature".
 */
const char *mf_signer_text(const struct mf_module *module);

/* Prints to standard output and checks that it arrived (a full disk or closed pipe is an error). */
int mf_print(const char *text, size_t n, struct mf_err *err);

/* Prints a JSON document with a newline, keys in insertion order; frees nothing. */
int mf_print_json(const json_t *document, struct mf_err *err);

/* A JSON string from text that may not be UTF-8 (bad bytes become U+FFFD); null for NULL. */
json_t *mf_json_text(const char *text);

/* A warning for people on standard error: "modferry: COMMAND: warning: …". */
void mf_warn(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
