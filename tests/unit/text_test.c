// SPDX-License-Identifier: GPL-2.0-or-later
// Text from outside as a terminal may see it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static void what_turns_a_terminal_is_shown(void **state)
{
	static const char *const cases[][2] = {
		{"a b~", "a b~"},
		{"Gr\xc3\xbc\xc3\x9f", "Gr\xc3\xbc\xc3\x9f"},
		{"\xe2\x80\xa6\xe2\x81\xaf", "\xe2\x80\xa6\xe2\x81\xaf"}, /* …, U+206F */
		{"a\nb\x1b[2J\x7f\\", "a\\x0ab\\x1b[2J\\x7f\\x5c"},
		{"\xc2\x9b", "\\xc2\\x9b"},		   /* CSI of eight bits */
		{"a\xff\xc3", "a\\xff\\xc3"},		   /* no UTF-8 */
		{"x\xe2\x80\xaeok", "x\\xe2\\x80\\xaeok"}, /* right-to-left override */
		{"\xe2\x80\x8e\xe2\x80\xaa", "\\xe2\\x80\\x8e\\xe2\\x80\\xaa"},
		{"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"}, /* isolates */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

		mf_buf_add_visible(&text, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(mf_buf_str(&text), cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_turns_a_terminal_is_shown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
