// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks and packages as a SOURCE: which packages, builds and drivers they become.
#include <elf.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "tests/unit/debmake.h"
#include "tests/unit/diskmake.h"
#include "tests/unit/elfmake.h"
#include "tests/unit/rpmmake.h"

#include "lib/base/cleanup.h"
#include "lib/io/file.h"
#include "lib/io/prepare.h"
#include "lib/io/scan.h"
#include "lib/io/scan_disk_name.h"

#define KERNEL "6.4.0-150600.21-default"
#define PLACE  "/lib/modules/" KERNEL "/updates/"
#define UPDATE "linux/suse/x86_64-sles15"

struct fixture {
	struct diskmake disk;
	struct mf_buf box, lid; /* modules */
	struct mf_drvset set;
	struct mf_err err;
};

static void make_module(struct mf_buf *out, const char *name, const char *kernel)
{
	char words[3][96];
	const char *modinfo[] = {words[0], words[1], words[2], "version=2.5", NULL};

	snprintf(words[0], sizeof(words[0]), "name=%s", name);
	snprintf(words[1], sizeof(words[1]), "vermagic=%s SMP ", kernel);
	snprintf(words[2], sizeof(words[2]), "firmware=%s/fw.bin", name);
	elfmake(out, &(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = modinfo});
}

static void set_up(struct fixture *f)
{
	*f = (struct fixture){0};
	make_module(&f->box, "box", KERNEL);
	make_module(&f->lid, "lid", KERNEL);
	diskmake_at(&f->disk, "");
}

static void tear_down(struct fixture *f)
{
	diskmake_free(&f->disk);
	mf_buf_free(&f->box);
	mf_buf_free(&f->lid);
	mf_drvset_free(&f->set);
}

static int scan(struct fixture *f, const char *name)
{
	int r;

	mf_drvset_free(&f->set);
	r = mf_scan(diskmake_at(&f->disk, name), MF_MODULE_FACTS, &f->set, &f->err);
	mf_drvset_sort(&f->set);
	return r;
}

/* "NAME/VERSION KERNEL MODULE MEMBER" of each driver, a line each; notes behind, as "!". */
static void assert_set(struct fixture *f, const char *name, const char *expected)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	size_t top = strlen(f->disk.dir.path);

	if (scan(f, name))
		fail_msg("%s", f->err.text);
	for (size_t i = 0; i < f->set.n_packages; i++) {
		const struct mf_package *package = &f->set.packages[i];

		assert_string_equal(package->origin, f->disk.path);
		for (size_t k = 0; k < package->n_builds; k++) {
			const struct mf_build *build = &package->builds[k];

			for (size_t m = 0; m < build->n_drivers; m++)
				mf_buf_printf(
					&text, "%s/%s %s %s %s\n", package->name, package->version,
					build->kernel, build->drivers[m].module.name,
					build->drivers[m].member ? build->drivers[m].member : "-");
		}
	}
	for (size_t i = 0; i < f->set.n_notes; i++)
		mf_buf_printf(&text, "! %s: %s\n", f->set.notes[i].object + top + 1,
			      f->set.notes[i].problem);
	assert_string_equal(mf_buf_str(&text), expected);
}

/* The disk's copies are gone: what is known of the driver is enough to read it. */
static void assert_content(struct fixture *f, size_t package, const struct mf_buf *expected)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	const struct mf_driver *driver = f->set.packages[package].builds[0].drivers;

	assert_int_equal(mf_driver_read(driver, &content, &f->err), 0);
	assert_true(mf_bytes_equal(mf_buf_bytes(&content), mf_buf_bytes(expected)));
}

