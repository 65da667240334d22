// SPDX-License-Identifier: GPL-2.0-or-later
// Debian packages of built drivers: NAME-modules-KERNEL, one a package of DKMS and kernel.
#include <errno.h>
#include <string.h>

#include "dud/deb_scripts.h"
#include "dud/package.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/archname.h"
#include "lib/core/debpkg.h"
#include "lib/core/modalias_provides.h"

/*
 * Debian Policy 5.6.2 wants a maintainer who can be reached; a package made by a tool has none. RFC
 * 2606 promises that nobody ever has this address.
 */
#define MAINTAINER "modferry <modferry@package.invalid>"
/* Of the packages alone: DKMS on the target writes into updates/dkms and takes no notice. */
#define SUBFOLDER  "updates/modferry"
#define NAME_LIMIT 255 /* of a file name: NAME_MAX of Linux' limits.h */

/* A package while it is planned; texts live in the tree that it becomes part of. */
struct package {
	const struct mf_package_part *part;
	struct mf_tree *tree; /* of the package */
	struct mf_arena *arena;
	struct mf_err *err;
	const char *kernel;
	const char *folded;  /* DKMS name as part of a Debian name */
	const char *name;    /* of the package */
	const char *version; /* of the package */
	const char *arch;    /* Debian's word */
	const char *lib;     /* folder that has modules/ and firmware/ */
};

/*
 * Where the kernel packages of a target have their modules: dpkg knows two names of one folder as
 * two, so ours stand where theirs do. Looked up in linux-image of Debian 12 (6.1.0-50) and 13
 * (6.12.94+deb13), firmware-linux-free of both, linux-modules of Ubuntu 22.04 (5.15.0-1003), 24.04
 * (6.8.0-1007) and 26.04 (7.0.0-1003): usr/lib since Debian 13 and Ubuntu 26.04. A package for
 * several targets has the older name, which the newer systems have as a link.
 */
static bool has_usr_lib(const struct mf_target *target)
{
	return strcmp(target->name, "debian13") == 0 || strcmp(target->name, "ubuntu26.04") == 0;
}

static const char *library_folder(const struct mf_plan *plan)
{
	bool is_usr = plan->target && has_usr_lib(plan->target);

	for (size_t i = 0; i < plan->n_targets; i++)
		is_usr = is_usr && has_usr_lib(plan->targets[i]);
	return is_usr ? "usr/lib" : "lib";
}

/* --- names --- */

static int fail_value(struct package *package, const char *what, const char *value,
		      const char *problem)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf visible = {0};

	mf_buf_add_visible(&visible, value, strlen(value));
	return mf_fail(package->err, -EINVAL, "Debian package: %s \"%s\" %s", what,
		       mf_buf_str(&visible), problem);
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return true;
	}
	return false;
}

/* Kernel releases and modules' names stand in paths and scripts; they are never rewritten. */
static bool is_plain(const char *word)
{
	for (const char *c = word; *c; c++) {
		bool is_alnum = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
				(*c >= 'a' && *c <= 'z');

		if (!is_alnum && !strchr("+._-~", *c))
			return false;
	}
	return *word && !strchr(".-~", *word);
}

static const char *fold(struct mf_arena *arena, void (*folder)(struct mf_buf *, const char *),
			const char *text)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	folder(&out, text);
	return mf_buf_status(&out) ? NULL : mf_arena_strdup(arena, mf_buf_str(&out));
}

static int name_package(struct package *package)
{
	const char *name = mf_package_name(package->part);
	const char *version = mf_package_version(package->part);
	const struct mf_build *build = package->part->v[0].build;
	const char *kernel;

	if (!build->kernel || !is_plain(build->kernel))
		return fail_value(package, "kernel release", build->kernel ? build->kernel : "",
				  "cannot stand in its name and paths");
	package->kernel = build->kernel;
	package->arch = build->arch ? mf_arch_debian(build->arch) : NULL;
	if (!package->arch)
		return fail_value(package, "architecture", build->arch ? build->arch : "",
				  "is none that Debian has a port to");
	if (has_control(name) || has_control(version))
		return fail_value(package, "name or version", has_control(name) ? name : version,
				  "has a control character; mend its dkms.conf");
	package->folded = fold(package->arena, mf_deb_fold_name, name);
	kernel = fold(package->arena, mf_deb_fold_name, build->kernel);
	version = fold(package->arena, mf_deb_fold_version, version);
	if (!package->folded || !kernel || !version)
		return -ENOMEM;
	if (!*package->folded)
		return fail_value(package, "name", name,
				  "has no letter or digit that a Debian name can have");
	package->name = mf_arena_printf(package->arena, "%s-modules-%s", package->folded, kernel);
	package->version = mf_arena_printf(package->arena, "%s-1", version);
	return package->name && package->version ? 0 : -ENOMEM;
}

