// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of check: imported and exported symbols (simplify_symbols, verify_exported_symbols).
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/check_rules.h"
#include "lib/core/modname.h"

/* What is wrong with imports, told once for all symbols of a kind. */
struct tally {
	const char *first; /* sentence about the first one */
	size_t n;
};

enum kind {
	KIND_CRC,
	KIND_UNVERSIONED,
	KIND_MISSING,
	KIND_UNKNOWN,
	KIND_GPL,
	KIND_GPL_UNKNOWN,
	KIND_SPACE,
	KIND_SPACE_UNKNOWN,
	N_KINDS
};

static const struct {
	enum mf_reason_code code;
	enum mf_verdict weight;
} kinds[N_KINDS] = {
	[KIND_CRC] = {MF_REASON_SYMBOL_CRC, MF_VERDICT_FAILS},
	[KIND_UNVERSIONED] = {MF_REASON_SYMBOL_CRC, MF_VERDICT_UNKNOWN},
	[KIND_MISSING] = {MF_REASON_SYMBOL_MISSING, MF_VERDICT_FAILS},
	[KIND_UNKNOWN] = {MF_REASON_SYMBOL_UNKNOWN, MF_VERDICT_UNKNOWN},
	[KIND_GPL] = {MF_REASON_SYMBOL_GPL, MF_VERDICT_FAILS},
	[KIND_GPL_UNKNOWN] = {MF_REASON_SYMBOL_UNKNOWN, MF_VERDICT_UNKNOWN},
	[KIND_SPACE] = {MF_REASON_SYMBOL_NAMESPACE, MF_VERDICT_FAILS},
	[KIND_SPACE_UNKNOWN] = {MF_REASON_SYMBOL_NAMESPACE, MF_VERDICT_UNKNOWN},
};

struct imports {
	struct mf_judge *judge;
	struct tally tallies[N_KINDS];
	bool is_gpl; /* its licence gives it GPL-only symbols */
};

static int count(struct imports *imports, enum kind kind, const char *first)
{
	struct tally *tally = &imports->tallies[kind];

	if (!first)
		return -ENOMEM;
	if (!tally->n++)
		tally->first = first;
	return 0;
}

/* license_is_gpl_compatible() (include/linux/license.h). */
static bool is_gpl_compatible(const char *license)
{
	static const char *const compatible[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};

	for (size_t i = 0; license && i < sizeof(compatible) / sizeof(compatible[0]); i++) {
		if (strcmp(license, compatible[i]) == 0)
			return true;
	}
	return false;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct mf_symbol *left = a;
	const struct mf_symbol *right = b;

	return strcmp(left->name, right->name);
}

/* An export of a module, which are sorted by name. */
static const struct mf_symbol *export_of(const struct mf_module *module, const char *name)
{
	struct mf_symbol key = {.name = name};

	return module->exports.n ? bsearch(&key, module->exports.v, module->exports.n, sizeof(key),
					   compare_symbols)
				 : NULL;
}

static bool is_image(const struct mf_export *export)
{
	return export->owner && strcmp(export->owner, "vmlinux") == 0;
}

/* The symbol as it will be found: of the image, of another driver of the artifact, of a stock
 * module that no driver takes the place of. False when there is none. */
static bool resolve(const struct mf_judge *judge, const char *name, struct mf_export *out)
{
	const struct mf_selected_list *all = judge->check->selected;
	const struct mf_export *stock = mf_symtab_find(&judge->check->kernel->symbols, name);

	if (stock && is_image(stock)) {
		*out = *stock;
		return true;
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct mf_module *module = &all->v[i].driver->module;
		const struct mf_symbol *symbol = export_of(module, name);

		if (!symbol || all->v[i].driver == judge->driver)
			continue;
		*out = (struct mf_export){
			.name = name,
			.owner = module->name,
			.space = symbol->space,
			.crc = symbol->crc,
			.has_crc = symbol->has_crc,
			.is_gpl = symbol->is_gpl ? MF_ANSWER_YES : MF_ANSWER_NO,
		};
		return true;
	}
	if (!stock || (stock->owner && mf_judge_shipped(judge, stock->owner)))
		return false;
	*out = *stock;
	return true;
}

static bool has(const struct mf_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->v[i], text) == 0)
			return true;
	}
	return false;
}

/* The module that exports it must be there; said once for each. */
static int judge_owner(struct imports *imports, const struct mf_export *export)
{
	struct mf_judge *judge = imports->judge;
	const struct mf_kernel *kernel = judge->check->kernel;
	const char *advice;

	if (!export->owner || is_image(export) || mf_judge_shipped(judge, export->owner) ||
	    mf_kernel_module(kernel, export->owner) ||
	    mf_kernel_is_builtin(kernel, export->owner) == MF_ANSWER_YES ||
	    mf_judge_is_absent(judge, export->owner))
		return 0;
	if (kernel->is_bare)
		return mf_judge_unsure_module(judge, export->owner);
	if (mf_judge_note_absent(judge, export->owner))
		return -ENOMEM;
	advice = mf_judge_advise_module(judge, export->owner, export->owner_path);
	if (!advice)
		return -ENOMEM;
	return mf_judge_say(judge, MF_REASON_DEPENDENCY_MISSING, MF_VERDICT_FAILS, advice,
			    "needs %s of the module %s, which is neither in the target nor here",
			    export->name, export->owner);
}

