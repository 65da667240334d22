// SPDX-License-Identifier: GPL-2.0-or-later
// Error text for people, carried beside the -errno that code acts on.
#include "lib/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int mf_fail(struct mf_err *err, int code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return code;
}

int mf_wrap(struct mf_err *err, int code, const char *format, ...)
{
	char old[MF_ERR_MAX];
	va_list args;
	size_t used;
	int n;

	if (!err)
		return code;
	memcpy(old, err->text, sizeof(old));
	va_start(args, format);
	n = vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	used = (size_t)n < sizeof(err->text) ? (size_t)n : sizeof(err->text) - 1;
	for (const char *part = ": "; *part && used + 1 < sizeof(err->text); part++)
		err->text[used++] = *part;
	for (const char *part = old; *part && used + 1 < sizeof(err->text); part++)
		err->text[used++] = *part;
	err->text[used] = '\0';
	return code;
}
