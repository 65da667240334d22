// SPDX-License-Identifier: GPL-2.0-or-later
// The target probe on small initrds made here: modules, frameworks, kmod, names, links, squashfs.
#include <errno.h>
#include <stdio.h>

#include "tests/unit/unit.h"

#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/probe.h"
#include "tests/unit/index_builder.h"
#include "tests/unit/initrdmake.h"
#include "tests/unit/tempdir.h"

/* Folders of one kernel. */
#define MODULES	    "lib/ lib/modules/ lib/modules/6.1/ lib/modules/6.1/kernel/ "
#define USR_MODULES "usr/ usr/lib/ usr/lib/modules/ usr/lib/modules/6.1/ "

/* An initrd being probed. */
struct fixture {
	struct tempdir dir;
	struct mf_buf image;
	struct mf_probe probe;
	struct mf_err err;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	tempdir_make(&f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mf_probe_free(&f->probe);
	mf_buf_free(&f->image);
	tempdir_remove(&f->dir);
	free(f);
	return 0;
}

/* Probes what was made; more words are put behind it, and the image is empty again. */
static int probe_with(struct fixture *f, const char *words, const struct mf_probe_options *options)
{
	char path[128];
	int r;

	initrdmake(&f->image, words);
	initrdmake(&f->image, "|");
	mf_probe_free(&f->probe);
	f->err = (struct mf_err){0};
	assert_int_equal(mf_path_join(path, sizeof(path), f->dir.path, "initrd"), 0);
	initrdmake_write(path, mf_buf_bytes(&f->image));
	r = mf_probe_initrd(path, options, &f->probe, &f->err);
	mf_buf_free(&f->image);
	return r;
}

static struct mf_probe *probe(struct fixture *f, const char *words)
{
	assert_int_equal(probe_with(f, words, NULL), 0);
	return &f->probe;
}

/* Names of a list, joined by blanks. */
static void assert_strings(const struct mf_strings *strings, const char *expected)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	for (size_t i = 0; i < strings->n; i++)
		mf_buf_printf(&text, "%s%s", i ? " " : "", strings->v[i]);
	assert_string_equal(mf_buf_str(&text), expected);
}

static void assert_modules(const struct mf_kernel *kernel, const char *expected)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	for (size_t i = 0; i < kernel->n_modules; i++)
		mf_buf_printf(&text, "%s%s", i ? " " : "", kernel->modules[i].path);
	assert_string_equal(mf_buf_str(&text), expected);
}

static void test_modules(void **state)
{
	const struct mf_kernel *kernel;
	const struct mf_export *export;
	struct mf_probe *p = probe(*state, MODULES "lib/modules/6.1/kernel/b.ko:a_1,c "
						   "lib/modules/6.1/kernel/a-1.ko "
						   "lib/modules/6.1/modules.order=kernel/b.ko; "
						   "lib/modules/6.2/ x/ x/lib/ x/lib/modules/ "
						   "x/lib/modules/6.3/");

	assert_int_equal(p->n_kernels, 2);
	assert_string_equal(p->kernels[1].release, "6.2");
	assert_ptr_equal(mf_probe_kernel(p, "6.2"), &p->kernels[1]);
	assert_null(mf_probe_kernel(p, "6.3"));
	kernel = mf_probe_kernel(p, "6.1");
	assert_string_equal(kernel->folder, "lib/modules/6.1");
	assert_modules(kernel, "kernel/a-1.ko kernel/b.ko");
	assert_string_equal(kernel->modules[0].name, "a_1");
	assert_strings(&kernel->modules[1].depends, "a_1 c");
	assert_string_equal(kernel->arch, "x86_64");
	assert_string_equal(kernel->vermagic, &INITRDMAKE_VERMAGIC[strlen("vermagic=")]);
	assert_null(kernel->signer);
	assert_memory_equal(kernel->indexes.order.p, "kernel/b.ko\n", 12);
	assert_int_equal(kernel->indexes.order.n, 12);
	export = mf_symtab_find(&kernel->symbols, "b_export");
	assert_non_null(export);
	assert_string_equal(export->owner, "b");
	assert_int_equal(export->crc, 0x10);
	export = mf_symtab_find(&kernel->symbols, "printk");
	assert_non_null(export);
	assert_null(export->owner);
	assert_int_equal(export->crc, 0x20);
	assert_false(kernel->symbols.is_complete);
}

