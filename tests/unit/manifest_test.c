// SPDX-License-Identifier: GPL-2.0-or-later
// The manifest: what is written is read back; everything malformed is refused with its line.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/manifest.h"

#define SHA    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define RECORD "module m\nkernel 6.1\narch x86_64\nfile 6.1/m.ko\nsize 5\nsha256 " SHA "\n"

static int parse(const char *text, struct mf_manifest *out, struct mf_err *err)
{
	return mf_manifest_parse((struct mf_bytes){(const uint8_t *)text, strlen(text)}, out, err);
}

static void reads_what_it_wrote(void **state)
{
	static const char text[] =
		"modferry-manifest 1\n" RECORD
		"version 9.9-upd\nsrcversion ABC\npackage virtio-upd 9.9\n"
		"depends virtio virtio_ring\nsoftdep-pre crc32c\nsoftdep-post sd_mod\n"
		"alias virtio:d00000002v*\nalias pci:v00001AF4d*\n"
		"firmware vendor/fw one.bin 12 " SHA
		"\nparam queue_depth\nsigner DKMS module signing key\n"
		"stock kernel/drivers/block/m.ko: kernel/drivers/virtio/virtio.ko\n";
	MF_CLEANUP(mf_manifest_free) struct mf_manifest manifest = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(parse(text, &manifest, &err), 0);
	assert_int_equal(manifest.n_modules, 1);
	assert_int_equal(manifest.modules[0].aliases.n, 2);
	assert_string_equal(manifest.modules[0].depends.v[1], "virtio_ring");
	assert_string_equal(manifest.modules[0].firmware[0].path, "vendor/fw one.bin");
	assert_int_equal(manifest.modules[0].firmware[0].size, 12);
	assert_string_equal(manifest.modules[0].package_version, "9.9");
	assert_string_equal(manifest.modules[0].stock,
			    "kernel/drivers/block/m.ko: kernel/drivers/virtio/virtio.ko");
	assert_int_equal(mf_manifest_emit(&manifest, &out, &err), 0);
	assert_string_equal(mf_buf_str(&out), text);
}

static void skips_unknown_keys(void **state)
{
	MF_CLEANUP(mf_manifest_free) struct mf_manifest manifest = {0};

	(void)state;
	assert_int_equal(parse("modferry-manifest 1\n" RECORD "colour blue\n", &manifest, NULL), 0);
	assert_int_equal(manifest.n_modules, 1);
}

static void refuses_the_malformed(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *says;
	} cases[] = {
		{"", -EBADMSG, "is empty"},
		{"modferry-manifest 2\n", -EPROTONOSUPPORT, "another version"},
		{"modferry-manifest 1", -EBADMSG, "truncated"},
		{"hello\n", -EBADMSG, "does not start"},
		{"modferry-manifest 1\nkernel 6.1\n", -EBADMSG, "before the first"},
		{"modferry-manifest 1\nmodule m\n", -EBADMSG, "without kernel"},
		{"modferry-manifest 1\n" RECORD "module n\nkernel 6.1\n", -EBADMSG,
		 "module n ends"},
		{"modferry-manifest 1\n" RECORD "file a.ko\n", -EBADMSG, "twice"},
		{"modferry-manifest 1\n" RECORD "size 5\n", -EBADMSG, "twice"},
		{"modferry-manifest 1\nmodule m\nfile ../m.ko\n", -EBADMSG, "line 3: unsafe path"},
		{"modferry-manifest 1\nmodule m\nfile /m.ko\n", -EBADMSG, "unsafe path"},
		{"modferry-manifest 1\nmodule m\nkernel ..\n", -EBADMSG, "unsafe path"},
		{"modferry-manifest 1\nmodule ../m\n", -EBADMSG, "not a module name"},
		{"modferry-manifest 1\nmodule m\nsize 0\n", -EBADMSG, "size"},
		{"modferry-manifest 1\nmodule m\nsize -1\n", -EBADMSG, "size"},
		{"modferry-manifest 1\nmodule m\nsize 99999999999999999999\n", -EBADMSG, "size"},
		{"modferry-manifest 1\nmodule m\nsha256 00\n", -EBADMSG, "sha256"},
		{"modferry-manifest 1\nmodule m\nfirmware x 1\n", -EBADMSG, "firmware"},
		{"modferry-manifest 1\nmodule m\nfirmware ../x 1 " SHA "\n", -EBADMSG, "unsafe"},
		{"modferry-manifest 1\nmodule m\npackage p\n", -EBADMSG, "NAME VERSION"},
		{"modferry-manifest 1\nmodule m\nstock kernel/m.ko\n", -EBADMSG, "modules.dep"},
		{"modferry-manifest 1\nmodule m\nstock : a.ko\n", -EBADMSG, "modules.dep"},
		{"modferry-manifest 1\nmodule m\nstock m.ko:\nstock m.ko:\n", -EBADMSG, "twice"},
		{"modferry-manifest 1\nmodule m\nalias\n", -EBADMSG, "key value"},
		{"modferry-manifest 1\nmodule m\nalias a\tb\n", -EBADMSG, "control"},
		{"modferry-manifest 1\r\nmodule m\r\n", -EBADMSG, "control"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_manifest_free) struct mf_manifest manifest = {0};
		struct mf_err err = {0};

		assert_int_equal(parse(cases[i].text, &manifest, &err), cases[i].error);
		if (!strstr(err.text, cases[i].says))
			fail_msg("case %zu says: %s", i, err.text);
		assert_int_equal(manifest.n_modules, 0);
	}
}

