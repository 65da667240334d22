// SPDX-License-Identifier: GPL-2.0-or-later
// install/update.tar.gz of a driver update: the installed system's drivers without a package.
#include <errno.h>
#include <string.h>

#include "dud/suse_parts.h"

#define ARCHIVE "update.tar.gz"
#define SCRIPT	"update.post"

/*
 * YaST unpacks update.tar.gz over the new system and then runs update.post in it, without looking
 * at how it ends (yast-installation, src/lib/installation/driver_update.rb and clients/inst_finish;
 * mkdud(1)). Neither may fail the installation; a kernel that is not installed there has no
 * initrd.
 */
static const char *script_text(const char *kernel, struct mf_arena *arena)
{
	return mf_arena_printf(
		arena,
		"#!/bin/sh\n"
		"# Makes the drivers of update.tar.gz known to depmod and brings them into the initrd.\n"
		"kernel='%s'\n"
		"depmod -a \"$kernel\" || :\n"
		"if [ -e \"/boot/initrd-$kernel\" ] && command -v dracut >/dev/null 2>&1; then\n"
		"\tdracut --force \"/boot/initrd-$kernel\" \"$kernel\" || :\n"
		"fi\n"
		"exit 0\n",
		kernel);
}

static int add_file(struct mf_tree *archive, const char *path, struct mf_bytes content)
{
	int r = path ? 0 : -ENOMEM;

	if (!r && mf_tree_has(archive, path))
		return 0; /* firmware that two drivers name */
	if (!r)
		r = mf_tree_add_parents(archive, path, "");
	return r ? r : mf_tree_add_bytes(archive, path, 0644, content);
}

/* SUSE's depmod searches updates/ first (depmod.d of suse-module-tools). */
static int fill(struct mf_tree *archive, const struct mf_suse_part *part)
{
	struct mf_arena *arena = &archive->arena;
	int r = 0;

	for (size_t i = 0; !r && i < part->n; i++) {
		const struct mf_driver *driver = part->drivers[i].driver;

		r = add_file(archive,
			     mf_arena_printf(arena, "lib/modules/%s/updates/%s.ko", part->kernel,
					     part->files[i]),
			     driver->content);
		for (size_t k = 0; !r && k < driver->n_firmware; k++)
			r = add_file(archive,
				     mf_arena_printf(arena, "lib/firmware/updates/%s",
						     driver->firmware[k].name),
				     driver->firmware[k].content);
	}
	return r;
}

int mf_suse_archive_add(struct mf_tree *tree, const struct mf_suse_part *part, const char *install)
{
	const char *path = mf_arena_printf(&tree->arena, "%s/" ARCHIVE, install);
	const char *script = mf_arena_printf(&tree->arena, "%s/" SCRIPT, install);
	const char *text = script_text(part->kernel, &tree->arena);
	struct mf_tree *archive = NULL;
	int r = path && script && text ? 0 : -ENOMEM;

	if (!r)
		r = mf_tree_add_bytes(tree, script, 0755,
				      (struct mf_bytes){(const uint8_t *)text, strlen(text)});
	if (!r)
		r = mf_tree_add_tree(tree, path, 0644, "tar.gz", &archive);
	return r ? r : fill(archive, part);
}
