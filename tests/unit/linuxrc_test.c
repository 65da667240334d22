// SPDX-License-Identifier: GPL-2.0-or-later
// linuxrc's rules for one driver update: its texts, its modules. The tables follow util.c, file.c
// and module.c of linuxrc of May 2025.
#include "lib/base/cleanup.h"
#include "tests/unit/linuxrcmake.h"

/* "key=value|key=value" of a text */
static void test_lines(void **state)
{
	static const struct {
		const char *text, *lines;
	} rows[] = {
		{"", ""},
		{"\n \t\n", ""},
		{"UpdateID: 7\n", "UpdateID=7"},
		{"UpdateID:7", "UpdateID=7"},
		{"UpdateID=7\nUpdateName = a b \n", "UpdateID=7|UpdateName=a b"},
		{"UpdateID 7", "UpdateID=7"},
		{"UpdateID\t7", "UpdateID=7"},
		{"  UpdateID :=: 7", "UpdateID=7"},
		{"UpdateID", "UpdateID="},
		{"UpdateID:", "UpdateID="},
		{":value\n=x\n", ""},
		{"Exec: echo \"a\"", "Exec=echo \"a\""},
		{"Exec: \"echo a\"", "Exec=echo a"},
		{"Exec: 'echo a'", "Exec=echo a"},
		{"Exec: 'echo a\"", "Exec='echo a\""},
		{"Exec: \"", "Exec="},
		{"Exec: \"\"", "Exec="},
		{"Exec: \" a \"", "Exec= a "},
		{"UpdateID: 7\r\n", "UpdateID=7"}, /* a value is trimmed */
		{"x.ko\r\ny\r", "x.ko\r=|y\r="},   /* a key is not */
		{"x.ko # comment", "x.ko=# comment"},
		{"# comment", "#=comment"},
		{"#comment", "#comment="},
		{"options=a.b=c", "options=a.b=c"},
		{"\xc3\xa4=\xff", "\xc3\xa4=\xff"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		struct mf_bytes text = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};
		struct mf_linuxrc_line *lines;
		const char *found = "";
		size_t n;

		assert_int_equal(mf_linuxrc_read(text, &arena, &lines, &n), 0);
		for (size_t k = 0; k < n; k++)
			found = mf_arena_printf(&arena, "%s%s%s=%s", found, k ? "|" : "",
						lines[k].key, lines[k].value);
		assert_string_equal(found, rows[i].lines);
	}
}