/* What a later segment replaces has no say; what stands behind no folder was dropped. */
static void test_last_copy_wins(void **state)
{
	struct mf_probe *p = probe(*state, MODULES "lib/modules/6.1/kernel/a.ko "
						   "lib/modules/6.1/kernel/old.ko | "
						   "lib/modules/6.1/kernel/a.ko:new "
						   "lib/modules/6.1/kernel/old.ko=damaged "
						   "lib/modules/6.1/lost/b.ko");
	const struct mf_kernel *kernel = &p->kernels[0];

	assert_modules(kernel, "kernel/a.ko kernel/old.ko");
	assert_strings(&kernel->modules[0].depends, "new");
	assert_non_null(mf_symtab_find(&kernel->symbols, "a_export"));
	assert_null(mf_symtab_find(&kernel->symbols, "old_export"));
	assert_null(mf_symtab_find(&kernel->symbols, "b_export"));
}

/* Of two files of one name the one that modules.dep leads to is the stock module. */
static void test_same_name(void **state)
{
	struct index_entry entries[] = {{"a", "updates/a.ko: b.ko", 0}};
	MF_CLEANUP(mf_buf_free) struct mf_buf index = {0};
	struct fixture *f = *state;

	index_build(&index, entries, 1);
	initrdmake(&f->image, MODULES "lib/modules/6.1/updates/ lib/modules/6.1/kernel/a.ko:old "
				      "lib/modules/6.1/updates/a.ko:new");
	initrdmake_entry(&f->image, "lib/modules/6.1/modules.dep.bin", 0100644,
			 mf_buf_bytes(&index));
	probe(f, "x/");
	assert_modules(&f->probe.kernels[0], "updates/a.ko");
	assert_strings(&f->probe.kernels[0].modules[0].depends, "new");
}

static void test_links(void **state)
{
	struct mf_probe *p = probe(*state, USR_MODULES "lib>usr/lib lib64>/lib etc/ "
						       "usr/lib/modules/6.1/real.ko "
						       "lib/modules/6.1/through.ko "
						       "lib64/modules/6.1/weak.ko>real.ko "
						       "lib/modules/6.1/broken.ko>nowhere "
						       "lib/modules/6.1/build>/usr/src");

	assert_int_equal(p->n_kernels, 1);
	assert_string_equal(p->kernels[0].folder, "usr/lib/modules/6.1");
	/* weak.ko is real's file: one name, one module */
	assert_modules(&p->kernels[0], "real.ko through.ko");
	assert_strings(&p->base.dirs, "etc usr usr/lib usr/lib/modules usr/lib/modules/6.1");
	assert_int_equal(p->base.n_links, 5);
	assert_string_equal(p->base.links[0].path, "lib");
	assert_string_equal(p->base.links[0].target, "usr/lib");
	assert_string_equal(p->base.links[1].path, "lib64");

	/* loops lead nowhere, and to an end */
	p = probe(*state, "lib>lib a>b b>a lib/modules/ a/x=1 etc/ etc/os-release>os-release "
			  "init>init sbin/ sbin/modprobe>../sbin/modprobe");
	assert_int_equal(p->n_kernels, 0);
	assert_string_equal(p->framework, "unknown");
	/* a folder that a later symlink takes the place of */
	p = probe(*state, "x/ x>y y/");
	assert_strings(&p->base.dirs, "y");
}

static void test_compressed(void **state)
{
	static const struct {
		enum mf_codec codec;
		const char *path;
	} rows[] = {
		{MF_CODEC_GZIP, "lib/modules/6.1/kernel/g.ko.gz"},
		{MF_CODEC_XZ, "lib/modules/6.1/kernel/x.ko.xz"},
		{MF_CODEC_ZSTD, "lib/modules/6.1/kernel/z.ko.zst"},
	};
	struct fixture *f = *state;
	const struct mf_kernel *kernel;

	initrdmake(&f->image, MODULES);
	for (size_t i = 0; i < 3; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf packed = {0};
		char name[2] = {rows[i].path[strlen("lib/modules/6.1/kernel/")]};

		initrdmake_module(&module, name, "");
		initrdmake_pack(&packed, rows[i].codec, mf_buf_bytes(&module));
		initrdmake_entry(&f->image, rows[i].path, 0100644, mf_buf_bytes(&packed));
	}
	/* damaged: it is there, but says nothing */
	kernel = &probe(f, "lib/modules/6.1/kernel/bad.ko.xz=\xfd"
			   "7zXZ")
			  ->kernels[0];
	assert_modules(kernel, "kernel/bad.ko.xz kernel/g.ko.gz kernel/x.ko.xz kernel/z.ko.zst");
	assert_non_null(mf_symtab_find(&kernel->symbols, "g_export"));
	assert_non_null(mf_symtab_find(&kernel->symbols, "x_export"));
	assert_non_null(mf_symtab_find(&kernel->symbols, "z_export"));
}

