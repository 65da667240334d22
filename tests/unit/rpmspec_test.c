// SPDX-License-Identifier: GPL-2.0-or-later
// The spec of a tree: its text, and that no value can become a macro, a tag or a section.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/rpmspec.h"

static const struct mf_tree_param defaults[] = {
	{"name", "kmod-x"}, {"version", "1.0"}, {"release", "1"},     {"arch", "aarch64"},
	{"summary", "x"},   {"license", "GPL"}, {"description", "d"},
};

/* A spec with one parameter changed or added (key NULL: none) and one file (path NULL: none). */
static int emit(const char *key, const char *value, const char *path, struct mf_buf *out)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_err err = {0};
	bool is_set = !key;
	int r;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		bool is_this = key && strcmp(key, defaults[i].key) == 0;

		assert_int_equal(mf_tree_add_param(&tree, defaults[i].key,
						   is_this ? value : defaults[i].value),
				 0);
		is_set = is_set || is_this;
	}
	if (!is_set)
		assert_int_equal(mf_tree_add_param(&tree, key, value), 0);
	if (path)
		assert_int_equal(mf_tree_add_bytes(&tree, path, 0644, (struct mf_bytes){0}), 0);
	r = mf_rpmspec_emit(&tree, out, &err);
	assert_true(!r || *err.text);
	return r;
}

#define INSTALL                                    \
	"\n%install\nrm -rf \"$RPM_BUILD_ROOT\"\n" \
	"mv \"$MODFERRY_STAGE\" \"$RPM_BUILD_ROOT\"\n"
#define PREAMBLE                                               \
	"Name: kmod-x\nVersion: 1.0\nRelease: 1\nSummary: x\n" \
	"License: GPL\nAutoReqProv: no\n"

static void is_the_whole_tree(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	(void)state;
	assert_int_equal(emit("post", "echo 100%\n", "lib/firmware/a b", &out), 0);
	assert_string_equal(mf_buf_str(&out), PREAMBLE "\n%description\nd\n\n" INSTALL
						       "\n%post\necho 100%%\n\n\n\n%files\n"
						       "%attr(-, root, root) /lib/firmware/a?b\n");
}