static void packages_become_drivers(void **state)
{
	MF_CLEANUP(tear_down) struct fixture f;
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};

	(void)state;
	set_up(&f);
	rpmmake(&bytes, &(struct rpmmake){.name = "kmod-crate-" KERNEL,
					  .version = "3",
					  .files = {{PLACE "box.ko", 0, mf_buf_bytes(&f.box), NULL},
						    {PLACE "bad.ko", 0, debmake_text("no"), NULL},
						    {"/usr/bin/x", 0, debmake_text("x"), NULL}}});
	diskmake_save(&f.disk, "x.rpm", mf_buf_bytes(&bytes));
	assert_set(&f, "x.rpm",
		   "crate/3 " KERNEL " box lib/modules/" KERNEL "/updates/box.ko\n"
		   "! x.rpm(lib/modules/" KERNEL "/updates/bad.ko): no usable module: "
		   "not an ELF file (no magic at its start)\n");
	assert_content(&f, 0, &f.box);
	bytes.len = 0;
	debmake(&bytes, &(struct debmake){.control = "Package: crate-modules-" KERNEL
						     "\nVersion: 1:3-2\nArchitecture: amd64\n",
					  .files = {{.path = "." PLACE "box.ko",
						     .content = mf_buf_bytes(&f.box)}}});
	diskmake_save(&f.disk, "x.udeb", mf_buf_bytes(&bytes));
	assert_set(&f, "x.udeb", "crate/3 " KERNEL " box lib/modules/" KERNEL "/updates/box.ko\n");
	assert_int_equal(unlink(f.disk.path), 0);
	assert_content(&f, 0, &f.box);
}

static void packages_without_modules_are_refused(void **state)
{
	MF_CLEANUP(tear_down) struct fixture f;
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};

	(void)state;
	set_up(&f);
	debmake(&bytes, &(struct debmake){.files = {{.path = "./usr/src/x/dkms.conf"}}});
	diskmake_save(&f.disk, "x-dkms.deb", mf_buf_bytes(&bytes));
	assert_int_equal(scan(&f, "x-dkms.deb"), -EINVAL);
	assert_non_null(strstr(f.err.text, "x-dkms.deb: is a package without kernel modules"));
	assert_non_null(strstr(f.err.text, "dkms build"));
	diskmake_save(&f.disk, "cut.deb", mf_bytes_sub(mf_buf_bytes(&bytes), 0, 300));
	assert_int_equal(scan(&f, "cut.deb"), -EBADMSG);
	assert_non_null(strstr(f.err.text, "cut.deb: "));
	diskmake_save(&f.disk, "no.deb", debmake_text("no"));
	assert_int_equal(scan(&f, "no.deb"), -EBADMSG);
	assert_non_null(strstr(f.err.text, "no.deb: is no package that can be read"));
}

/* A folder, an archive and an image, each with what is on it in its own place. */
static void a_disk_of_suse_becomes_packages(void **state)
{
	MF_CLEANUP(tear_down) struct fixture f;
	MF_CLEANUP(mf_buf_free) struct mf_buf kmp = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf other = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf tar = {0};
	struct diskmake_item items[] = {
		{"01/" UPDATE "/dud.config", debmake_text("UpdateName: crate 3\n"), NULL, false},
		{"01/" UPDATE "/install/update.tar.gz", {0}, NULL, false},
		{"01/" UPDATE "/modules/box.ko", {0}, NULL, false},
		{"01/" UPDATE "/modules/lid.ko", {0}, NULL, false},
		{"02/" UPDATE "/dud.config", debmake_text("UpdateName: Drivers of a box\n"), NULL,
		 false},
		{"02/" UPDATE "/install/crate.rpm", {0}, NULL, false},
		{"02/" UPDATE "/install/notes.rpm", debmake_text("no"), NULL, false},
		{"02/" UPDATE "/modules/box.ko", {0}, NULL, false},
		{"02/" UPDATE "/modules/pad.ko", {0}, NULL, false},
		{0},
	};

	(void)state;
	set_up(&f);
	make_module(&other, "pad", "6.4.0-x-default");
	debmake_tar(&tar, "update.tar.gz",
		    (const struct debmake_file[]){
			    {.path = "." PLACE "lid.ko", .content = mf_buf_bytes(&f.lid)}, {0}});
	rpmmake(&kmp,
		&(struct rpmmake){.name = "crate-kmp-default",
				  .version = "3_k6.4.0_150600.21",
				  .files = {{PLACE "box.ko", 0, mf_buf_bytes(&f.box), NULL}}});
	items[1].bytes = mf_buf_bytes(&tar);
	items[2].bytes = items[7].bytes = mf_buf_bytes(&f.box);
	items[3].bytes = mf_buf_bytes(&f.lid);
	items[5].bytes = mf_buf_bytes(&kmp);
	items[8].bytes = mf_buf_bytes(&other);
	diskmake_pack(&f.disk, "dud", ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, "", items);
	assert_set(&f, "dud",
		   "crate/3 " KERNEL " box 02/" UPDATE "/install/crate.rpm: lib/modules/" KERNEL
		   "/updates/box.ko\n"
		   "crate/3 " KERNEL " lid 01/" UPDATE "/install/update.tar.gz: lib/modules/" KERNEL
		   "/updates/lid.ko\n"
		   "pad/2.5 6.4.0-x-default pad 02/" UPDATE "/modules/pad.ko\n"
		   "! dud(02/" UPDATE "/install/notes.rpm): is no RPM "
		   "(it starts with other bytes)\n");
	assert_content(&f, 0, &f.box);
	assert_content(&f, 1, &other);
	diskmake_pack(&f.disk, "dud.iso", ARCHIVE_FORMAT_ISO9660, "rockridge", items + 7);
	assert_set(&f, "dud.iso",
		   "box/2.5 " KERNEL " box 02/" UPDATE "/modules/box.ko\n"
		   "pad/2.5 6.4.0-x-default pad 02/" UPDATE "/modules/pad.ko\n");
	assert_content(&f, 0, &f.box);
}

