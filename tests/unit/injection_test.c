// SPDX-License-Identifier: GPL-2.0-or-later
// What debian-installer does with driver injection disks, made in memory.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/injection.h"

#define K "6.12.107+deb13-amd64"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct maker {
	struct mf_disk disk;
	struct mf_injection injection;
	struct mf_injection_result result;
};

static void free_maker(struct maker *maker)
{
	mf_injection_result_free(&maker->result);
	mf_arena_free(&maker->disk.arena);
}

/* A stick as it should be, nothing on it, before an installer as Debian's. */
static void start(struct maker *maker)
{
	*maker = (struct maker){
		.disk = {.container = "vfat", .label = "OEMDRV", .has_long_names = true},
		.injection = {.distribution = "debian",
			      .codename = "",
			      .arch = "amd64",
			      .kernel = K},
	};
}

/* A package at a path with files "a b"; paths come in their order. */
static struct mf_deb *put(struct maker *maker, const char *path, const char *files)
{
	struct mf_arena *arena = &maker->disk.arena;
	struct mf_deb *deb = mf_arena_alloc(arena, sizeof(*deb));
	char *list = mf_arena_strdup(arena, files);

	*deb = (struct mf_deb){.source = path,
			       .control = "control.tar.gz",
			       .is_control_dotted = true,
			       .data = "data.tar.xz",
			       .package = "a-modules-" K,
			       .version = "1-1",
			       .arch = "amd64"};
	for (char *one = strtok_r(list, " ", &list); one; one = strtok_r(NULL, " ", &list)) {
		assert_int_equal(
			mf_arena_grow(arena, &deb->files, deb->n_files, sizeof(*deb->files)), 0);
		deb->files[deb->n_files++] = (struct mf_deb_file){.path = one,
								  .mode = S_IFREG | 0644};
	}
	assert_int_equal(mf_arena_grow(arena, &maker->disk.files, maker->disk.n_files,
				       sizeof(*maker->disk.files)),
			 0);
	maker->disk.files[maker->disk.n_files++] = (struct mf_disk_file){
		.path = path, .kind = 'f', .deb = deb};
	return deb;
}

static const struct mf_injection_result *run(struct maker *maker)
{
	mf_injection_result_free(&maker->result);
	assert_int_equal(mf_injection_run(&maker->disk, &maker->injection, &maker->result), 0);
	return &maker->result;
}

static bool has_note(const struct mf_injection_result *result, const char *text)
{
	for (size_t i = 0; i < result->notes.n; i++) {
		if (strstr(result->notes.v[i], text))
			return true;
	}
	return false;
}

static void assert_package(const struct mf_injection_package *package, enum mf_injection_fate fate,
			   const char *why)
{
	if (package->fate != fate || !package->why != !why || (why && !strstr(package->why, why)))
		fail_msg("%s: %s, %s", package->file->path, mf_injection_fate_name(package->fate),
			 package->why ? package->why : "-");
}

static void usual(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker;
	const struct mf_injection_result *result;

	(void)state;
	start(&maker);
	put(&maker, "debian-drivers/a.deb", "lib/modules/" K "/updates/a.ko usr/share/doc/a");
	put(&maker, "debian-drivers/a.udeb", "lib/modules/" K "/updates/a.ko");
	result = run(&maker);
	assert_true(result->is_disk && result->is_automatic);
	assert_int_equal(result->n_packages, 2);
	assert_package(&result->packages[0], MF_INJECTION_UNPACKED, NULL);
	assert_package(&result->packages[1], MF_INJECTION_UNPACKED, NULL);
	assert_true(result->packages[0].is_installed);
	assert_false(result->packages[1].is_installed);
	/* one file, whoever writes it last */
	assert_int_equal(result->n_modules, 1);
	assert_string_equal(result->modules[0].name, "a");
	assert_ptr_equal(result->modules[0].from, &result->packages[0]);
	assert_false(result->modules[0].is_late);
	assert_null(result->modules[0].rival);
}

