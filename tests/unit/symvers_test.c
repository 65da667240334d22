// SPDX-License-Identifier: GPL-2.0-or-later
// Module.symvers of every form, and what is none.
#include "tests/unit/unit.h"

#include <errno.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/core/symvers.h"

static int read_text(const char *text, struct mf_symtab *table, struct mf_err *err)
{
	return mf_symvers_read((struct mf_bytes){(const uint8_t *)text, strlen(text)}, table, err);
}

static void reads_every_form(void **state)
{
	static const struct {
		const char *line, *owner, *path, *space;
		uint32_t crc;
		enum mf_answer is_gpl;
	} cases[] = {
		/* until 5.3, from 5.4 to 5.8, since */
		{"0x4c9d28b0\tx\tvmlinux\tEXPORT_SYMBOL\n", "vmlinux", NULL, "", 0x4c9d28b0,
		 MF_ANSWER_NO},
		{"0x00000001\tx\tUSB\tdrivers/usb/a-b\tEXPORT_SYMBOL_GPL\n", "a_b",
		 "drivers/usb/a-b", "USB", 1, MF_ANSWER_YES},
		{"0x00000001\tx\t\tvmlinux\tEXPORT_SYMBOL_GPL", "vmlinux", NULL, "", 1,
		 MF_ANSWER_YES},
		{"0xffffffff\tx\tdrivers/cxl/core/cxl_core\tEXPORT_SYMBOL_GPL\tCXL\n", "cxl_core",
		 "drivers/cxl/core/cxl_core", "CXL", 0xffffffff, MF_ANSWER_YES},
		/* out of tree */
		{"0x00000002\tx\t/usr/src/my-mod\tEXPORT_SYMBOL\t\n", "my_mod", NULL, "", 2,
		 MF_ANSWER_NO},
		{"0x00000002\tx\t../my-mod\tEXPORT_SYMBOL\t\n", "my_mod", NULL, "", 2,
		 MF_ANSWER_NO},
		{"0x00000002\tx\tmy-mod\tEXPORT_SYMBOL\t\n", "my_mod", "my-mod", "", 2,
		 MF_ANSWER_NO},
		/* kinds of old kernels */
		{"0x00000002\tx\tvmlinux\tEXPORT_SYMBOL_GPL_FUTURE\n", "vmlinux", NULL, "", 2,
		 MF_ANSWER_NO},
		{"0x00000002\tx\tvmlinux\tEXPORT_UNUSED_SYMBOL\n", "vmlinux", NULL, "", 2,
		 MF_ANSWER_NO},
		{"0x00000002\tx\tvmlinux\tEXPORT_UNUSED_SYMBOL_GPL\n", "vmlinux", NULL, "", 2,
		 MF_ANSWER_YES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
		struct mf_err err = {0};
		const struct mf_export *found;

		if (read_text(cases[i].line, &table, &err))
			fail_msg("%s: %s", cases[i].line, err.text);
		found = mf_symtab_find(&table, "x");
		assert_non_null(found);
		assert_string_equal(found->owner, cases[i].owner);
		assert_string_equal(found->owner_path ? found->owner_path : "(none)",
				    cases[i].path ? cases[i].path : "(none)");
		assert_string_equal(found->space, cases[i].space);
		assert_int_equal(found->crc, cases[i].crc);
		assert_true(found->has_crc);
		assert_int_equal(found->is_gpl, cases[i].is_gpl);
		assert_int_equal(table.is_complete, strcmp(cases[i].owner, "vmlinux") == 0);
	}
}

/* A build without modversions. */
static void zero_is_no_crc(void **state)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(read_text("0x00000000\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n", &table, &err),
			 0);
	assert_false(mf_symtab_find(&table, "printk")->has_crc);
}

static void refuses_the_rest(void **state)
{
	static const char good[] = "0x00000001\tfine\tvmlinux\tEXPORT_SYMBOL\t\n";
	static const char *const bad[] = {
		"\n",
		"0x1 x vmlinux EXPORT_SYMBOL\n",
		"1\tx\tvmlinux\tEXPORT_SYMBOL\t\n",
		"0x\tx\tvmlinux\tEXPORT_SYMBOL\t\n",
		"0x100000000\tx\tvmlinux\tEXPORT_SYMBOL\t\n",
		"0x1\t\tvmlinux\tEXPORT_SYMBOL\t\n",
		"0x1\tx\t\tEXPORT_SYMBOL\t\n",
		"0x1\tx\tdrivers/\tEXPORT_SYMBOL\t\n",
		"0x1\tx\tvmlinux\tEXPORT_SYMB",
		"0x1\tx\tvmlinux\n",
		"0x1\tx\tvmlinux\tEXPORT_SYMBOL\t\t\n",
		"0x1\tx\tvmlinux\tEXPORT_SYMBOL\t\r\n0x2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		struct mf_err err = {0};

		mf_buf_adds(&text, good);
		mf_buf_adds(&text, bad[i]);
		if (read_text(mf_buf_str(&text), &table, &err) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		assert_non_null(strstr(err.text, "line "));
		assert_false(table.is_complete);
	}
}

static void refuses_a_long_line_and_a_nul(void **state)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_err err = {0};

	(void)state;
	mf_buf_adds(&text, "0x1\tx\tvmlinux\tEXPORT_SYMBOL\t");
	mf_buf_addc(&text, 0);
	assert_int_equal(mf_symvers_read(mf_buf_bytes(&text), &table, &err), -EBADMSG);
	text.len = 0;
	mf_buf_adds(&text, "0x1\t");
	for (size_t i = 0; i < 3000; i++)
		mf_buf_addc(&text, 'x');
	mf_buf_adds(&text, "\tvmlinux\tEXPORT_SYMBOL\t\n");
	assert_int_equal(mf_symvers_read(mf_buf_bytes(&text), &table, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "line 1 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_form),
		cmocka_unit_test(zero_is_no_crc),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(refuses_a_long_line_and_a_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
