// SPDX-License-Identifier: GPL-2.0-or-later
// Error texts: context in front, and both ends kept where one is too long.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/err.h"
#include "lib/base/text.h"

static void context_comes_first(void **state)
{
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(mf_fail(&err, -EINVAL, "%d bytes", 7), -EINVAL);
	assert_int_equal(mf_wrap(&err, -EINVAL, "%s", "file"), -EINVAL);
	assert_string_equal(err.text, "file: 7 bytes");
	assert_int_equal(mf_expect(&err, -ENOENT, "a word"), -ENOENT);
	assert_string_equal(err.text, "file: 7 bytes; expected a word");
	assert_int_equal(mf_fail(NULL, -EINVAL, "x"), -EINVAL);
	assert_int_equal(mf_expect(NULL, -EINVAL, "x"), -EINVAL);
	assert_int_equal(mf_wrap(NULL, -EINVAL, "x"), -EINVAL);
}

/* A long object in front must not push the problem out, nor a long list what to do. */
static void a_long_text_loses_its_middle(void **state)
{
	char object[5001] = "";
	struct mf_err err = {0};

	(void)state;
	memset(object, 'a', 5000);
	memcpy(object, "start", 5);
	mf_fail(&err, -ENAMETOOLONG, "%s: too long; name another", object);
	assert_int_equal(strlen(err.text), MF_ERR_MAX - 1);
	assert_true(mf_has_prefix(err.text, "startaaa"));
	assert_non_null(strstr(err.text, "aa…aa"));
	assert_true(mf_has_suffix(err.text, "aaa: too long; name another"));
	mf_wrap(&err, -ENAMETOOLONG, "%s", object);
	assert_int_equal(strlen(err.text), MF_ERR_MAX - 1);
	assert_true(mf_has_prefix(err.text, "startaaa"));
	assert_true(mf_has_suffix(err.text, "aaa: too long; name another"));
	object[MF_ERR_MAX - 1] = '\0';
	mf_fail(&err, -ENAMETOOLONG, "%s", object);
	assert_string_equal(err.text, object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_comes_first),
		cmocka_unit_test(a_long_text_loses_its_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
