// SPDX-License-Identifier: GPL-2.0-or-later
// Agama's rules for driver updates. The tables follow agama-dud-apply.sh of August 2026.
#include "lib/base/cleanup.h"
#include "tests/unit/susemake.h"

#include "lib/core/agama.h"

#define NAME   "x86_64-sles16.0"
#define SLE16  "linux/suse/" NAME
#define KERNEL "6.12.0-160000.5-default"
#define OTHER  "6.4.0-150600.21-default"

struct bench {
	struct maker maker;
	struct mf_strings stock;
	struct mf_agama_result result;
};

static void free_bench(struct bench *bench)
{
	mf_agama_result_free(&bench->result);
	free_maker(&bench->maker);
}

static const struct mf_agama_result *run(struct bench *bench)
{
	struct mf_agama agama = {.folder = NAME, .kernel = KERNEL};

	if (bench->stock.n)
		agama.stock = &bench->stock;
	if (!bench->maker.disk.container)
		bench->maker.disk.container = "cpio";
	bench->maker.disk.has_long_names = true;
	mf_agama_result_free(&bench->result);
	assert_int_equal(mf_agama_run(&bench->maker.disk, &agama, &bench->result), 0);
	return &bench->result;
}

/* "a:loaded b:useless" */
static const char *fates(struct bench *bench)
{
	const char *text = "";

	for (size_t i = 0; i < bench->result.n_modules; i++)
		text = mf_arena_printf(&bench->maker.disk.arena, "%s%s%s:%s", text, i ? " " : "",
				       bench->result.modules[i].name,
				       mf_agama_fate_name(bench->result.modules[i].fate));
	return text;
}

static const struct mf_agama_module *module_of(const struct bench *bench, const char *name)
{
	for (size_t i = 0; i < bench->result.n_modules; i++) {
		if (strcmp(bench->result.modules[i].name, name) == 0)
			return &bench->result.modules[i];
	}
	fail_msg("%s is not in the result", name);
	return NULL;
}

static void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "(null)");
}

/* modules/ of one folder */
static void test_modules(void **state)
{
	static const struct {
		const char *order; /* NULL: none */
		const char *files, *fates;
		const char *why; /* of the first one; NULL: none */
	} rows[] = {
		{NULL, "b.ko a-x.ko", "a_x:loaded b:loaded", NULL},
		{"b\na-x\n", "b.ko a-x.ko.zst", "a_x:loaded b:loaded", NULL},
		{"a\n", "a.ko b.ko", "a:loaded b:unlisted", NULL},
		{"", "a.ko", "a:unlisted", NULL},
		{"stock\n", "a.ko", "a:unlisted", NULL},
		/* libkmod and modules-load.d: '-' is '_', blanks and '\r' go, comments too */
		{"a_x", "a-x.ko", "a_x:loaded", NULL},
		{"a\r\n", "a.ko", "a:loaded", NULL},
		{"  a \n", "a.ko", "a:loaded", NULL},
		{"# a\n;a\n", "a.ko", "a:unlisted", NULL},
		{"a b\n", "a.ko", "a:unlisted", NULL},
		{"a.ko\n", "a.ko", "a:unlisted", "has it with an extension"},
		{"a.ko.xz\n", "a.ko", "a:unlisted", "has it with an extension"},
		{"a.ko\na\n", "a.ko", "a:loaded", NULL},
		/* *.ko* of bash */
		{NULL, "a.ko.bz2", "a:useless", "does not know its extension"},
		{NULL, "a.ko.sig b.ko", "a:useless b:loaded", "does not know its extension"},
		{NULL, ".a.ko", "", NULL},
		{NULL, "a.kox", "a:useless", "does not know its extension"},
		{NULL, "x.ko.ko", "x.ko:loaded", NULL},
		{NULL, "sub/a.ko", "a:skipped", "lies in a folder of modules/"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};

		put_kos(&bench.maker, SLE16 "/modules", KERNEL, rows[i].files);
		if (rows[i].order)
			put_text(&bench.maker, SLE16 "/modules/module.order", rows[i].order);
		assert_true(run(&bench)->is_update);
		assert_string_equal(fates(&bench), rows[i].fates);
		if (rows[i].why)
			assert_has(bench.result.modules[0].why, rows[i].why);
		else if (bench.result.n_modules)
			assert_null(bench.result.modules[0].why);
	}
}

