// SPDX-License-Identifier: GPL-2.0-or-later
// Memory for unpacking: on the safe side of what was measured, and not far from it.
#include "lib/core/memory.h"

#include "tests/unit/unit.h"

#define MIB ((uint64_t)1 << 20)

/*
 * The least memory, in steps of 4 MiB, with which the 6.1 of Debian 12 unpacked debian-installer 12
 * and an overlay of random bytes, in QEMU (x86, -m).
 */
static void is_a_little_above_what_was_measured(void **state)
{
	static const struct {
		struct mf_memory_part overlay;
		uint64_t least; /* MiB */
	} cases[] = {
		{{1000654, 1000000}, 375},
		{{67120670, 67108864}, 569},
	};
	struct mf_memory_part base = {40810276, 137038994};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t needed = mf_memory_needed(&base, &cases[i].overlay);

		assert_in_range(needed, cases[i].least * MIB, (cases[i].least + 64) * MIB);
	}
}

static void has_no_overflow(void **state)
{
	struct mf_memory_part all = {UINT64_MAX, UINT64_MAX};

	(void)state;
	assert_true(mf_memory_needed(&all, &all) > ((uint64_t)1 << 50));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_a_little_above_what_was_measured),
		cmocka_unit_test(has_no_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
