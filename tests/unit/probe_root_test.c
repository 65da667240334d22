// SPDX-License-Identifier: GPL-2.0-or-later
// The probe of an installed system below a folder: its links lead into it, its files are found.
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

#include "lib/base/text.h"
#include "lib/io/probe.h"
#include "lib/io/root_path.h"
#include "tests/unit/initrdmake.h"
#include "tests/unit/tempdir.h"

#define SYMVERS                                          \
	"0x00000020\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n" \
	"0x00000010\tin_a_export\tlib/modules/a\tEXPORT_SYMBOL_GPL\tNS\n"

struct fixture {
	struct tempdir dir;
	struct mf_probe probe;
	struct mf_err err;
};

/* Makes the folders above a path below the root. */
static void make_folders(struct fixture *f, const char *path, char out[256])
{
	snprintf(out, 256, "%s/%s", f->dir.path, path);
	for (char *slash = out + strlen(f->dir.path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(out, 0755);
		*slash = '/';
	}
}

static void put(struct fixture *f, const char *path, const char *text)
{
	char out[256];

	make_folders(f, path, out);
	initrdmake_write(out, initrdmake_text(text));
}

static void put_link(struct fixture *f, const char *path, const char *target)
{
	char out[256];

	make_folders(f, path, out);
	assert_int_equal(symlink(target, out), 0);
}

static void put_module(struct fixture *f, const char *path, const char *name)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	char out[256];

	make_folders(f, path, out);
	initrdmake_module(&module, name, "");
	initrdmake_write(out, mf_buf_bytes(&module));
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	tempdir_make(&f->dir);
	put_module(f, "usr/lib/modules/6.1/kernel/a.ko", "a");
	put_link(f, "lib", "/usr/lib");
	put_link(f, "usr/lib/modules/6.1/build", "/usr/src/headers");
	put_link(f, "usr/lib/modules/6.1/weak/c.ko", "/usr/share/c.ko");
	put_module(f, "usr/share/c.ko", "c");
	put(f, "usr/src/headers/Module.symvers", SYMVERS);
	put_module(f, "usr/src/headers/no.ko", "no");
	put_module(f, "usr/lib/modules/6.2/b.ko", "b");
	put(f, "usr/lib/modules/6.2/config", "CONFIG_MODVERSIONS=y\n");
	put(f, "boot/config-6.1", "CONFIG_MODULE_SIG_FORCE=y\n");
	put(f, "usr/lib/os-release", "ID=fedora\nPRETTY_NAME=F\n");
	put_link(f, "etc/os-release", "../../../../usr/lib/os-release");
	put(f, "usr/lib/modprobe.d/x.conf", "blacklist one\n");
	put(f, "usr/lib/modprobe.d/y.conf", "blacklist two\n");
	put_link(f, "etc/modprobe.d/y.conf", "/dev/null");
	put(f, "usr/lib/firmware/d/f.bin", "x");
	put(f, "usr/bin/kmod", "+ZSTD +XZ -ZLIB liblzma.so.5");
	put_link(f, "usr/sbin/modprobe", "../bin/kmod");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mf_probe_free(&f->probe);
	tempdir_remove(&f->dir);
	free(f);
	return 0;
}

