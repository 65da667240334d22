// SPDX-License-Identifier: GPL-2.0-or-later
// Error text for people, carried beside the -errno that code acts on.
#pragma once

#include <stddef.h>

/* Longest message in bytes, NUL included; longer ones lose their middle. */
#define MF_ERR_MAX 1024

/* Owned by the caller of a failing function; zeroed before use. */
struct mf_err {
	char text[MF_ERR_MAX];
};

/*
 * Sets the text ("object: problem, expected; what to do": lower case, no full stop) and returns
 * code, a negative errno. Any earlier text is replaced. err may be NULL.
 */
int mf_fail(struct mf_err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "; expected WHAT" behind the text and returns code. err may be NULL. */
int mf_expect(struct mf_err *err, int code, const char *what);

/* Puts "CONTEXT: " before the text and returns code. err may be NULL. */
int mf_wrap(struct mf_err *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
