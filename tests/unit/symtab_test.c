// SPDX-License-Identifier: GPL-2.0-or-later
// The symbol table: what a source adds, what stays, and that it is fast enough for a whole kernel.
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/core/symtab.h"

static void empty_table_knows_nothing(void **state)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};

	(void)state;
	assert_null(mf_symtab_find(&table, "printk"));
	mf_symtab_free(&table);
}

static void known_facts_stay_and_unknown_are_filled(void **state)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	const struct mf_export *found;
	struct mf_export seen = {.name = "usb_x", .crc = 1, .has_crc = true};
	struct mf_export full = {
		.name = "usb_x",
		.owner = "usbcore",
		.owner_path = "drivers/usb/core/usbcore",
		.space = "USB",
		.crc = 2,
		.has_crc = true,
		.is_gpl = MF_ANSWER_YES,
	};
	struct mf_export again = {.name = "usb_x", .owner = "usbcore", .is_gpl = MF_ANSWER_NO};

	(void)state;
	assert_int_equal(mf_symtab_add(&table, &seen), 0);
	found = mf_symtab_find(&table, "usb_x");
	assert_null(found->owner);
	assert_int_equal(found->is_gpl, MF_ANSWER_UNKNOWN);
	assert_int_equal(mf_symtab_add(&table, &full), 0);
	assert_int_equal(mf_symtab_add(&table, &again), 0);
	found = mf_symtab_find(&table, "usb_x");
	assert_int_equal(table.n, 1);
	assert_string_equal(found->owner, "usbcore");
	assert_string_equal(found->owner_path, "drivers/usb/core/usbcore");
	assert_string_equal(found->space, "USB");
	assert_int_equal(found->crc, 1);
	assert_int_equal(found->is_gpl, MF_ANSWER_YES);
	assert_ptr_not_equal(found->owner, full.owner);
}

static void another_owner_fills_nothing(void **state)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	struct mf_export first = {.name = "twice", .owner = "vmlinux"};
	struct mf_export second = {.name = "twice",
				   .owner = "late",
				   .owner_path = "drivers/late",
				   .crc = 5,
				   .has_crc = true};

	(void)state;
	assert_int_equal(mf_symtab_add(&table, &first), 0);
	assert_int_equal(mf_symtab_add(&table, &second), 0);
	assert_string_equal(mf_symtab_find(&table, "twice")->owner, "vmlinux");
	assert_null(mf_symtab_find(&table, "twice")->owner_path);
	assert_false(mf_symtab_find(&table, "twice")->has_crc);
}

static void a_module_names_what_it_exports(void **state)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	struct mf_symbol exports[] = {{"mine", 7, true, true, "SPACE"},
				      {"bare", 0, false, false, NULL}};
	struct mf_symbol imports[] = {{"printk", 9, true, false, NULL}};
	struct mf_module module = {
		.name = "helper",
		.exports = {exports, 2},
		.imports = {imports, 1},
	};
	const struct mf_export *found;

	(void)state;
	assert_int_equal(mf_symtab_add_module(&table, &module), 0);
	found = mf_symtab_find(&table, "mine");
	assert_string_equal(found->owner, "helper");
	assert_int_equal(found->crc, 7);
	assert_int_equal(found->is_gpl, MF_ANSWER_YES);
	assert_string_equal(found->space, "SPACE");
	assert_false(mf_symtab_find(&table, "bare")->has_crc);
	assert_int_equal(mf_symtab_find(&table, "bare")->is_gpl, MF_ANSWER_NO);
	found = mf_symtab_find(&table, "printk");
	assert_null(found->owner);
	assert_int_equal(found->crc, 9);
	assert_int_equal(found->is_gpl, MF_ANSWER_UNKNOWN);
	assert_string_equal(found->space, ""); /* who imports it asks for no namespace */
	assert_false(table.is_complete);
}

/* Many symbols, each seen again and again, keep their order and are all found. */
static void holds_a_whole_kernel(void **state)
{
	enum { N = 30000, ROUNDS = 20 };
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	char name[32];

	(void)state;
	for (unsigned int i = 0; i < N * ROUNDS; i++) {
		struct mf_export export = {.name = name, .crc = i, .has_crc = true};

		snprintf(name, sizeof(name), "symbol_%u", i % N);
		assert_int_equal(mf_symtab_add(&table, &export), 0);
	}
	assert_int_equal(table.n, N);
	for (unsigned int i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "symbol_%u", i);
		assert_string_equal(table.v[i].name, name);
		assert_ptr_equal(mf_symtab_find(&table, name), &table.v[i]);
		assert_int_equal(table.v[i].crc, i);
	}
	assert_null(mf_symtab_find(&table, "symbol_30000"));
}

/* FNV-1a as the table uses it: names made to fall into one slot cost a refusal, not hours. */
static void refuses_names_made_to_collide(void **state)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	char name[32];
	int r = 0;

	(void)state;
	for (unsigned int i = 0; !r && i < 10000000; i++) {
		struct mf_export export = {.name = name};
		uint32_t hash = 2166136261u;

		snprintf(name, sizeof(name), "%u", i);
		for (const char *p = name; *p; p++)
			hash = (hash ^ (uint8_t)*p) * 16777619u;
		if (!(hash & 4095))
			r = mf_symtab_add(&table, &export);
	}
	assert_int_equal(r, -E2BIG);
	assert_int_equal(table.n, 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_table_knows_nothing),
		cmocka_unit_test(known_facts_stay_and_unknown_are_filled),
		cmocka_unit_test(another_owner_fills_nothing),
		cmocka_unit_test(a_module_names_what_it_exports),
		cmocka_unit_test(holds_a_whole_kernel),
		cmocka_unit_test(refuses_names_made_to_collide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
