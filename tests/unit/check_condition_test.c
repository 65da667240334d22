// SPDX-License-Identifier: GPL-2.0-or-later
// Conditions of SUSE's driver updates: what of their text is recognised, and what is not.
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk_condition.h"
#include "tests/unit/suseplan.h"

#define K     "6.4.0-150600.23.53-default"
#define OTHER "5.14.21-150500.55.7-default"

static enum mf_answer keeps(const char *text)
{
	return mf_condition_keeps((struct mf_bytes){(const uint8_t *)text, strlen(text)}, K);
}

static void test_kept(void **state)
{
	(void)state;
	assert_int_equal(keeps("[ \"$(uname -r)\" = " K " ] || rm -rf /update/000/*"),
			 MF_ANSWER_YES);
	assert_int_equal(keeps("[[ $(uname -r) == '" K "' ]] || exit 1"), MF_ANSWER_YES);
	assert_int_equal(keeps("k=$(uname -r)\n[ \"$k\" != '" K "' ] || exit 0\nrm -rf x\n"),
			 MF_ANSWER_YES);
	assert_int_equal(keeps("[ `uname -r` != " K " ] && rm -rf x"), MF_ANSWER_YES);
	assert_int_equal(keeps("test \"`uname -r`\" = " K), MF_ANSWER_YES);
	assert_int_equal(keeps("k=$(uname -r)\nif [ \"$k\" = '" K
			       "' ]; then\n\tcp a b\n\texit 0\nfi\n"
			       "rm -rf \"$slot/modules\"\nexit 0\n"),
			 MF_ANSWER_YES);
	assert_int_equal(keeps("k=$(uname -r)\nif [ $k = " K " ]; then\n\texit 0\nfi\nrm -rf x\n"),
			 MF_ANSWER_YES);
	assert_int_equal(keeps("read -r k </proc/sys/kernel/osrelease\n[ $k = " K " ]\n"),
			 MF_ANSWER_YES);
}

static void test_left_out(void **state)
{
	(void)state;
	assert_int_equal(keeps("[ \"$(uname -r)\" = " OTHER " ] || rm -rf x"), MF_ANSWER_NO);
	assert_int_equal(keeps("[ \"$(uname -r)\" != " OTHER " ] || exit 0; rm -rf x"),
			 MF_ANSWER_NO);
	assert_int_equal(keeps("if [ \"$(uname -r)\" = " OTHER " ]; then\nexit 0\nfi\nrm -rf x\n"),
			 MF_ANSWER_NO);
	/* a release is a whole word */
	assert_int_equal(keeps("[ \"$(uname -r)\" = " K "-debug ] || rm -rf x"), MF_ANSWER_NO);
}

static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(keeps(""), MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("echo hello"), MF_ANSWER_UNKNOWN);
	/* nothing asks for the kernel */
	assert_int_equal(keeps("[ \"$x\" = " K " ] || rm -rf x"), MF_ANSWER_UNKNOWN);
	/* taken away from this very kernel, or who knows */
	assert_int_equal(keeps("[ \"$(uname -r)\" = " K " ] && rm -rf x"), MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("[ \"$(uname -r)\" != " OTHER " ] || rm -rf x"), MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("if [ \"$(uname -r)\" = " K " ]; then\nrm -rf x\nexit 0\nfi\n"),
			 MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("if [ \"$(uname -r)\" = " K " ]; then echo x; fi"),
			 MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("case $(uname -r) in 6.*) ;; *) rm -rf x;; esac"),
			 MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("if [ \"$(uname -r)\" = " K " ]; then rm -rf x; exit 0; fi"),
			 MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("if [ \"$(uname -r)\" = " K " ]\nthen rm -rf x\nfi"),
			 MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("if [ \"$(uname -r)\" = " K " ]; then :; else exit 0; fi; rm x"),
			 MF_ANSWER_UNKNOWN);
	/* no release of a kernel */
	assert_int_equal(keeps("[ \"$(uname -r)\" ] && [ \"$VERSION\" = 15.6 ] || rm -rf x"),
			 MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("uname -r ="), MF_ANSWER_UNKNOWN);
	assert_int_equal(keeps("uname -r !="), MF_ANSWER_UNKNOWN);
}

/* What `modferry dud` writes. */
static void test_own(void **state)
{
	static const struct wanted wanted = {&mf_dud_linuxrc_recipe, {"sles15"}, {0}};
	MF_CLEANUP(free_selection) struct selection selection = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	size_t n = 0;

	(void)state;
	add(&selection, "p", "1", SP6, "m");
	assert_int_equal(plan(&selection, &wanted, &tree, NULL), 0);
	for (size_t i = 0; i < tree.n_entries; i++) {
		if (!mf_has_suffix(tree.entries[i].path, ".sh"))
			continue;
		assert_int_equal(mf_condition_keeps(tree.entries[i].content, SP6), MF_ANSWER_YES);
		assert_int_equal(mf_condition_keeps(tree.entries[i].content, SP5), MF_ANSWER_NO);
		n++;
	}
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
