// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel module package of SUSE (KMP): one DKMS package for one kernel.
#include "dud/kmp_rpm.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/rpmspec.h"
#include "lib/core/supplements.h"

/*
 * Names and dependencies are those of kernel_module_package (kernel-source,
 * rpm/kernel-module-subpackage; 2026). Of its Requires none is here: YaST installs a driver
 * update's packages with rpm -U, which installs none of them where one lacks something. No Requires
 * on a kernel either: the installed one may be later than the installer's, and weak-modules2 links
 * the modules where the symbols allow it.
 */
#define FILE_NAME_MAX 255 /* NAME_MAX of Linux */

/* "default", "64kb": letters and digits, and not digits alone. */
static bool is_flavour(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return !text[n] && text[strspn(text, "0123456789_")];
}

/* weak-modules2 takes what stands behind the last '-' of a release for the flavour. */
static int split_kernel(struct mf_kmp_rpm *kmp, struct mf_arena *arena, struct mf_err *err)
{
	const char *kernel = kmp->rpm.kernel;
	const char *dash = strrchr(kernel, '-');
	const char *version;

	if (!dash || dash == kernel || !is_flavour(dash + 1))
		return mf_fail(
			err, -EINVAL,
			"%s: kernel %s is none of SUSE's, expected one with a flavour at its end, as 6.4.0-150600.21-default; name another with --kernel",
			kmp->rpm.name, kernel);
	version = mf_arena_strndup(arena, kernel, (size_t)(dash - kernel));
	version = version ? mf_rpm_version_fold(version, arena) : NULL;
	kmp->flavour = dash + 1;
	kmp->kernel_version = version ? mf_arena_printf(arena, "k%s", version) : NULL;
	return kmp->kernel_version ? 0 : -ENOMEM;
}

/*
 * Where the target has its modules: weak-modules2 looks at paths as the package has them, since the
 * merge of /usr below /usr/lib alone, before that below /lib alone.
 */
static const char *find_lib(const struct mf_kmp_rpm *kmp)
{
	const struct mf_plan *plan = kmp->rpm.plan;
	const struct mf_target *found = plan->n_targets ? plan->targets[0] : NULL;

	for (size_t i = 0; i < plan->n_targets; i++) {
		if (mf_target_admits_kernel(plan->targets[i], kmp->rpm.kernel)) {
			found = plan->targets[i];
			break;
		}
	}
	return found && found->is_usrmerged ? "usr/lib" : "lib";
}

static int name_all(struct mf_kmp_rpm *kmp, struct mf_arena *arena, struct mf_err *err)
{
	int r = mf_kmod_rpm_check_names(&kmp->rpm, err);

	if (!r)
		r = split_kernel(kmp, arena, err);
	if (r)
		return r;
	kmp->name = mf_arena_printf(arena, "%s-kmp-%s", kmp->rpm.name, kmp->flavour);
	kmp->version = mf_arena_printf(arena, "%s_%s", kmp->rpm.version, kmp->kernel_version);
	kmp->folder = mf_arena_printf(arena, "%s/modules/%s/updates", find_lib(kmp),
				      kmp->rpm.kernel);
	return kmp->name && kmp->version && kmp->folder ? 0 : -ENOMEM;
}

