// SPDX-License-Identifier: GPL-2.0-or-later
// Disks of SUSE and Debian: modules, texts and packages on them, and what is taken for one.
#include <elf.h>
#include <errno.h>
#include <sys/stat.h>

#include "tests/unit/debmake.h"
#include "tests/unit/diskmake.h"
#include "tests/unit/elfmake.h"
#include "tests/unit/rpmmake.h"
#include "tests/unit/runtool.h"

#include "lib/base/cleanup.h"
#include "lib/core/linuxrc.h"
#include "lib/io/file.h"

#define UPDATE "linux/suse/x86_64-sles15"
#define TEXT(text)                                        \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}

/* What the disks of these tests hold. */
struct contents {
	struct mf_buf ko;
	struct mf_buf deb;
};

static void contents_make(struct contents *contents)
{
	static const char *const modinfo[] = {"name=box", "vermagic=6.4.0-default SMP ", NULL};
	static const struct elfmake_symbol imports[] = {{"printk", 1}, {0}};

	elfmake(&contents->ko,
		&(struct elfmake){
			.bits = 64, .machine = EM_X86_64, .modinfo = modinfo, .imports = imports});
	debmake(&contents->deb, &(struct debmake){0});
}

static void contents_free(struct contents *contents)
{
	mf_buf_free(&contents->ko);
	mf_buf_free(&contents->deb);
}

static void archives_hold_modules_and_texts(void **state)
{
	static const struct {
		const char *name;
		const char *options;
		int format;
		const char *head;
	} cases[] = {
		{"a.iso", "volume-id=OEMDRV,rockridge,!joliet", ARCHIVE_FORMAT_ISO9660,
		 "iso9660 OEMDRV long\n"},
		{"a.cpio", "", ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, "cpio - long\n"},
		{"a.tar", "", ARCHIVE_FORMAT_TAR_USTAR, "tar - long\n"},
	};
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(contents_free) struct contents c = {0};
	struct diskmake_item items[] = {
		{UPDATE "/dud.config", TEXT("UpdateID: 1\n"), NULL, false},
		{UPDATE "/install/update.tar.gz", TEXT("packed"), NULL, false},
		{UPDATE "/install/update.post", TEXT("script"), NULL, false},
		{UPDATE "/inst-sys/lib/firmware/box.bin", TEXT("firmware"), NULL, false},
		{UPDATE "/modules/box.ko", {0}, NULL, false},
		{UPDATE "/modules/bad.ko.xz", TEXT("no module"), NULL, false},
		{UPDATE "/modules/module.order", TEXT(""), NULL, false},
		{0},
	};

	(void)state;
	contents_make(&c);
	items[4].bytes = mf_buf_bytes(&c.ko);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf expected = {0};
		const struct mf_disk_file *file;

		diskmake_pack(&f, cases[i].name, cases[i].format, cases[i].options, items);
		mf_buf_printf(&expected,
			      "%sd linux\nd linux/suse\nd " UPDATE "\n"
			      "f " UPDATE "/dud.config \"UpdateID: 1\n\"\n"
			      "d " UPDATE "/inst-sys\n"
			      "d " UPDATE "/inst-sys/lib\n"
			      "d " UPDATE "/inst-sys/lib/firmware\n"
			      "f " UPDATE "/inst-sys/lib/firmware/box.bin\n"
			      "d " UPDATE "/install\n"
			      "f " UPDATE "/install/update.post\n"
			      "f " UPDATE "/install/update.tar.gz\n"
			      "d " UPDATE "/modules\n"
			      "f " UPDATE "/modules/bad.ko.xz {malformed}\n"
			      "f " UPDATE "/modules/box.ko {box}\n"
			      "f " UPDATE "/modules/module.order \"\"\n",
			      cases[i].head);
		diskmake_assert(&f, cases[i].name, mf_buf_str(&expected));
		assert_true(mf_disk_is_one(diskmake_at(&f, cases[i].name)));
		file = mf_disk_find(&f.source.disk, UPDATE "/modules/box.ko");
		assert_string_equal(file->driver->path, file->spool);
		assert_int_equal(file->driver->module.imports.n, 1);
		assert_int_equal(strlen(file->driver->sha256), 64);
		assert_int_equal(file->driver->file_size, c.ko.len);
		assert_non_null(
			mf_disk_find(&f.source.disk, UPDATE "/install/update.tar.gz")->spool);
		assert_non_null(
			mf_disk_find(&f.source.disk, UPDATE "/inst-sys/lib/firmware/box.bin")
				->spool);
		assert_null(mf_disk_find(&f.source.disk, UPDATE "/install/update.post")->spool);
	}
}

