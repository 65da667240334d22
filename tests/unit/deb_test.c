// SPDX-License-Identifier: GPL-2.0-or-later
// Debian packages: of dpkg-deb and of any hand, good ones and hostile ones.
#include <elf.h>
#include <errno.h>
#include <zstd.h>

#include "tests/unit/debmake.h"
#include "tests/unit/elfmake.h"
#include "tests/unit/runtool.h"
#include "tests/unit/tempdir.h"

#include "lib/base/cleanup.h"
#include "lib/io/deb.h"

#define KERNEL "6.1.0-1-amd64"
#define KO     "lib/modules/" KERNEL "/updates/box.ko"

static const char control[] = "package: box-modules\n"
			      "Version: 1:2.5-1\n"
			      "Architecture: amd64\n"
			      "Kernel-Version: " KERNEL "\n"
			      "Depends: kmod,\n"
			      " linux-image-" KERNEL "\n"
			      "X-Other: of no interest\n"
			      "\tgoes on\n"
			      "Modaliases: box(pci:v1*,\n"
			      "  pci:v2*)\n"
			      "Description: a box\n"
			      " More of it.\n"
			      " .\n"
			      " The end.\n"
			      "\n"
			      "Package: another paragraph\n";

struct fixture {
	struct tempdir dir;
	struct mf_arena arena;
	struct mf_deb deb;
	struct mf_err err;
	struct mf_buf bytes;
	struct mf_buf ko;
	char path[128];
};

static void fixture_free(struct fixture *fixture)
{
	tempdir_remove(&fixture->dir);
	mf_arena_free(&fixture->arena);
	mf_buf_free(&fixture->bytes);
	mf_buf_free(&fixture->ko);
}

static const char *at(struct fixture *f, const char *name)
{
	if (!f->dir.path[0])
		tempdir_make(&f->dir);
	snprintf(f->path, sizeof(f->path), "%s/%s", f->dir.path, name);
	return f->path;
}

static void save(struct fixture *f, const char *name, struct mf_bytes bytes)
{
	FILE *file = fopen(at(f, name), "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	assert_int_equal(fclose(file), 0);
}

static int read_bytes(struct fixture *f)
{
	save(f, "x.deb", mf_buf_bytes(&f->bytes));
	return mf_deb_read(f->path, &f->arena, &f->deb, &f->err);
}

static int make(struct fixture *f, const struct debmake *deb)
{
	f->bytes.len = 0;
	debmake(&f->bytes, deb);
	return read_bytes(f);
}

static void make_module(struct fixture *f)
{
	static const char *const modinfo[] = {"name=box", "vermagic=" KERNEL " SMP mod_unload ",
					      "alias=pci:v1*", NULL};

	elfmake(&f->ko, &(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = modinfo});
}

static void assert_malformed(struct fixture *f, const char *problem)
{
	assert_int_equal(read_bytes(f), 0);
	assert_non_null(f->deb.malformed);
	if (!strstr(f->deb.malformed, problem))
		fail_msg("not \"%s\", but: %s", problem, f->deb.malformed);
	assert_string_equal(f->deb.source, f->path);
	assert_int_equal(f->deb.size, f->bytes.len);
	assert_null(f->deb.package);
	assert_null(f->deb.control);
	assert_int_equal(f->deb.n_files, 0);
}

static void a_package_is_read(void **state)
{
	static const struct {
		const char *control;
		const char *data;
	} members[] = {{"control.tar.gz", "data.tar.xz"},
		       {"control.tar.xz", "data.tar.gz"},
		       {"control.tar.zst", "data.tar.zst"},
		       {"control.tar", "data.tar"}};
	MF_CLEANUP(fixture_free) struct fixture f = {0};

	(void)state;
	make_module(&f);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct debmake deb = {
			.control = control,
			.control_member = members[i].control,
			.data_member = members[i].data,
			.files = {{.path = "./", .mode = S_IFDIR | 0755},
				  {.path = "./lib/", .mode = S_IFDIR | 0755},
				  {.path = "./" KO, .content = mf_buf_bytes(&f.ko)},
				  {.path = "./lib/link",
				   .mode = S_IFLNK | 0777,
				   .link = "/etc/passwd"}},
		};

		assert_int_equal(make(&f, &deb), 0);
		assert_null(f.deb.malformed);
		assert_string_equal(f.deb.control, members[i].control);
		assert_string_equal(f.deb.data, members[i].data);
		assert_string_equal(f.deb.package, "box-modules");
		assert_string_equal(f.deb.version, "1:2.5-1");
		assert_string_equal(f.deb.arch, "amd64");
		assert_string_equal(f.deb.kernel_version, KERNEL);
		assert_string_equal(f.deb.depends, "kmod, linux-image-" KERNEL);
		assert_string_equal(f.deb.modaliases, "box(pci:v1*, pci:v2*)");
		assert_string_equal(f.deb.description, "a box\nMore of it.\n.\nThe end.");
		assert_null(f.deb.provides);
		assert_int_equal(f.deb.n_files, 3);
		assert_string_equal(f.deb.files[0].path, "lib");
		assert_true(S_ISDIR(f.deb.files[0].mode));
		assert_string_equal(f.deb.files[1].path, KO);
		assert_int_equal(f.deb.files[1].size, f.ko.len);
		assert_string_equal(f.deb.files[2].link, "/etc/passwd");
	}
}

