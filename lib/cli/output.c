// SPDX-License-Identifier: GPL-2.0-or-later
// What commands print: checked writes, JSON, messages.
#include "lib/cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/message.h"

/* Writes all; 0 or -errno. */
static int write_all(int fd, const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(fd, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		text += done;
		n -= (size_t)done;
	}
	return 0;
}

int mf_print(const char *text, size_t n, struct mf_err *err)
{
	int result = write_all(STDOUT_FILENO, text, n);

	if (result)
		return mf_fail(err, result, "standard output: %s; what was printed is incomplete",
			       strerror(-result));
	return 0;
}

int mf_print_json(const json_t *document, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) char *text = json_dumps(document, JSON_INDENT(2));
	size_t n;

	if (!text)
		return mf_fail(err, -ENOMEM, "out of memory");
	n = strlen(text);
	text[n] = '\n'; /* in place of the NUL: the length is given */
	return mf_print(text, n + 1, err);
}

/* Length of the UTF-8 sequence at s as jansson judges it; 0 when there is none. */
static size_t sequence_length(const unsigned char *s, size_t n)
{
	for (size_t length = 1; length <= 4 && length <= n; length++) {
		json_t *probe = json_stringn((const char *)s, length);

		if (probe) {
			json_decref(probe);
			return length;
		}
	}
	return 0;
}

json_t *mf_json_text(const char *text)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf clean = {0};
	json_t *value;
	size_t n;

	if (!text)
		return json_null();
	value = json_string(text);
	if (value)
		return value;
	n = strlen(text);
	for (size_t i = 0; i < n;) {
		const unsigned char *s = (const unsigned char *)text + i;
		size_t length = *s < 0x80 ? 1 : sequence_length(s, n - i);

		if (length)
			mf_buf_add(&clean, s, length);
		else
			mf_buf_adds(&clean, "\xef\xbf\xbd"); /* U+FFFD */
		i += length ? length : 1;
	}
	return mf_buf_status(&clean) ? NULL : json_stringn(mf_buf_str(&clean), clean.len);
}

void mf_message(const char *command, const char *text)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf line = {0};

	mf_buf_adds(&line, "modferry: ");
	if (command)
		mf_buf_printf(&line, "%s: ", command);
	while (*text) {
		size_t n = strcspn(text, "\\"); /* escapes already made stay as they are */

		mf_buf_add_visible(&line, text, n);
		text += n;
		if (*text) {
			mf_buf_addc(&line, '\\');
			text++;
		}
	}
	mf_buf_addc(&line, '\n');
	(void)write_all(STDERR_FILENO, mf_buf_str(&line), line.len); /* nowhere else to say it */
}

void mf_warn(const char *command, const char *format, ...)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char *line = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&line, format, args);
	va_end(args);
	if (n < 0)
		return;
	mf_buf_printf(&text, "warning: %s", line);
	free(line);
	mf_message(command, mf_buf_str(&text));
}
