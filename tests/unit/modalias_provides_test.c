// SPDX-License-Identifier: GPL-2.0-or-later
// modalias() dependencies: what kernel-srpm-macros' modalias.prov wrote for the same modules.
#include <string.h>
#include <time.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/modalias_provides.h"

#define MAX_LINES 16

/* What the script printed for a module with these, sorted. */
static const struct {
	const char *version;
	const char *aliases[MAX_LINES];
	const char *provides[MAX_LINES];
} facts[] = {
	{"1.2-3~rc",
	 {"pci:v0000168Cd00000023sv*sd*bc*sc*i*", "pci:v0000168Cd00000024sv*sd*bc*sc*i*",
	  "pci:v0000168Cd00000027sv*sd*bc*sc*i*", "pci:v0000168Cd00000029sv*sd*bc*sc*i*",
	  "pci:v0000168Cd0000003Csv*"},
	 {"modalias(pci:v0000168Cd0000002[3479]sv*sd*bc*sc*i*) = 1.2_3_rc",
	  "modalias(pci:v0000168Cd0000003Csv*) = 1.2_3_rc"}},
	{NULL,
	 {"of:N*T*Cvendor,chip", "of:N*T*Cvendor,chipC*", "acpi*:ABC+:*", "usb:v1d[0-3]dc",
	  "usb:v1d[0-3]dd", "a", "b", "c", "ab*", "ab?", "abx", "aby", "a.b{c}", "x y"},
	 {"modalias([abc])", "modalias(a.b_c_)", "modalias(ab*)", "modalias(ab?)",
	  "modalias(ab[xy])", "modalias(acpi*:ABC_:*)", "modalias(of:N*T*Cvendor_chip)",
	  "modalias(of:N*T*Cvendor_chipC*)", "modalias(usb:v1d[0-3]d[cd])", "modalias(x_y)"}},
	{"",
	 {"fs-ext4", "fs-ext3", "fs-ext2", "char-major-10-234", "fs-ext3"},
	 {"modalias(char-major-10-234)", "modalias(fs-ext[234])"}},
	{NULL, {"a1x", "a?x"}, {"modalias(a1x)", "modalias(a?x)"}},
	{"a b\n2", {"pci:v*"}, {"modalias(pci:v*) = a_b"}},
	{"1", {NULL}, {NULL}},
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
		struct mf_module module = {.version = facts[i].version};
		struct mf_strings out;

		memcpy(aliases, facts[i].aliases, sizeof(aliases));
		module.aliases = (struct mf_strings){aliases, count(facts[i].aliases)};
		assert_int_equal(mf_modalias_provides(&module, &arena, &out), 0);
		for (size_t j = 0; j < out.n && facts[i].provides[j]; j++)
			assert_string_equal(out.v[j], facts[i].provides[j]);
		assert_int_equal(out.n, count(facts[i].provides));
	}
}

/* 20,000 ids in one run: each is compared with the run's first alone. */
static void is_fast(void **state)
{
	enum { N = 20000 };
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_module module = {.version = "1"};
	struct mf_strings out;
	clock_t start;

	(void)state;
	module.aliases.v = mf_arena_alloc(&arena, N * sizeof(*module.aliases.v));
	assert_non_null(module.aliases.v);
	for (module.aliases.n = 0; module.aliases.n < N; module.aliases.n++)
		module.aliases.v[module.aliases.n] = mf_arena_printf(
			&arena, "pci:v00001AF4d%08zXsv*sd*bc*sc*i*", module.aliases.n);
	start = clock();
	assert_int_equal(mf_modalias_provides(&module, &arena, &out), 0);
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	/* runs of ten digits and of six letters are one each: "[0123456789ABCDEF]" */
	assert_int_equal(out.n, N / 16);
	assert_string_equal(out.v[0],
			    "modalias(pci:v00001AF4d0000000[0123456789ABCDEF]sv*sd*bc*sc*i*) = 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_the_script_writes),
		cmocka_unit_test(is_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