static void images_inside_are_named(void **state)
{
	MF_CLEANUP(tear_down) struct fixture f;
	MF_CLEANUP(mf_buf_free) struct mf_buf deb = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf inner = {0};

	(void)state;
	set_up(&f);
	debmake(&deb, &(struct debmake){.files = {{.path = "." PLACE "lid.ko",
						   .content = mf_buf_bytes(&f.lid)}}});
	diskmake_pack(&f.disk, "in.iso", ARCHIVE_FORMAT_ISO9660, "rockridge",
		      (const struct diskmake_item[]){{"box.ko", mf_buf_bytes(&f.box), NULL, false},
						     {"x.deb", mf_buf_bytes(&deb), NULL, false},
						     {0}});
	assert_int_equal(mf_read_file(diskmake_at(&f.disk, "in.iso"), 8 << 20, &inner, &f.err), 0);
	diskmake_pack(
		&f.disk, "out.iso", ARCHIVE_FORMAT_ISO9660, "rockridge",
		(const struct diskmake_item[]){{"in.iso", mf_buf_bytes(&inner), NULL, false}, {0}});
	assert_set(&f, "out.iso",
		   "box/2.5 " KERNEL " box in.iso: box.ko\n"
		   "foo/1.0 " KERNEL " lid in.iso: x.deb: lib/modules/" KERNEL "/updates/lid.ko\n");
	assert_content(&f, 1, &f.lid);
}

/* Modules that lie in a folder are read from there, when they are wanted. */
static void a_folder_is_not_copied(void **state)
{
	MF_CLEANUP(tear_down) struct fixture f;
	const struct mf_driver *driver;

	(void)state;
	set_up(&f);
	assert_int_equal(mkdir(diskmake_at(&f.disk, "d"), 0755), 0);
	assert_int_equal(mkdir(diskmake_at(&f.disk, "d/ubuntu-drivers"), 0755), 0);
	diskmake_save(&f.disk, "d/box.ko", mf_buf_bytes(&f.box));
	assert_int_equal(symlink("box.ko", diskmake_at(&f.disk, "d/lid.ko")), 0);
	assert_set(&f, "d",
		   "box/2.5 " KERNEL " box -\n"
		   "! d(lid.ko): is a symlink, and on driver disks none is followed; name the "
		   "module as a SOURCE itself\n");
	driver = f.set.packages[0].builds[0].drivers;
	assert_string_equal(driver->path, diskmake_at(&f.disk, "d/box.ko"));
	assert_null(driver->kept.p);
	assert_content(&f, 0, &f.box);
}

static void a_folder_of_another_kernel_is_noted(void **state)
{
	MF_CLEANUP(tear_down) struct fixture f;
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};

	(void)state;
	set_up(&f);
	debmake(&bytes, &(struct debmake){.files = {{.path = "./lib/modules/1.0/box.ko",
						     .content = mf_buf_bytes(&f.box)}}});
	diskmake_save(&f.disk, "x.deb", mf_buf_bytes(&bytes));
	assert_set(&f, "x.deb",
		   "foo/1.0 1.0 box lib/modules/1.0/box.ko\n"
		   "! x.deb(lib/modules/1.0/box.ko): made for kernel " KERNEL
		   ", but lies in the folder of 1.0\n");
}