static void test_one_kernel(void **state)
{
	struct mf_probe_options options = {.kernel = "6.2"};
	struct fixture *f = *state;

	assert_int_equal(probe_with(f,
				    MODULES "lib/modules/6.1/a.ko lib/modules/6.2/ "
					    "lib/modules/6.2/b.ko lib/modules/6.1/modules.order=x",
				    &options),
			 0);
	assert_int_equal(f->probe.n_kernels, 1);
	assert_string_equal(f->probe.kernels[0].release, "6.2");
	assert_modules(&f->probe.kernels[0], "b.ko");
}

#define BIT(name) (1U << MF_HOOK_##name)
#define R	  BIT(RDINIT)

static void test_frameworks(void **state)
{
	static const struct {
		const char *words;
		const char *framework;
		enum mf_hook hook;
		unsigned int hooks;
	} rows[] = {
		{"init=x", "unknown", MF_HOOK_RDINIT, 0},
		{"lib/ lib/debian-installer-startup.d/", "debian-installer", MF_HOOK_RDINIT,
		 R | BIT(DEBIAN_INSTALLER)},
		{"usr/ usr/lib/ lib>usr/lib usr/lib/debian-installer-startup.d/",
		 "debian-installer", MF_HOOK_RDINIT, R | BIT(DEBIAN_INSTALLER)},
		{"conf/ conf/initramfs.conf=x", "initramfs-tools", MF_HOOK_INITRAMFS_TOOLS,
		 R | BIT(INITRAMFS_TOOLS)},
		{"usr/ usr/lib/ usr/lib/dracut/ init>usr/lib/systemd/systemd", "dracut",
		 MF_HOOK_DRACUT, R | BIT(DRACUT)},
		{"lib/ lib/dracut/", "dracut", MF_HOOK_DRACUT, R | BIT(DRACUT)},
		{"init_functions=x config=x hooks/ VERSION=40", "mkinitcpio", MF_HOOK_RDINIT, R},
		{"config=x", "unknown", MF_HOOK_RDINIT, 0},
		{"usr/ usr/lib/ usr/lib/systemd/ usr/lib/systemd/systemd=x "
		 "init>usr/lib/systemd/systemd",
		 "systemd", MF_HOOK_SYSTEMD, R | BIT(SYSTEMD)},
		{"lib/ lib/systemd/ lib/systemd/systemd=x sbin/ sbin/init>/lib/systemd/systemd "
		 "init>sbin/init",
		 "systemd", MF_HOOK_SYSTEMD, R | BIT(SYSTEMD)},
		{"usr/ usr/lib/ usr/lib/dracut/ usr/lib/systemd/ usr/lib/systemd/systemd=x "
		 "init>usr/lib/systemd/systemd",
		 "dracut", MF_HOOK_DRACUT, R | BIT(DRACUT) | BIT(SYSTEMD)},
		{"squash-root.img=x usr/ usr/lib/ usr/lib/dracut/", "dracut", MF_HOOK_RDINIT, R},
		/* the link leads nowhere */
		{"init>usr/lib/systemd/systemd", "unknown", MF_HOOK_RDINIT, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mf_probe *p = probe(*state, rows[i].words);

		assert_string_equal(p->framework, rows[i].framework);
		assert_int_equal(p->hook, rows[i].hook);
		assert_int_equal(p->hooks, rows[i].hooks);
	}
}

#undef R
#undef BIT

static void test_reads(void **state)
{
	enum { P = MF_READS_PLAIN, G = MF_READS_GZIP, X = MF_READS_XZ, Z = MF_READS_ZSTD };
	static const struct {
		const char *words;
		unsigned int reads;
	} rows[] = {
		{"sbin/ sbin/modprobe>busybox sbin/busybox=x", 0},
		{"bin/ bin/kmod=;-ZSTD~-XZ~-ZLIB~-LIBCRYPTO", P},
		/* linked in whole */
		{"bin/ bin/kmod=+ZSTD~+XZ~+ZLIB~+LIBCRYPTO~-EXPERIMENTAL", P | G | X | Z},
		/* before zstd */
		{"bin/ bin/kmod=+XZ~-ZLIB~-EXPERIMENTAL", P | X},
		/* linked with libraries, which have to be there */
		{"bin/ bin/kmod=liblzma.so.5~libzstd.so.1;", 0 | P},
		{"usr/ usr/lib/ usr/lib/liblzma.so.5=x usr/bin/ "
		 "usr/bin/kmod=liblzma.so.5~libzstd.so.1;",
		 P | X},
		/* the tool and udev's library both have to read it */
		{"sbin/ sbin/modprobe>/bin/kmod bin/ bin/kmod=+ZSTD~+XZ~+ZLIB~; lib/ "
		 "lib/libkmod.so.2.4.0=nothing",
		 P},
		{"lib/ lib/libkmod.so.2.4.0=libzstd.so.1 lib/libzstd.so.1=x", P | Z},
		{"lib/ lib/libkmod.so.2.4.0=libzstd.so.1", P},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(probe(*state, rows[i].words)->reads, rows[i].reads);
}

static void test_names(void **state)
{
	static const struct {
		const char *words;
		const char *distribution;
		const char *target;
	} rows[] = {
		{"init=x", NULL, NULL},
		{"etc/ etc/os-release=ID=debian;VERSION_ID=\"12\";PRETTY_NAME=\"Debian~12\";",
		 "Debian 12", "debian12"},
		{"etc/ etc/lsb-release=DISTRIB_ID=Debian;DISTRIB_RELEASE=\"13~(trixie)~-~x\";"
		 "DISTRIB_DESCRIPTION=\"Debian~installer\";",
		 "Debian installer 13 (trixie) - x", "debian13"},
		{"etc/ etc/lsb-release=DISTRIB_ID=Ubuntu;DISTRIB_RELEASE=24.04;"
		 "DISTRIB_DESCRIPTION=\"Ubuntu~24.04.1\";",
		 "Ubuntu 24.04.1", "ubuntu24.04"},
		{"usr/ usr/lib/ usr/lib/initrd-release=ID=\"rocky\";VERSION_ID=\"9.4\";", NULL,
		 "rhel9"},
		{"etc/ etc/initrd-release=ID=eurolinux;PLATFORM_ID=\"platform:el8\";", NULL,
		 "rhel8"},
		{"etc/ etc/os-release=ID='sles';VERSION_ID='15.6';", NULL, "sles15"},
		{"etc/ etc/os-release=ID=sles;VERSION_ID=16.0;", NULL, "sles16.0"},
		{"etc/ etc/os-release=ID=opensuse-leap;VERSION_ID=15.6;", NULL, "leap15.6"},
		{"etc/ etc/os-release=ID=fedora;VERSION_ID=41;", NULL, "fedora"},
		{"etc/ etc/os-release=ID=arch;PRETTY_NAME=Arch", "Arch", NULL},
		/* a link, and the first file that tells the row */
		{"etc/ usr/ usr/lib/ usr/lib/os-release=ID=debian;VERSION_ID=12 "
		 "etc/os-release>/usr/lib/os-release",
		 NULL, "debian12"},
		{"etc/ etc/os-release=ID=mine;PRETTY_NAME=mine "
		 "etc/initrd-release=ID=ubuntu;VERSION_ID=22.04;PRETTY_NAME=theirs",
		 "theirs", "ubuntu22.04"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct mf_probe *p = probe(*state, rows[i].words);

		if (rows[i].distribution)
			assert_string_equal(p->distribution, rows[i].distribution);
		else
			assert_null(p->distribution);
		if (!rows[i].target)
			assert_null(p->target);
		else
			assert_ptr_equal(p->target, mf_target_find(rows[i].target));
	}
}

static void test_lists(void **state)
{
	struct mf_probe *p = probe(
		*state, "lib/ lib/modprobe.d/ etc/ etc/modprobe.d/ "
			"lib/modprobe.d/a.conf=blacklist~hidden; "
			"etc/modprobe.d/a.conf=#~blacklist~no;~~blacklist~\tb-1;options~x~y; "
			"lib/modprobe.d/b.conf=blacklist~c;blacklist~b_1 "
			"lib/modprobe.d/n.conf=blacklist~null "
			"etc/modprobe.d/n.conf>/dev/null "
			"lib/modprobe.d/readme=blacklist~no "
			"lib/firmware/ lib/firmware/z.bin=1 lib/firmware/d/ "
			"lib/firmware/d/a.bin.xz=1 lib/firmware/link.bin>z.bin "
			"lib/firmware/gone.bin>y.bin");

	assert_strings(&p->blacklist, "b_1 c");
	assert_strings(&p->firmware, "d/a.bin.xz link.bin z.bin");
	assert_int_equal(p->unpacked,
			 strlen("blacklist hidden\n") +
				 strlen("# blacklist no\n  blacklist \tb-1\n") +
				 strlen("options x y\n") + strlen("blacklist c\nblacklist b_1") +
				 strlen("blacklist null") + strlen("blacklist no") + 2);
}

/* Images as mksquashfs makes them (tests/fuzz/probe-corpus.sh). */
static void test_squashfs(void **state)
{
	static const char *const codecs[] = {"gzip", "xz", "zstd"};
	struct fixture *f = *state;

	for (size_t i = 0; i < 3; i++) {
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};
		const struct mf_kernel *kernel;
		char path[128];

		snprintf(path, sizeof(path), "tests/fuzz/corpus/squashfs/accept-%s", codecs[i]);
		assert_int_equal(mf_map_file(AT_FDCWD, path, &map, &f->err), 0);
		initrdmake(&f->image, "parts/");
		initrdmake_entry(&f->image, "parts/00_lib", 0100644, map.bytes);
		probe(f, "init=x");
		assert_null(f->probe.warning);
		assert_strings(&f->probe.base.dirs, "parts");
		assert_int_equal(f->probe.base.n_links, 0);
		kernel = mf_probe_kernel(&f->probe, "6.1");
		assert_non_null(kernel);
		assert_string_equal(kernel->folder, "usr/lib/modules/6.1");
		assert_modules(kernel, "inner.ko inner2.ko");
		assert_non_null(mf_symtab_find(&kernel->symbols, "inner_export"));
		assert_ptr_equal(f->probe.target, mf_target_find("sles15"));
		assert_int_equal(f->probe.reads, MF_READS_PLAIN | MF_READS_XZ);
	}
}

static void test_damaged_squashfs(void **state)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct fixture *f = *state;

	assert_int_equal(
		mf_map_file(AT_FDCWD, "tests/fuzz/corpus/squashfs/accept-xz", &map, &f->err), 0);
	initrdmake_entry(&f->image, "root.img", 0100644,
			 mf_bytes_sub(map.bytes, 0, map.bytes.n / 2));
	probe(f, "init=x");
	assert_non_null(f->probe.warning);
	assert_true(mf_has_prefix(f->probe.warning, "root.img: squashfs "));
	/* not a squashfs at all: a file like any other */
	assert_null(probe(f, "root.img=hsqs")->warning);
	/* replaced: not looked into */
	initrdmake_entry(&f->image, "root.img", 0100644, map.bytes);
	probe(f, "root.img=x");
	assert_int_equal(f->probe.n_kernels, 0);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];

	assert_int_equal(mf_probe_initrd("/nonexistent", NULL, &f->probe, &f->err), -ENOENT);
	assert_non_null(strstr(f->err.text, "/nonexistent: "));
	mf_buf_adds(&f->image, "0707012");
	assert_int_equal(probe_with(f, "", NULL), -EBADMSG);
	assert_non_null(strstr(f->err.text, "/initrd: offset 0"));
	snprintf(path, sizeof(path), "%s/empty", f->dir.path);
	initrdmake_write(path, (struct mf_bytes){0});
	assert_int_equal(mf_probe_initrd(path, NULL, &f->probe, &f->err), -EBADMSG);
	assert_non_null(strstr(f->err.text, "is empty"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_modules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_last_copy_wins, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_same_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_compressed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_kernel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_frameworks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_squashfs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damaged_squashfs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
