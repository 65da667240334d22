// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of check: form, machine, vermagic, struct module, BTF and compression.
#include <errno.h>
#include <string.h>

#include "lib/core/archname.h"
#include "lib/core/check_rules.h"
#include "lib/core/modname.h"
#include "lib/core/target.h"
#include "lib/core/version.h"

int mf_judge_form(struct mf_judge *judge)
{
	const struct mf_driver *driver = judge->driver;
	const char *arch = judge->check->kernel->arch;
	struct mf_err err = {0};
	int r;

	if (driver->malformed)
		return mf_judge_say(judge, MF_REASON_MALFORMED, MF_VERDICT_FAILS, NULL, "%s",
				    driver->malformed);
	r = mf_modload_read(driver->content, judge->arena, &judge->load);
	if (!r && !judge->load.malformed)
		r = mf_module_read(driver->content, driver->path, MF_MODULE_SYMBOLS, judge->arena,
				   &judge->module, &err);
	if (r == -ENOMEM)
		return r;
	if (r || judge->load.malformed)
		return mf_judge_say(judge, MF_REASON_MALFORMED, MF_VERDICT_FAILS, NULL, "%s",
				    judge->load.malformed ? judge->load.malformed : err.text);
	if (!arch || strcmp(mf_arch_normalise(arch), judge->module.arch) == 0)
		return 0;
	return mf_judge_say(judge, MF_REASON_ARCH, MF_VERDICT_FAILS, mf_judge_advise_build(judge),
			    "is for %s, the target's kernel for %s", judge->module.arch, arch);
}

/* What stands behind the release, from its blank on: the flags of the build. */
static const char *flags_of(const char *vermagic)
{
	return vermagic + strcspn(vermagic, " ");
}

/* The same without the blank. */
static const char *show_flags(const char *vermagic)
{
	const char *flags = flags_of(vermagic);

	return *flags ? flags + 1 : flags;
}

static bool is_same_release(const char *a, const char *b)
{
	size_t n = strcspn(a, " ");

	return strcspn(b, " ") == n && memcmp(a, b, n) == 0;
}

/* same_magic() of kernel/module/version.c: the release counts only without versions. */
static int judge_vermagic(struct mf_judge *judge)
{
	const char *theirs = judge->check->kernel->vermagic;
	const char *ours = judge->module.vermagic;
	const char *advice = mf_judge_advise_build(judge);
	bool has_versions = mf_judge_modversions(judge) == MF_ANSWER_YES &&
			    judge->load.has_versions;

	if (!advice)
		return -ENOMEM;
	if (!ours)
		return mf_judge_say(
			judge, MF_REASON_MODULE_ABI, mf_judge_forced(judge), advice,
			"has no vermagic, which only kernels with CONFIG_MODULE_FORCE_LOAD accept");
	if (!theirs)
		return mf_judge_say(
			judge, MF_REASON_MODULE_ABI, MF_VERDICT_UNKNOWN,
			"give the kernel image with --vmlinuz",
			"the target's vermagic is not known, as it has no module of its own");
	if (strcmp(flags_of(ours), flags_of(theirs)) != 0)
		return mf_judge_say(
			judge, MF_REASON_MODULE_ABI, MF_VERDICT_FAILS, advice,
			"was built with the vermagic flags \"%s\", the target's kernel with \"%s\"",
			show_flags(ours), show_flags(theirs));
	if (is_same_release(ours, theirs))
		return 0;
	if (has_versions)
		return mf_judge_say(
			judge, MF_REASON_OTHER_RELEASE, MF_VERDICT_LOADS, NULL,
			"was built for %.*s; its symbol versions decide, not the release",
			(int)strcspn(ours, " "), ours);
	return mf_judge_say(
		judge, MF_REASON_MODULE_ABI, MF_VERDICT_FAILS, advice,
		"was built for %.*s, and without symbol versions the release must be the target's, %.*s",
		(int)strcspn(ours, " "), ours, (int)strcspn(theirs, " "), theirs);
}

/* elf_validity_check() since 6.5: the section holds a struct module of the kernel's own size. */
static int judge_size(struct mf_judge *judge)
{
	const struct mf_kernel *kernel = judge->check->kernel;
	uint64_t ours = judge->module.struct_size;
	bool is_refused = kernel->release && mf_version_compare(kernel->release, "6.5") >= 0;

	if (!kernel->struct_size || ours == kernel->struct_size || !is_refused)
		return 0;
	return mf_judge_say(judge, MF_REASON_MODULE_ABI, MF_VERDICT_FAILS,
			    mf_judge_advise_build(judge),
			    "its struct module has %llu bytes, the target's %llu",
			    (unsigned long long)ours, (unsigned long long)kernel->struct_size);
}