/* rmmod gets the line as it is. */
static void test_unloading(void **state)
{
	static const struct {
		const char *order;
		bool is_unloaded;
	} rows[] = {
		{"a", true},	  {"a\n", true}, {"a.ko\na", true},
		{"a\r\n", false}, {" a", false}, {"a ", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};

		bench.stock = words_of(&bench.maker, "a");
		put_ko(&bench.maker, SLE16 "/modules/a.ko", KERNEL, NULL);
		put_text(&bench.maker, SLE16 "/modules/module.order", rows[i].order);
		run(&bench);
		assert_int_equal(bench.result.modules[0].fate, MF_AGAMA_LOADED);
		assert_true(bench.result.modules[0].replaces_stock);
		if (rows[i].is_unloaded)
			assert_null(bench.result.modules[0].why);
		else
			assert_has(bench.result.modules[0].why,
				   "a stock module that is loaded stays");
	}
}

static void test_kernels(void **state)
{
	static const struct {
		const char *kernel, *stock, *fate;
	} rows[] = {
		{KERNEL, "z", "loaded"},    {KERNEL, "a", "loaded"}, {OTHER, "a", "shadows"},
		{OTHER, "z", "useless"},    {OTHER, "", "useless"},  {KERNEL "2", "a", "shadows"},
		{"6.12.0", "a", "shadows"}, {NULL, "a", "loaded"}, /* not known: other checks tell
								    */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};

		bench.stock = words_of(&bench.maker, rows[i].stock);
		put_ko(&bench.maker, SLE16 "/modules/a.ko", rows[i].kernel, NULL);
		run(&bench);
		assert_string_equal(mf_agama_fate_name(bench.result.modules[0].fate), rows[i].fate);
		assert_int_equal(bench.result.modules[0].replaces_stock,
				 strcmp(rows[i].stock, "a") == 0);
	}
}

static void test_folders(void **state)
{
	static const struct {
		const char *folder;
		const char *why; /* NULL: is taken */
	} rows[] = {
		{SLE16, NULL},
		{"1/" SLE16, NULL},
		{"01-extra/" SLE16, NULL}, /* [0-9]* */
		{"x1/" SLE16, "lies below x1"},
		{"1/1/" SLE16, "lies below 1/1"},
		{"linux/suse/x86_64-sles16.1", "is for the product sles16.1"},
		{"linux/suse/x86_64-sles16", "is for the product sles16, and"},
		{"linux/suse/x86_64-sles16.0.1", "is for the product sles16.0.1"},
		{"linux/suse/aarch64-sles16.0", "is for the machine aarch64"},
		{"linux/suse/X86_64-SLES16.0", "is for the product SLES16.0 on the machine X86_64"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};

		put_kos(&bench.maker,
			mf_arena_printf(&bench.maker.disk.arena, "%s/modules", rows[i].folder),
			KERNEL, "a.ko");
		assert_int_equal(run(&bench)->is_update, !rows[i].why);
		assert_string_equal(fates(&bench), rows[i].why ? "a:skipped" : "a:loaded");
		if (rows[i].why)
			assert_has(bench.result.modules[0].why, rows[i].why);
		expect_note(&bench.result.notes, "is no driver update for this installer",
			    rows[i].why != NULL);
	}
}

static void test_links(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put_kos(&bench.maker, "linux/suse/x86_64-sles16.1/modules", KERNEL, "a.ko");
	put_link(&bench.maker, SLE16, "x86_64-sles16.1");
	put_kos(&bench.maker, "store", KERNEL, "1.ko");
	put_link(&bench.maker, "linux/suse/x86_64-sles16.1/modules/b.ko", "../../../../store/1.ko");
	put_link(&bench.maker, "linux/suse/x86_64-sles16.1/modules/c.ko", "../gone.ko");
	run(&bench);
	assert_string_equal(fates(&bench), "a:loaded b:loaded");
	assert_string_equal(module_of(&bench, "b")->copy, "b.ko");
	assert_string_equal(module_of(&bench, "b")->file->path, "store/1.ko");
}

/* Files of one name: the last copy stays. */
static void test_replaced(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put_kos(&bench.maker, SLE16 "/modules", KERNEL, "a.ko b.ko c.ko.xz");
	put_kos(&bench.maker, "10/" SLE16 "/modules", OTHER, "a.ko");
	put_kos(&bench.maker, "2/" SLE16 "/modules", KERNEL, "a.ko c.ko");
	run(&bench);
	assert_string_equal(fates(&bench),
			    "a:replaced b:loaded c:loaded a:replaced a:loaded c:loaded");
	assert_has(bench.result.modules[0].why, "10/" SLE16 "/modules/a.ko is copied over it");
	assert_has(bench.result.modules[3].why, "2/" SLE16 "/modules/a.ko is copied over it");
	expect_note(&bench.result.notes, "10 comes before 2", true);
	expect_note(&bench.result.notes, "c.ko.xz and 2/" SLE16 "/modules/c.ko both come", true);
	expect_note(&bench.result.notes, "a.ko both come", false);
}

