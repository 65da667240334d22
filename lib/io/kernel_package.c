// SPDX-License-Identifier: GPL-2.0-or-later
// A distribution's kernel packages: what they provide, and the symbols of the kernel in them.
#include "lib/io/kernel_package.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/symvers.h"
#include "lib/io/decompress.h"
#include "lib/io/rpm.h"

/* EL's Module.symvers has 1 to 2 MB. */
#define MAX_SYMVERS ((size_t)64 << 20)

/* Depth of Packages/LETTER/ in a distribution's repository. */
#define MAX_DEPTH 2

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static int add_rpm(const char *path, struct mf_kernel_packages *packages, struct mf_err *err)
{
	struct mf_rpm rpm = {0};
	int r = mf_rpm_read(path, &packages->arena, &rpm, err);

	if (r)
		return r;
	if (rpm.malformed)
		return mf_fail(err, -EINVAL,
			       "%s: %s; expected an RPM or a folder of RPMs of the target", path,
			       rpm.malformed);
	if (mf_arena_grow(&packages->arena, &packages->v, packages->n, sizeof(rpm)))
		return -ENOMEM;
	packages->v[packages->n++] = rpm;
	return 0;
}

static int add_folder(const char *path, unsigned int depth, struct mf_kernel_packages *packages,
		      struct mf_err *err)
{
	MF_CLEANUP(close_folder) DIR *folder = opendir(path);
	const struct dirent *entry;
	int r = 0;

	if (!folder)
		return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	while (!r && (entry = readdir(folder))) {
		char below[4096];
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		r = mf_path_join(below, sizeof(below), path, entry->d_name);
		if (r || stat(below, &st))
			continue;
		if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH)
			r = add_folder(below, depth + 1, packages, err);
		else if (S_ISREG(st.st_mode) && mf_has_suffix(entry->d_name, ".rpm"))
			r = add_rpm(below, packages, err);
	}
	return r;
}

static int compare_sources(const void *a, const void *b)
{
	const struct mf_rpm *left = a;
	const struct mf_rpm *right = b;

	return strcmp(left->source, right->source);
}

int mf_kernel_packages_add(const char *path, struct mf_kernel_packages *packages,
			   struct mf_err *err)
{
	size_t before = packages->n;
	struct stat st;
	int r;

	if (stat(path, &st))
		return mf_fail(err, -errno,
			       "%s: %s; expected an RPM or a folder of RPMs of the target", path,
			       strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return add_rpm(path, packages, err);
	r = add_folder(path, 0, packages, err);
	if (!r && packages->n == before)
		r = mf_fail(err, -ENODATA,
			    "%s: no RPM in it; expected the folder of a repository's packages",
			    path);
	if (packages->n > 1) /* not in the order of the folder */
		qsort(packages->v, packages->n, sizeof(*packages->v), compare_sources);
	return r;
}

/* kernel.spec: "Provides: kernel-core-uname-r = RELEASE", kernel-uname-r in all of them. */
static bool is_of_kernel(const struct mf_rpm *rpm, const char *release)
{
	for (size_t i = 0; i < rpm->provides.n; i++) {
		const struct mf_rpm_dep *dep = &rpm->provides.v[i];

		if (mf_has_prefix(dep->name, "kernel-") && mf_has_suffix(dep->name, "uname-r") &&
		    strcmp(dep->version, release) == 0)
			return true;
	}
	return false;
}

/* The symvers being looked for in a payload. */
struct search {
	struct mf_symtab *table;
	bool is_found;
	struct mf_err *err;
};

static bool is_symvers(void *data, const char *path)
{
	const char *base = mf_path_base(path);

	(void)data;
	return mf_has_prefix(base, "symvers") &&
	       (mf_has_suffix(base, ".gz") || mf_has_suffix(base, ".xz"));
}

static int read_symvers(void *data, const char *path, struct mf_bytes content)
{
	struct search *search = data;
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	enum mf_codec codec = mf_codec_detect(content);
	size_t used;
	int r = codec == MF_CODEC_NONE
			? -EBADMSG
			: mf_decompress(codec, content, MAX_SYMVERS, &text, &used, search->err);

	if (!r)
		r = mf_symvers_read(mf_buf_bytes(&text), search->table, search->err);
	search->is_found = search->is_found || !r;
	return r ? mf_wrap(search->err, r, "%s", path) : 0;
}

/* "kernel(SYMBOL)" with a CRC; anything else is passed over. */
static int add_provided(const struct mf_rpm_dep *dep, struct mf_symtab *table)
{
	struct mf_export export = {.owner = "vmlinux", .has_crc = true};
	char name[256]; /* modpost's symbols are shorter */
	size_t n = strlen(dep->name);
	uint64_t crc;

	if (!mf_has_prefix(dep->name, "kernel(") || dep->name[n - 1] != ')' ||
	    !mf_has_prefix(dep->version, "0x") || n - 7 > sizeof(name) ||
	    mf_parse_u64(dep->version + 2, strlen(dep->version) - 2, 16, &crc) || crc > UINT32_MAX)
		return 0;
	memcpy(name, dep->name + 7, n - 8);
	name[n - 8] = '\0';
	export.name = name;
	export.crc = (uint32_t)crc;
	return mf_symtab_add(table, &export);
}

static int add_symbols(const struct mf_rpm *rpm, struct mf_symtab *table, struct mf_err *err)
{
	struct search search = {.table = table, .err = err};
	struct mf_rpm_walk walk = {is_symvers, read_symvers, &search};
	int r = mf_rpm_walk_payload(rpm, &walk, err);

	for (size_t i = 0; !r && !search.is_found && i < rpm->provides.n; i++)
		r = add_provided(&rpm->provides.v[i], table);
	return r;
}

int mf_kernel_packages_symbols(const struct mf_kernel_packages *packages, const char *release,
			       struct mf_symtab *table, bool *ret_found, struct mf_err *err)
{
	int r = 0;

	*ret_found = false;
	for (size_t i = 0; !r && i < packages->n; i++) {
		if (!is_of_kernel(&packages->v[i], release))
			continue;
		*ret_found = true;
		r = add_symbols(&packages->v[i], table, err);
	}
	return r;
}

void mf_kernel_packages_free(struct mf_kernel_packages *packages)
{
	mf_arena_free(&packages->arena);
	*packages = (struct mf_kernel_packages){0};
}
