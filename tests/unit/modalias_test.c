// SPDX-License-Identifier: GPL-2.0-or-later
// Modalias matching: the rules one by one, then random patterns against fnmatch(3).
#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/core/modalias.h"

static void stars_and_questions(void **state)
{
	(void)state;
	assert_true(mf_modalias_match("pci:v00008086d*", "pci:v00008086d00001533"));
	assert_false(mf_modalias_match("pci:v00008086d*", "pci:v00008087d00001533"));
	assert_true(mf_modalias_match("*", ""));
	assert_true(mf_modalias_match("a**b", "ab"));
	assert_false(mf_modalias_match("a?b", "ab"));
	assert_true(mf_modalias_match("a*", "a/b/.c"));
	assert_true(mf_modalias_match("*", ".hidden"));
	assert_true(mf_modalias_match("*ab*ab", "abxabab"));
	assert_false(mf_modalias_match("*ab*ab", "abxabb"));
	assert_true(mf_modalias_match("", ""));
	assert_false(mf_modalias_match("", "a"));
	assert_false(mf_modalias_match("a", ""));
}

static void brackets(void **state)
{
	(void)state;
	assert_true(mf_modalias_match("d01[0-9]*", "d0153"));
	assert_false(mf_modalias_match("d01[0-9]*", "d01A3"));
	assert_true(mf_modalias_match("d[!0-9]", "dA"));
	assert_true(mf_modalias_match("d[^0-9]", "dA"));
	assert_false(mf_modalias_match("d[^0-9]", "d5"));
	assert_true(mf_modalias_match("[]a]", "]"));
	assert_false(mf_modalias_match("[!]a]", "]"));
	/* a device's '-' is '_', one inside brackets is not: kmod has it so */
	assert_false(mf_modalias_match("[a-]", "-"));
	assert_true(mf_modalias_match("[a_]", "-"));
}

static void unterminated_bracket_is_plain(void **state)
{
	(void)state;
	assert_true(mf_modalias_match("a[bc", "a[bc"));
	assert_true(mf_modalias_match("*[bc", "x[bc"));
	assert_false(mf_modalias_match("a[bc", "ab"));
}

static void backslash_before_the_first_wildcard_is_plain(void **state)
{
	(void)state;
	assert_true(mf_modalias_match("a\\b", "a\\b"));
	assert_false(mf_modalias_match("a\\b", "ab"));
	assert_true(mf_modalias_match("a\\*b", "a\\xb"));
	assert_true(mf_modalias_match("*a\\b", "ab"));
	assert_true(mf_modalias_match("*a\\*", "xa*"));
	assert_false(mf_modalias_match("*a\\*", "xab"));
	assert_false(mf_modalias_match("*a\\", "a\\"));
}

static void dashes_are_folded(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf buf = {0};

	(void)state;
	assert_true(mf_modalias_match("platform:a-b", "platform:a_b"));
	assert_true(mf_modalias_match("platform:a_b*", "platform:a-b-c"));
	assert_true(mf_modalias_match("x*a-b", "x-a_b"));
	assert_int_equal(mf_modalias_fold_pattern(&buf, "a-b[0-9]-"), 0);
	assert_string_equal(mf_buf_str(&buf), "a_b[0-9]_");
	assert_int_equal(mf_modalias_fold_pattern(&buf, "a]"), -EINVAL);
	assert_int_equal(mf_modalias_fold_pattern(&buf, "a[b"), -EINVAL);
	assert_string_equal(mf_buf_str(&buf), "a_b[0-9]_");
	buf.len = 0;
	mf_modalias_fold_device(&buf, "a-[0-9]");
	assert_string_equal(mf_buf_str(&buf), "a_[0_9]");
}

/* kmod refuses these with EINVAL. */
static void brackets_in_the_device_are_data(void **state)
{
	(void)state;
	assert_true(mf_modalias_match("dmi*:pn*[[]X]*", "dmi:bvn:pnBoard[X]:"));
	assert_true(mf_modalias_match("acpi*:foo", "acpi:]:foo"));
	assert_false(mf_modalias_match("a[x]", "a[x]"));
}

static void vfio_never_takes_a_pci_device(void **state)
{
	(void)state;
	assert_false(mf_modalias_match("vfio_pci:v*d*sv*sd*bc*sc*i*",
				       "pci:v00008086d00001533sv00008086sd00000001bc02sc00i00"));
	assert_true(mf_modalias_match("pci:v*d*sv*sd*bc02sc00i*",
				      "pci:v00008086d00001533sv00008086sd00000001bc02sc00i00"));
}

