// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts: every driver of an artifact goes through all rules.
#include "lib/core/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/advice.h"
#include "lib/core/check_rules.h"
#include "lib/core/modname.h"

static const char *const verdict_names[] = {
	[MF_VERDICT_LOADS] = "loads",
	[MF_VERDICT_UNKNOWN] = "unknown",
	[MF_VERDICT_FAILS] = "fails",
};

static const char *const reason_names[] = {
	[MF_REASON_MALFORMED] = "malformed",
	[MF_REASON_ARCH] = "arch",
	[MF_REASON_MODULE_ABI] = "module-abi",
	[MF_REASON_SYMBOL_CRC] = "symbol-crc",
	[MF_REASON_SYMBOL_MISSING] = "symbol-missing",
	[MF_REASON_SYMBOL_UNKNOWN] = "symbol-unknown",
	[MF_REASON_SYMBOL_GPL] = "symbol-gpl",
	[MF_REASON_SYMBOL_NAMESPACE] = "symbol-namespace",
	[MF_REASON_SYMBOL_DUPLICATE] = "symbol-duplicate",
	[MF_REASON_BTF_MISMATCH] = "btf-mismatch",
	[MF_REASON_DEPENDENCY_MISSING] = "dependency-missing",
	[MF_REASON_COMPRESSION] = "compression",
	[MF_REASON_UNSIGNED] = "unsigned",
	[MF_REASON_SIGNATURE_BAD] = "signature-bad",
	[MF_REASON_SIGNER_UNKNOWN] = "signer-unknown",
	[MF_REASON_BUILTIN] = "builtin",
	[MF_REASON_BLACKLISTED] = "blacklisted",
	[MF_REASON_NAME_SHADOWED] = "name-shadowed",
	[MF_REASON_ALIAS_SHADOWED] = "alias-shadowed",
	[MF_REASON_PLACEMENT] = "placement",
	[MF_REASON_ARCHIVE_ALIGNMENT] = "archive-alignment",
	[MF_REASON_ARCHIVE_DIRECTORY] = "archive-directory",
	[MF_REASON_ARCHIVE_PARENT] = "archive-parent",
	[MF_REASON_ARCHIVE_COMPRESSION] = "archive-compression",
	[MF_REASON_FIRMWARE_MISSING] = "firmware-missing",
	[MF_REASON_OTHER_RELEASE] = "other-release",
};

const char *mf_verdict_name(enum mf_verdict verdict)
{
	return verdict_names[verdict];
}

const char *mf_reason_name(enum mf_reason_code code)
{
	return reason_names[code];
}

int mf_reason_add(struct mf_arena *arena, struct mf_reasons *reasons,
		  const struct mf_reason *reason)
{
	int r = mf_arena_grow(arena, &reasons->v, reasons->n, sizeof(*reason));

	if (!r)
		reasons->v[reasons->n++] = *reason;
	return r;
}

int mf_judge_say(struct mf_judge *judge, enum mf_reason_code code, enum mf_verdict weight,
		 const char *advice, const char *format, ...)
{
	struct mf_reason reason = {.code = code, .weight = weight, .advice = advice};
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reason.text = mf_arena_strdup(judge->arena, text);
	return reason.text ? mf_reason_add(judge->arena, judge->reasons, &reason) : -ENOMEM;
}

const char *mf_judge_advise_build(const struct mf_judge *judge)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const struct mf_package *package = judge->selected->package;
	const char *kernel = judge->check->kernel->release;

	mf_buf_adds(&text, "build it with: ");
	mf_advise_build(&text, package ? package->name : NULL, package ? package->version : NULL,
			kernel);
	mf_buf_adds(&text, " (needs ");
	mf_advise_headers(&text, kernel);
	mf_buf_adds(&text, ")");
	return mf_buf_status(&text) ? NULL : mf_arena_strdup(judge->arena, mf_buf_str(&text));
}

const char *mf_judge_advise_module(const struct mf_judge *judge, const char *name, const char *path)
{
	const char *kernel = judge->check->kernel->release;

	if (path)
		return mf_arena_printf(
			judge->arena,
			"add it: name /lib/modules/%s/kernel/%s.ko of that kernel's package as one more SOURCE of overlay",
			kernel, path);
	return mf_arena_printf(
		judge->arena,
		"add it: name %s.ko of kernel %s, from that kernel's package or its own, as one more SOURCE of overlay",
		name, kernel);
}