static int add_identity(struct mf_kmp_rpm *kmp)
{
	struct mf_arena *arena = &kmp->rpm.tree->arena;
	const char *name = kmp->rpm.name;
	const char *one = mf_arena_printf(arena, "%s-%s", kmp->name, kmp->kernel_version);
	const struct {
		const char *key;
		const char *value;
	} params[] = {
		{"name", kmp->name},
		{"version", kmp->version},
		{"release", MF_KMP_RELEASE},
		{"arch", kmp->rpm.part->v[0].build->arch},
		{"summary",
		 mf_arena_printf(arena, "%s drivers for kernel %s", name, kmp->rpm.kernel)},
		{"payload", "xz"},
		{"provides", one}, /* first: two of it cannot be installed, see conflicts */
		{"provides", mf_arena_printf(arena, "%s-kmp = %s", name, kmp->version)},
		{"provides", mf_arena_printf(arena, "%s-kmp = %s", name, kmp->rpm.version)},
		/* libzypp installs packages for several kernels side by side */
		{"provides", "multiversion(kernel)"},
		{"conflicts", one},
		{"enhances", mf_arena_printf(arena, "kernel-%s", kmp->flavour)},
		/* depmod */
		{"requires-post", "kmod"},
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(params) / sizeof(params[0]); i++)
		r = params[i].value
			    ? mf_tree_add_param(kmp->rpm.tree, params[i].key, params[i].value)
			    : -ENOMEM;
	return r ? r : mf_kmod_rpm_add_text(&kmp->rpm);
}

/* "kmod(NAME.ko)", where SUSE's find-provides.ksyms writes '_' for '-'. */
static int add_kmod(struct mf_kmp_rpm *kmp, const char *file)
{
	char *name = mf_arena_printf(&kmp->rpm.tree->arena, "kmod(%s.ko)", file);

	for (char *c = name; c && *c; c++)
		*c = *c == '-' ? '_' : *c;
	return name ? mf_tree_add_param(kmp->rpm.tree, "provides", name) : -ENOMEM;
}

static int add_hardware(struct mf_kmp_rpm *kmp)
{
	struct mf_arena *arena = &kmp->rpm.tree->arena;

	for (size_t i = 0; i < kmp->rpm.part->n; i++) {
		struct mf_strings lines;
		int r = add_kmod(kmp, kmp->rpm.files[i]);

		if (!r)
			r = mf_supplements(&kmp->rpm.part->v[i].driver->module, kmp->flavour, arena,
					   &lines);
		for (size_t j = 0; !r && j < lines.n; j++)
			r = mf_tree_add_param(kmp->rpm.tree, "supplements", lines.v[j]);
		if (r)
			return r;
	}
	return 0;
}

/* find-requires.ksyms and ksym-provides: hexadecimal without "0x" and leading zeros. */
static int add_symbol(struct mf_kmp_rpm *kmp, const char *key, const struct mf_symbol *symbol)
{
	const char *dep = mf_arena_printf(&kmp->rpm.tree->arena, "ksym(%s:%s) = %x", kmp->flavour,
					  symbol->name, (unsigned int)symbol->crc);

	return dep ? mf_tree_add_param(kmp->rpm.tree, key, dep) : -ENOMEM;
}

static bool exports(const struct mf_package_part *part, const char *symbol)
{
	for (size_t i = 0; i < part->n; i++) {
		const struct mf_symbols *own = &part->v[i].driver->module.exports;

		for (size_t j = 0; j < own->n; j++) {
			if (strcmp(own->v[j].name, symbol) == 0)
				return true;
		}
	}
	return false;
}

static int add_exports(struct mf_kmp_rpm *kmp, const struct mf_module *module)
{
	int r = 0;

	for (size_t i = 0; !r && i < module->exports.n; i++) {
		if (module->exports.v[i].has_crc)
			r = add_symbol(kmp, "provides", &module->exports.v[i]);
	}
	return r;
}

/*
 * ksym() for all: the kernel provides it for each symbol of its own (find-provides.ksyms).
 * kernel(FLAVOUR:SYMSET) of enterprise kernels is for sets of them that only its package tells.
 */
static int add_imports(struct mf_kmp_rpm *kmp, const struct mf_module *module)
{
	int r = 0;

	for (size_t i = 0; !r && i < module->imports.n; i++) {
		const struct mf_symbol *symbol = &module->imports.v[i];

		if (symbol->has_crc && !exports(kmp->rpm.part, symbol->name))
			r = add_symbol(kmp, "requires", symbol);
	}
	return r;
}

