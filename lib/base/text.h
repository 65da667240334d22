// SPDX-License-Identifier: GPL-2.0-or-later
// Strict numbers, paths and printable text.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/*
 * Parses all n characters as an unsigned number in base 8, 10 or 16 (no prefix, sign or blanks).
 * -EINVAL for anything else or nothing, -ERANGE when it does not fit.
 */
int mf_parse_u64(const char *text, size_t n, unsigned int base, uint64_t *out);

/* Joins two path parts with exactly one slash. 0, or -ENAMETOOLONG (out is then ""). */
int mf_path_join(char *out, size_t size, const char *folder, const char *name);

/*
 * Whether a path from outside may name a file below a folder: relative, no empty, "." or ".."
 * component, no control character, at most 4095 bytes.
 */
bool mf_path_is_safe(const char *path);

/* Last component of a path (no copy). */
const char *mf_path_base(const char *path);

/* Whether text starts with prefix, ends with suffix. */
bool mf_has_prefix(const char *text, const char *prefix);
bool mf_has_suffix(const char *text, const char *suffix);

/* Cuts the next line off a text, without the end of line; false where nothing is left. */
bool mf_text_next_line(struct mf_bytes *text, struct mf_bytes *out);

/* Length of the valid UTF-8 sequence at text (no overlong forms, surrogates), 0 if there is none.
 */
size_t mf_utf8_length(const char *text, size_t n);

/*
 * Appends text from outside for a terminal or log: control characters, those that turn the
 * direction of writing, backslash and invalid UTF-8 become \xNN, so that a name can neither fake a
 * line nor an escape sequence.
 */
void mf_buf_add_visible(struct mf_buf *buf, const char *text, size_t n);

/*
 * Appends text as one word of POSIX shell: as it is where every byte is harmless there, else in
 * single quotes. For lines that people paste.
 */
void mf_buf_add_shell(struct mf_buf *buf, const char *text);
