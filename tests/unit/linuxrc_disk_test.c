// SPDX-License-Identifier: GPL-2.0-or-later
// linuxrc's rules for a disk: folders, slots, several driver updates, what people are told. The
// tables follow util.c of linuxrc of May 2025.
#include "lib/base/cleanup.h"
#include "tests/unit/linuxrcmake.h"

/* Folders of the disk, each with a module, and the order in which linuxrc takes them. */
static void test_slots(void **state)
{
	static const struct {
		const char *folders; /* "PREFIX[=dud.config, ';' for a new line]", by blanks */
		const char *slots;   /* "PREFIX:slot", skipped "PREFIX:-" */
	} rows[] = {
		{"/", "/:0"},
		{"10/ 2/ /", "/:0 2/:1 10/:2"},
		{"010/ 2/ 1/", "1/:0 2/:1 010/:2"},
		{"+3/ -1/ 2/", "-1/:0 2/:1 +3/:2"},
		{"1a/ x/ 1/", "1/:0 1a/:- x/:-"},
		{"1/=UpdatePriority:5 2/ 3/", "2/:1 3/:2 1/:5"},
		{"1/=UpdatePriority:1 2/", "1/:1 2/:2"}, /* the first free one from 1 on */
		{"1/=UpdatePriority:0 2/ 3/=UpdatePriority:0", "1/:0 2/:1 3/:2"},
		{"1/=UpdatePriority:901 2/=UpdatePriority:-5 3/=updatepriority:99999999999",
		 "1/:900 2/:901 3/:902"},
		{"1/=UpdatePriority:0x10", "1/:16"},
		{"1/=UpdatePriority:010", "1/:8"},
		{"1/=UpdatePriority:ask", "1/:2"},
		{"1/=UpdatePriority:many", "1/:0"},
		{"1/=UpdatePriority:7;UpdatePriority:3", "1/:3"},
		{"1/=UpdateID:a 2/=UpdateID:a 3/=UpdateID:b", "1/:0 3/:1 2/:-"},
		{"1/=UpdateID:a 2/=UpdateID:A", "1/:0 2/:1"},
		{"1/=UpdateID: 2/=UpdateID:", "1/:0 2/:1"},
		{"1/=UpdateID:a;UpdatePriority:9 2/=UpdateID:a;UpdatePriority:3", "1/:9 2/:-"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};
		struct mf_arena *arena = &bench.maker.disk.arena;
		char *list = mf_arena_strdup(arena, rows[i].folders);
		const char *found = "";

		for (char *one = strtok_r(list, " ", &list); one;
		     one = strtok_r(NULL, " ", &list)) {
			char *config = strchr(one, '=');
			const char *update;

			if (config)
				*config++ = '\0';
			for (char *c = config; c && *c; c++)
				*c = *c == ';' ? '\n' : *c;
			update = mf_arena_printf(arena, "%s" SLE15, one + (*one == '/'));
			put_modules(&bench, update, "a.ko");
			if (config)
				put_file(&bench, update, "dud.config", config);
		}
		run(&bench);
		for (size_t k = 0; k < bench.result.n_updates; k++) {
			const struct mf_linuxrc_update *update = &bench.result.updates[k];
			int n = (int)(strlen(update->path) - strlen(SLE15));
			const char *slot = update->why ? "-"
						       : mf_arena_printf(arena, "%u", update->slot);

			found = mf_arena_printf(arena, "%s%s%.*s:%s", found, k ? " " : "",
						n ? n : 1, n ? update->path : "/", slot);
		}
		assert_string_equal(found, rows[i].slots);
	}
}

/* Folders that this installer leaves alone, and what people are told. */
static void test_others(void **state)
{
	static const struct {
		const char *folder, *why;
	} rows[] = {
		{"linux/suse/aarch64-sles15", "is for the machine aarch64"},
		{"linux/suse/x86_64-sled15", "is for the product sled15"},
		{"linux/suse/x86_64-sles15.6", "is for the product sles15.6"},
		{"linux/suse/x86_64-sles16.0", "looks in " SLE15},
		{"linux/suse/s390x-tw", "is for the product tw on the machine s390x"},
		{"linux/suse/x86_64", "is called x86_64"},
		{"linux/suse/i386-sles15", "is for the machine i386"},
		{"4/linux/suse/x86_64-tw", "is for the product tw"},
		{"sub/" SLE15,
		 "lies below sub, and the installer looks at the top and below a number"},
		{"1/2/" SLE15, "lies below 1/2"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};

		put_modules(&bench, rows[i].folder, "a.ko");
		assert_false(run(&bench)->is_update);
		assert_int_equal(bench.result.n_updates, 1);
		assert_has(bench.result.updates[0].why, rows[i].why);
		assert_string_equal(fates(&bench, 0), "a:skipped");
		expect_note(&bench.result.notes, "no folder " SLE15 ", at the top", true);
	}
}