static void values_are_quoted(void **state)
{
	static const struct {
		const char *key, *value, *line;
	} cases[] = {
		{"summary", "%{lua:x} %(id) %[1]", "\nSummary: %%{lua:x} %%(id) %%[1]\n"},
		{"summary", "100%", "\nSummary: 100%%\n"},
		{"license", "\\%{x", "\nLicense: \\%{nil}%%{x\n"},
		{"url", "%url", "\nURL: %%url\n"},
		{"description", "x %files\ny%if", "\nx %%files\ny%%if\n"},
		{"post", "a=${b%%.*}\n\\%(x\n# %{y}", "\na=${b%%%%.*}\n\\%{nil}%%(x\n# %%{y}\n"},
		{"post", "x \\", "\nx \\\n\n"}, /* joins the empty line, not %files */
		{"provides", "modalias(pci:v0[12]*?) = 1.2_3",
		 "\nProvides: modalias(pci:v0[12]*?) = 1.2_3\n"},
		{"provides", "kernel-modules >= 5.14.0-427.el9.x86_64+rt-debug",
		 "\nProvides: kernel-modules >= 5.14.0-427.el9.x86_64+rt-debug\n"},
		{"supplements", "modalias(kernel-default:of%3AN*T*Cv%2C[12]*)",
		 "\nSupplements: modalias(kernel-default:of%%3AN*T*Cv%%2C[12]*)\n"},
		{"enhances", "kernel-default", "\nEnhances: kernel-default\n"},
		{"requires", "/bin/sh", "\nRequires: /bin/sh\n"},
		{"requires-post", "kmod", "\nRequires(post,postun): kmod\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

		assert_int_equal(emit(cases[i].key, cases[i].value, NULL, &out), 0);
		if (!strstr(mf_buf_str(&out), cases[i].line))
			fail_msg("no line '%s' in:\n%s", cases[i].line, mf_buf_str(&out));
	}
}

static void paths_are_patterns(void **state)
{
	static const char *const cases[][2] = {
		{"a b", "/a?b\n"},
		{"%{x}\"'\\[z]*?", "/??x?????z???\n"},
		{"\xc3\xa9%files", "/???files\n"},
		{"~,;$()`&|<>{}", "/?????????????\n"},
		{"lib/x-1.2+3_4", "/lib/x-1.2+3_4\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

		assert_int_equal(emit(NULL, NULL, cases[i][0], &out), 0);
		assert_non_null(strstr(mf_buf_str(&out), "%attr(-, root, root) /"));
		assert_string_equal(strstr(mf_buf_str(&out), "root) ") + strlen("root) "),
				    cases[i][1]);
	}
}

static void refuses_what_a_spec_cannot_have(void **state)
{
	static const char *const cases[][2] = {
		{"name", ""},
		{"name", "-x"},
		{"name", "a b"},
		{"name", "a%{b}"},
		{"name", "a..b"},
		{"name", "\xc3\xa9"},
		{"name", "a\nProvides: b"},
		{"name", "a;$(id)"},
		{"version", "1-2"},
		{"version", "1^2"},
		{"release", "1 2"},
		{"arch", "x86 64"},
		{"arch", "%_arch"},
		{"summary", ""},
		{"summary", " \t"},
		{"summary", "a\nRequires: b"},
		{"summary", "a\\"},
		{"summary", "a\rb"},
		{"summary", "\xff"},
		{"license", "GPL\n%post"},
		{"url", "a\nb"},
		{"description", "%files"},
		{"description", "a\n \t%endif"},
		{"description", "a\x1b[0m"},
		{"description", "\xc3"},
		{"post", "%if 1"},
		{"post", "cat <<E\n%files\nE"},
		{"post", "a\n  %include /etc/passwd"},
		{"post", "a\x7f"},
		{"provides", ""},
		{"provides", "a b"},
		{"provides", "a, b"},
		{"provides", "a,b"},
		{"provides", "(a or b)"},
		{"provides", "a = "},
		{"provides", "a = 1 b"},
		{"provides", "a = 1,b"},
		{"provides", "a == 1"},
		{"provides", "a =  1"},
		{"provides", " a"},
		{"provides", "a\nb"},
		{"provides", "a\tb"},
		{"provides", "a%{b}"},
		{"supplements", "a%"},
		{"supplements", "a%(id)"},
		{"supplements", "%2Ca"},
		{"enhances", "a%files"},
		{"provides", "\xc3\xa9"},
		{"requires", "/a = 1"},
		{"requires", "-a"},
		{"conflicts", "a = 1..2"},
		{"requires-post", "a b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

		if (emit(cases[i][0], cases[i][1], NULL, &out) != -EINVAL)
			fail_msg("%s '%s' was taken:\n%s", cases[i][0], cases[i][1],
				 mf_buf_str(&out));
	}
}

static void long_values_are_taken(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	char name[256];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[255] = '\0';
	assert_int_equal(emit("name", name, name, &out), 0);
	out.len = 0;
	name[7] = ' ';
	assert_int_equal(emit("name", name, name, &out), -EINVAL);
}

static void missing_values_are_named(void **state)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(mf_rpmspec_emit(&tree, &out, &err), -EINVAL);
	assert_non_null(strstr(err.text, "name"));
}

static void versions_are_folded(void **state)
{
	static const char *const cases[][2] = {
		{"1.0-2", "1.0_2"},	  {"1.0~rc1", "1.0~rc1"},   {"", "0"},
		{"1^2 %{x}", "1_2___x_"}, {"1..2...3", "1._2._.3"}, {"\xc3\xa9", "__"},
		{"a+b", "a+b"},		  {"1\n2", "1_2"},
	};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *folded = mf_rpm_version_fold(cases[i][0], &arena);

		assert_string_equal(folded, cases[i][1]);
		assert_true(mf_rpm_version_is_valid(folded));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_the_whole_tree),
		cmocka_unit_test(values_are_quoted),
		cmocka_unit_test(paths_are_patterns),
		cmocka_unit_test(refuses_what_a_spec_cannot_have),
		cmocka_unit_test(long_values_are_taken),
		cmocka_unit_test(missing_values_are_named),
		cmocka_unit_test(versions_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
