// SPDX-License-Identifier: GPL-2.0-or-later
// Debian packages of built drivers: NAME-modules-KERNEL, one a package of DKMS and kernel.
#include "dud/kmod_deb.h"

#include <errno.h>
#include <string.h>

#include "dud/deb_scripts.h"
#include "lib/base/cleanup.h"
#include "lib/core/modalias_provides.h"

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

/*
 * Only kmod, for depmod. Not the kernel's image: installers put drivers on the target before, or
 * without, that very package (a later postinst of the kernel runs depmod itself), and apt would
 * bring a kernel nobody asked for; so the image is named by Enhances, which installs nothing.
 */
static int add_relations(struct mf_kmod_deb *deb)
{
	const char *kernel = deb->name + strlen(deb->folded) + strlen("-modules-");
	int r = mf_kmod_deb_add_param(deb, "depends", "kmod");

	if (!r)
		r = mf_kmod_deb_add_param(deb, "enhances",
					  mf_arena_printf(deb->arena, "linux-image-%s", kernel));
	if (!r)
		r = mf_kmod_deb_add_param(deb, "provides",
					  mf_arena_printf(deb->arena, "%s-modules (= %s)",
							  deb->folded, deb->version));
	return r;
}

static int add_modaliases(struct mf_kmod_deb *deb)
{
	size_t n = deb->part->n;
	const struct mf_module **modules = mf_arena_alloc(deb->arena, n * sizeof(*modules));
	char *value;

	if (!modules)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		modules[i] = &deb->part->v[i].driver->module;
	value = mf_modaliases_field(modules, n, deb->arena);
	return value && !*value ? 0 : mf_kmod_deb_add_param(deb, "modaliases", value);
}

/* A text of our own; NULL: no memory for it. */
static int add_script(struct mf_kmod_deb *deb, const char *path, uint32_t mode, const char *text)
{
	if (!text)
		return -ENOMEM;
	return mf_kmod_deb_add_file(deb, path, mode,
				    (struct mf_bytes){(const uint8_t *)text, strlen(text)});
}

/*
 * depmod.d(5): of two modules of a name below updates/, the one that readdir gives first would
 * win; the one that an administrator installed as a package does. For all kernels, since the
 * word there is a regular expression (kmod tools/depmod.c, cfg_kernel_matches), in which the "+" of
 * a release is none; the folder names the package anyway.
 */
static int add_override(struct mf_kmod_deb *deb)
{
	const char *folder = mf_kmod_deb_module_folder(deb);
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	if (!folder)
		return -ENOMEM;
	mf_buf_adds(&text, "# these rather than modules of the same name that DKMS builds here\n");
	for (size_t i = 0; i < deb->part->n; i++)
		mf_buf_printf(&text, "override %s * %s\n", deb->part->v[i].driver->module.name,
			      folder);
	if (mf_buf_status(&text))
		return -ENOMEM;
	return add_script(deb,
			  mf_arena_printf(deb->arena, "%s/depmod.d/%s.conf", deb->lib, deb->name),
			  0644, mf_arena_strdup(deb->arena, mf_buf_str(&text)));
}

static int add_hook(struct mf_kmod_deb *deb)
{
	char *name = mf_arena_strdup(deb->arena, deb->name);

	if (!name)
		return -ENOMEM;
	for (char *c = name; *c; c++) {
		if (*c == '+') /* initramfs-tools passes over names with others than [alnum._-] */
			*c = '_';
	}
	return add_script(deb,
			  mf_arena_printf(deb->arena, "usr/share/initramfs-tools/hooks/%s", name),
			  0755, mf_deb_initramfs_hook(deb->arena, deb->kernel, deb->part));
}

int mf_kmod_deb_add(struct mf_tree *tree, const char *folder, const struct mf_plan *plan,
		    const struct mf_package_part *part, struct mf_err *err)
{
	static const struct mf_kmod_deb_kind kind = {
		.tail = "",
		.extension = "deb",
		.section = "kernel",
		.description =
			"Drivers as DKMS built them, for machines that do not build them\n"
			"themselves; modprobe prefers them to those of the kernel package.\n",
	};
	struct mf_kmod_deb deb = {.part = part, .err = err, .lib = library_folder(plan)};
	int r = mf_kmod_deb_begin(&deb, tree, folder, &kind);

	if (!r)
		r = add_relations(&deb);
	if (!r)
		r = add_modaliases(&deb);
	if (!r)
		r = mf_kmod_deb_add_param(&deb, "postinst",
					  mf_deb_postinst(deb.arena, deb.name, deb.kernel));
	if (!r)
		r = mf_kmod_deb_add_param(&deb, "postrm",
					  mf_deb_postrm(deb.arena, deb.name, deb.kernel));
	if (!r)
		r = mf_kmod_deb_add_drivers(&deb);
	if (!r)
		r = add_override(&deb);
	if (!r)
		r = add_hook(&deb);
	return r ? r : mf_kmod_deb_end(&deb, tree);
}