const struct mf_driver *mf_judge_shipped(const struct mf_judge *judge, const char *name)
{
	const struct mf_selected_list *all = judge->check->selected;

	for (size_t i = 0; i < all->n; i++) {
		const struct mf_driver *driver = all->v[i].driver;

		if (driver != judge->driver && mf_modname_equal(driver->module.name, name))
			return driver;
	}
	return NULL;
}

int mf_judge_note_absent(struct mf_judge *judge, const char *name)
{
	int r = mf_arena_grow(judge->arena, &judge->absent.v, judge->absent.n,
			      sizeof(*judge->absent.v));

	if (!r)
		judge->absent.v[judge->absent.n++] = name;
	return r;
}

bool mf_judge_is_absent(const struct mf_judge *judge, const char *name)
{
	for (size_t i = 0; i < judge->absent.n; i++) {
		if (mf_modname_equal(judge->absent.v[i], name))
			return true;
	}
	return false;
}

enum mf_verdict mf_judge_forced(const struct mf_judge *judge)
{
	switch (judge->check->kernel->config.force_load) {
	case MF_ANSWER_YES: return MF_VERDICT_LOADS;
	case MF_ANSWER_NO: return MF_VERDICT_FAILS;
	case MF_ANSWER_UNKNOWN: break;
	}
	return MF_VERDICT_UNKNOWN;
}

enum mf_answer mf_judge_modversions(const struct mf_judge *judge)
{
	const struct mf_kernel *kernel = judge->check->kernel;

	if (kernel->config.modversions != MF_ANSWER_UNKNOWN || !kernel->vermagic)
		return kernel->config.modversions;
	/* include/linux/vermagic.h: one word of it */
	return strstr(kernel->vermagic, " modversions ") ? MF_ANSWER_YES : MF_ANSWER_NO;
}

/* In the order in which load_module() looks; a form it refuses ends the matter. */
static int judge_driver(struct mf_judge *judge)
{
	static int (*const rules[])(struct mf_judge *) = {
		mf_judge_compression, mf_judge_signature, mf_judge_abi,	     mf_judge_symbols,
		mf_judge_exports,     mf_judge_btf,	  mf_judge_depends,  mf_judge_builtin,
		mf_judge_blacklist,   mf_judge_indexes,	  mf_judge_firmware,
	};
	int r = mf_judge_form(judge);

	for (size_t i = 0; !r && i < judge->reasons->n; i++) {
		if (judge->reasons->v[i].weight == MF_VERDICT_FAILS)
			return 0;
	}
	for (size_t i = 0; !r && i < sizeof(rules) / sizeof(rules[0]); i++)
		r = rules[i](judge);
	return r;
}

static enum mf_verdict gravest(const struct mf_reasons *reasons)
{
	enum mf_verdict verdict = MF_VERDICT_LOADS;

	for (size_t i = 0; i < reasons->n; i++) {
		if (reasons->v[i].weight > verdict)
			verdict = reasons->v[i].weight;
	}
	return verdict;
}

int mf_check_drivers(const struct mf_check *check, struct mf_checked *out)
{
	size_t first = out->n;

	for (size_t i = 0; i < check->selected->n; i++) {
		struct mf_driver_check result = {.selected = &check->selected->v[i],
						 .kernel = check->kernel};
		struct mf_judge judge = {
			.check = check,
			.before = out,
			.first = first,
			.arena = &out->arena,
			.selected = result.selected,
			.driver = result.selected->driver,
			.reasons = &result.reasons,
		};
		int r = judge_driver(&judge);

		if (!r)
			r = mf_arena_grow(&out->arena, &out->v, out->n, sizeof(result));
		if (r)
			return r;
		result.verdict = gravest(&result.reasons);
		result.trusted = judge.trusted;
		out->v[out->n++] = result;
		if (result.verdict > out->verdict)
			out->verdict = result.verdict;
	}
	return 0;
}

void mf_checked_free(struct mf_checked *checked)
{
	mf_arena_free(&checked->arena);
	*checked = (struct mf_checked){0};
}