/* fgets() reads 1,023 bytes: what is behind them is a line of its own. A NUL ends a line. */
static void test_long_lines(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	char text[2100];
	struct mf_linuxrc_line *lines;
	size_t n;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[3] = ':';
	text[2000] = '\n';
	assert_int_equal(mf_linuxrc_read((struct mf_bytes){(uint8_t *)text, sizeof(text)}, &arena,
					 &lines, &n),
			 0);
	assert_int_equal(n, 3);
	assert_string_equal(lines[0].key, "aaa");
	assert_int_equal(strlen(lines[0].value), 1023 - 4);
	assert_int_equal(strlen(lines[1].key), 2000 - 1023);
	assert_int_equal(strlen(lines[2].key), sizeof(text) - 2001);
	/* a line that fills the buffer without its end */
	text[1023] = '\n';
	assert_int_equal(
		mf_linuxrc_read((struct mf_bytes){(uint8_t *)text, 1030}, &arena, &lines, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(strlen(lines[1].key), 6);
	assert_int_equal(mf_linuxrc_read((struct mf_bytes){(const uint8_t *)"a\0b=c\nd=e", 9},
					 &arena, &lines, &n),
			 0);
	assert_int_equal(n, 2);
	assert_string_equal(lines[0].key, "a");
	assert_string_equal(lines[0].value, "");
	assert_string_equal(lines[1].value, "e");
}

static void test_keys(void **state)
{
	static const struct {
		const char *written;
		bool is_id;
	} rows[] = {
		{"UpdateID", true},   {"updateid", true},   {"UPDATEID", true},
		{"Update-ID", true},  {"update_id", true},  {"Update.ID.", true},
		{"-updateid", true},  {"_updateid", false}, {"UpdateI", false},
		{"UpdateIDs", false}, {"", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(mf_linuxrc_is_key(&(struct mf_linuxrc_line){rows[i].written, ""},
						   "UpdateID"),
				 rows[i].is_id);
}

/* module.order and files of one update: what becomes of each. */
static void test_order(void **state)
{
	static const struct {
		const char *order; /* NULL: none */
		const char *files, *fates;
	} rows[] = {
		{"a\nb\n", "a.ko b.ko", "a:loaded b:loaded"},
		{"b\na", "a.ko b.ko", "b:loaded a:loaded"},
		{"a.ko\nb.ko.xz\nc.ko.gz\nd.ko.zst\n", "a.ko.zst b.ko c.ko.xz d.ko",
		 "a:loaded b:loaded c:loaded d:loaded"},
		{"a.ko.bz2\n", "a.ko", "a.ko.bz2:stock a:unlisted"},
		{"a extra words\n", "a.ko", "a:loaded"},
		{"a\n", "a.ko b.ko", "a:loaded b:unlisted"},
		{"a\na\n", "a.ko", "a:loaded"},
		{"", "a.ko", "a:unlisted"},
		{NULL, "b.ko a.ko", "a:loaded b:loaded"},
		/* a carriage return is part of a name */
		{"a\r\nb\r\n", "a.ko b.ko", "a\r:stock b\r:stock a:unlisted b:unlisted"},
		{"a.ko\r\n", "a.ko", "a.ko\r:stock a:unlisted"},
		{"# mine\na\n", "a.ko", "#:stock a:loaded"},
		{"#mine\na\n", "a.ko", "#mine:stock a:loaded"},
		/* not on the disk */
		{"libphy\na\n", "a.ko", "libphy:stock a:loaded"},
		/* compared to the letter */
		{"a_b\n", "a-b.ko", "a_b:stock a_b:unlisted"},
		{"a-b\n", "a-b.ko", "a_b:loaded"},
		/* only what lies in modules/ itself */
		{"a\n", "6.4/a.ko b/c.ko", "a:stock a:nested c:nested"},
		{"6.4/a\n", "6.4/a.ko", "6.4/a:stock a:nested"},
		/* extensions that linuxrc does not know */
		{"a\nb\n", "a.ko.bz2 b.ko c.ko.lz4 d.KO e.txt",
		 "a:stock b:loaded a:unreadable c:unreadable"},
		{NULL, "a.ko.bz2 b.ko", "b:loaded a:unreadable"},
		{NULL, ".ko", ""},
		/* xz, gz, zst, plain: the first one */
		{"a\n", "a.ko a.ko.gz a.ko.xz", "a:loaded a:shadowed a:shadowed"},
		{NULL, "a.ko a.ko.zst", "a:loaded a:shadowed"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};

		put_modules(&bench, SLE15, rows[i].files);
		if (rows[i].order)
			put_file(&bench, SLE15, "modules/module.order", rows[i].order);
		assert_int_equal(run(&bench)->n_updates, 1);
		assert_int_equal(bench.result.updates[0].has_order, rows[i].order != NULL);
		assert_string_equal(fates(&bench, 0), rows[i].fates);
	}
}

static void test_first_extension(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};
	const struct mf_linuxrc_update *update;

	(void)state;
	put_modules(&bench, SLE15, "a.ko a.ko.gz a.ko.zst");
	put_file(&bench, SLE15, "modules/module.order", "a.ko.zst");
	update = run(&bench)->updates;
	assert_string_equal(update->modules[0].file->path, SLE15 "/modules/a.ko.gz");
	assert_has(update->modules[1].why, "a.ko.gz lies beside it");
}

/* insmod loads nothing that a module depends on. */
static void test_depends(void **state)
{
	static const struct {
		const char *order, *files, *stock, *fates;
		const char *name, *why; /* of one of them */
	} rows[] = {
		{"lib\na", "lib.ko a.ko:lib", "", "lib:loaded a:loaded", "a", NULL},
		{"a\nlib", "lib.ko a.ko:lib", "", "a:late lib:loaded", "a",
		 "stands in module.order before lib"},
		{"a", "lib.ko a.ko:lib", "", "a:late lib:unlisted", "a",
		 "lib, which module.order does not list"},
		{"a", "lib.ko a.ko:lib", "lib", "a:late lib:unlisted", "a", "does not list"},
		{NULL, "lib.ko a.ko:lib", "", "a:late lib:loaded", "a", "chance"},
		{NULL, "alib.ko b.ko:alib", "", "alib:loaded b:late", "b", "chance"},
		/* a second line is a second try */
		{"a\nlib\na", "lib.ko a.ko:lib", "", "a:loaded lib:loaded", "a", NULL},
		{"c\nlib\na", "lib.ko a.ko:lib c.ko:a", "", "c:late lib:loaded a:loaded", "c",
		 "before a"},
		{"lib\na\nc", "lib.ko:gone a.ko:lib c.ko:a", "", "lib:late a:late c:late", "c",
		 "depends on a, which is not loaded either"},
		{"a", "a.ko:gone", "", "a:late", "a", "gone, which neither the installer"},
		{"a", "a.ko:libphy", "libphy", "a:loaded", "a",
		 "depends on libphy of the installer"},
		{"libphy\na", "a.ko:libphy", "libphy", "libphy:stock a:loaded", "a", NULL},
		/* by the installer's module.config */
		{"a", "a.ko:libphy", "a libphy", "a:loaded", "a", NULL},
		{"l-b\na", "l-b.ko a.ko:l_b", "", "l_b:loaded a:loaded", "a", NULL},
		{"gone\na", "a.ko:gone", "", "gone:stock a:late", "gone",
		 "nothing is loaded for it"},
		/* what the installer has is not known */
		{"a", "a.ko:libphy", NULL, "a:loaded", "a", "depends on libphy of the installer"},
		{"libphy\na", "a.ko:libphy", NULL, "libphy:stock a:loaded", "a", NULL},
		{"a", "a.ko:a", "", "a:late", "a", "before a"},
		{"a", "a.ko:libphy,libx", "libphy libx", "a:loaded", "a", "depends on libphy"},
		{"a", "a.ko:libphy,gone", "libphy", "a:late", "a", "depends on gone"},
		/* one module by two spellings */
		{"a-b\na_b", "a-b.ko a_b.ko", "", "a_b:loaded a_b:shadowed", "a_b", NULL},
		{"a-b\na_b", "a-b.ko:gone a_b.ko", "", "a_b:late a_b:loaded", "a_b", "gone"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};
		const char *why;

		put_modules(&bench, SLE15, rows[i].files);
		if (rows[i].order)
			put_file(&bench, SLE15, "modules/module.order", rows[i].order);
		if (rows[i].stock)
			set_stock(&bench, rows[i].stock);
		run(&bench);
		assert_string_equal(fates(&bench, 0), rows[i].fates);
		why = module_of(bench.result.updates, rows[i].name)->why;
		if (rows[i].why)
			assert_has(why, rows[i].why);
		else
			assert_null(why);
	}
}

static void test_config(void **state)
{
	static const struct {
		const char *config, *fates, *parameters; /* of a */
	} rows[] = {
		{"", "a:loaded b_c:loaded", NULL},
		{"options=a.x=1", "a:loaded b_c:loaded", "x=1"},
		{"Options: a=x=1\noptions a.y=2", "a:loaded b_c:loaded", "x=1 y=2"},
		{"options: \"a.x=1 y=2\"", "a:loaded b_c:loaded", "x=1 y=2"},
		{"options: b-c.x=1", "a:loaded b_c:loaded", NULL},
		{"options: a", "a:loaded b_c:loaded", NULL},
		{"a.x=1", "a:loaded b_c:loaded", NULL}, /* on the command line alone */
		{"brokenmodules: a", "a:broken b_c:loaded", NULL},
		{"brokenmodules: z,a,b-c", "a:broken b_c:broken", NULL},
		{"brokenmodules: b_c", "a:loaded b_c:loaded", NULL},  /* to the letter */
		{"brokenmodules: z, a", "a:loaded b_c:loaded", NULL}, /* " a" */
		{"BrokenModules=a\nbrokenmodules=-a", "a:loaded b_c:loaded", NULL},
		{"brokenmodules=a\nbrokenmodules=+b-c", "a:broken b_c:broken", NULL},
		{"brokenmodules=a\nbrokenmodules=z", "a:loaded b_c:loaded", NULL},
		{"broken-modules=a\n", "a:broken b_c:loaded", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};
		const char *parameters;

		put_modules(&bench, SLE15, "a.ko b-c.ko");
		put_file(&bench, SLE15, "modules/module.order", "a\nb-c\n");
		put_file(&bench, SLE15, "dud.config", rows[i].config);
		run(&bench);
		assert_string_equal(fates(&bench, 0), rows[i].fates);
		parameters = bench.result.updates[0].modules[0].parameters;
		if (rows[i].parameters)
			assert_string_equal(parameters, rows[i].parameters);
		else
			assert_null(parameters);
	}
}

static void test_facts(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};
	const struct mf_linuxrc_update *update;

	(void)state;
	put_modules(&bench, SLE15, "a.ko b.ko");
	put_file(&bench, SLE15, "dud.config",
		 "UpdateID: 1\nupdateid: 2\nUpdateID:\nUpdateName: \"first\"\nUpdateName: second\n"
		 "exec: one\nExec: two # x\n");
	put_file(&bench, SLE15, "modules/module.order", "a\nb\n");
	put_file(&bench, SLE15, "install/x.rpm", "");
	put_file(&bench, SLE15, "install/.y.rpm", "");
	put_file(&bench, SLE15, "install/deep/z.rpm", "");
	put_file(&bench, SLE15, "install/update.post", "");
	set_stock(&bench, "b");
	update = run(&bench)->updates;
	assert_true(bench.result.is_update && bench.result.is_automatic);
	assert_string_equal(update->id, "2");
	assert_string_equal(update->name, "first");
	assert_string_equal(update->condition, "one; two # x");
	assert_int_equal(update->n_packages, 1);
	assert_string_equal(update->packages[0]->path, SLE15 "/install/x.rpm");
	assert_false(update->has_archive);
	assert_false(update->modules[0].replaces_stock);
	assert_true(update->modules[1].replaces_stock);
	assert_int_equal(bench.result.notes.n, 0);
	put_file(&bench, SLE15, "install/update.tgz", "");
	assert_true(run(&bench)->updates[0].has_archive);
}

static void test_module_config(void **state)
{
	static const struct {
		const char *config, *fates, *parameters; /* of a */
	} rows[] = {
		{"", "a:unlisted b:unlisted c:unlisted", NULL},
		{"[autoload]\na\n", "a:loaded b:unlisted c:unlisted", NULL},
		{"[AutoLoad]\nb\na\n", "a:loaded b:loaded c:unlisted", NULL},
		{"[network]\na\n[autoload]\nb", "a:unlisted b:loaded c:unlisted", NULL},
		{"a\n[autoload]\n; b\n#a\n", "a:unlisted b:unlisted c:unlisted", NULL},
		{"[autoload]\n a , \"text, more\" , x=1,,,0,1 ; end\n",
		 "a:loaded b:unlisted c:unlisted", "x=1"},
		{"[autoload]\na,,-\"x=1 y=\\\"2\\\"\",,,0,0\n", "a:unlisted b:unlisted c:unlisted",
		 NULL},
		{"[autoload]\na,,-x=1\n", "a:loaded b:unlisted c:unlisted", "x=1"},
		{"[autoload]\nc\n", "a:unlisted b:unlisted c:stock c:unlisted", NULL},
		{"[autoload]\nz\n", "a:unlisted b:unlisted z:stock c:unlisted", NULL},
		{"[autoload]\na\na\n", "a:loaded b:unlisted c:unlisted", NULL},
		{"[autoload]\nb\n[other]\na\n", "a:unlisted b:loaded c:unlisted", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};
		const char *parameters;

		put_modules(&bench, SLE15, "a.ko b.ko c.ko");
		put_file(&bench, SLE15, "modules/module.order", "a\nb\n");
		put_file(&bench, SLE15, "modules/module.config", rows[i].config);
		set_stock(&bench, "a z");
		assert_true(run(&bench)->updates[0].has_config);
		assert_string_equal(fates(&bench, 0), rows[i].fates);
		assert_false(bench.result.updates[0].modules[0].replaces_stock);
		parameters = bench.result.updates[0].modules[0].parameters;
		if (rows[i].parameters)
			assert_string_equal(parameters, rows[i].parameters);
		else
			assert_null(parameters);
		if (bench.result.updates[0].modules[0].fate == MF_LINUXRC_LOADED)
			assert_has(bench.result.updates[0].modules[0].why, "stays");
	}
}

/* What a hostile disk lists is compared with all before it. */
static void broken_modules_have_a_limit(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf config = {0};

	(void)state;
	for (unsigned int i = 0; i < 2000; i++)
		mf_buf_printf(&config, "BrokenModules: +m%u\n", i);
	put_modules(&bench, SLE15, "m0.ko");
	put_file(&bench, SLE15, "dud.config", mf_buf_str(&config));
	assert_string_equal((run(&bench), fates(&bench, 0)), "m0:broken");
	expect_note(&bench.result.notes, "more names in brokenmodules than are judged here", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_first_extension),
		cmocka_unit_test(test_depends),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_module_config),
		cmocka_unit_test(broken_modules_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
