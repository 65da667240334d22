// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: which paths of a target are of interest, and for what.
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/modname.h"
#include "lib/io/gather.h"

const char *const mf_gather_release_paths[] = {
	"etc/os-release",	  "usr/lib/os-release", "etc/initrd-release",
	"usr/lib/initrd-release", "etc/lsb-release",	NULL,
};

const char *const mf_gather_tool_paths[] = {
	"sbin/modprobe",    "usr/sbin/modprobe", "bin/modprobe",
	"usr/bin/modprobe", "bin/kmod",		 "usr/bin/kmod",
	"sbin/insmod",	    "usr/sbin/insmod",	 NULL,
};

/* What is kept of a module folder, and where. */
static const struct {
	const char *name;
	size_t place;
} kernel_files[] = {
	{"modules.dep.bin", offsetof(struct mf_kernel, indexes.dep)},
	{"modules.alias.bin", offsetof(struct mf_kernel, indexes.alias)},
	{"modules.symbols.bin", offsetof(struct mf_kernel, indexes.symbols)},
	{"modules.order", offsetof(struct mf_kernel, indexes.order)},
	{"modules.softdep", offsetof(struct mf_kernel, indexes.softdep)},
	{"modules.devname", offsetof(struct mf_kernel, indexes.devname)},
	{"modules.dep", offsetof(struct mf_kernel, indexes.dep_text)},
	{"modules.alias", offsetof(struct mf_kernel, indexes.alias_text)},
	{"modules.symbols", offsetof(struct mf_kernel, indexes.symbols_text)},
	{"modules.builtin", offsetof(struct mf_kernel, builtin)},
	{"modules.builtin.modinfo", offsetof(struct mf_kernel, builtin_modinfo)},
	{"modules.builtin.alias.bin", offsetof(struct mf_kernel, builtin_alias)},
};

/* Folders of modprobe.d(5), the first one that has a file of a name wins. */
static const char *const modprobe_folders[] = {
	"etc/modprobe.d/",     "run/modprobe.d/", "usr/local/lib/modprobe.d/",
	"usr/lib/modprobe.d/", "lib/modprobe.d/",
};

/* Files that are told by their name alone, or how it begins. */
static const struct {
	const char *name;
	bool is_prefix;
	enum mf_interest interest;
	size_t detail;
} by_name[] = {
	{"kmod", false, MF_INTEREST_KMOD, 0},
	{"modprobe", false, MF_INTEREST_KMOD, 0},
	{"insmod", false, MF_INTEREST_KMOD, 0},
	{"libkmod.so.", true, MF_INTEREST_KMOD, 0},
	{"os-release", false, MF_INTEREST_RELEASE, 0},
	{"initrd-release", false, MF_INTEREST_RELEASE, 0},
	{"lsb-release", false, MF_INTEREST_RELEASE, 0},
	{"liblzma.so.", true, MF_INTEREST_LIBRARY, MF_READS_XZ},
	{"libzstd.so.", true, MF_INTEREST_LIBRARY, MF_READS_ZSTD},
	{"libz.so.", true, MF_INTEREST_LIBRARY, MF_READS_GZIP},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Behind "lib/" or "lib64/", with "usr/" before it or not; NULL for other paths. */
static const char *behind_lib(const char *path)
{
	if (mf_has_prefix(path, "usr/"))
		path += 4;
	if (mf_has_prefix(path, "lib/"))
		return path + 4;
	return mf_has_prefix(path, "lib64/") ? path + 6 : NULL;
}

const char *mf_gather_release_of(const char *folder)
{
	const char *rest = behind_lib(folder);

	if (!rest || !mf_has_prefix(rest, "modules/") || strchr(rest + 8, '/') || !rest[8])
		return NULL;
	return rest + 8;
}

/* Below lib/modules/. */
static struct mf_path_parts module_parts(const char *release)
{
	size_t n = strcspn(release, "/");
	const char *rest = release + n + (release[n] != '\0');
	struct mf_path_parts parts = {.release = release, .n_release = n, .rest = rest};
	char name[MF_MODNAME_MAX];

	if (!mf_modname_from_path(rest, name))
		parts.interest = MF_INTEREST_MODULE;
	for (size_t i = 0; i < COUNT(kernel_files); i++) {
		if (strcmp(rest, kernel_files[i].name) != 0)
			continue;
		parts.interest = MF_INTEREST_KERNEL;
		parts.detail = kernel_files[i].place;
	}
	return parts;
}

static struct mf_path_parts name_parts(const char *path)
{
	const char *base = mf_path_base(path);

	for (size_t i = 0; i < COUNT(by_name); i++) {
		if (by_name[i].is_prefix ? mf_has_prefix(base, by_name[i].name)
					 : strcmp(base, by_name[i].name) == 0)
			return (struct mf_path_parts){.interest = by_name[i].interest,
						      .rest = base,
						      .detail = by_name[i].detail};
	}
	return (struct mf_path_parts){0};
}

struct mf_path_parts mf_path_parts(const char *path)
{
	const char *rest = behind_lib(path);

	if (rest && mf_has_prefix(rest, "modules/"))
		return module_parts(rest + 8);
	if (rest && mf_has_prefix(rest, "firmware/") && rest[9])
		return (struct mf_path_parts){.interest = MF_INTEREST_FIRMWARE, .rest = rest + 9};
	for (size_t i = 0; i < COUNT(modprobe_folders); i++) {
		size_t n = strlen(modprobe_folders[i]);

		if (mf_has_prefix(path, modprobe_folders[i]) && !strchr(path + n, '/') &&
		    mf_has_suffix(path, ".conf"))
			return (struct mf_path_parts){
				.interest = MF_INTEREST_MODPROBE, .rest = path + n, .detail = i};
	}
	return name_parts(path);
}