/* Paths, with and without a codename in lsb-release. */
static void places(void **state)
{
	static const struct {
		const char *distribution;
		const char *codename;
		const char *container;
		const char *path;
		const char *why; /* NULL: taken */
	} table[] = {
		{"debian", "", "vfat", "debian-drivers/a.deb", NULL},
		{"debian", "", "vfat", "debian-drivers/a.udeb", NULL},
		{"debian", "", "vfat", "debian-drivers/a.ude", NULL},
		{"debian", "", "vfat", "debian-drivers/trixie/a.deb", "in a folder below"},
		{"debian", "", "vfat", "a.deb", "outside debian-drivers,"},
		{"debian", "", "vfat", "debian-drivers.deb", "outside"},
		{"debian", "", "vfat", "debian-driversx/a.deb", "outside"},
		{"debian", "", "vfat", "ubuntu-drivers/a.deb", "outside"},
		{"debian", "trixie", "vfat", "debian-drivers/trixie/a.deb", NULL},
		{"debian", "trixie", "vfat", "debian-drivers/a.deb",
		 "outside debian-drivers/trixie,"},
		{"debian", "trixie", "vfat", "debian-drivers/trixie/x/a.deb", "in a folder below"},
		{"ubuntu", "focal", "vfat", "ubuntu-drivers/focal/a.deb", NULL},
		{"ubuntu", "focal", "vfat", "ubuntu-drivers/noble/a.deb", "outside"},
		/* vfat does not mind the case of a folder, and the pattern that of a name */
		{"debian", "", "vfat", "DEBIAN-DRIVERS/a.deb", NULL},
		{"debian", "", "iso9660", "DEBIAN-DRIVERS/a.deb", "outside"},
		{"debian", "", "vfat", "debian-drivers/A.deb", NULL},
		{"debian", "", "vfat", "debian-drivers/A.DEB", "capitals"},
		{"debian", "", "vfat", "debian-drivers/A.UDE", "capitals"},
		{"debian", "", "vfat", "debian-drivers/a.Udeb", "capitals"},
		{"debian", "", "vfat", "debian-drivers/.a.deb", "hidden"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		MF_CLEANUP(free_maker) struct maker maker;
		const struct mf_injection_result *result;

		start(&maker);
		maker.injection.distribution = table[i].distribution;
		maker.injection.codename = table[i].codename;
		maker.disk.container = table[i].container;
		put(&maker, table[i].path, "");
		result = run(&maker);
		assert_int_equal(result->n_packages, 1);
		assert_package(&result->packages[0],
			       table[i].why ? MF_INJECTION_MISPLACED : MF_INJECTION_UNPACKED,
			       table[i].why);
		assert_int_equal(result->is_disk, !table[i].why);
		assert_int_equal(has_note(result, "nothing in"), !!table[i].why);
	}
}

/* Members, machines and names. */
static void tests(void **state)
{
	static const struct {
		const char *name;
		const char *control;
		const char *data;
		const char *arch;
		enum mf_injection_fate fate;
		const char *why;
		bool is_installed;
	} table[] = {
		{"a.deb", "control.tar.gz", "data.tar.gz", "amd64", MF_INJECTION_UNPACKED, NULL,
		 true},
		{"a.deb", "control.tar.gz", "data.tar", "all", MF_INJECTION_UNPACKED, NULL, true},
		{"a.udeb", "control.tar.gz", "data.tar.xz", "all", MF_INJECTION_UNPACKED, NULL,
		 false},
		/* what dpkg-deb makes by itself, Debian's own udebs among it */
		{"a.deb", "control.tar.xz", "data.tar.xz", "amd64", MF_INJECTION_UNREADABLE,
		 "control.tar.xz, and", false},
		{"a.udeb", "control.tar.zst", "data.tar.gz", "amd64", MF_INJECTION_UNREADABLE,
		 "dpkg-deb -Zgzip", false},
		{"a.deb", "control.tar", "data.tar.gz", "all", MF_INJECTION_UNREADABLE,
		 "control.tar, and", false},
		{"a.deb", NULL, "data.tar.gz", "all", MF_INJECTION_UNREADABLE, "missing", false},
		{"a.deb", "control.tar.gz", "data.tar.gz", NULL, MF_INJECTION_UNREADABLE,
		 "no Architecture", false},
		/* uname's word, which disks once had */
		{"a.deb", "control.tar.gz", "data.tar.xz", "x86_64", MF_INJECTION_ARCH,
		 "is for x86_64", false},
		{"a.deb", "control.tar.gz", "data.tar.xz", "arm64", MF_INJECTION_ARCH,
		 "is for arm64", false},
		/* the installed system's dpkg can what udpkg cannot */
		{"a.deb", "control.tar.gz", "data.tar.zst", "amd64", MF_INJECTION_FAILED,
		 "data.tar.zst, and", true},
		{"a.udeb", "control.tar.gz", "data.tar.zst", "amd64", MF_INJECTION_FAILED,
		 "data.tar.zst, and", false},
		{"a.deb", "control.tar.gz", NULL, "amd64", MF_INJECTION_FAILED, "missing", true},
		{"a b.deb", "control.tar.gz", "data.tar.xz", "amd64", MF_INJECTION_FAILED, "shell",
		 true},
		{"a;reboot.udeb", "control.tar.gz", "data.tar.xz", "amd64", MF_INJECTION_FAILED,
		 "shell", false},
		{"a-1.0+b~1_2:3.deb", "control.tar.gz", "data.tar.xz", "amd64",
		 MF_INJECTION_UNPACKED, NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		MF_CLEANUP(free_maker) struct maker maker;
		const struct mf_injection_result *result;
		struct mf_deb *deb;

		start(&maker);
		deb = put(&maker,
			  mf_arena_printf(&maker.disk.arena, "debian-drivers/%s", table[i].name),
			  "");
		deb->control = table[i].control;
		deb->data = table[i].data;
		deb->arch = table[i].arch;
		result = run(&maker);
		assert_package(&result->packages[0], table[i].fate, table[i].why);
		assert_int_equal(result->packages[0].is_installed, table[i].is_installed);
		assert_int_equal(result->is_disk, !table[i].why);
		assert_int_equal(result->n_modules, 0);
	}
}

/* tar takes a name as it stands; dpkg does not mind. */
static void control_files_are_looked_for_by_name(void **state)
{
	(void)state;
	for (int has_dpkg = 0; has_dpkg < 2; has_dpkg++) {
		MF_CLEANUP(free_maker) struct maker maker;
		struct mf_deb *deb;

		start(&maker);
		deb = put(&maker, "debian-drivers/a.deb", "");
		deb->is_control_dotted = false;
		maker.injection.has_dpkg = has_dpkg;
		assert_package(&run(&maker)->packages[0],
			       has_dpkg ? MF_INJECTION_UNPACKED : MF_INJECTION_UNREADABLE,
			       has_dpkg ? NULL : "looks for ./control");
	}
}

static void no_packages(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker;
	const struct mf_injection_result *result;

	(void)state;
	start(&maker);
	put(&maker, "debian-drivers/a.deb", "")->malformed = "it ends too early";
	put(&maker, "debian-drivers/b.deb", "");
	maker.disk.files[1].deb = NULL;
	maker.disk.files[1].kind = 'l';
	put(&maker, "debian-drivers/c.deb", "");
	maker.disk.files[2].kind = 'd';
	put(&maker, "debian-drivers/d.txt", "");
	put(&maker, "debian-drivers/deb", "");
	result = run(&maker);
	assert_int_equal(result->n_packages, 2);
	assert_package(&result->packages[0], MF_INJECTION_UNREADABLE, "it ends too early");
	assert_package(&result->packages[1], MF_INJECTION_UNREADABLE, "no regular file");
	assert_false(result->is_disk);
	assert_true(has_note(result, "nothing in debian-drivers is taken"));
}

/* What reaches the folder of the installer's kernel. */
static void modules(void **state)
{
	static const struct {
		const char *path;
		bool has_usr_lib;
		const char *name; /* NULL: it does not */
	} table[] = {
		{"lib/modules/" K "/updates/virtio-blk.ko", false, "virtio_blk"},
		{"lib/modules/" K "/a.ko.xz", false, "a"},
		{"lib/modules/" K "/a.ko", true, "a"},
		{"usr/lib/modules/" K "/a.ko", true, "a"},
		/* its depmod does not look there */
		{"usr/lib/modules/" K "/a.ko", false, NULL},
		{"lib/modules/6.1.0-50-amd64/a.ko", false, NULL},
		{"lib/modules/" K "x/a.ko", false, NULL},
		{"lib/modules/a.ko", false, NULL},
		{"opt/a.ko", false, NULL},
		{"lib/modules/" K "/a.txt", false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		MF_CLEANUP(free_maker) struct maker maker;
		const struct mf_injection_result *result;

		start(&maker);
		maker.injection.has_usr_lib = table[i].has_usr_lib;
		put(&maker, "debian-drivers/a.deb", table[i].path);
		result = run(&maker);
		assert_int_equal(result->n_modules, table[i].name != NULL);
		if (table[i].name)
			assert_string_equal(result->modules[0].name, table[i].name);
	}
}

static void others_of_a_name(void **state)
{
	static const char *stock_names[] = {"other", "virtio_net"};
	static const struct mf_strings stock = {stock_names, COUNT(stock_names)};
	MF_CLEANUP(free_maker) struct maker maker;
	const struct mf_injection_result *result;

	(void)state;
	start(&maker);
	maker.injection.stock = &stock;
	maker.injection.has_usr_lib = true;
	put(&maker, "debian-drivers/a.deb",
	    "usr/lib/modules/" K "/x/a.ko usr/lib/modules/" K "/x/virtio-net.ko");
	put(&maker, "debian-drivers/b.udeb",
	    "lib/modules/" K "/x/virtio-net.ko lib/modules/" K "/y/a.ko");
	put(&maker, "elsewhere/c.udeb", "lib/modules/" K "/z/virtio-net.ko");
	result = run(&maker);
	assert_int_equal(result->n_modules, 3);
	assert_ptr_equal(result->modules[0].rival, &result->modules[2]);
	assert_ptr_equal(result->modules[2].rival, &result->modules[0]);
	assert_false(result->modules[0].is_late);
	assert_string_equal(result->modules[1].name, "virtio_net");
	assert_true(result->modules[1].is_late);
	assert_null(result->modules[1].rival);
}

/* Label and container. */
static void volumes(void **state)
{
	static const struct {
		const char *container;
		const char *label;
		bool is_automatic;
		const char *note; /* NULL: none of the others' */
	} table[] = {
		{"vfat", "OEMDRV", true, "whatever its label"},
		{"vfat", "oemdrv", false, "its label is \"oemdrv\", not OEMDRV"},
		{"vfat", NULL, false, "its label is \"\", not OEMDRV"},
		{"iso9660", "OEMDRV", true, "no isofs"},
		{"iso9660", "CDROM", false, "not OEMDRV"},
		{"cpio", NULL, false, "is a cpio file, which the installer cannot mount"},
		{"folder", NULL, false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		MF_CLEANUP(free_maker) struct maker maker;
		const struct mf_injection_result *result;

		start(&maker);
		maker.disk.container = table[i].container;
		maker.disk.label = table[i].label;
		put(&maker, "debian-drivers/a.deb", "");
		result = run(&maker);
		assert_int_equal(result->is_disk, strcmp(table[i].container, "cpio") != 0);
		assert_int_equal(result->is_automatic, table[i].is_automatic);
		if (table[i].note)
			assert_true(has_note(result, table[i].note));
		else
			assert_int_equal(result->notes.n, 0);
		assert_int_equal(has_note(result, "whatever its label"), table[i].is_automatic);
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(usual),
		cmocka_unit_test(places),
		cmocka_unit_test(tests),
		cmocka_unit_test(no_packages),
		cmocka_unit_test(control_files_are_looked_for_by_name),
		cmocka_unit_test(modules),
		cmocka_unit_test(others_of_a_name),
		cmocka_unit_test(volumes),
	};

	return cmocka_run_group_tests_name("injection", all, NULL, NULL);
}