/* Firmware beside the modules is there for the prepare step, before that of any folder. */
static void firmware_comes_along(void **state)
{
	MF_CLEANUP(tear_down) struct fixture f;
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf packed = {0};
	struct mf_prepare_options options = {0};
	struct mf_selected selected;
	struct mf_selected_list list = {&selected, 1};
	uint8_t *place = mf_buf_reserve(&packed, 256);

	(void)state;
	set_up(&f);
	packed.len = ZSTD_compress(place, 256, "firmware", 8, 1);
	debmake(&bytes,
		&(struct debmake){
			.files = {
				{.path = "." PLACE "box.ko", .content = mf_buf_bytes(&f.box)},
				{.path = "./usr/lib/firmware/updates/box/fw.bin.zst",
				 .content = mf_buf_bytes(&packed)},
				{.path = "./lib/firmware/box/fw.bin",
				 .content = debmake_text("later")},
				{.path = "./lib/firmware/bad.xz", .content = debmake_text("no")}}});
	diskmake_save(&f.disk, "x.deb", mf_buf_bytes(&bytes));
	assert_int_equal(scan(&f, "x.deb"), 0);
	assert_int_equal(f.set.n_notes, 1);
	assert_non_null(strstr(f.set.notes[0].object, "bad.xz"));
	selected = (struct mf_selected){&f.set.packages[0], &f.set.packages[0].builds[0],
					&f.set.packages[0].builds[0].drivers[0]};
	assert_int_equal(mf_prepare(&f.set, &list, &options, &f.err), 0);
	assert_int_equal(f.set.n_notes, 1);
	assert_int_equal(selected.driver->n_firmware, 1);
	assert_string_equal(selected.driver->firmware[0].name, "box/fw.bin");
	assert_true(mf_bytes_equal(selected.driver->firmware[0].content, debmake_text("firmware")));
	assert_int_equal(strlen(selected.driver->firmware[0].sha256), 64);
}

static void firmware_is_found_as_the_kernel_does(void **state)
{
	/* places of one name, better ones behind */
	static const char *const names[] = {"x", KERNEL "/x", "updates/x", "updates/" KERNEL "/x"};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_package package = {.origin = "disk"};
	struct mf_build build = {.kernel = KERNEL};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct mf_firmware firmware = {.name = names[i]};

		assert_int_equal(mf_drvset_bring(&set, "disk", &firmware), 0);
		assert_string_equal(mf_drvset_brought(&set, &package, &build, "x")->name, names[i]);
	}
	assert_null(mf_drvset_brought(&set, &package, &build, "y"));
	build.kernel = NULL;
	assert_string_equal(mf_drvset_brought(&set, &package, &build, "x")->name, names[2]);
	package.origin = "another";
	assert_null(mf_drvset_brought(&set, &package, &build, "x"));
}

static void modules_have_a_limit(void **state)
{
	enum { LIMIT = 10000 };
	MF_CLEANUP(tear_down) struct fixture f;
	struct archive *writer = archive_write_new();

	(void)state;
	set_up(&f);
	archive_write_set_format_ustar(writer);
	assert_int_equal(mkdir(diskmake_at(&f.disk, "linux"), 0755), 0);
	assert_int_equal(mkdir(diskmake_at(&f.disk, "linux/suse"), 0755), 0);
	assert_int_equal(mkdir(diskmake_at(&f.disk, UPDATE), 0755), 0);
	assert_int_equal(
		archive_write_open_filename(writer, diskmake_at(&f.disk, UPDATE "/update.tar.gz")),
		ARCHIVE_OK);
	for (size_t i = 0; i <= LIMIT; i++) {
		char path[32];

		snprintf(path, sizeof(path), "%zu.ko", i);
		debmake_entry(writer, &(struct debmake_file){.path = path,
							     .content = mf_buf_bytes(&f.box)});
	}
	assert_int_equal(archive_write_close(writer), ARCHIVE_OK);
	archive_write_free(writer);
	assert_int_equal(scan(&f, "."), -E2BIG);
	assert_non_null(strstr(f.err.text, "has more than 10000 modules, the limit here"));
}

