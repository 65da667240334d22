// SPDX-License-Identifier: GPL-2.0-or-later
// What anaconda makes of one Provides, one RPM, one file of it: dd_list.c, dd_extract.c.
#include <string.h>
#include <sys/stat.h>

#include <rpm/rpmver.h>

#include "lib/base/text.h"
#include "lib/core/anaconda_parts.h"

/* driver_updates.py, ANACONDAVER: what it calls itself since EL 7, in every release */
#define ANACONDA_VERSION "19.0"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* matchVersions() of rpmutils.c. The strings are whole: no epoch, no release, no flavour. */
bool mf_dd_admits(const struct mf_rpm_dep *provides, const char *running)
{
	int order = rpmvercmp(running, provides->version);

	if (order < 0)
		return provides->sense & MF_RPM_LESS;
	if (order > 0)
		return provides->sense & MF_RPM_GREATER;
	return provides->sense & MF_RPM_EQUAL;
}

/* dlabelProvides() of dd_list.c lets disks for EL 6.0 and 6.1 pass whatever the kernel is. */
static bool is_for_early_el6(const char *version)
{
	return mf_has_prefix(version, "2.6.32-131") || mf_has_prefix(version, "2.6.32-71");
}

unsigned int mf_dd_flags_of(const struct mf_rpm *rpm, const char *kernel)
{
	unsigned int flags = 0;

	for (size_t i = 0; i < rpm->provides.n; i++) {
		const struct mf_rpm_dep *dep = &rpm->provides.v[i];

		if (strcmp(dep->name, "kernel-modules") == 0 &&
		    (is_for_early_el6(dep->version) || mf_dd_admits(dep, kernel)))
			flags |= MF_DD_MODULES | MF_DD_FIRMWARES;
		if (strcmp(dep->name, "installer-enhancement") == 0 &&
		    mf_dd_admits(dep, ANACONDA_VERSION))
			flags |= MF_DD_BINARIES | MF_DD_LIBRARIES;
	}
	return flags;
}

static bool has_any_prefix(const char *path, const char *const *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (mf_has_prefix(path, prefixes[i]))
			return true;
	}
	return false;
}

static bool is_compressed_module(const char *path)
{
	static const char *const suffixes[] = {".ko.gz", ".ko.xz", ".ko.bz2", ".ko.zst"};

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		if (mf_has_suffix(path, suffixes[i]))
			return true;
	}
	return false;
}

bool mf_dd_is_module(const char *path)
{
	return mf_has_suffix(path, ".ko") || is_compressed_module(path);
}

const char *mf_dd_strip(const char *path)
{
	path += strspn(path, "/");
	while (mf_has_prefix(path, "./"))
		path += 2;
	return path;
}

bool mf_dd_stops_modinfo(const char *path)
{
	return mf_has_prefix(mf_dd_strip(path), "lib/modules/") && mf_dd_is_module(path);
}

/* dlabelFilter() of dd_extract.c; driver_updates.py always asks for all four kinds. */
static bool is_extracted(const char *path, const struct mf_anaconda *anaconda)
{
	static const char *const programs[] = {"bin/", "sbin/", "usr/bin/", "usr/sbin/"};
	static const char *const libraries[] = {"lib/", "lib64/", "usr/lib/", "usr/lib64/"};

	if (has_any_prefix(path, programs, COUNT(programs)) || mf_has_prefix(path, "lib/firmware/"))
		return true;
	if (!mf_has_prefix(path, "lib/modules/") &&
	    has_any_prefix(path, libraries, COUNT(libraries)))
		return true;
	return mf_has_suffix(path, ".ko") ||
	       (anaconda->reads_compressed_ko && is_compressed_module(path));
}

enum mf_dd_fate mf_dd_fate_of(const struct mf_rpm_file *file, const struct mf_anaconda *anaconda)
{
	const char *path = mf_dd_strip(file->path);
	bool is_in = is_extracted(path, anaconda);

	if (S_ISLNK(file->mode))
		return is_in ? MF_DD_BROKEN : MF_DD_SKIPPED;
	if (!S_ISREG(file->mode))
		return MF_DD_SKIPPED;
	if (mf_has_prefix(path, "lib/firmware/"))
		return MF_DD_FIRMWARE;
	if (mf_has_prefix(path, "lib/modules/") && mf_dd_is_module(path))
		return is_in ? MF_DD_LOADED : MF_DD_COMPRESSED;
	if (mf_dd_is_module(path) || mf_has_prefix(path, "usr/lib/firmware/"))
		return MF_DD_MISPLACED;
	return is_in ? MF_DD_EXTRACTED : MF_DD_SKIPPED;
}

const char *mf_dd_fate_name(enum mf_dd_fate fate)
{
	static const char *const names[] = {
		[MF_DD_LOADED] = "loaded",	   [MF_DD_FIRMWARE] = "firmware",
		[MF_DD_EXTRACTED] = "extracted",   [MF_DD_SKIPPED] = "skipped",
		[MF_DD_COMPRESSED] = "compressed", [MF_DD_MISPLACED] = "misplaced",
		[MF_DD_BROKEN] = "broken",
	};

	return names[fate];
}