/* mkdud: one folder, symlinks for other names of it. */
static void test_links(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put_modules(&bench, "linux/suse/x86_64-sled15", "a.ko");
	put_link(&bench.maker, SLE15, "x86_64-sled15");
	put_link(&bench.maker, "linux/suse/aarch64-sles15", "x86_64-sled15");
	put_modules(&bench, "shared", "b.ko");
	put_link(&bench.maker, "3", "shared/number");
	put_link(&bench.maker, "shared/number/" SLE15 "/modules", "../../../../modules");
	put_link(&bench.maker, "shared/modules/c.ko", "b.ko");
	put_link(&bench.maker, "shared/modules/d.ko",
		 "../../linux/suse/x86_64-sled15/modules/a.ko");
	put_link(&bench.maker, "shared/modules/e.ko", "gone.ko");
	run(&bench);
	assert_int_equal(bench.result.n_updates, 2);
	assert_string_equal(bench.result.updates[0].path, SLE15);
	assert_string_equal(fates(&bench, 0), "a:loaded");
	assert_string_equal(bench.result.updates[1].path, "3/" SLE15);
	assert_string_equal(fates(&bench, 1), "b:loaded c:loaded d:unreadable e:unreadable");
	assert_has(module_of(&bench.result.updates[1], "d")->why, "leads nowhere");
}

static void test_shadowed(void **state)
{
	static const struct {
		const char *config, *order; /* of the second one */
		const char *first, *second;
	} rows[] = {
		{"", "a", "a:shadowed b:loaded", "a:loaded"},
		{"", "a\nb", "a:shadowed b:loaded", "a:loaded b:stock"},
		{"", "", "a:loaded b:loaded", "a:unlisted"},
		{"brokenmodules: a", "a", "a:shadowed b:loaded", "a:broken"},
		{"UpdatePriority: 0", "a", "a:shadowed b:loaded", "a:loaded"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};

		put_modules(&bench, "1/" SLE15, "a.ko.xz b.ko");
		put_file(&bench, "1/" SLE15, "modules/module.order", "a\nb");
		put_modules(&bench, "2/" SLE15, "a.ko");
		put_file(&bench, "2/" SLE15, "modules/module.order", rows[i].order);
		put_file(&bench, "2/" SLE15, "dud.config", rows[i].config);
		set_stock(&bench, "");
		run(&bench);
		assert_string_equal(fates(&bench, 0), rows[i].first);
		assert_string_equal(fates(&bench, 1), rows[i].second);
		if (strstr(rows[i].first, "shadowed"))
			assert_has(bench.result.updates[0].modules[0].why, "the one of 2/" SLE15);
		for (size_t k = 0; k < bench.result.updates[1].n_modules; k++)
			assert_null(bench.result.updates[1].modules[k].why);
	}
}

/* With module.config nothing is unloaded, not even what an earlier driver update brought. */
static void test_kept(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put_modules(&bench, "1/" SLE15, "a.ko");
	put_file(&bench, "1/" SLE15, "modules/module.order", "a");
	put_modules(&bench, "2/" SLE15, "a.ko b.ko:gone");
	put_file(&bench, "2/" SLE15, "modules/module.order", "a\nb");
	put_file(&bench, "2/" SLE15, "modules/module.config", "[autoload]\na\nb\n");
	put_modules(&bench, "3/" SLE15, "b.ko");
	put_file(&bench, "3/" SLE15, "modules/module.order", "b");
	put_modules(&bench, "4/" SLE15, "b.ko:gone");
	put_file(&bench, "4/" SLE15, "modules/module.order", "b");
	put_file(&bench, "4/" SLE15, "modules/module.config", "[autoload]\nb\n");
	set_stock(&bench, "");
	run(&bench);
	assert_string_equal(fates(&bench, 0), "a:loaded");
	assert_string_equal(fates(&bench, 1), "a:shadowed b:late");
	assert_string_equal(fates(&bench, 2), "b:loaded");
	assert_has(bench.result.updates[1].modules[0].why, "is loaded by then");
}