static void other_containers_hold_them(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(contents_free) struct contents c = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf copy = {0};
	const struct mf_disk_file *file;
	char fat[128];

	(void)state;
	contents_make(&c);
	assert_int_equal(mkdir(diskmake_at(&f, "disk"), 0755), 0);
	assert_int_equal(mkdir(diskmake_at(&f, "disk/debian-drivers"), 0755), 0);
	diskmake_save(&f, "disk/debian-drivers/foo.udeb", mf_buf_bytes(&c.deb));
	diskmake_save(&f, "disk/debian-drivers/no.deb", (struct mf_bytes)TEXT("no"));
	diskmake_save(&f, "disk/box.ko", mf_buf_bytes(&c.ko));
	diskmake_assert(&f, "disk",
			"folder - long\n"
			"f box.ko {box}\n"
			"d debian-drivers\n"
			"f debian-drivers/foo.udeb [foo]\n"
			"f debian-drivers/no.deb [malformed]\n");
	assert_false(f.source.spool.is_there);
	file = mf_disk_find(&f.source.disk, "debian-drivers/foo.udeb");
	assert_string_equal(file->spool, diskmake_at(&f, "disk/debian-drivers/foo.udeb"));
	assert_string_equal(file->deb->spool, file->spool);
	snprintf(fat, sizeof(fat), "%s", diskmake_at(&f, "fat.img"));
	RUNTOOL("mkfs.fat", "--invariant", "-C", "-n", "OEMDRV", fat, "512");
	RUNTOOL("mcopy", "-s", "-i", fat, diskmake_at(&f, "disk/debian-drivers"), "::");
	RUNTOOL("mcopy", "-i", fat, diskmake_at(&f, "disk/box.ko"), "::box.ko");
	diskmake_assert(&f, "fat.img",
			"vfat OEMDRV long\n"
			"f box.ko {box}\n"
			"d debian-drivers\n"
			"f debian-drivers/foo.udeb [foo]\n"
			"f debian-drivers/no.deb [malformed]\n");
	file = mf_disk_find(&f.source.disk, "box.ko");
	assert_int_equal(mf_read_file(file->spool, 1 << 20, &copy, &f.err), 0);
	assert_true(mf_bytes_equal(mf_buf_bytes(&copy), mf_buf_bytes(&c.ko)));
	diskmake_save(&f, "single", mf_buf_bytes(&c.deb));
	diskmake_assert(&f, "single", "deb - long\nf package.deb [foo]\n");
	diskmake_assert(&f, "disk/debian-drivers/foo.udeb", "deb - long\nf foo.udeb [foo]\n");
	assert_true(mf_disk_is_one(diskmake_at(&f, "single")));
}