static int judge_licence(struct imports *imports, const struct mf_export *export)
{
	struct mf_arena *arena = imports->judge->arena;
	const char *license = imports->judge->module.license;

	if (imports->is_gpl || export->is_gpl == MF_ANSWER_NO)
		return 0;
	if (export->is_gpl == MF_ANSWER_YES)
		return count(imports, KIND_GPL,
			     mf_arena_printf(
				     arena, "%s is for GPL modules only, and its licence is \"%s\"",
				     export->name, license ? license : "unspecified"));
	return count(
		imports, KIND_GPL_UNKNOWN,
		mf_arena_printf(
			arena,
			"whether %s is for GPL modules only is not known, and its licence is \"%s\"",
			export->name, license ? license : "unspecified"));
}

/* verify_namespace_is_imported() */
static int judge_space(struct imports *imports, const struct mf_export *export)
{
	struct mf_judge *judge = imports->judge;
	const struct mf_strings *asked = &judge->module.import_spaces;
	enum mf_answer lenient = judge->check->kernel->config.allow_missing_space;

	if (lenient == MF_ANSWER_YES || (export->space && !*export->space))
		return 0;
	if (export->space &&
	    (has(asked, export->space) || mf_judge_is_space_of(export->space, judge->module.name)))
		return 0;
	if (!export->space && asked->n) /* one that a stock module with namespaces imports, too */
		return 0;
	if (!export->space)
		return count(
			imports, KIND_SPACE_UNKNOWN,
			mf_arena_printf(judge->arena,
					"%s may be in a symbol namespace, and it asks for none",
					export->name));
	return count(imports, lenient == MF_ANSWER_NO ? KIND_SPACE : KIND_SPACE_UNKNOWN,
		     mf_arena_printf(judge->arena,
				     "%s is in the symbol namespace %s, which it does not ask for",
				     export->name, export->space));
}

static int judge_missing(struct imports *imports, const struct mf_needed *needed)
{
	const struct mf_kernel *kernel = imports->judge->check->kernel;
	struct mf_arena *arena = imports->judge->arena;
	const struct mf_export *stock = mf_symtab_find(&kernel->symbols, needed->name);

	if (needed->is_weak)
		return 0;
	if (stock) /* its module is replaced by one without it */
		return count(
			imports, KIND_MISSING,
			mf_arena_printf(arena,
					"%s is exported by the stock %s, but not by the one here",
					needed->name, stock->owner));
	if (kernel->symbols.is_complete)
		return count(imports, KIND_MISSING,
			     mf_arena_printf(arena, "%s is exported by nothing there or here",
					     needed->name));
	return count(imports, KIND_UNKNOWN,
		     mf_arena_printf(arena, "whether the target's kernel exports %s is not known",
				     needed->name));
}

/* Debian's kernels are called by its architectures, those of backports say "+deb12" too. */
static bool is_debian(const char *release)
{
	static const char *const ends[] = {"-amd64", "-arm64",	     "-686",   "-686-pae",
					   "-armmp", "-powerpc64le", "-s390x", "-riscv64"};
	bool is_debian = release && strstr(release, "+deb");

	for (size_t i = 0; release && !is_debian && i < sizeof(ends) / sizeof(ends[0]); i++)
		is_debian = mf_has_suffix(release, ends[i]);
	return is_debian;
}

/* check_version() warns of it and goes on; Debian's refuses (its patch "module: Disable matching
 * missing version CRC", since 4.9). */
static int judge_unversioned(struct imports *imports, const struct mf_needed *needed)
{
	const char *release = imports->judge->check->kernel->release;

	return count(imports, is_debian(release) ? KIND_CRC : KIND_UNVERSIONED,
		     mf_arena_printf(imports->judge->arena,
				     "symbol %s has no version in it, but the others have",
				     needed->name));
}

static int judge_import(struct imports *imports, const struct mf_needed *needed)
{
	struct mf_judge *judge = imports->judge;
	struct mf_export export;
	int r;

	if (!resolve(judge, needed->name, &export))
		return judge_missing(imports, needed);
	r = judge_owner(imports, &export);
	if (!r)
		r = judge_licence(imports, &export);
	if (!r)
		r = judge_space(imports, &export);
	if (r || !export.has_crc || mf_judge_modversions(judge) == MF_ANSWER_NO)
		return r;
	if (!needed->has_crc)
		return judge->load.has_versions ? judge_unversioned(imports, needed) : 0;
	if (needed->crc == export.crc)
		return 0;
	return count(imports, KIND_CRC,
		     mf_arena_printf(judge->arena, "symbol %s has CRC 0x%08x, the target's 0x%08x",
				     needed->name, needed->crc, export.crc));
}