/* What one update loaded, or sets in dud.config, is there for the next one. */
static void test_behind(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};
	const struct mf_linuxrc_update *second;

	(void)state;
	put_modules(&bench, "1/" SLE15, "lib.ko x.ko");
	put_file(&bench, "1/" SLE15, "modules/module.order", "lib\nx");
	put_file(&bench, "1/" SLE15, "dud.config", "options: a.p=1\nbrokenmodules: c");
	put_modules(&bench, "2/" SLE15, "a.ko:lib c.ko d.ko:x x.ko");
	put_file(&bench, "2/" SLE15, "modules/module.order", "a\nc\nd\nx");
	put_file(&bench, "2/" SLE15, "dud.config", "options: a.q=2");
	set_stock(&bench, "");
	run(&bench);
	second = &bench.result.updates[1];
	/* x is unloaded before d is loaded */
	assert_string_equal(fates(&bench, 1), "a:loaded c:broken d:late x:loaded");
	assert_string_equal(second->modules[0].parameters, "p=1 q=2");
}

/* One slot a kernel, the ones for others take themselves away. */
static void test_conditions(void **state)
{
	static const struct {
		const char *first, *second; /* Exec; NULL: none */
		const char *fates;
	} rows[] = {
		{NULL, NULL, "SP6:shadowed SP5:loaded"},
		{"sh /update/*/install/modferry-1.sh", "sh /update/*/install/modferry-2.sh",
		 "SP6:loaded SP5:skipped"},
		{"x.if", "y.if", "SP6:loaded SP5:skipped"},
		{NULL, "y.if", "SP6:loaded SP5:skipped"},
		{"x.if", NULL, "SP6:shadowed SP5:loaded"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};
		struct mf_arena *arena = &bench.maker.disk.arena;
		const char *found = "";

		put_kos(&bench.maker, "1/" SLE15 "/modules", SP6, "a.ko");
		put_kos(&bench.maker, "2/" SLE15 "/modules", SP5, "a.ko");
		put_file(&bench, "1/" SLE15, "modules/module.order", "a");
		put_file(&bench, "2/" SLE15, "modules/module.order", "a");
		if (rows[i].first)
			put_file(&bench, "1/" SLE15, "dud.config",
				 mf_arena_printf(arena, "Exec: %s", rows[i].first));
		if (rows[i].second)
			put_file(&bench, "2/" SLE15, "dud.config",
				 mf_arena_printf(arena, "Exec: %s", rows[i].second));
		run(&bench);
		for (size_t k = 0; k < 2; k++)
			found = mf_arena_printf(
				arena, "%s%s%s:%s", found, k ? " " : "",
				bench.result.updates[k].path[0] == '1' ? "SP6" : "SP5",
				mf_linuxrc_fate_name(bench.result.updates[k].modules[0].fate));
		assert_string_equal(found, rows[i].fates);
		if (bench.result.updates[1].why)
			assert_has(bench.result.updates[1].why, "are for kernel " SP5);
	}
}

/* A condition of others is believed to hold where nothing on the disk is better. */
static void test_lone_condition(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put_kos(&bench.maker, SLE15 "/modules", SP5, "a.ko");
	put_file(&bench, SLE15, "dud.config", "Exec: x.if");
	run(&bench);
	assert_string_equal(fates(&bench, 0), "a:loaded");
	bench.maker.disk.n_files = 0;
	put_kos(&bench.maker, SLE15 "/modules", SP5, "a.ko");
	put_file(&bench, SLE15, "dud.config", "Exec: sh /update/*/install/modferry-1.sh");
	run(&bench);
	assert_string_equal(fates(&bench, 0), "a:skipped");
}