static int add_symbols(struct mf_kmp_rpm *kmp)
{
	const struct mf_package_part *part = kmp->rpm.part;
	int r = 0;

	for (size_t i = 0; !r && i < part->n; i++) {
		r = add_exports(kmp, &part->v[i].driver->module);
		if (!r && kmp->rpm.plan->dud.has_abi_requires)
			r = add_imports(kmp, &part->v[i].driver->module);
	}
	return r;
}

/*
 * In updates/ of the firmware folder, which the kernel looks at before the distribution's own
 * (drivers/base/firmware_loader/main.c), whatever its release: the modules serve other kernels too.
 */
static int add_firmware(struct mf_kmp_rpm *kmp, const struct mf_driver *driver, struct mf_err *err)
{
	struct mf_tree *tree = kmp->rpm.tree;

	for (size_t i = 0; i < driver->n_firmware; i++) {
		const struct mf_firmware *firmware = &driver->firmware[i];
		const char *path = mf_arena_printf(&tree->arena, "%s/firmware/updates/%s",
						   find_lib(kmp), firmware->name);
		int r;

		if (!path)
			return -ENOMEM;
		if (mf_tree_has(tree, path)) /* another module of the part names it too */
			continue;
		r = mf_tree_add_bytes(tree, path, 0644, firmware->content);
		if (r == -EINVAL)
			return mf_kmod_rpm_refuse(
				&kmp->rpm, err, "a module of it names firmware by an unsafe path");
		if (r)
			return r;
	}
	return 0;
}

static int add_modules(struct mf_kmp_rpm *kmp, struct mf_err *err)
{
	struct mf_tree *tree = kmp->rpm.tree;

	for (size_t i = 0; i < kmp->rpm.part->n; i++) {
		const struct mf_driver *driver = kmp->rpm.part->v[i].driver;
		const char *path = mf_arena_printf(&tree->arena, "%s/%s.ko", kmp->folder,
						   kmp->rpm.files[i]);
		int r = path ? mf_tree_add_bytes(tree, path, 0644, driver->content) : -ENOMEM;

		if (!r)
			r = add_firmware(kmp, driver, err);
		if (r)
			return r;
	}
	return 0;
}

static int fill(struct mf_kmp_rpm *kmp, struct mf_err *err)
{
	int r = mf_kmod_rpm_name_files(&kmp->rpm, err);

	if (!r)
		r = add_identity(kmp);
	if (!r)
		r = add_hardware(kmp);
	if (!r)
		r = add_symbols(kmp);
	if (!r)
		r = add_modules(kmp, err);
	return r ? r : mf_kmp_rpm_add_scripts(kmp);
}

int mf_kmp_rpm_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		   const struct mf_package_part *part, struct mf_err *err)
{
	/* packages for several kernels share name and machine, not the first of their Provides */
	static const char *const identity[] = {"provides", "arch"};
	struct mf_kmp_rpm kmp = {
		.rpm = {.plan = plan,
			.part = part,
			.name = mf_package_name(part),
			.kernel = part->v[0].build->kernel,
			.version = mf_rpm_version_fold(mf_package_version(part), &tree->arena)},
	};
	const char *path;
	int r = kmp.rpm.version ? name_all(&kmp, &tree->arena, err) : -ENOMEM;

	if (r)
		return r;
	path = mf_arena_printf(&tree->arena, "%s%s%s-%s-" MF_KMP_RELEASE ".%s.rpm", folder,
			       *folder ? "/" : "", kmp.name, kmp.version, part->v[0].build->arch);
	if (!path)
		return -ENOMEM;
	if (strlen(mf_path_base(path)) > FILE_NAME_MAX)
		return mf_kmod_rpm_refuse(&kmp.rpm, err,
					  "the RPM's file name would be longer than 255 bytes");
	r = mf_tree_add_tree(tree, path, 0644, "rpm", &kmp.rpm.tree);
	if (!r)
		r = fill(&kmp, err);
	return r ? r : mf_package_check_name(tree, kmp.rpm.tree, identity, err);
}