static void modules_are_read(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	struct mf_deb_drivers facts = {0};
	struct mf_deb_drivers whole = {.is_whole = true};

	(void)state;
	make_module(&f);
	assert_int_equal(
		make(&f,
		     &(struct debmake){
			     .files = {{.path = "./" KO, .content = mf_buf_bytes(&f.ko)},
				       {.path = "./lib/twin.ko", .link = "./" KO},
				       {.path = "./lib/bad.ko", .content = debmake_text("no")},
				       {.path = "./lib/a.txt", .content = debmake_text("no")},
				       {.path = "./lib/x.ko",
					.mode = S_IFLNK | 0777,
					.link = "box.ko"}}}),
		0);
	assert_int_equal(mf_deb_read_drivers(&f.deb, &f.arena, &facts, &f.err), 0);
	assert_int_equal(facts.n, 2);
	assert_string_equal(facts.v[0].member, KO);
	assert_string_equal(facts.v[0].path, f.path);
	assert_string_equal(facts.v[0].module.name, "box");
	assert_null(facts.v[0].malformed);
	assert_null(facts.v[0].content.p);
	assert_string_equal(facts.v[1].module.name, "bad.ko");
	assert_non_null(strstr(facts.v[1].malformed, "ELF"));
	assert_int_equal(mf_deb_read_drivers(&f.deb, &f.arena, &whole, &f.err), 0);
	assert_true(mf_bytes_equal(whole.v[0].content, mf_buf_bytes(&f.ko)));
	assert_int_equal(strlen(whole.v[0].sha256), 64);
}

static void packages_of_dpkg_deb_are_read(void **state)
{
	static const char *const packings[] = {"-Zgzip", "-Zxz", "-Znone", "-Zzstd"};
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	char tree[160], deb[160];

	(void)state;
	make_module(&f);
	at(&f, "");
	snprintf(tree, sizeof(tree), "%s/tree", f.dir.path);
	snprintf(deb, sizeof(deb), "%s/of-dpkg.udeb", f.dir.path);
	assert_int_equal(mkdir(at(&f, "tree"), 0755), 0);
	assert_int_equal(mkdir(at(&f, "tree/DEBIAN"), 0755), 0);
	assert_int_equal(mkdir(at(&f, "tree/lib"), 0755), 0);
	save(&f, "tree/DEBIAN/control",
	     debmake_text("Package: of-dpkg\nVersion: 3\nArchitecture: all\nKernel-Version: " KERNEL
			  "\nMaintainer: T <t@example.org>\nDescription: t\n"));
	save(&f, "tree/lib/box.ko", mf_buf_bytes(&f.ko));
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
		struct mf_deb_drivers drivers = {0};

		RUNTOOL("dpkg-deb", "--root-owner-group", packings[i], "-b", tree, deb);
		assert_int_equal(mf_deb_read(deb, &f.arena, &f.deb, &f.err), 0);
		if (f.deb.malformed)
			fail_msg("%s: %s", packings[i], f.deb.malformed);
		assert_string_equal(f.deb.package, "of-dpkg");
		assert_string_equal(f.deb.kernel_version, KERNEL);
		assert_int_equal(f.deb.n_files, 2);
		assert_int_equal(mf_deb_read_drivers(&f.deb, &f.arena, &drivers, &f.err), 0);
		assert_int_equal(drivers.n, 1);
		assert_string_equal(drivers.v[0].member, "lib/box.ko");
	}
}

static void what_is_no_package_is_malformed(void **state)
{
	static const struct {
		const char *problem;
		struct debmake deb;
	} cases[] = {
		{"no Debian package of format 2", {.mark = "1.0\n"}},
		{"no Debian package of format 2", {.mark = "2"}},
		{"has no member control.tar", {.control_member = ""}},
		{"has no member control.tar", {.control_member = "control.tar.lz"}},
		{"has no member control.tar", {.control_member = "control.tgz"}},
		{"has no member data.tar", {.data_member = ""}},
		{"has no file control", {.control = ""}},
		{"no package name, version or arch", {.control = "Package: x\nVersion: 1\n"}},
		{"no package name, version or arch",
		 {.control = "Package:\nVersion: 1\nArchitecture: all\n"}},
		{"a field twice", {.control = "Package: x\nPackage: y\n"}},
		{"a line that is no field", {.control = "Package: x\nVersion\n"}},
		{"a line that is no field", {.control = " Package: x\n"}},
		{"a line that is no field", {.control = ": x\n"}},
		{"leads elsewhere", {.files = {{.path = "./lib/../../etc/x"}}}},
		{"leads elsewhere", {.files = {{.path = "lib/\001"}}}},
	};
	MF_CLEANUP(fixture_free) struct fixture f = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.bytes.len = 0;
		debmake(&f.bytes, &cases[i].deb);
		assert_malformed(&f, cases[i].problem);
	}
	f.bytes.len = 0;
	mf_buf_adds(&f.bytes, "no archive");
	assert_malformed(&f, "no ar archive");
	f.bytes.len = 0;
	mf_buf_adds(&f.bytes, "!<arch>\n");
	debmake_member(&f.bytes, "a.o", debmake_text("object"));
	assert_malformed(&f, "has no debian-binary in front");
	assert_int_equal(mf_deb_read("/dev/null", &f.arena, &f.deb, &f.err), -EINVAL);
	assert_int_equal(mf_deb_read("/proc/none.deb", &f.arena, &f.deb, &f.err), -ENOENT);
	assert_string_equal(f.err.text, "/proc/none.deb: No such file or directory");
}

