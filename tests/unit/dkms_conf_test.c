// SPDX-License-Identifier: GPL-2.0-or-later
// Plain assignments of a dkms.conf: what is read, and what only a shell could.
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/io/dkms_conf.h"

struct conf_case {
	const char *text;
	const char *expected; /* NULL: not plain */
};

static const struct conf_case cases[] = {
	{"PACKAGE_NAME=box", "box"},
	{"PACKAGE_NAME=box\n", "box"},
	{"PACKAGE_NAME=box\r\n", "box"},
	{"PACKAGE_NAME=\"box\"\n", "box"},
	{"PACKAGE_NAME='box'\n", "box"},
	{"PACKAGE_NAME='a b$`\\'\n", "a b$`\\"},
	{"  \tPACKAGE_NAME=box  # why\n", "box"},
	{"PACKAGE_NAME=\"box\" # why\n", "box"},
	{"A=1\nPACKAGE_NAME=old\nPACKAGE_NAME=\"new\"\nB=2", "new"},
	{"PACKAGE_NAME=\"1.0+git-2~x\"", "1.0+git-2~x"},
	{"", NULL},
	{"PACKAGE_NAME", NULL},
	{"PACKAGE_NAME=", NULL},
	{"PACKAGE_NAME=\"\"", NULL},
	{"PACKAGE_NAME=\"box", NULL},
	{"PACKAGE_NAME=\"box\"x", NULL},
	{"PACKAGE_NAME=\"box\"#x", NULL},
	{"PACKAGE_NAME=\"$NAME\"", NULL},
	{"PACKAGE_NAME=$NAME", NULL},
	{"PACKAGE_NAME=\"`id`\"", NULL},
	{"PACKAGE_NAME=\"a\\b\"", NULL},
	{"PACKAGE_NAME=box; id", NULL},
	{"PACKAGE_NAME=box id", NULL},
	{"PACKAGE_NAME=a\tb", NULL},
	{"PACKAGE_NAME=(box)", NULL},
	{"PACKAGE_NAME=box*", NULL},
	{"PACKAGE_NAME=\"a\033b\"", NULL},
	{"# PACKAGE_NAME=box", NULL},
	{"XPACKAGE_NAME=box", NULL},
	{"PACKAGE_NAME[0]=box", NULL},
	{"PACKAGE_NAME=box\nPACKAGE_NAME=$X\n", NULL},
	{"PACKAGE_NAME=123456789012345678901234567890123", NULL}, /* too long for out */
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mf_bytes text = {(const uint8_t *)cases[i].text, strlen(cases[i].text)};
		char out[32] = "";
		bool found = mf_dkms_conf_value(text, "PACKAGE_NAME", out, sizeof(out));

		if (found != (cases[i].expected != NULL))
			fail_msg("%s: %s", cases[i].text, found ? out : "not found");
		if (found)
			assert_string_equal(out, cases[i].expected);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