static void refuses_nul_bytes(void **state)
{
	static const char text[] = "modferry-manifest 1\n\0";
	MF_CLEANUP(mf_manifest_free) struct mf_manifest manifest = {0};

	(void)state;
	assert_int_equal(mf_manifest_parse((struct mf_bytes){(const uint8_t *)text, sizeof(text)},
					   &manifest, NULL),
			 -EBADMSG);
}

static void does_not_write_what_cannot_be_read(void **state)
{
	const char *alias = "pci:v*\nmodule evil";
	struct mf_manifest_module module = {.name = "m", .aliases = {&alias, 1}};
	struct mf_manifest manifest = {.modules = &module, .n_modules = 1};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(mf_manifest_emit(&manifest, &out, &err), -EINVAL);
	assert_non_null(strstr(err.text, "module m: its alias"));
}

/* A record that has what it must have. */
static struct mf_manifest_module good_module(void)
{
	return (struct mf_manifest_module){.name = "m",
					   .kernel = "6.1",
					   .arch = "x86_64",
					   .file = "6.1/m.ko",
					   .size = 5,
					   .sha256 = SHA};
}

static void splits_names_that_fill_a_line(void **state)
{
	static const char *names[300];
	struct mf_manifest_module module = good_module();
	struct mf_manifest manifest = {.modules = &module, .n_modules = 1};
	MF_CLEANUP(mf_manifest_free) struct mf_manifest back = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	for (size_t i = 0; i < 300; i++)
		names[i] = i % 2 ? "a_module_with_quite_a_long_name" : "another_one";
	module.depends = (struct mf_strings){names, 300};
	assert_int_equal(mf_manifest_emit(&manifest, &out, &err), 0);
	assert_int_equal(parse(mf_buf_str(&out), &back, &err), 0);
	assert_int_equal(back.modules[0].depends.n, 300);
	for (size_t i = 0; i < 300; i++)
		assert_string_equal(back.modules[0].depends.v[i], names[i]);
}

static void does_not_write_beyond_the_limits(void **state)
{
	static const char *aliases[32769];
	struct mf_manifest_module modules[40];
	struct mf_manifest manifest = {.modules = modules, .n_modules = 1};
	struct mf_err err = {0};

	(void)state;
	for (size_t i = 0; i < 32769; i++)
		aliases[i] = "pci:v00001AF4d*";
	modules[0] = good_module();
	modules[0].aliases = (struct mf_strings){aliases, 32769};
	for (unsigned int round = 0; round < 2; round++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

		assert_int_equal(mf_manifest_emit(&manifest, &out, &err), -E2BIG);
		assert_non_null(strstr(err.text, round ? "bytes" : "more values"));
		for (size_t i = 0; i < 40; i++) { /* 40 times 5,000 lines of 22 bytes: 4.4 MB */
			modules[i] = good_module();
			modules[i].aliases = (struct mf_strings){aliases, 5000};
		}
		manifest.n_modules = 40;
	}
}

static void does_not_write_what_reads_differently(void **state)
{
	struct mf_manifest_module module = good_module();
	struct mf_manifest manifest = {.modules = &module, .n_modules = 1};
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	(void)state;
	module.package = "two words";
	module.package_version = "1";
	assert_int_equal(mf_manifest_emit(&manifest, &out, &err), -EINVAL);
	assert_non_null(strstr(err.text, "package"));
	module = good_module();
	module.arch = NULL;
	out.len = 0;
	assert_int_equal(mf_manifest_emit(&manifest, &out, &err), -EINVAL);
	assert_non_null(strstr(err.text, "without kernel, arch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_wrote),
		cmocka_unit_test(skips_unknown_keys),
		cmocka_unit_test(refuses_the_malformed),
		cmocka_unit_test(refuses_nul_bytes),
		cmocka_unit_test(does_not_write_what_cannot_be_read),
		cmocka_unit_test(splits_names_that_fill_a_line),
		cmocka_unit_test(does_not_write_beyond_the_limits),
		cmocka_unit_test(does_not_write_what_reads_differently),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