/* --- parameters --- */

static int add_text(struct package *package, const char *key, const char *value)
{
	return value ? mf_tree_add_param(package->tree, key, value) : -ENOMEM;
}

static int add_identity(struct package *package)
{
	int r = add_text(package, "package", package->name);

	if (!r)
		r = add_text(package, "version", package->version);
	if (!r)
		r = add_text(package, "architecture", package->arch);
	if (!r)
		r = add_text(package, "maintainer", MAINTAINER);
	return r ? r : add_text(package, "section", "kernel");
}

/*
 * Only kmod, for depmod. Not the kernel's image: installers put drivers on the target before, or
 * without, that very package (a later postinst of the kernel runs depmod itself), and apt would
 * bring a kernel nobody asked for; so the image is named by Enhances, which installs nothing.
 */
static int add_relations(struct package *package)
{
	const char *kernel = package->name + strlen(package->folded) + strlen("-modules-");
	int r = add_text(package, "depends", "kmod");

	if (!r)
		r = add_text(package, "enhances",
			     mf_arena_printf(package->arena, "linux-image-%s", kernel));
	if (!r)
		r = add_text(package, "provides",
			     mf_arena_printf(package->arena, "%s-modules (= %s)", package->folded,
					     package->version));
	return r;
}

static void describe_module(struct mf_buf *out, const struct mf_module *module)
{
	mf_buf_addc(out, '\n');
	mf_buf_add_visible(out, module->name, strlen(module->name));
	if (module->description && *module->description) {
		mf_buf_adds(out, ": ");
		mf_buf_add_visible(out, module->description, strlen(module->description));
	}
}

static int add_description(struct package *package)
{
	const char *name = mf_package_name(package->part);
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	mf_buf_add_visible(&out, name, strlen(name));
	mf_buf_printf(&out,
		      " kernel modules for Linux %s\n"
		      "Drivers as DKMS built them, for machines that do not build them\n"
		      "themselves; modprobe prefers them to those of the kernel package.\n",
		      package->kernel);
	for (size_t i = 0; i < package->part->n; i++)
		describe_module(&out, &package->part->v[i].driver->module);
	return mf_buf_status(&out) ? -ENOMEM : add_text(package, "description", mf_buf_str(&out));
}

static int add_modaliases(struct package *package)
{
	size_t n = package->part->n;
	const struct mf_module **modules = mf_arena_alloc(package->arena, n * sizeof(*modules));
	char *value;

	if (!modules)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		modules[i] = &package->part->v[i].driver->module;
	value = mf_modaliases_field(modules, n, package->arena);
	return value && !*value ? 0 : add_text(package, "modaliases", value);
}

/* --- files --- */

static int add_file(struct package *package, const char *path, uint32_t mode,
		    struct mf_bytes content)
{
	int r;

	if (!path)
		return -ENOMEM;
	if (mf_tree_has(package->tree, path)) /* firmware that two modules name */
		return 0;
	r = mf_tree_add_bytes(package->tree, path, mode, content);
	if (r == -EINVAL)
		return fail_value(package, "file", path, "is no path for a package");
	return r ? r : mf_tree_add_parents(package->tree, path, "");
}

/*
 * The folder of this kernel alone that request_firmware() looks into first (fw_path of
 * drivers/base/firmware_loader/main.c): one firmware in two packages, or in the distribution's
 * too, would be a file of two packages, which dpkg refuses to install.
 */
static int add_firmware(struct package *package, const struct mf_driver *driver)
{
	int r = 0;

	for (size_t i = 0; !r && i < driver->n_firmware; i++)
		r = add_file(package,
			     mf_arena_printf(package->arena, "%s/firmware/updates/%s/%s",
					     package->lib, package->kernel,
					     driver->firmware[i].name),
			     0644, driver->firmware[i].content);
	return r;
}

