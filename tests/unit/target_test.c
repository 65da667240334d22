// SPDX-License-Identifier: GPL-2.0-or-later
// Targets: names, aliases, and which kernels can be theirs.
#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/target.h"

static void kernels_tell_their_target(void **state)
{
	static const struct {
		const char *target;
		const char *release;
		bool is_admitted;
	} cases[] = {
		{"rhel8", "4.18.0-553.el8_10.x86_64", true},
		{"rhel8", "5.14.0-427.13.1.el9_4.x86_64", false},
		{"rocky9", "5.14.0-427.13.1.el9_4.x86_64", true},
		{"rhel10", "6.12.0-55.9.1.el10_0.x86_64", true},
		{"rhel9", "6.12.0-55.9.1.el10_0.x86_64", false},
		{"fedora", "6.11.4-301.fc41.x86_64", true},
		{"debian12", "6.1.0-56-amd64", true},
		{"debian12", "6.12.107+deb13-amd64", false},
		{"debian12", "6.12.107+deb12-amd64", true},
		{"debian13", "6.12.107+deb13-amd64", true},
		{"ubuntu24.04", "6.8.0-51-generic", true},
		{"generic", "6.1.0-56-amd64", true},
		{"rhel9", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct mf_target *target = mf_target_find(cases[i].target);

		assert_non_null(target);
		if (mf_target_admits_kernel(target, cases[i].release) != cases[i].is_admitted)
			fail_msg("%s and %s", cases[i].target, cases[i].release);
	}
}

static void an_unknown_name_has_neighbours(void **state)
{
	static const struct {
		const char *name;
		const char *names;
	} cases[] = {
		{"Debian12", "debian12, debian13"},
		{"debian", "debian12, debian13"},
		{"Fedora41", "fedora"},
		{"ubuntu20.04", "ubuntu22.04, ubuntu24.04, ubuntu26.04"},
		{"d", ""},
		{"", ""},
		{"12", ""},
		{"bookworm", ""},
		{"sled15", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};

		mf_target_suggest(cases[i].name, &names);
		assert_string_equal(mf_buf_str(&names), cases[i].names);
	}
}

static void a_hook_is_known_by_its_file(void **state)
{
	enum mf_hook hook;

	(void)state;
	assert_true(mf_hook_of_file("lib/dracut/hooks/pre-udev/00-modferry.sh", &hook));
	assert_int_equal(hook, MF_HOOK_DRACUT);
	assert_true(mf_hook_of_file("usr/lib/systemd/system/modferry-load.service", &hook));
	assert_int_equal(hook, MF_HOOK_SYSTEMD);
	assert_false(mf_hook_of_file("modferry/load", &hook));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_tell_their_target),
		cmocka_unit_test(an_unknown_name_has_neighbours),
		cmocka_unit_test(a_hook_is_known_by_its_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
