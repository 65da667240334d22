// SPDX-License-Identifier: GPL-2.0-or-later
// Order of versions: each list is from old to new.
#include "tests/unit/unit.h"

#include "lib/core/version.h"

static void orders_versions(void **state)
{
	static const char *const lists[][6] = {
		{NULL, "", "0", "1", "1.0", "1.0.1"},
		{"1.0~rc1", "1.0", "1.0a", "1.0b", "1.0.1", "1.1"},
		{"9", "10", "010.1", "10.2", "00000000000000000011", "99999999999999999999999999"},
		{"3.8.4-ab", "3.8.4-b", "3.8.4.1", "3.8.5~~", "3.8.5~", "3.8.5"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (size_t a = 0; a < 6; a++) {
			for (size_t b = 0; b < 6; b++) {
				int order = mf_version_compare(lists[i][a], lists[i][b]);

				if ((order > 0) - (order < 0) != (a > b) - (a < b))
					fail_msg("'%s' and '%s': %d", lists[i][a], lists[i][b],
						 order);
			}
		}
	}
}

static void separators_do_not_count(void **state)
{
	(void)state;
	assert_int_equal(mf_version_compare("1.2-3", "1_2.3"), 0);
	assert_int_equal(mf_version_compare("1.02", "1.2"), 0);
	assert_int_equal(mf_version_compare("v1..2", "v1.2."), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_versions),
		cmocka_unit_test(separators_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
