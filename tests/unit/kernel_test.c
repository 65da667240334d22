// SPDX-License-Identifier: GPL-2.0-or-later
// Look-ups in what is known of one kernel of a target.
#include "tests/unit/unit.h"

#include "lib/core/kernel.h"

#define BYTES(text) ((struct mf_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static void test_module(void **state)
{
	struct mf_stock_module modules[] = {
		{.name = "ahci"}, {.name = "nvme_core"}, {.name = "snd_hda_intel"}, {.name = "zz"}};
	struct mf_kernel kernel = {.modules = modules, .n_modules = 4};

	(void)state;
	assert_ptr_equal(mf_kernel_module(&kernel, "ahci"), &modules[0]);
	assert_ptr_equal(mf_kernel_module(&kernel, "nvme-core"), &modules[1]);
	assert_ptr_equal(mf_kernel_module(&kernel, "snd-hda_intel"), &modules[2]);
	assert_ptr_equal(mf_kernel_module(&kernel, "zz"), &modules[3]);
	assert_null(mf_kernel_module(&kernel, "nvme"));
	assert_null(mf_kernel_module(&kernel, ""));
	assert_null(mf_kernel_module(&(struct mf_kernel){0}, "ahci"));
}

static void test_builtin(void **state)
{
	struct mf_kernel kernel = {
		.builtin = BYTES("kernel/fs/ext4/ext4.ko\nkernel/a/sound-core.ko\nlast.ko")};

	(void)state;
	assert_int_equal(mf_kernel_is_builtin(&kernel, "ext4"), MF_ANSWER_YES);
	assert_int_equal(mf_kernel_is_builtin(&kernel, "sound_core"), MF_ANSWER_YES);
	assert_int_equal(mf_kernel_is_builtin(&kernel, "last"), MF_ANSWER_YES);
	assert_int_equal(mf_kernel_is_builtin(&kernel, "ext"), MF_ANSWER_NO);
	assert_int_equal(mf_kernel_is_builtin(&kernel, "core"), MF_ANSWER_NO);
	assert_int_equal(mf_kernel_is_builtin(&kernel, "ext4x"), MF_ANSWER_NO);
	assert_int_equal(mf_kernel_is_builtin(&(struct mf_kernel){0}, "ext4"), MF_ANSWER_UNKNOWN);
}

static void test_builtin_sysfs(void **state)
{
	struct mf_kernel kernel = {
		.builtin_modinfo = BYTES("tpm.license=GPL\0tpm.version=2.0\0"
					 "scsi_mod.parmtype=scan:string\0"
					 "quiet.license=GPL x.version=1\0last.version=3")};

	(void)state;
	assert_int_equal(mf_kernel_builtin_has_sysfs(&kernel, "tpm"), MF_ANSWER_YES);
	assert_int_equal(mf_kernel_builtin_has_sysfs(&kernel, "scsi-mod"), MF_ANSWER_YES);
	assert_int_equal(mf_kernel_builtin_has_sysfs(&kernel, "last"), MF_ANSWER_YES);
	assert_int_equal(mf_kernel_builtin_has_sysfs(&kernel, "quiet"), MF_ANSWER_NO);
	assert_int_equal(mf_kernel_builtin_has_sysfs(&kernel, "x"), MF_ANSWER_NO);
	assert_int_equal(mf_kernel_builtin_has_sysfs(&kernel, "scsi"), MF_ANSWER_NO);
	assert_int_equal(mf_kernel_builtin_has_sysfs(&(struct mf_kernel){0}, "tpm"),
			 MF_ANSWER_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_builtin_sysfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
