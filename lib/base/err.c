// SPDX-License-Identifier: GPL-2.0-or-later
// Error text for people, carried beside the -errno that code acts on.
#include "lib/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define HEAD	 ((size_t)MF_ERR_MAX / 4) /* bytes kept of the start of a text that is too long */

/* Takes n bytes of text; of a longer one the middle goes, as what to do stands at its end. */
static void keep(struct mf_err *err, const char *text, size_t n)
{
	const size_t tail = sizeof(err->text) - 1 - HEAD - strlen(ELLIPSIS);

	if (n < sizeof(err->text)) {
		memcpy(err->text, text, n);
		err->text[n] = '\0';
		return;
	}
	memcpy(err->text, text, HEAD);
	memcpy(err->text + HEAD, ELLIPSIS, strlen(ELLIPSIS));
	memcpy(err->text + HEAD + strlen(ELLIPSIS), text + n - tail, tail);
	err->text[sizeof(err->text) - 1] = '\0';
}

static void format_text(struct mf_err *err, const char *format, va_list args)
{
	char part[MF_ERR_MAX];
	char *whole;
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(part, sizeof(part), format, args);
	if (n < 0)
		n = 0;
	whole = (size_t)n < sizeof(part) ? NULL : malloc((size_t)n + 1);
	if (whole) {
		vsnprintf(whole, (size_t)n + 1, format, again);
		keep(err, whole, (size_t)n);
		free(whole);
	} else {
		keep(err, part, (size_t)n < sizeof(part) ? (size_t)n : sizeof(part) - 1);
	}
	va_end(again);
}

int mf_fail(struct mf_err *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	format_text(err, format, args);
	va_end(args);
	return code;
}

int mf_expect(struct mf_err *err, int code, const char *what)
{
	struct mf_err problem;

	if (!err)
		return code;
	problem = *err;
	return mf_fail(err, code, "%s; expected %s", problem.text, what);
}

int mf_wrap(struct mf_err *err, int code, const char *format, ...)
{
	struct mf_err context;
	char text[2 * MF_ERR_MAX + 2];
	va_list args;
	size_t used;

	if (!err)
		return code;
	va_start(args, format);
	format_text(&context, format, args);
	va_end(args);
	used = strlen(context.text);
	memcpy(text, context.text, used);
	memcpy(text + used, ": ", 2);
	used += 2;
	memcpy(text + used, err->text, strlen(err->text));
	keep(err, text, used + strlen(err->text));
	return code;
}
