// SPDX-License-Identifier: GPL-2.0-or-later
// How far long work is, on a terminal: one line that is rewritten in place.
#include "lib/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A line that fills a terminal of 80 columns would wrap on some. */
#define MAX_WIDTH ((size_t)79)

static size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col || size.ws_col > MAX_WIDTH)
		return MAX_WIDTH;
	return size.ws_col - 1u;
}

/* Writes text over the line; blanks hide what was longer, as not every terminal knows escapes. */
static void rewrite(struct mf_progress *progress, const char *text, size_t n)
{
	size_t blanks = progress->width > n ? progress->width - n : 0;
	char line[3 * MAX_WIDTH + 3];
	int length = blanks ? snprintf(line, sizeof(line), "\r%.*s%*s\r%.*s", (int)n, text,
				       (int)blanks, "", (int)n, text)
			    : snprintf(line, sizeof(line), "\r%.*s", (int)n, text);

	progress->width = n;
	if (length > 0 && (size_t)length < sizeof(line))
		(void)!write(STDERR_FILENO, line, (size_t)length); /* nobody to tell */
}

void mf_progress_show(void *data, size_t done, size_t total)
{
	struct mf_progress *progress = data;
	char text[MAX_WIDTH + 1];
	size_t width, n;

	if (!isatty(STDERR_FILENO))
		return;
	snprintf(text, sizeof(text), "%s %zu/%zu", progress->what, done, total);
	width = terminal_width();
	n = strlen(text);
	rewrite(progress, text, n < width ? n : width);
}

void mf_progress_end(struct mf_progress *progress)
{
	if (progress->width)
		rewrite(progress, "", 0);
}