/* mkdud --format rpm packs the tree into an RPM's root. */
static void an_rpm_that_is_an_update_is_unpacked(void **state)
{
	static const char *const tops[] = {"", "/01", "/x"};
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(contents_free) struct contents c = {0};

	(void)state;
	contents_make(&c);
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};
		char path[128];
		struct rpmmake rpm = {.name = "dud", .files = {{.content = mf_buf_bytes(&c.ko)}}};

		snprintf(path, sizeof(path), "%s/" UPDATE "/modules/box.ko", tops[i]);
		rpm.files[0].path = path;
		rpmmake(&bytes, &rpm);
		diskmake_save(&f, "dud.rpm", mf_buf_bytes(&bytes));
		assert_int_equal(diskmake_open(&f, "dud.rpm"), 0);
		assert_string_equal(f.source.disk.container, "rpm");
		if (i == 2) {
			assert_int_equal(f.source.disk.n_files, 1);
			assert_non_null(f.source.disk.files[0].rpm);
		} else {
			assert_null(mf_disk_find(&f.source.disk, "dud.rpm"));
			assert_non_null(mf_disk_find(&f.source.disk, path + 1)->driver);
		}
	}
}

static void hard_links_are_what_their_names_say(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(contents_free) struct contents c = {0};

	(void)state;
	contents_make(&c);
	diskmake_pack(&f, "a.tar", ARCHIVE_FORMAT_TAR_USTAR, "",
		      (const struct diskmake_item[]){{"a/box.ko", mf_buf_bytes(&c.ko), NULL, false},
						     {"b/box.ko", {0}, "a/box.ko", true},
						     {"b/box.deb", {0}, "a/box.ko", true},
						     {"x.deb", mf_buf_bytes(&c.deb), NULL, false},
						     {"y.ude", {0}, "x.deb", true},
						     {0}});
	diskmake_assert(&f, "a.tar",
			"tar - long\n"
			"d a\nf a/box.ko {box}\n"
			"d b\nf b/box.deb\nf b/box.ko {box}\n"
			"f x.deb [foo]\nf y.ude [foo]\n");
}

static void texts_have_a_limit(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf zeros = {0};

	(void)state;
	mf_buf_zeros(&zeros, MF_DISK_MAX_TEXT + 1);
	for (size_t n = MF_DISK_MAX_TEXT; n <= MF_DISK_MAX_TEXT + 1; n++) {
		const struct mf_disk_file *file;

		diskmake_pack(&f, "a.tar", ARCHIVE_FORMAT_TAR_USTAR, "",
			      (const struct diskmake_item[]){
				      {"dud.config", {zeros.data, n}, NULL, false}, {0}});
		assert_int_equal(mf_disk_open(diskmake_at(&f, "a.tar"), &f.source, &f.err), 0);
		file = mf_disk_find(&f.source.disk, "dud.config");
		assert_int_equal(file->size, n);
		assert_int_equal(file->text.p != NULL, n == MF_DISK_MAX_TEXT);
		mf_disk_close(&f.source);
	}
}

static void archives_are_told_apart_by_their_top(void **state)
{
	static const struct {
		const char *paths[4];
		bool is_one;
	} cases[] = {
		{{"linux/suse/x86_64-sles15/dud.config"}, true},
		{{"./01/linux/suse/x86_64-sles15/dud.config"}, true},
		{{"README", "linux/suse"}, true},
		{{"debian-drivers/x.deb"}, true},
		{{"ubuntu-drivers/noble/x.deb"}, true},
		{{"a/linux/suse/x"}, false},
		{{"linux/suse-x"}, false},
		{{"linux", "rhdd3", "rpms/x86_64/x.rpm"}, true},
		{{"rhdd3x", "rpms/x86_64/x.rpm"}, false},
		{{"init", "rhdd3"}, false},
		{{"init", "bin/sh", "usr/lib/x"}, false},
		/* an initrd with a driver update behind all that: it is the initrd */
		{{"bin", "init", "linux/suse/x86_64-sles15/dud.config"}, false},
		{{"kernel/x86/microcode/x.bin", "linux/suse/x"}, false},
	};
	static const struct {
		const char *program;
		const char *suffix;
	} packers[] = {{"gzip", "gz"}, {"xz", "xz"}};
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct diskmake_item items[5] = {0};

		for (size_t k = 0; k < 4 && cases[i].paths[k]; k++)
			items[k] = (struct diskmake_item){
				cases[i].paths[k], {(const uint8_t *)"x", 1}, NULL, false};
		diskmake_pack(&f, "a",
			      i % 2 ? ARCHIVE_FORMAT_TAR_USTAR : ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, "",
			      items);
		assert_int_equal(mf_disk_is_one(diskmake_at(&f, "a")), cases[i].is_one);
		for (size_t k = 0; k < sizeof(packers) / sizeof(packers[0]); k++) {
			char packed[160];

			RUNTOOL(packers[k].program, "-kf", diskmake_at(&f, "a"));
			snprintf(packed, sizeof(packed), "%s.%s", f.path, packers[k].suffix);
			assert_int_equal(mf_disk_is_one(packed), cases[i].is_one);
		}
	}
}