static void test_ignored(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put_ko(&bench.maker, SLE16 "/modules/a.ko", KERNEL, NULL);
	put_text(&bench.maker, SLE16 "/dud.config",
		 "UpdateID: 1\nexec: x\nOptions: a.b=1\nOptions: a.c=1\n");
	put_text(&bench.maker, SLE16 "/install/update.post", "");
	put_text(&bench.maker, SLE16 "/install/update.tar.gz", "");
	put_text(&bench.maker, SLE16 "/install/other.sh", "");
	put_text(&bench.maker, SLE16 "/install/a.rpm", "");
	put_text(&bench.maker, SLE16 "/modules/module.config", "");
	put_text(&bench.maker, "linux/suse/x86_64-sles15/dud.config", "");
	run(&bench);
	assert_int_equal(bench.result.n_ignored, 4);
	assert_string_equal(bench.result.ignored[0]->path, SLE16 "/dud.config");
	assert_string_equal(bench.result.ignored[1]->path, SLE16 "/install/update.post");
	assert_string_equal(bench.result.ignored[2]->path, SLE16 "/install/update.tar.gz");
	assert_string_equal(bench.result.ignored[3]->path, SLE16 "/modules/module.config");
	assert_int_equal(bench.result.n_packages, 1);
	expect_note(&bench.result.notes, "does not read it, and its Exec", true);
	expect_note(&bench.result.notes, "does not read it, and its Options", true);
	expect_note(&bench.result.notes, "BrokenModules", false);
	assert_int_equal(bench.result.notes.n, 3); /* the third: when it comes */
}

static void test_containers(void **state)
{
	static const struct {
		const char *container, *label;
		bool is_update;
		const char *note;
	} rows[] = {
		{"cpio", NULL, true, NULL},
		{"tar", NULL, true, NULL},
		{"cpio.gz", NULL, true, NULL},
		{"tar.xz", NULL, true, NULL},
		{"cpio.zst", NULL, true, "is a cpio.zst archive"},
		{"iso9660", NULL, true, "is iso9660, which"},
		{"vfat", NULL, true, "is vfat, which"},
		{"folder", NULL, true, "is a folder"},
		{"cpio", "OEMDRV", true, "Agama looks for no label"},
		{"rpm", NULL, false, "is an RPM: Agama unpacks it over the live system"},
		{"deb", NULL, false, "is a Debian package"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench)
		struct bench bench = {
			.maker.disk = {.container = rows[i].container, .label = rows[i].label}};

		put_ko(&bench.maker, SLE16 "/modules/a.ko", KERNEL, NULL);
		assert_int_equal(run(&bench)->is_update, rows[i].is_update);
		expect_note(&bench.result.notes, "when the live system is mounted already",
			    rows[i].is_update);
		if (rows[i].note)
			expect_note(&bench.result.notes, rows[i].note, true);
		assert_int_equal(bench.result.notes.n, (rows[i].note != NULL) + rows[i].is_update);
	}
}

static void test_empty(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put(&bench.maker, &bench.maker.disk, 'd', SLE16 "/modules");
	assert_true(run(&bench)->is_update);
	expect_note(&bench.result.notes, "brings no module", true);
	bench.maker.disk.n_files = 0;
	assert_false(run(&bench)->is_update);
	expect_note(&bench.result.notes, "no folder linux/suse/" NAME, true);
}

static void test_limits(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};
	struct mf_disk_file *order;

	(void)state;
	put_ko(&bench.maker, SLE16 "/modules/a.ko", KERNEL, NULL);
	for (unsigned int i = 0; i < 140; i++)
		put_link(&bench.maker, mf_arena_printf(&bench.maker.disk.arena, "%03u", i), ".");
	order = put_text(&bench.maker, SLE16 "/modules/module.order", "");
	order->size = 100000;
	order->text = (struct mf_bytes){0};
	run(&bench);
	assert_int_equal(bench.result.n_modules, 128);
	expect_note(&bench.result.notes, "more driver updates than are judged", true);
	expect_note(&bench.result.notes, "module.order is too large", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modules), cmocka_unit_test(test_unloading),
		cmocka_unit_test(test_kernels), cmocka_unit_test(test_folders),
		cmocka_unit_test(test_links),	cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_ignored), cmocka_unit_test(test_containers),
		cmocka_unit_test(test_empty),	cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
