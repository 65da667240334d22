// SPDX-License-Identifier: GPL-2.0-or-later
// The Modaliases field, read back by a reader of its own that has ubuntu-drivers' rules.
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/modalias.h"
#include "lib/core/modalias_provides.h"

static char *field_of(struct mf_arena *arena, const char *const *aliases, size_t n)
{
	struct mf_module module = {.name = "foo"};
	const struct mf_module *modules[] = {&module};
	char *field;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(mf_arena_grow(arena, &module.aliases.v, module.aliases.n,
					       sizeof(*module.aliases.v)),
				 0);
		module.aliases.v[module.aliases.n++] = aliases[i];
	}
	field = mf_modaliases_field(modules, 1, arena);
	assert_non_null(field);
	return field;
}

/*
 * Whether the field's reader finds the package for a device: -1 where it cannot read the field.
 * Split at ')', blanks and commas stripped, at the one '(' then, and at ','; the bus is the text
 * before the first ':'; fnmatch without escapes, case folded.
 */
static int is_found(const char *field, const char *device)
{
	MF_CLEANUP(mf_free_ptr) char *copy = strdup(field);
	size_t bus = strcspn(device, ":");
	char *rest = copy;
	char *part;
	int found = 0;

	assert_non_null(copy);
	while ((part = strsep(&rest, ")"))) {
		char *list;
		char *alias;

		part += strspn(part, ", ");
		if (!*part)
			continue;
		list = part;
		(void)strsep(&list, "(");
		if (!list || strchr(list, '('))
			return -1;
		while ((alias = strsep(&list, ","))) {
			alias += strspn(alias, " ");
			if (strcspn(alias, ":") == bus && strncmp(alias, device, bus) == 0 &&
			    fnmatch(alias, device, FNM_NOESCAPE | FNM_CASEFOLD) == 0)
				found = 1;
		}
	}
	return found;
}

static void form(void **state)
{
	static const char *const aliases[] = {"usb:v1*",  "pci:v2*",	    "fs-foo", "pci:v2*",
					      "net-pf-1", "char-major-1-*", ":x",     "pci:"};
	struct mf_arena arena = {0};

	(void)state;
	assert_string_equal(field_of(&arena, aliases, 8), "foo(pci:v2*, usb:v1*)");
	assert_string_equal(field_of(&arena, aliases + 2, 1), "");
	mf_arena_free(&arena);
}

static void several_modules(void **state)
{
	const char *pci[] = {"pci:v1*"};
	const char *usb[] = {"usb:v1*"};
	const struct mf_module a = {.name = "a", .aliases = {pci, 1}};
	const struct mf_module none = {.name = "none"};
	const struct mf_module b = {.name = "b(,)", .aliases = {usb, 1}};
	const struct mf_module *modules[] = {&a, &none, &b};
	struct mf_arena arena = {0};

	(void)state;
	assert_string_equal(mf_modaliases_field(modules, 3, &arena), "a(pci:v1*), b___(usb:v1*)");
	assert_string_equal(mf_modaliases_field(modules, 0, &arena), "");
	mf_arena_free(&arena);
}

/* What kmod finds, the field's reader finds; what is far from it, it does not. */
static void read_back(void **state)
{
	static const struct {
		const char *alias;
		const char *device;
		const char *other;
	} table[] = {
		{"pci:v000013FEd*sv*sd*bc*sc*i*", "pci:v000013FEd0000A001sv0sd0bc02sc00i00",
		 "pci:v000013FFd0000A001sv0sd0bc02sc00i00"},
		{"usb:v1234p56[0-9A]7d*", "usb:v1234p56A7d0", "usb:v1234p56B7d0"},
		{"of:N*T*Cvendor,chip", "of:NxT(null)Cvendor,chip", "of:NxT(null)Cvendor,cheap"},
		{"of:N*T(null)Cx", "of:NaT(null)Cx", "of:NaTnullCx"},
		{"acpi*:PNP0C0A:*", "acpi:PNP0C0A:", "acpi:PNP0C0B:"},
		{"acpi*:PNP0C0A:*", "acpi:FOO0001:PNP0C0A:", "acpi:FOO0001:PNP0C0B:"},
		{"dmi*:svnA B:*", "dmi:svnA B:x", "dmi:svnAB:x"},
		{"platform:*a\\*b", "platform:xa*b", "platform:xb"},
		{"platform:a\\xb*", "platform:a\\xbc", "platform:b"},
		{"platform:a[(),]b", "platform:a,b", "platform:ab"},
		{"platform:gr\xc3\xbc\xc3\x9f", "platform:gr\xc3\xbc\xc3\x9f", "platform:x"},
		{"platform:a\nb", "platform:a\nb", "platform:ab"},
		{"platform:a)b(c", "platform:a)b(c", "platform:abc"},
		{"platform:a[9-0]b", "platform:a5b", "platform:ab"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct mf_arena arena = {0};
		const char *field = field_of(&arena, &table[i].alias, 1);

		for (const char *c = field; *c; c++)
			assert_in_range(*c, ' ', 0x7e);
		if (!strstr(table[i].alias, "[9-0]"))
			assert_true(mf_modalias_match(table[i].alias, table[i].device));
		assert_int_equal(is_found(field, table[i].device), 1);
		assert_int_equal(is_found(field, table[i].other), 0);
		mf_arena_free(&arena);
	}
}

/* A pattern in the bus, but acpi's: the reader would compare it as it stands. */
static void odd_buses(void **state)
{
	static const char *const aliases[] = {"p?i:v1", "p[ab]i:v1", "*:v1",	"a b:v1",
					      "a,b:v1", "a*b:v1",    "pci:v1\\"};
	struct mf_arena arena = {0};

	(void)state;
	assert_string_equal(field_of(&arena, aliases, 6), "");
	assert_string_equal(field_of(&arena, aliases, 7), "foo(pci:v1)");
	mf_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(form),
		cmocka_unit_test(several_modules),
		cmocka_unit_test(read_back),
		cmocka_unit_test(odd_buses),
	};

	return cmocka_run_group_tests_name("modaliases_field", tests, NULL, NULL);
}