static void test_notes(void **state)
{
	static const struct {
		const char *files; /* of modules/; "" an empty folder, NULL none */
		const char *order, *package, *id;
		const char *note;
	} rows[] = {
		{"", NULL, "x.rpm", "1", "brings no module: linuxrc tells that it was added"},
		{NULL, NULL, "x.rpm", "1", "brings no module"},
		{"a/b.ko", NULL, "x.rpm", "1", "none of its modules is loaded"},
		{"a.ko", "", "x.rpm", "1", "none of its modules is loaded"},
		{"a.ko", NULL, "x.rpm", "1", "has no module.order"},
		{"a.ko", "a", "x.txt", "1", "nothing in install/ brings its drivers"},
		{"a.ko", "a", "x.rpm", NULL, "has no UpdateID: linuxrc takes it twice"},
		{"a.ko", "a", "x.rpm", "1", NULL},
		{"a.ko", "a", "update.tar.gz", "1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench) struct bench bench = {0};
		struct mf_arena *arena = &bench.maker.disk.arena;

		put(&bench.maker, &bench.maker.disk, 'd', SLE15);
		if (rows[i].files && !*rows[i].files)
			put(&bench.maker, &bench.maker.disk, 'd', SLE15 "/modules");
		else if (rows[i].files)
			put_modules(&bench, SLE15, rows[i].files);
		if (rows[i].order)
			put_file(&bench, SLE15, "modules/module.order", rows[i].order);
		put_file(&bench, SLE15, mf_arena_printf(arena, "install/%s", rows[i].package), "");
		if (rows[i].id)
			put_file(&bench, SLE15, "dud.config",
				 mf_arena_printf(arena, "UpdateID: %s\n", rows[i].id));
		run(&bench);
		if (rows[i].note)
			expect_note(&bench.result.notes, rows[i].note, true);
		assert_int_equal(bench.result.notes.n, rows[i].note ? 1 : 0);
	}
}

static void test_media(void **state)
{
	static const struct {
		const char *container, *label;
		bool has_long_names, is_automatic;
		const char *note;
	} rows[] = {
		{"iso9660", "OEMDRV", true, true, NULL},
		{"vfat", "OEMDRV", true, true, NULL},
		{"iso9660", "oemdrv", true, false, "its label is \"oemdrv\", not OEMDRV"},
		{"vfat", NULL, true, false, "its label is \"\""},
		{"iso9660", "OEMDRV", false, true, "has neither Rock Ridge nor Joliet"},
		{"cpio", NULL, true, false, NULL},
		{"tar", NULL, true, false, NULL},
		{"rpm", NULL, true, false, NULL},
		{"folder", NULL, true, false, NULL},
		{"deb", NULL, true, false, "is a Debian package"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_bench)
		struct bench bench = {.maker.disk = {.container = rows[i].container,
						     .label = rows[i].label,
						     .has_long_names = rows[i].has_long_names}};

		put_modules(&bench, SLE15, "a.ko");
		put_file(&bench, SLE15, "modules/module.order", "a");
		put_file(&bench, SLE15, "dud.config", "UpdateID: 1");
		put_file(&bench, SLE15, "install/a.rpm", "");
		assert_int_equal(run(&bench)->is_automatic, rows[i].is_automatic);
		if (rows[i].note)
			expect_note(&bench.result.notes, rows[i].note, true);
		assert_int_equal(bench.result.notes.n, rows[i].note ? 1 : 0);
	}
}

/* Limits against hostile disks, each with a line that says so. */
static void test_limits(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};
	struct mf_disk_file *config;

	(void)state;
	put_modules(&bench, SLE15, "a.ko");
	for (unsigned int i = 0; i < 140; i++)
		put_link(&bench.maker, mf_arena_printf(&bench.maker.disk.arena, "%u", i), ".");
	put_link(&bench.maker, "0140", "linux");
	config = put_text(&bench.maker, SLE15 "/dud.config", "");
	config->size = 100000;
	config->text = (struct mf_bytes){0};
	run(&bench);
	expect_note(&bench.result.notes, "more driver updates than are judged", true);
	expect_note(&bench.result.notes, "dud.config is too large", true);
	assert_int_equal(bench.result.n_updates, 128);
}

static void test_same_number(void **state)
{
	MF_CLEANUP(free_bench) struct bench bench = {0};

	(void)state;
	put_modules(&bench, "1/" SLE15, "a.ko");
	put_modules(&bench, "01/" SLE15, "a.ko");
	run(&bench);
	expect_note(&bench.result.notes, "have the same number", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),	   cmocka_unit_test(test_others),
		cmocka_unit_test(test_links),	   cmocka_unit_test(test_shadowed),
		cmocka_unit_test(test_kept),	   cmocka_unit_test(test_behind),
		cmocka_unit_test(test_conditions), cmocka_unit_test(test_lone_condition),
		cmocka_unit_test(test_notes),	   cmocka_unit_test(test_media),
		cmocka_unit_test(test_limits),	   cmocka_unit_test(test_same_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
