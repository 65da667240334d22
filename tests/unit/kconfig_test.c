// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel's configuration: set, not set, absent, and what is none.
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "lib/core/kconfig.h"

static int read_text(const char *text, struct mf_kconfig *out, struct mf_err *err)
{
	return mf_kconfig_read((struct mf_bytes){(const uint8_t *)text, strlen(text)}, out, err);
}

static void reads_answers(void **state)
{
	struct mf_kconfig config = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(read_text("#\n# Linux/x86 6.1.192 Kernel Configuration\n#\n"
				   "CONFIG_MODVERSIONS=y\n"
				   "CONFIG_MODULE_SIG_HASH=\"sha256\"\n"
				   "CONFIG_MODULE_SIG=y\n"
				   "# CONFIG_MODULE_SIG_FORCE is not set\n"
				   "CONFIG_MODULE_COMPRESS_XZ=y\n"
				   "CONFIG_MODULE_DECOMPRESS=n\n"
				   "CONFIG_MODULE_ALLOW_BTF_MISMATCH_TOO=y\n"
				   "CONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT=y",
				   &config, &err),
			 0);
	assert_int_equal(config.modversions, MF_ANSWER_YES);
	assert_int_equal(config.sig, MF_ANSWER_YES);
	assert_int_equal(config.sig_force, MF_ANSWER_NO);
	assert_int_equal(config.compress_xz, MF_ANSWER_YES);
	assert_int_equal(config.compress_gzip, MF_ANSWER_NO);
	assert_int_equal(config.compress_zstd, MF_ANSWER_NO);
	assert_int_equal(config.decompress, MF_ANSWER_NO);
	assert_int_equal(config.force_load, MF_ANSWER_NO);
	assert_int_equal(config.btf_modules, MF_ANSWER_NO);
	assert_int_equal(config.btf_allow_mismatch, MF_ANSWER_NO);
	assert_int_equal(config.allow_missing_space, MF_ANSWER_NO);
	assert_int_equal(config.lockdown_efi, MF_ANSWER_YES);
}

static void fills_what_is_unknown(void **state)
{
	struct mf_kconfig config = {.sig = MF_ANSWER_NO};
	struct mf_kconfig from = {.sig = MF_ANSWER_YES, .decompress = MF_ANSWER_YES};

	(void)state;
	mf_kconfig_fill(&config, &from);
	assert_int_equal(config.sig, MF_ANSWER_NO);
	assert_int_equal(config.decompress, MF_ANSWER_YES);
	assert_int_equal(config.modversions, MF_ANSWER_UNKNOWN);
}

static void refuses_what_is_none(void **state)
{
	static const char *const bad[] = {"", "\n\n", "# a comment\n", "CONFIG_\nCONFIG_X\n",
					  "# CONFIG_X is set\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mf_kconfig config = {0};
		struct mf_err err = {0};

		if (read_text(bad[i], &config, &err) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(config.modversions, MF_ANSWER_UNKNOWN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_answers),
		cmocka_unit_test(fills_what_is_unknown),
		cmocka_unit_test(refuses_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