/* A text of our own; NULL: no memory for it. */
static int add_script(struct package *package, const char *path, uint32_t mode, const char *text)
{
	if (!text)
		return -ENOMEM;
	return add_file(package, path, mode,
			(struct mf_bytes){(const uint8_t *)text, strlen(text)});
}

/*
 * depmod.d(5): of two modules of a name below updates/, the one that readdir gives first would
 * win; the one that an administrator installed as a package does. For all kernels, since the
 * word there is a regular expression (kmod tools/depmod.c, cfg_kernel_matches), in which the "+" of
 * a release is none; the folder names the package anyway.
 */
static int add_override(struct package *package)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	mf_buf_adds(&text, "# these rather than modules of the same name that DKMS builds here\n");
	for (size_t i = 0; i < package->part->n; i++)
		mf_buf_printf(&text, "override %s * %s/%s\n",
			      package->part->v[i].driver->module.name, SUBFOLDER, package->folded);
	if (mf_buf_status(&text))
		return -ENOMEM;
	return add_script(
		package,
		mf_arena_printf(package->arena, "%s/depmod.d/%s.conf", package->lib, package->name),
		0644, mf_arena_strdup(package->arena, mf_buf_str(&text)));
}

static int add_hook(struct package *package)
{
	char *name = mf_arena_strdup(package->arena, package->name);

	if (!name)
		return -ENOMEM;
	for (char *c = name; *c; c++) {
		if (*c == '+') /* initramfs-tools passes over names with others than [alnum._-] */
			*c = '_';
	}
	return add_script(
		package,
		mf_arena_printf(package->arena, "usr/share/initramfs-tools/hooks/%s", name), 0755,
		mf_deb_initramfs_hook(package->arena, package->kernel, package->part));
}

static int add_module(struct package *package, const struct mf_driver *driver)
{
	const char *path = mf_arena_printf(package->arena, "%s/modules/%s/%s/%s/%s.ko",
					   package->lib, package->kernel, SUBFOLDER,
					   package->folded, driver->module.name);
	int r;

	if (!is_plain(driver->module.name))
		return fail_value(package, "module", driver->module.name,
				  "has a name that cannot stand in scripts; rename it");
	if (path && mf_tree_has(package->tree, path))
		return fail_value(package, "module", driver->module.name,
				  "is there twice; choose one with --only");
	r = add_file(package, path, 0644, driver->content);
	return r ? r : add_firmware(package, driver);
}

static int fill(struct package *package)
{
	int r = add_identity(package);

	if (!r)
		r = add_relations(package);
	if (!r)
		r = add_description(package);
	if (!r)
		r = add_modaliases(package);
	if (!r)
		r = add_text(package, "postinst",
			     mf_deb_postinst(package->arena, package->name, package->kernel));
	if (!r)
		r = add_text(package, "postrm",
			     mf_deb_postrm(package->arena, package->name, package->kernel));
	for (size_t i = 0; !r && i < package->part->n; i++)
		r = add_module(package, package->part->v[i].driver);
	if (!r)
		r = add_override(package);
	return r ? r : add_hook(package);
}

int mf_kmod_deb_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		    const struct mf_package_part *part, struct mf_err *err)
{
	struct package package = {
		.part = part,
		.arena = &tree->arena,
		.err = err,
		.lib = library_folder(plan),
	};
	static const char *const identity[] = {"package", "architecture"};
	const char *file;
	int r = name_package(&package);

	if (r)
		return r;
	file = mf_arena_printf(&tree->arena, "%s_%s_%s.deb", package.name, package.version,
			       package.arch);
	if (!file)
		return -ENOMEM;
	if (strlen(file) > NAME_LIMIT)
		return mf_fail(err, -ENAMETOOLONG,
			       "Debian package: its file name has %zu characters, at most %d: %s",
			       strlen(file), NAME_LIMIT, file);
	file = mf_arena_printf(&tree->arena, "%s%s%s", folder, *folder ? "/" : "", file);
	r = file ? mf_tree_add_tree(tree, file, 0644, "deb", &package.tree) : -ENOMEM;
	if (!r)
		r = fill(&package);
	return r ? r : mf_package_check_name(tree, package.tree, identity, err);
}
