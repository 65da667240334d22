// SPDX-License-Identifier: GPL-2.0-or-later
// Debian packages as text: names, versions, control files.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/archname.h"
#include "lib/core/debpkg.h"

static void names(void **state)
{
	static const char *const good[] = {"ab", "0ad", "libstdc++6", "a.b-c+d", "x-modules-6.1"};
	static const char *const bad[] = {"",	 "a",	      "-ab", "+ab",   ".ab",
					  "Ab",	 "a b",	      "a_b", "a\"b",  "a\nb",
					  "a/b", "\xc3\xa4x", "ab~", "ab:any"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(mf_deb_is_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(mf_deb_is_name(bad[i]));
}

/* dpkg --validate-version says the same of each, but of "1:2:3": no file name can have that. */
static void versions(void **state)
{
	static const char *const good[] = {"1",	      "0",	  "1.0-1",   "1:2.3-4", "1-2-3",
					   "1.0~rc1", "1.0+git1", "1-1~bpo", "0:1",	"1a"};
	static const char *const bad[] = {"",	   "a",	   "-1",    "1-",      ":1",
					  "1:",	   "x:1",  "1 2",   "1_2",     "1\n",
					  "1:2:3", "-1:1", "1-1_2", "1/2",     "99999999999:1",
					  "v1",	   "1:a",  "1-2-",  "\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(mf_deb_is_version(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(mf_deb_is_version(bad[i]));
}

static void folding(void **state)
{
	static const char *const table[][3] = {
		/* from outside, as a name, as an upstream version */
		{"nvme-upd", "nvme-upd", "0+nvme-upd"},
		{"NVMe_Upd 2", "nvme-upd-2", "0+NVMe.Upd.2"},
		{"9.9", "9.9", "9.9"},
		{"1:2_3~rc1", "1-2-3-rc1", "1.2.3~rc1"},
		{"v1.0", "v1.0", "0+v1.0"},
		{"--+a", "a", "0+--+a"},
		{"\"';$(x)", "x-", "0+.....x."},
		{"\xc3\xa4", "", "0+.."},
		{"", "", "0+"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf name = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf version = {0};

		mf_deb_fold_name(&name, table[i][0]);
		mf_deb_fold_version(&version, table[i][0]);
		assert_string_equal(mf_buf_str(&name), table[i][1]);
		assert_string_equal(mf_buf_str(&version), table[i][2]);
		mf_buf_adds(&version, "-1");
		assert_true(mf_deb_is_version(mf_buf_str(&version)));
		mf_buf_adds(&name, "-modules-6.1");
		assert_true(name.data[0] == '-' || mf_deb_is_name(mf_buf_str(&name)));
	}
}

static void architectures(void **state)
{
	(void)state;
	assert_string_equal(mf_arch_debian("x86_64"), "amd64");
	assert_string_equal(mf_arch_debian("amd64"), "amd64");
	assert_string_equal(mf_arch_debian("aarch64"), "arm64");
	assert_string_equal(mf_arch_debian("armv8l"), "armhf");
	assert_string_equal(mf_arch_debian("ppc64le"), "ppc64el");
	assert_string_equal(mf_arch_debian("loongarch64"), "loong64");
	assert_null(mf_arch_debian("unknown"));
	assert_null(mf_arch_debian(""));
}

struct fixture {
	struct mf_tree tree;
	struct mf_buf text;
	struct mf_err err;
};

/* The control file of a package that is well but for one parameter; NULL: without that one. */
static int control(struct fixture *fixture, const char *key, const char *value)
{
	static const char *const well[][2] = {
		{"package", "foo-modules"},  {"version", "1.0-1"},     {"architecture", "amd64"},
		{"maintainer", "A B <a@b>"}, {"description", "a foo"},
	};

	memset(fixture, 0, sizeof(*fixture));
	if (value)
		assert_int_equal(mf_tree_add_param(&fixture->tree, key, value), 0);
	for (size_t i = 0; i < sizeof(well) / sizeof(well[0]); i++) {
		if (strcmp(well[i][0], key) != 0)
			assert_int_equal(mf_tree_add_param(&fixture->tree, well[i][0], well[i][1]),
					 0);
	}
	return mf_deb_control(&fixture->tree, 7, &fixture->text, &fixture->err);
}

static void done(struct fixture *fixture)
{
	mf_tree_free(&fixture->tree);
	mf_buf_free(&fixture->text);
}

static void whole_file(void **state)
{
	struct fixture fixture;

	(void)state;
	assert_int_equal(control(&fixture, "modaliases", "foo(pci:v0001*)"), 0);
	assert_string_equal(mf_buf_str(&fixture.text), "Package: foo-modules\n"
						       "Version: 1.0-1\n"
						       "Architecture: amd64\n"
						       "Maintainer: A B <a@b>\n"
						       "Installed-Size: 7\n"
						       "Section: misc\n"
						       "Priority: optional\n"
						       "Description: a foo\n"
						       "Modaliases: foo(pci:v0001*)\n");
	done(&fixture);
}

static void descriptions(void **state)
{
	static const char *const table[][2] = {
		{"one", "one\n"},
		{"one\n", "one\n"},
		{"one\ntwo\nthree", "one\n two\n three\n"},
		{"one\n\ntwo", "one\n .\n two\n"},
		{"one\n   \ntwo", "one\n .\n two\n"},
		{"one\n.two", "one\n  .two\n"},
		{"one\n  as it is", "one\n  as it is\n"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f\n"},
		/* 79 columns with the blank in front; no line of the fold starts with a dot */
		{"one\n"
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345678 x",
		 "one\n"
		 " 123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345678\n"
		 " x\n"},
		{"one\n"
		 "123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345678 .x",
		 "one\n"
		 " 123456789 123456789 123456789 123456789 123456789 123456789 123456789 12345678 "
		 ".x\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fixture fixture;
		const char *found;

		assert_int_equal(control(&fixture, "description", table[i][0]), 0);
		found = strstr(mf_buf_str(&fixture.text), "Description: ");
		assert_non_null(found);
		assert_string_equal(found + strlen("Description: "), table[i][1]);
		done(&fixture);
	}
}

static void refusals(void **state)
{
	static const char *const table[][2] = {
		{"package", NULL},
		{"package", "Foo"},
		{"package", "foo\nPre-Depends: bar"},
		{"version", NULL},
		{"version", "1 2"},
		{"version", "1\n2"},
		{"architecture", NULL},
		{"architecture", "x86_64"},
		{"architecture", ""},
		{"maintainer", "nobody"},
		{"maintainer", "A <a@b>\nEssential: yes"},
		{"maintainer", "A <ab>"},
		{"maintainer", "A <a@b> x"},
		{"depends", "kmod\nEssential: yes"},
		{"depends", "kmod; rm"},
		{"provides", "fo\xc3\xb6"},
		{"kernel-version", "6.1\nEssential: yes"},
		{"section", "a\tb"},
		{"priority", " optional"},
		{"modaliases", "a(pci:\n*)"},
		{"modaliases", "a(pci:\xff*)"},
		{"description", NULL},
		{"description", ""},
		{"description", "\nlong"},
		{"description", "one\x1b[2J"},
		{"description", "one\ntwo\r"},
		{"description", "one\ntwo\xff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct fixture fixture;

		assert_int_equal(control(&fixture, table[i][0], table[i][1]), -EINVAL);
		assert_memory_equal(fixture.err.text, "Debian package: ", 16);
		assert_null(strpbrk(fixture.err.text, "\n\x1b\t"));
		done(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),      cmocka_unit_test(versions),
		cmocka_unit_test(folding),    cmocka_unit_test(architectures),
		cmocka_unit_test(whole_file), cmocka_unit_test(descriptions),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests_name("debpkg", tests, NULL, NULL);
}
