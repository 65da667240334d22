// SPDX-License-Identifier: GPL-2.0-or-later
// SOURCE_DATE_EPOCH: what is taken, and that a date no file can have is refused and never wrapped.
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/io/epoch.h"

static int read_epoch(const char *value, uint64_t *out, struct mf_err *err)
{
	if (value)
		assert_int_equal(setenv("SOURCE_DATE_EPOCH", value, 1), 0);
	else
		assert_int_equal(unsetenv("SOURCE_DATE_EPOCH"), 0);
	return mf_source_date_epoch(out, err);
}

static void seconds_are_taken(void **state)
{
	uint64_t epoch = 7;

	(void)state;
	assert_int_equal(read_epoch(NULL, &epoch, NULL), 0);
	assert_int_equal(epoch, 0);
	assert_int_equal(read_epoch("", &epoch, NULL), 0);
	assert_int_equal(epoch, 0);
	assert_int_equal(read_epoch("1700000000", &epoch, NULL), 0);
	assert_int_equal(epoch, 1700000000);
}

static void other_text_is_refused(void **state)
{
	static const char *const values[] = {"yesterday", "-1", "1 ", "1.5",
					     "99999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct mf_err err = {0};
		uint64_t epoch;

		assert_int_equal(read_epoch(values[i], &epoch, &err), -EINVAL);
		assert_non_null(strstr(err.text, values[i]));
	}
}

static void dates_that_no_file_has_are_refused(void **state)
{
	/* the first after a signed 32-bit and a signed 64-bit time_t */
	static const char *const values[] = {"2147483648", "9223372036854775808"};
	size_t first = sizeof(time_t) == 4 ? 0 : 1;
	uint64_t epoch;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct mf_err err = {0};

		assert_int_equal(read_epoch(values[i], &epoch, &err), i < first ? 0 : -ERANGE);
		assert_int_equal(err.text[0] != '\0', i >= first);
	}
	assert_int_equal(read_epoch("2147483647", &epoch, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds_are_taken),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(dates_that_no_file_has_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