/* check_modstruct_version(): struct module must have the layout the module was built with. */
static int judge_layout(struct mf_judge *judge)
{
	const struct mf_export *layout = mf_symtab_find(&judge->check->kernel->symbols,
							"module_layout");

	if (!judge->load.has_layout)
		return 0;
	if (!layout || !layout->has_crc)
		return mf_judge_say(judge, MF_REASON_MODULE_ABI, MF_VERDICT_UNKNOWN,
				    "give --symvers or --vmlinuz",
				    "the layout of the target's struct module is not known");
	if (layout->crc == judge->load.layout)
		return 0;
	return mf_judge_say(judge, MF_REASON_MODULE_ABI, MF_VERDICT_FAILS,
			    mf_judge_advise_build(judge),
			    "struct module has another layout (module_layout has CRC 0x%08x, the "
			    "target's 0x%08x)",
			    judge->load.layout, layout->crc);
}

static bool has_unversioned_exports(const struct mf_module *module)
{
	for (size_t i = 0; i < module->exports.n; i++) {
		if (!module->exports.v[i].has_crc)
			return true;
	}
	return false;
}

int mf_judge_abi(struct mf_judge *judge)
{
	int r = judge_vermagic(judge);

	if (!r)
		r = judge_size(judge);
	if (r || mf_judge_modversions(judge) != MF_ANSWER_YES)
		return r;
	if (!judge->load.has_versions && judge->load.n_needed)
		return mf_judge_say(
			judge, MF_REASON_MODULE_ABI, mf_judge_forced(judge),
			mf_judge_advise_build(judge),
			"has no symbol versions, which only kernels with CONFIG_MODULE_FORCE_LOAD accept");
	if (has_unversioned_exports(&judge->module))
		r = mf_judge_say(
			judge, MF_REASON_MODULE_ABI, mf_judge_forced(judge),
			mf_judge_advise_build(judge),
			"exports symbols without versions, which only kernels with CONFIG_MODULE_FORCE_LOAD accept");
	return r ? r : judge_layout(judge);
}

/* btf_parse_module() (kernel/bpf/btf.c): type numbers of another build mean nothing here. */
int mf_judge_btf(struct mf_judge *judge)
{
	const struct mf_kernel *kernel = judge->check->kernel;
	const char *ours = judge->module.vermagic;

	if (!judge->module.has_btf || kernel->config.btf_modules == MF_ANSWER_NO ||
	    (kernel->has_image && !kernel->has_btf) ||
	    kernel->config.btf_allow_mismatch == MF_ANSWER_YES)
		return 0;
	if (ours && kernel->vermagic && is_same_release(ours, kernel->vermagic))
		return 0;
	return mf_judge_say(
		judge, MF_REASON_BTF_MISMATCH, MF_VERDICT_UNKNOWN, mf_judge_advise_build(judge),
		"its BTF type information is of another build; kernels without CONFIG_MODULE_ALLOW_BTF_MISMATCH may refuse it");
}

/* Whether the kernel itself unpacks a compression (kernel/module/decompress.c): one at most. */
static enum mf_answer kernel_reads(const struct mf_kconfig *config, const struct mf_driver *driver)
{
	const enum mf_answer answers[] = {
		[MF_COMPRESSION_NONE] = MF_ANSWER_YES,
		[MF_COMPRESSION_GZIP] = config->compress_gzip,
		[MF_COMPRESSION_XZ] = config->compress_xz,
		[MF_COMPRESSION_ZSTD] = config->compress_zstd,
	};

	if (driver->has_xz_crc64)
		return MF_ANSWER_NO;
	return config->decompress == MF_ANSWER_YES ? answers[driver->compression]
						   : config->decompress;
}

int mf_judge_compression(struct mf_judge *judge)
{
	static const unsigned int bits[] = {
		[MF_COMPRESSION_NONE] = MF_READS_PLAIN,
		[MF_COMPRESSION_GZIP] = MF_READS_GZIP,
		[MF_COMPRESSION_XZ] = MF_READS_XZ,
		[MF_COMPRESSION_ZSTD] = MF_READS_ZSTD,
	};
	enum mf_compression compression = judge->driver->compression;
	enum mf_answer by_kernel = kernel_reads(&judge->check->kernel->config, judge->driver);

	if (compression == MF_COMPRESSION_NONE || by_kernel == MF_ANSWER_YES ||
	    (judge->check->reads & bits[compression]))
		return 0;
	return mf_judge_say(
		judge, MF_REASON_COMPRESSION,
		by_kernel == MF_ANSWER_NO ? MF_VERDICT_FAILS : MF_VERDICT_UNKNOWN, "unpack it",
		"is compressed with %s, which %s, and %s", mf_compression_name(compression),
		judge->check->reads ? "kmod there does not read" : "no kmod found there reads",
		by_kernel == MF_ANSWER_NO
			? "the kernel does not either"
			: "whether the kernel does is not known without --config");
}