static void names_are_taken_apart(void **state)
{
	static const struct {
		const char *name, *version, *kernel;
		const char *expected;
	} cases[] = {
		{"kmod-foo", "1", KERNEL, "foo 1"},
		{"kmod-foo-5.14.0-1.el9.x86_64", "1", "5.14.0-1.el9.x86_64", "foo 1"},
		{"kmod-foo-5.14.0-1.el9", "1", "5.14.0-1.el9.x86_64", "foo 1"},
		{"kmod-foo-5.14.0-1.el9.x86_64", "1", "5.14.0-2.el9.x86_64",
		 "foo-5.14.0-1.el9.x86_64 1"},
		{"kmod-foo-5.14.0", "1", NULL, "foo-5.14.0 1"},
		{"kmod-", "1", KERNEL, "kmod- 1"},
		{"foo-kmp-default", "2_k6.4.0_150600.21", KERNEL, "foo 2"},
		{"foo-kmp-kmp-rt", "1.3.0pre11_2.6.25.16_0.1", KERNEL,
		 "foo-kmp 1.3.0pre11_2.6.25.16_0.1"},
		{"foo-modules-6.1.0-1-amd64", "2:1.0~rc1-3", "6.1.0-1-amd64", "foo 1.0~rc1"},
		{"foo-modules-6.1.0-1-amd64-di", "1.0", NULL, "foo 1.0"},
		{"foo-modules-extra", "-1", NULL, "foo-modules-extra -1"},
		{"foo", "_k1", NULL, "foo _k1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		struct mf_scan_name package = {cases[i].name, cases[i].version};
		struct mf_scan_name out;

		assert_int_equal(mf_scan_name_package(&arena, &package, cases[i].kernel, &out), 0);
		assert_string_equal(mf_arena_printf(&arena, "%s %s", out.name, out.version),
				    cases[i].expected);
	}
}

static void names_of_updates_are_believed_when_they_are_one(void **state)
{
	static const struct {
		const char *text;
		const char *name, *version;
	} cases[] = {
		{"ixgbe", "ixgbe", NULL},
		{"ixgbe 5.2~rc1", "ixgbe", "5.2~rc1"},
		{"ixgbe 5.2 for kernel 6.4.0-150600.21-default", "ixgbe", "5.2"},
		{"ixgbe for kernel 6.4.0-150600.21-default", "ixgbe", NULL},
		{"ixgbe 5.2 for kernel 6.4.0 and all others", NULL, NULL},
		{"ixgbe driver", NULL, NULL},
		{"ixgbe 5.2 ", NULL, NULL},
		{"ixgbe ", NULL, NULL},
		{"Intel ixgbe 5", NULL, NULL},
		{"-x", NULL, NULL},
		{"a/b", NULL, NULL},
		{"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		struct mf_scan_name out;

		assert_int_equal(mf_scan_name_update(&arena, cases[i].text, &out), 0);
		assert_int_equal(out.name != NULL, cases[i].name != NULL);
		assert_int_equal(out.version != NULL, cases[i].version != NULL);
		if (cases[i].name)
			assert_string_equal(out.name, cases[i].name);
		if (cases[i].version)
			assert_string_equal(out.version, cases[i].version);
	}
}

static void kernels_of_paths_are_found(void **state)
{
	static const struct {
		const char *path, *kernel;
	} cases[] = {
		{"lib/modules/1.2/x.ko", "1.2"},
		{"usr/lib/modules/1.2/a/x.ko", "1.2"},
		{"lib/modules/x.ko", NULL},
		{"lib/modules//x.ko", NULL},
		{"xlib/modules/1.2/x.ko", NULL},
		{"modules/x.ko", NULL},
		{"xlib/modules/lib/modules/3/x.ko", "3"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		const char *kernel;

		assert_int_equal(mf_scan_name_kernel(&arena, cases[i].path, &kernel), 0);
		assert_int_equal(kernel != NULL, cases[i].kernel != NULL);
		if (kernel)
			assert_string_equal(kernel, cases[i].kernel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_become_drivers),
		cmocka_unit_test(packages_without_modules_are_refused),
		cmocka_unit_test(a_disk_of_suse_becomes_packages),
		cmocka_unit_test(images_inside_are_named),
		cmocka_unit_test(a_folder_is_not_copied),
		cmocka_unit_test(a_folder_of_another_kernel_is_noted),
		cmocka_unit_test(firmware_comes_along),
		cmocka_unit_test(firmware_is_found_as_the_kernel_does),
		cmocka_unit_test(modules_have_a_limit),
		cmocka_unit_test(names_are_taken_apart),
		cmocka_unit_test(names_of_updates_are_believed_when_they_are_one),
		cmocka_unit_test(kernels_of_paths_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