static void test_system(void **state)
{
	struct fixture *f = *state;
	const struct mf_kernel *kernel;

	assert_int_equal(mf_probe_root(f->dir.path, NULL, &f->probe, &f->err), 0);
	assert_null(f->probe.warning);
	assert_string_equal(f->probe.framework, "installed system");
	/* lib may be a symlink in its initramfs: no entry is to take its place */
	assert_int_equal(f->probe.base.dirs.n, 6);
	assert_string_equal(f->probe.base.dirs.v[0], "lib");
	assert_string_equal(f->probe.base.dirs.v[2], "lib/modules/6.1");
	assert_int_equal(f->probe.unpacked, 0);
	assert_int_equal(f->probe.n_kernels, 2);
	kernel = mf_probe_kernel(&f->probe, "6.1");
	assert_string_equal(kernel->folder, "lib/modules/6.1");
	assert_int_equal(kernel->n_modules, 2);
	assert_string_equal(kernel->modules[0].path, "kernel/a.ko");
	assert_string_equal(kernel->modules[1].path, "weak/c.ko");
	assert_true(kernel->symbols.is_complete);
	assert_string_equal(mf_symtab_find(&kernel->symbols, "printk")->owner, "vmlinux");
	assert_string_equal(mf_symtab_find(&kernel->symbols, "in_a_export")->space, "NS");
	assert_string_equal(mf_symtab_find(&kernel->symbols, "c_export")->owner, "c");
	assert_int_equal(kernel->config.sig_force, MF_ANSWER_YES);
	kernel = mf_probe_kernel(&f->probe, "6.2");
	assert_int_equal(kernel->n_modules, 1);
	assert_int_equal(kernel->config.modversions, MF_ANSWER_YES);
	assert_false(kernel->symbols.is_complete);
	assert_string_equal(f->probe.distribution, "F");
	assert_ptr_equal(f->probe.target, mf_target_find("fedora"));
	assert_int_equal(f->probe.reads, MF_READS_PLAIN | MF_READS_XZ | MF_READS_ZSTD);
	assert_int_equal(f->probe.blacklist.n, 1);
	assert_string_equal(f->probe.blacklist.v[0], "one");
	assert_int_equal(f->probe.firmware.n, 1);
	assert_string_equal(f->probe.firmware.v[0], "d/f.bin");
}

static void test_one_kernel(void **state)
{
	struct mf_probe_options options = {.kernel = "6.2"};
	struct fixture *f = *state;

	assert_int_equal(mf_probe_root(f->dir.path, &options, &f->probe, &f->err), 0);
	assert_int_equal(f->probe.n_kernels, 1);
	assert_string_equal(f->probe.kernels[0].release, "6.2");
	options.kernel = "6.3";
	mf_probe_free(&f->probe);
	assert_int_equal(mf_probe_root(f->dir.path, &options, &f->probe, &f->err), -ENOENT);
	assert_non_null(strstr(f->err.text, "6.3"));
	options.kernel = NULL;
	assert_int_equal(mf_probe_root("/proc/self", &options, &f->probe, &f->err), -ENOENT);
}

/* What cannot be read is said, the rest is known. */
static void test_unreadable(void **state)
{
	struct fixture *f = *state;

	put(f, "boot/vmlinuz-6.1", "no kernel");
	assert_int_equal(mf_probe_root(f->dir.path, NULL, &f->probe, &f->err), 0);
	assert_non_null(f->probe.warning);
	assert_non_null(strstr(f->probe.warning, "vmlinuz-6.1"));
	assert_int_equal(f->probe.n_kernels, 2);
}

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		const char *inner; /* NULL: the error */
		int error;
	} rows[] = {
		{"lib/modules/6.1/build", "usr/src/headers", 0},
		{"etc/os-release", "usr/lib/os-release", 0},
		{"../../usr/./lib//modules/", "usr/lib/modules", 0},
		{"", "", 0},
		{"..", "", 0},
		{"lib/nothing", NULL, -ENOENT},
		{"usr/bin/kmod/x", NULL, -ENOTDIR},
		{"loop/x", NULL, -ELOOP},
	};
	struct fixture *f = *state;

	put_link(f, "loop", "/loop");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[PATH_MAX];
		const char *inner;

		assert_int_equal(mf_root_path(f->dir.path, rows[i].path, out, &inner),
				 rows[i].error);
		if (!rows[i].inner)
			continue;
		assert_string_equal(inner, rows[i].inner);
		assert_true(mf_has_prefix(out, f->dir.path));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_system, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_kernel, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