static int tell(struct imports *imports, enum kind kind)
{
	struct mf_judge *judge = imports->judge;
	const struct tally *tally = &imports->tallies[kind];
	const char *advice = NULL;

	if (!tally->n)
		return 0;
	if (kind == KIND_CRC || kind == KIND_UNVERSIONED || kind == KIND_MISSING)
		advice = mf_judge_advise_build(judge);
	else if (kind != KIND_GPL && kind != KIND_SPACE)
		advice = "give --symvers or --vmlinuz";
	if (tally->n == 1)
		return mf_judge_say(judge, kinds[kind].code, kinds[kind].weight, advice, "%s",
				    tally->first);
	return mf_judge_say(judge, kinds[kind].code, kinds[kind].weight, advice,
			    "%s; likewise %zu more", tally->first, tally->n - 1);
}

int mf_judge_symbols(struct mf_judge *judge)
{
	struct imports imports = {.judge = judge,
				  .is_gpl = is_gpl_compatible(judge->module.license)};
	int r = 0;

	for (size_t i = 0; !r && i < judge->load.n_needed; i++)
		r = judge_import(&imports, &judge->load.needed[i]);
	for (int kind = 0; !r && kind < N_KINDS; kind++)
		r = tell(&imports, (enum kind)kind);
	return r;
}

/* Whether another driver of the artifact exports it, too. */
static const struct mf_module *other_exporter(const struct mf_judge *judge, const char *name)
{
	const struct mf_selected_list *all = judge->check->selected;

	for (size_t i = 0; i < all->n; i++) {
		const struct mf_module *module = &all->v[i].driver->module;

		if (all->v[i].driver != judge->driver &&
		    !mf_modname_equal(module->name, judge->module.name) && export_of(module, name))
			return module;
	}
	return NULL;
}

/* Whether some stock module depends on one of this name: it is the exporter then. */
static bool is_depended_on(const struct mf_kernel *kernel, const char *name)
{
	for (size_t i = 0; i < kernel->n_modules; i++) {
		const struct mf_strings *depends = &kernel->modules[i].depends;

		for (size_t k = 0; k < depends->n; k++) {
			if (mf_modname_equal(depends->v[k], name))
				return true;
		}
	}
	return false;
}

static int judge_export(struct mf_judge *judge, const char *name)
{
	const struct mf_kernel *kernel = judge->check->kernel;
	const struct mf_export *stock = mf_symtab_find(&kernel->symbols, name);
	const struct mf_module *other = other_exporter(judge, name);
	const char *ours = judge->module.name;

	if (other)
		return mf_judge_say(judge, MF_REASON_SYMBOL_DUPLICATE, MF_VERDICT_FAILS,
				    "ship one of the two",
				    "exports %s as %s here does: the second one to load is refused",
				    name, other->name);
	if (!stock && !kernel->symbols.is_complete)
		return mf_judge_say(judge, MF_REASON_SYMBOL_DUPLICATE, MF_VERDICT_UNKNOWN,
				    "give --symvers or --vmlinuz",
				    "whether the target's kernel exports %s itself is not known",
				    name);
	if (!stock || (stock->owner && mf_modname_equal(stock->owner, ours)) ||
	    (stock->owner && mf_judge_shipped(judge, stock->owner)))
		return 0;
	if (stock->owner && strcmp(stock->owner, "vmlinux") == 0)
		return mf_judge_say(judge, MF_REASON_SYMBOL_DUPLICATE, MF_VERDICT_FAILS, NULL,
				    "exports %s, which the target's kernel exports itself", name);
	if (stock->owner && mf_kernel_module(kernel, stock->owner))
		return mf_judge_say(
			judge, MF_REASON_SYMBOL_DUPLICATE,
			has(&judge->module.depends, stock->owner) ? MF_VERDICT_FAILS
								  : MF_VERDICT_UNKNOWN,
			NULL,
			"exports %s as the stock module %s does: the second one to load is refused",
			name, stock->owner);
	if (stock->owner || is_depended_on(kernel, ours))
		return 0;
	return mf_judge_say(judge, MF_REASON_SYMBOL_DUPLICATE, MF_VERDICT_UNKNOWN,
			    "give --symvers or --vmlinuz",
			    "exports %s, which stock modules import from somewhere", name);
}

int mf_judge_exports(struct mf_judge *judge)
{
	size_t n = judge->reasons->n;
	int r = 0;

	/* one of them says it for all */
	for (size_t i = 0; !r && n == judge->reasons->n && i < judge->module.exports.n; i++)
		r = judge_export(judge, judge->module.exports.v[i].name);
	return r;
}