static void unknown_digits_complete(void **state)
{
	const char *device = "pci:v00008086d00001533sv????????sd????????bc02sc00i??";

	(void)state;
	assert_true(mf_modalias_match_partial("pci:v00008086d00001533sv*sd*bc*sc*i*", device));
	assert_true(mf_modalias_match_partial("pci:v00008086d*sv000017AAsd*bc*sc*i*", device));
	assert_true(mf_modalias_match_partial("pci:v*d*sv*sd*bc02sc00i0[1-3]*", device));
	assert_false(mf_modalias_match_partial("pci:v*d*sv*sd*bc0Csc03i30*", device));
	assert_false(mf_modalias_match_partial("pci:v*d*sv000017aasd*bc*sc*i*", device));
	assert_true(mf_modalias_match_partial("pci:v????????d????????sv????????sd????????bc02sc00"
					      "i[!a-z]?",
					      device));
	assert_false(mf_modalias_match_partial("pci:v*i[g-z]?", device));
	assert_false(mf_modalias_match("pci:v00008086d*sv000017AAsd*bc*sc*i*", device));
}

static void specific_patterns_count_more(void **state)
{
	(void)state;
	assert_int_equal(mf_modalias_specificity("ab*c?d"), 4);
	assert_int_equal(mf_modalias_specificity("a*[b-d]\\*["), 3);
	assert_true(mf_modalias_specificity("pci:v00008086d00001533sv*sd*bc*sc*i*") >
		    mf_modalias_specificity("pci:v*d*sv*sd*bc02sc00i*"));
}

static void bus_is_the_first_word(void **state)
{
	size_t n;

	(void)state;
	mf_modalias_bus("pci:v*", &n);
	assert_int_equal(n, 3);
	mf_modalias_bus("nvme", &n);
	assert_int_equal(n, 0);
}

static void long_strings_match_nothing(void **state)
{
	char pattern[MF_MODALIAS_MAX + 1];

	(void)state;
	memset(pattern, '*', sizeof(pattern) - 1);
	pattern[sizeof(pattern) - 1] = '\0';
	assert_false(mf_modalias_match(pattern, "a"));
	pattern[sizeof(pattern) - 2] = '\0';
	assert_true(mf_modalias_match(pattern, "a"));
}

/* Backtracking into every star would take longer than the age of the universe. */
static void worst_case_ends(void **state)
{
	char pattern[201];
	char text[4001];
	clock_t start = clock();

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		pattern[2 * i] = '*';
		pattern[2 * i + 1] = 'a';
	}
	memcpy(pattern + 198, "*b", 3);
	memset(text, 'a', 4000);
	text[4000] = '\0';
	assert_false(mf_modalias_match(pattern, text));
	assert_true(clock() - start < CLOCKS_PER_SEC);
}

static uint32_t seed = 1;

static uint32_t next_random(uint32_t limit)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % limit;
}

static void random_text(char *out, size_t max, const char *alphabet)
{
	size_t n = next_random((uint32_t)max);
	uint32_t letters = (uint32_t)strlen(alphabet);

	for (size_t i = 0; i < n; i++)
		out[i] = alphabet[next_random(letters)];
	out[n] = '\0';
}

/* What kmod does: the part before the first wildcard by itself, fnmatch for the rest. */
static bool kmod_match(const char *pattern, const char *text)
{
	size_t n = strcspn(pattern, "*?[");

	if (strncmp(pattern, text, n) != 0)
		return false;
	return pattern[n] ? fnmatch(pattern + n, text + n, 0) == 0 : !text[n];
}

static void equals_fnmatch(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf folded = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf device = {0};
	unsigned int matches = 0;

	(void)state;
	for (unsigned int i = 0; i < 400000; i++) {
		char pattern[14];
		char text[9];
		bool expected;

		random_text(pattern, sizeof(pattern), "aab_*?[]!^-\\\303c**[]a[a]?b**");
		random_text(text, sizeof(text), "aaabc_-[]\\\303");
		folded.len = 0;
		device.len = 0;
		mf_modalias_fold_device(&device, text);
		mf_buf_add(&device, "", 0);
		if (mf_modalias_fold_pattern(&folded, pattern))
			mf_buf_adds(&folded, strchr(pattern, '-') ? "" : pattern);
		mf_buf_add(&folded, "", 0);
		if (!folded.len)
			continue;
		expected = kmod_match(mf_buf_str(&folded), mf_buf_str(&device));
		if (mf_modalias_match(pattern, text) != expected)
			fail_msg("pattern '%s', text '%s': kmod has %d", pattern, text, expected);
		matches += expected;
	}
	assert_true(matches > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stars_and_questions),
		cmocka_unit_test(brackets),
		cmocka_unit_test(unterminated_bracket_is_plain),
		cmocka_unit_test(backslash_before_the_first_wildcard_is_plain),
		cmocka_unit_test(dashes_are_folded),
		cmocka_unit_test(brackets_in_the_device_are_data),
		cmocka_unit_test(vfio_never_takes_a_pci_device),
		cmocka_unit_test(unknown_digits_complete),
		cmocka_unit_test(specific_patterns_count_more),
		cmocka_unit_test(bus_is_the_first_word),
		cmocka_unit_test(long_strings_match_nothing),
		cmocka_unit_test(worst_case_ends),
		cmocka_unit_test(equals_fnmatch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
