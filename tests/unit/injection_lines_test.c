// SPDX-License-Identifier: GPL-2.0-or-later
// Lines for answer files: what is in them, and labels that cannot be.
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/injection_lines.h"

static void preseed_brings_the_reader_and_answers_it(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	mf_injection_preseed(&text);
	assert_string_equal(mf_buf_str(&text),
			    "  d-i anna/choose_modules string driver-injection-disk-detect\n"
			    "  d-i driver-injection-disk/load boolean true\n");
}

static void autoinstall_takes_the_folder_of_the_release(void **state)
{
	static const struct {
		const char *target, *folder;
	} cases[] = {{"ubuntu22.04", "/ubuntu-drivers/jammy/*.deb"},
		     {"ubuntu24.04", "/ubuntu-drivers/noble/*.deb"},
		     {"ubuntu26.04", "/ubuntu-drivers/resolute/*.deb"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		const char *at;

		assert_true(
			mf_injection_autoinstall(&text, mf_target_find(cases[i].target), "DRV"));
		at = strstr(mf_buf_str(&text), cases[i].folder);
		assert_non_null(at);
		assert_non_null(strstr(at + 1, cases[i].folder)); /* early and late */
		assert_non_null(
			strstr(mf_buf_str(&text), " /dev/disk/by-label/DRV /run/drivers\n"));
		assert_null(strstr(mf_buf_str(&text), "OEMDRV"));
	}
}

static void labels_that_are_no_word_have_no_lines(void **state)
{
	static const char *const labels[] = {"",     "A B",  "A;reboot", "$(x)",     "A'B", "A\"B",
					     "A: B", "A #B", "A\nB",	 "\xc3\xa4", "A&B", "*"};
	const struct mf_target *target = mf_target_find("ubuntu24.04");

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

		assert_false(mf_injection_autoinstall(&text, target, labels[i]));
		assert_int_equal(text.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preseed_brings_the_reader_and_answers_it),
		cmocka_unit_test(autoinstall_takes_the_folder_of_the_release),
		cmocka_unit_test(labels_that_are_no_word_have_no_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