/* The name says how a member is packed, for dpkg and debian-installer: content does not. */
static void names_of_members_are_believed(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf tar = {0};

	(void)state;
	debmake_tar(&tar, "x.tar.xz", (const struct debmake_file[]){{.path = "./control"}, {0}});
	mf_buf_adds(&f.bytes, "!<arch>\n");
	debmake_member(&f.bytes, "debian-binary", debmake_text("2.0\n"));
	debmake_member(&f.bytes, "control.tar.gz", mf_buf_bytes(&tar));
	assert_malformed(&f, "control.tar.gz");
}

static void a_package_cut_short_is_malformed(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	struct debmake deb = {.control_member = "control.tar", .data_member = "data.tar.gz"};
	size_t whole;

	(void)state;
	make_module(&f);
	deb.files[0] = (struct debmake_file){.path = "./" KO, .content = mf_buf_bytes(&f.ko)};
	assert_int_equal(make(&f, &deb), 0);
	assert_null(f.deb.malformed);
	whole = f.bytes.len;
	for (size_t n = 0; n < whole - 64; n += 97) {
		f.bytes.len = n;
		assert_int_equal(read_bytes(&f), 0);
		assert_non_null(f.deb.malformed);
	}
}

/* Appends n zero bytes, or the bytes at p, as a zstd frame of their own. */
static void add_frame(struct mf_buf *out, const void *p, size_t n)
{
	size_t room = ZSTD_compressBound(n);
	uint8_t *place = mf_buf_reserve(out, room);

	assert_non_null(place);
	out->len += ZSTD_compress(place, room, p, n, 1);
}

/* A member of a file that inflates to n times 32 MiB, or of a control file that does. */
static void make_bomb(struct fixture *f, const char *member, const char *path, size_t n)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf zeros = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf header = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf bomb = {0};
	unsigned int sum = 0;

	/* a tar header (POSIX, ustar) of a file of 7 GiB */
	mf_buf_adds(&header, path);
	mf_buf_zeros(&header, 100 - header.len);
	mf_buf_adds(&header, "0000644");
	mf_buf_zeros(&header, 124 - header.len);
	mf_buf_adds(&header, "70000000000");
	mf_buf_zeros(&header, 148 - header.len);
	mf_buf_adds(&header, "        0");
	mf_buf_zeros(&header, 257 - header.len);
	mf_buf_add(&header, "ustar\00000", 8);
	mf_buf_zeros(&header, 512 - header.len);
	for (size_t i = 0; i < header.len; i++)
		sum += header.data[i];
	snprintf((char *)header.data + 148, 8, "%06o", sum);
	mf_buf_zeros(&zeros, 32 << 20);
	add_frame(&bomb, header.data, header.len);
	for (size_t i = 0; i < n; i++)
		add_frame(&bomb, zeros.data, zeros.len);
	debmake_member(&f->bytes, member, mf_buf_bytes(&bomb));
}

static void what_inflates_is_stopped(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	struct mf_deb_drivers drivers = {0};

	(void)state;
	debmake(&f.bytes, &(struct debmake){.data_member = ""});
	make_bomb(&f, "data.tar.zst", "./" KO, 33);
	assert_malformed(&f, "data.tar.zst has more than 1024 MiB");
	f.deb.malformed = NULL;
	assert_int_equal(mf_deb_read_drivers(&f.deb, &f.arena, &drivers, &f.err), -EFBIG);
	assert_non_null(strstr(f.err.text, "x.deb: data.tar.zst: " KO " has more than"));
	assert_int_equal(drivers.n, 0);
	f.bytes.len = 0;
	debmake(&f.bytes, &(struct debmake){.control_member = "", .data_member = ""});
	make_bomb(&f, "control.tar.zst", "./control", 1);
	assert_malformed(&f, "control.tar.zst: control has more than 1048576 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_is_read),
		cmocka_unit_test(modules_are_read),
		cmocka_unit_test(packages_of_dpkg_deb_are_read),
		cmocka_unit_test(what_is_no_package_is_malformed),
		cmocka_unit_test(names_of_members_are_believed),
		cmocka_unit_test(a_package_cut_short_is_malformed),
		cmocka_unit_test(what_inflates_is_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
