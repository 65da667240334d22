// SPDX-License-Identifier: GPL-2.0-or-later
// Supplements of kernel module packages: what SUSE's find-supplements.ksyms wrote for the same.
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/supplements.h"

#define MAX_LINES 16

/* What the script printed for a module with these aliases, for a kernel of flavour "default". */
static const struct {
	const char *aliases[MAX_LINES];
	const char *lines[MAX_LINES];
} facts[] = {
	{{"pci:v00008086d00001028sv*sd*bc*sc*i*", "pci:v00008086d00001026sv*sd*bc*sc*i*",
	  "pci:v00008086d00001027sv*sd*bc*sc*i*", "pci:v00008086d00001008sv*sd*bc*sc*i*"},
	 {"modalias(kernel-default:pci:v00008086d00001008sv*sd*bc*sc*i*)",
	  "modalias(kernel-default:pci:v00008086d0000102[678]sv*sd*bc*sc*i*)"}},
	/* a line joins the run's first one, in the run's place alone */
	{{"pci:v1a1", "pci:v1a2", "pci:v1b2", "pci:v1b1"},
	 {"modalias(kernel-default:pci:v1a[12])", "modalias(kernel-default:pci:v1b[12])"}},
	{{"of:N*T*Cvendor,chip-x", "of:N*T*Cvendor,chip-xC*", "usb:v1d[0-3]d?", "acpi*:A%B:*"},
	 {"modalias(kernel-default:acpi*:A%25B:*)",
	  "modalias(kernel-default:of:N*T*Cvendor%2Cchip%2Dx)",
	  "modalias(kernel-default:of:N*T*Cvendor%2Cchip%2DxC*)",
	  "modalias(kernel-default:usb:v1d%5B0%2D3%5Dd%3F)"}},
	/* the escapes themselves are merged, a star is not where it is the first */
	{{"of:a,b", "of:a-b", "dmi:*x", "dmi:ax", "dmi:bx"},
	 {"modalias(kernel-default:dmi:*x)", "modalias(kernel-default:dmi:[ab]x)",
	  "modalias(kernel-default:of:a%2[CD]b)"}},
	/* only what has a bus */
	{{"fs-ext4", "char-major-10-234", ":x", "x:", "a:b", "a:b"},
	 {"modalias(kernel-default:a:b)"}},
	{{"fs-ext4"}, {NULL}},
	{{NULL}, {NULL}},
};

static size_t count(const char *const *list)
{
	size_t n = 0;

	while (n < MAX_LINES && list[n])
		n++;
	return n;
}

static void writes_what_the_script_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		const char *aliases[MAX_LINES];
		struct mf_module module = {0};
		struct mf_strings out;

		memcpy(aliases, facts[i].aliases, sizeof(aliases));
		module.aliases = (struct mf_strings){aliases, count(facts[i].aliases)};
		assert_int_equal(mf_supplements(&module, "default", &arena, &out), 0);
		for (size_t j = 0; j < out.n && facts[i].lines[j]; j++)
			assert_string_equal(out.v[j], facts[i].lines[j]);
		assert_int_equal(out.n, count(facts[i].lines));
	}
}

/* The bytes of other scripts are escaped one by one, those below 0x10 with one digit. */
static void escapes_every_byte(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	const char *aliases[] = {"a:\xc3\xa9\t"};
	struct mf_module module = {.aliases = {aliases, 1}};
	struct mf_strings out;

	(void)state;
	assert_int_equal(mf_supplements(&module, "rt", &arena, &out), 0);
	assert_int_equal(out.n, 1);
	assert_string_equal(out.v[0], "modalias(kernel-rt:a:%C3%A9%9)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_the_script_writes),
		cmocka_unit_test(escapes_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
