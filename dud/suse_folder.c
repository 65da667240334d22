// SPDX-License-Identifier: GPL-2.0-or-later
// One driver update of SUSE's form: linux/suse/ARCH-DIST with dud.config, modules/ and install/.
#include <errno.h>
#include <string.h>

#include "dud/package.h"
#include "dud/suse_parts.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* Adds a file of text with the folders above it; the text is copied. */
static int add_text(struct mf_tree *tree, const char *path, const char *text)
{
	size_t n = strlen(text);
	const char *copy = mf_arena_strndup(&tree->arena, text, n);

	return copy ? mf_tree_add_bytes(tree, path, 0644,
					(struct mf_bytes){(const uint8_t *)copy, n})
		    : -ENOMEM;
}

/*
 * modules/ is flat: neither installer looks below it. Without module.order linuxrc takes the order
 * of the folder, and with anything but names in its lines (comments, CRs) it looks for modules
 * called so (linuxrc, util.c, add_driver_update and util_do_driver_update).
 */
static int add_modules(struct mf_tree *tree, const struct mf_suse_folder *folder, const char *base)
{
	const struct mf_suse_part *part = folder->part;
	const char *path = mf_arena_printf(&tree->arena, "%s/modules/module.order", base);
	int r = path ? mf_tree_add_parents(tree, path, "") : -ENOMEM;

	for (size_t i = 0; !r && i < part->n; i++) {
		const char *file = mf_arena_printf(&tree->arena, "%s/modules/%s.ko", base,
						   part->files[i]);

		r = file ? mf_tree_add_bytes(tree, file, 0644, part->drivers[i].driver->content)
			 : -ENOMEM;
	}
	return r ? r : add_text(tree, path, folder->order);
}

static int add_driver_firmware(struct mf_tree *tree, const char *folder,
			       const struct mf_driver *driver, struct mf_err *err)
{
	for (size_t i = 0; i < driver->n_firmware; i++) {
		const struct mf_firmware *firmware = &driver->firmware[i];
		const char *path = mf_arena_printf(&tree->arena, "%s/%s", folder, firmware->name);
		int r;

		if (!path)
			return -ENOMEM;
		if (mf_tree_has(tree, path)) /* another driver names it too */
			continue;
		r = mf_tree_add_bytes(tree, path, 0644, firmware->content);
		if (!r)
			r = mf_tree_add_parents(tree, path, "");
		if (r == -EINVAL)
			return mf_fail(err, r, "%s: it names firmware by an unsafe path",
				       driver->module.name);
		if (r)
			return r;
	}
	return 0;
}

/* The format has no place for it: the installers' recipes say where it is found. */
static int add_firmware(struct mf_tree *tree, const struct mf_suse_folder *folder, const char *base,
			struct mf_err *err)
{
	const char *path = mf_arena_printf(&tree->arena, "%s/%s", base, folder->firmware);
	int r = path ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < folder->part->n; i++)
		r = add_driver_firmware(tree, path, folder->part->drivers[i].driver, err);
	return r;
}

/* What the installer loads is not in the installed system: that gets the packages. */
static int add_packages(struct mf_tree *tree, const struct mf_suse_folder *folder,
			const char *install, struct mf_err *err)
{
	const struct mf_selected_list list = {folder->part->drivers, folder->part->n};
	struct mf_package_part *parts = NULL;
	size_t n = 0;
	int r = mf_package_split(&list, &tree->arena, &parts, &n);

	for (size_t i = 0; !r && i < n; i++)
		r = mf_kmp_rpm_add(tree, install, folder->plan, &parts[i], err);
	return r;
}

static int add_install(struct mf_tree *tree, const struct mf_suse_folder *folder, const char *base,
		       struct mf_err *err)
{
	const char *install = mf_arena_printf(&tree->arena, "%s/install", base);
	const char *script = folder->script ? mf_arena_printf(&tree->arena, "%s/%s", install,
							      folder->script_name)
					    : install;
	int r = install && script ? mf_tree_add_dir(tree, install, 0755) : -ENOMEM;

	if (!r && folder->script)
		r = add_text(tree, script, folder->script);
	if (r)
		return r;
	switch (folder->plan->dud.install) {
	case MF_INSTALL_PACKAGE: return add_packages(tree, folder, install, err);
	case MF_INSTALL_ARCHIVE: return mf_suse_archive_add(tree, folder->part, install);
	case MF_INSTALL_NONE: break;
	}
	return 0;
}

static int add_folder(struct mf_tree *tree, const struct mf_suse_folder *folder, const char *base,
		      struct mf_err *err)
{
	const char *config = mf_arena_printf(&tree->arena, "%s/dud.config", base);
	int r = config ? add_modules(tree, folder, base) : -ENOMEM;

	if (!r)
		r = add_text(tree, config, folder->config);
	if (!r)
		r = add_install(tree, folder, base, err);
	return r ? r : add_firmware(tree, folder, base, err);
}

int mf_suse_folder_add(struct mf_tree *tree, const struct mf_suse_folder *folder,
		       struct mf_err *err)
{
	const struct mf_suse_part *part = folder->part;
	int r = 0;

	for (size_t i = 0; !r && i < part->tags.n; i++) {
		const char *base = mf_arena_printf(&tree->arena, "%slinux/suse/%s-%s",
						   folder->prefix, part->arch, part->tags.v[i]);
		const char *first = mf_arena_printf(&tree->arena, "%s-%s", part->arch,
						    part->tags.v[0]);

		if (!base || !first)
			return -ENOMEM;
		/* as mkdud does it: beside the folder, relative */
		r = i && folder->plan->dud.has_symlinks ? mf_tree_add_symlink(tree, base, first)
							: add_folder(tree, folder, base, err);
	}
	return r;
}

/* Whether an earlier driver of the part is of the same package. */
static bool is_named(const struct mf_suse_part *part, size_t at)
{
	const struct mf_package *package = part->drivers[at].package;

	for (size_t i = 0; package->name && i < at; i++) {
		const struct mf_package *other = part->drivers[i].package;

		if (other->name && strcmp(other->name, package->name) == 0)
			return true;
	}
	return false;
}

/* linuxrc shows it of an update that its script takes away, too. */
static int put_name(const struct mf_suse_part *part, size_t at, struct mf_buf *out,
		    struct mf_err *err)
{
	const struct mf_package_part one = {&part->drivers[at], 1};
	const char *name = mf_package_name(&one);
	const char *version = mf_package_version(&one);
	size_t start = out->len;

	mf_buf_adds(out, "UpdateName: ");
	mf_buf_add_visible(out, name, strlen(name));
	mf_buf_addc(out, ' ');
	mf_buf_add_visible(out, version, strlen(version));
	mf_buf_printf(out, " for kernel %s\n", part->kernel);
	if (out->len - start <= MF_SUSE_LINE_MAX + 1)
		return 0;
	return mf_fail(
		err, -EINVAL,
		"%s: the name and version of its package are longer than a line of dud.config, expected %d characters with the kernel's; rename the DKMS package",
		part->files[at], MF_SUSE_LINE_MAX);
}

int mf_suse_config_put(const struct mf_suse_part *part, const char *installer, struct mf_buf *out,
		       struct mf_err *err)
{
	int r = 0;

	mf_buf_printf(out, "UpdateID: %s\n", part->id);
	for (size_t i = 0; !r && i < part->n; i++) {
		if (!is_named(part, i))
			r = put_name(part, i, out, err);
	}
	mf_buf_printf(out, "UpdateInstaller: %s\n", installer);
	return r ? r : mf_buf_status(out);
}
