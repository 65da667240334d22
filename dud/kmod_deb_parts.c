// SPDX-License-Identifier: GPL-2.0-or-later
// What Debian packages of drivers share: names, description, modules and firmware.
#include <errno.h>
#include <string.h>

#include "dud/kmod_deb.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/archname.h"
#include "lib/core/debpkg.h"

/*
 * Debian Policy 5.6.2 wants a maintainer who can be reached; a package made by a tool has none. RFC
 * 2606 promises that nobody ever has this address.
 */
#define MAINTAINER "modferry <modferry@package.invalid>"
/* Of the packages alone: DKMS on the target writes into updates/dkms and takes no notice. */
#define SUBFOLDER  "updates/modferry"
#define NAME_LIMIT 255 /* of a file name: NAME_MAX of Linux' limits.h */

/* --- names --- */

static int fail_value(const struct mf_kmod_deb *deb, const char *what, const char *value,
		      const char *problem)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf visible = {0};

	mf_buf_add_visible(&visible, value, strlen(value));
	return mf_fail(deb->err, -EINVAL, "Debian package: %s \"%s\" %s", what,
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

static int set_names(struct mf_kmod_deb *deb, const char *tail)
{
	const char *name = mf_package_name(deb->part);
	const char *version = mf_package_version(deb->part);
	const struct mf_build *build = deb->part->v[0].build;
	const char *kernel;

	if (!build->kernel || !is_plain(build->kernel))
		return fail_value(deb, "kernel release", build->kernel ? build->kernel : "",
				  "cannot stand in its name and paths");
	deb->kernel = build->kernel;
	deb->arch = build->arch ? mf_arch_debian(build->arch) : NULL;
	if (!deb->arch)
		return fail_value(deb, "architecture", build->arch ? build->arch : "",
				  "is none that Debian has a port to");
	if (has_control(name) || has_control(version))
		return fail_value(deb, "name or version", has_control(name) ? name : version,
				  "has a control character; mend its dkms.conf");
	deb->folded = fold(deb->arena, mf_deb_fold_name, name);
	kernel = fold(deb->arena, mf_deb_fold_name, build->kernel);
	version = fold(deb->arena, mf_deb_fold_version, version);
	if (!deb->folded || !kernel || !version)
		return -ENOMEM;
	if (!*deb->folded)
		return fail_value(deb, "name", name,
				  "has no letter or digit that a Debian name can have; rename it "
				  "in its dkms.conf");
	deb->name = mf_arena_printf(deb->arena, "%s-modules-%s%s", deb->folded, kernel, tail);
	deb->version = mf_arena_printf(deb->arena, "%s-1", version);
	return deb->name && deb->version ? 0 : -ENOMEM;
}

static int nest(struct mf_kmod_deb *deb, struct mf_tree *tree, const char *folder,
		const char *extension)
{
	const char *file = mf_arena_printf(deb->arena, "%s_%s_%s.%s", deb->name, deb->version,
					   deb->arch, extension);

	if (!file)
		return -ENOMEM;
	if (strlen(file) > NAME_LIMIT)
		return mf_fail(deb->err, -ENAMETOOLONG,
			       "Debian package: its file name has %zu characters, at most %d; "
			       "shorten name or version in its dkms.conf: %s",
			       strlen(file), NAME_LIMIT, file);
	file = mf_arena_printf(deb->arena, "%s%s%s", folder, *folder ? "/" : "", file);
	return file ? mf_tree_add_tree(tree, file, 0644, "deb", &deb->tree) : -ENOMEM;
}

/* --- parameters --- */

int mf_kmod_deb_add_param(struct mf_kmod_deb *deb, const char *key, const char *value)
{
	return value ? mf_tree_add_param(deb->tree, key, value) : -ENOMEM;
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

static int add_description(struct mf_kmod_deb *deb, const char *paragraph)
{
	const char *name = mf_package_name(deb->part);
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	mf_buf_add_visible(&out, name, strlen(name));
	mf_buf_printf(&out, " kernel modules for Linux %s\n%s", deb->kernel, paragraph);
	for (size_t i = 0; i < deb->part->n; i++)
		describe_module(&out, &deb->part->v[i].driver->module);
	return mf_buf_status(&out) ? -ENOMEM
				   : mf_kmod_deb_add_param(deb, "description", mf_buf_str(&out));
}

int mf_kmod_deb_begin(struct mf_kmod_deb *deb, struct mf_tree *tree, const char *folder,
		      const struct mf_kmod_deb_kind *kind)
{
	int r;

	deb->arena = &tree->arena;
	r = set_names(deb, kind->tail);
	if (!r)
		r = nest(deb, tree, folder, kind->extension);
	if (!r)
		r = mf_kmod_deb_add_param(deb, "package", deb->name);
	if (!r)
		r = mf_kmod_deb_add_param(deb, "version", deb->version);
	if (!r)
		r = mf_kmod_deb_add_param(deb, "architecture", deb->arch);
	if (!r)
		r = mf_kmod_deb_add_param(deb, "maintainer", MAINTAINER);
	if (!r)
		r = mf_kmod_deb_add_param(deb, "section", kind->section);
	return r ? r : add_description(deb, kind->description);
}

int mf_kmod_deb_end(const struct mf_kmod_deb *deb, const struct mf_tree *tree)
{
	static const char *const identity[] = {"package", "architecture"};

	return mf_package_check_name(tree, deb->tree, identity, deb->err);
}

/* --- files --- */

int mf_kmod_deb_add_file(struct mf_kmod_deb *deb, const char *path, uint32_t mode,
			 struct mf_bytes content)
{
	int r;

	if (!path)
		return -ENOMEM;
	if (mf_tree_has(deb->tree, path)) /* firmware that two modules name */
		return 0;
	r = mf_tree_add_bytes(deb->tree, path, mode, content);
	if (r == -EINVAL)
		return fail_value(deb, "file", path, "is no path for a package");
	return r ? r : mf_tree_add_parents(deb->tree, path, "");
}

/*
 * The folder of this kernel alone that request_firmware() looks into first (fw_path of
 * drivers/base/firmware_loader/main.c): one firmware in two packages, or in the distribution's
 * too, would be a file of two packages, which dpkg refuses to install.
 */
static int add_firmware(struct mf_kmod_deb *deb, const struct mf_driver *driver)
{
	int r = 0;

	for (size_t i = 0; !r && i < driver->n_firmware; i++)
		r = mf_kmod_deb_add_file(deb,
					 mf_arena_printf(deb->arena, "%s/firmware/updates/%s/%s",
							 deb->lib, deb->kernel,
							 driver->firmware[i].name),
					 0644, driver->firmware[i].content);
	return r;
}

char *mf_kmod_deb_module_folder(const struct mf_kmod_deb *deb)
{
	return mf_arena_printf(deb->arena, SUBFOLDER "/%s", deb->folded);
}

static int add_module(struct mf_kmod_deb *deb, const char *folder, const struct mf_driver *driver)
{
	const char *path = mf_arena_printf(deb->arena, "%s/modules/%s/%s/%s.ko", deb->lib,
					   deb->kernel, folder, driver->module.name);
	int r;

	if (!is_plain(driver->module.name))
		return fail_value(deb, "module", driver->module.name,
				  "has a name that cannot stand in scripts; rename it");
	if (path && mf_tree_has(deb->tree, path))
		return fail_value(deb, "module", driver->module.name,
				  "is there twice; choose one with --only");
	r = mf_kmod_deb_add_file(deb, path, 0644, driver->content);
	return r ? r : add_firmware(deb, driver);
}

int mf_kmod_deb_add_drivers(struct mf_kmod_deb *deb)
{
	const char *folder = mf_kmod_deb_module_folder(deb);
	int r = folder ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < deb->part->n; i++)
		r = add_module(deb, folder, deb->part->v[i].driver);
	return r;
}