static void folders_are_told_apart_by_their_top(void **state)
{
	static const struct {
		const char *folders[4];
		bool is_one;
	} cases[] = {
		{{"f", "f/linux", "f/linux/suse"}, true},
		{{"f", "f/02", "f/02/linux", "f/02/linux/suse"}, true},
		{{"f", "f/debian-drivers"}, true},
		{{"f", "f/ubuntu-drivers"}, true},
		{{"f", "f/x", "f/x/linux", "f/x/linux/suse"}, false},
		{{"f", "f/linux"}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(diskmake_free) struct diskmake f = {0};

		for (size_t k = 0; k < 4 && cases[i].folders[k]; k++)
			assert_int_equal(mkdir(diskmake_at(&f, cases[i].folders[k]), 0755), 0);
		assert_int_equal(mf_disk_is_one(diskmake_at(&f, "f")), cases[i].is_one);
	}
}

static void paths_of_updates_are_known(void **state)
{
	static const struct {
		const char *path;
		size_t length;
	} cases[] = {
		{"linux/suse/x86_64-tw", 20},
		{"linux/suse/x86_64-tw/modules/x.ko", 20},
		{"012/linux/suse/a-b/x", 18},
		{"linux/suse", 0},
		{"linux/suse/", 0},
		{"1linux/suse/a-b", 0},
		{"/linux/suse/a-b", 0},
		{"x/linux/suse/a-b", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mf_disk_update_length(cases[i].path), cases[i].length);
}

static void values_of_a_config_are_found(void **state)
{
	static const struct {
		const char *text;
		const char *value;
	} cases[] = {
		{"UpdateID: 1", "1"},
		{"x: y\nupdateid=\t 2 \r\n", "2"},
		{"UpdateID 3 4\n", "3 4"},
		{"UpdateID: \"5\"", "5"},
		{"UpdateID:'6\"", "'6\""},
		{"UpdateID: 7\nUpdateID: 8\nUpdateID:", "8"},
		{"Update-ID:9", "9"},
		{"UpdateIDs: 9", NULL},
		{"UpdateID:", NULL},
		{"UpdateID", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		struct mf_bytes text = debmake_text(cases[i].text);
		const char *id, *name;

		assert_int_equal(mf_linuxrc_identify(text, &arena, &id, &name), 0);
		assert_int_equal(id != NULL, cases[i].value != NULL);
		if (id)
			assert_string_equal(id, cases[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archives_hold_modules_and_texts),
		cmocka_unit_test(other_containers_hold_them),
		cmocka_unit_test(an_rpm_that_is_an_update_is_unpacked),
		cmocka_unit_test(hard_links_are_what_their_names_say),
		cmocka_unit_test(texts_have_a_limit),
		cmocka_unit_test(archives_are_told_apart_by_their_top),
		cmocka_unit_test(folders_are_told_apart_by_their_top),
		cmocka_unit_test(paths_of_updates_are_known),
		cmocka_unit_test(values_of_a_config_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
