// SPDX-License-Identifier: GPL-2.0-or-later
// The progress line: on a terminal only, in place, narrow, gone at the end.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/cli/progress.h"

/* What is written to standard error meanwhile: to a terminal of columns, to a pipe when 0. */
struct capture {
	int saved;
	int reader;
	char text[1024];
};

static void start(struct capture *capture, unsigned short columns)
{
	int ends[2];

	if (columns) {
		struct winsize size = {.ws_row = 25, .ws_col = columns};

		ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_true(ends[0] >= 0);
		assert_int_equal(grantpt(ends[0]), 0);
		assert_int_equal(unlockpt(ends[0]), 0);
		ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
		assert_true(ends[1] >= 0);
		assert_int_equal(ioctl(ends[1], TIOCSWINSZ, &size), 0);
	} else {
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	}
	capture->saved = dup(STDERR_FILENO);
	assert_true(capture->saved >= 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	close(ends[1]);
	capture->reader = ends[0];
}

/*
 * Ends the capture; its text is there then. A terminal hands it over in its own time, but whole
 * before it says that the other end is closed.
 */
static void stop(struct capture *capture)
{
	size_t used = 0;
	ssize_t n;

	assert_int_equal(dup2(capture->saved, STDERR_FILENO), STDERR_FILENO);
	close(capture->saved);
	do {
		n = read(capture->reader, capture->text + used, sizeof(capture->text) - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	capture->text[used] = '\0';
	close(capture->reader);
}

static void work(const char *what, size_t total)
{
	MF_CLEANUP(mf_progress_end) struct mf_progress progress = {.what = what};

	mf_progress_show(&progress, total - 1, total);
	mf_progress_show(&progress, total, total);
}

static void the_line_is_rewritten_and_cleared(void **state)
{
	struct capture capture;

	(void)state;
	start(&capture, 80);
	work("packages", 300);
	stop(&capture);
	assert_string_equal(capture.text, "\rpackages 299/300\rpackages 300/300"
					  "\r                \r");
}

static void a_shorter_line_leaves_no_rest(void **state)
{
	struct mf_progress progress = {.what = "p"};
	struct capture capture;

	(void)state;
	start(&capture, 80);
	mf_progress_show(&progress, 100, 100);
	mf_progress_show(&progress, 1, 1);
	stop(&capture);
	assert_string_equal(capture.text, "\rp 100/100\rp 1/1    \rp 1/1");
}

static void the_line_fits(void **state)
{
	static const unsigned short columns[] = {20, 80, 200};
	static const size_t widths[] = {19, 79, 79};
	char what[121];

	(void)state;
	memset(what, 'w', sizeof(what) - 1);
	what[sizeof(what) - 1] = '\0';
	for (size_t i = 0; i < 3; i++) {
		struct capture capture;

		start(&capture, columns[i]);
		work(what, 9);
		stop(&capture);
		assert_int_equal(strcspn(capture.text + 1, "\r"), widths[i]);
	}
}

static void what_is_no_terminal_gets_nothing(void **state)
{
	struct capture capture;

	(void)state;
	start(&capture, 0);
	work("packages", 300);
	stop(&capture);
	assert_string_equal(capture.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_is_rewritten_and_cleared),
		cmocka_unit_test(a_shorter_line_leaves_no_rest),
		cmocka_unit_test(the_line_fits),
		cmocka_unit_test(what_is_no_terminal_gets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
