// SPDX-License-Identifier: GPL-2.0-or-later
// Targets: names, aliases, and which kernels can be theirs.
#include "tests/unit/unit.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_tell_their_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
