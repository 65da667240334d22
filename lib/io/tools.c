// SPDX-License-Identifier: GPL-2.0-or-later
// Where the field's tools are, and which package brings one that is missing.
#include "lib/io/tools.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin" /* where PATH is not set */
#define SBIN_PATH    "/usr/local/sbin:/usr/sbin:/sbin"

/* Packages as their distributions call them; NULL where it has none. */
static const struct {
	const char *tool;
	const char *debian, *redhat, *suse;
} packages[] = {
	{"apt-ftparchive", "apt-utils", NULL, NULL},
	{"createrepo_c", "createrepo-c", "createrepo_c", "createrepo_c"},
	{"gpg", "gpg", "gnupg2", "gpg2"},
	{"mcopy", "mtools", "mtools", "mtools"},
	{"mkfs.fat", "dosfstools", "dosfstools", "dosfstools"},
	{"mmd", "mtools", "mtools", "mtools"},
	{"rpmbuild", "rpm", "rpm-build", "rpm-build"},
	{"rpmsign", "rpm", "rpm-sign", "rpm-build"},
};

static int fail_missing(const char *name, struct mf_err *err)
{
	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		if (strcmp(name, packages[i].tool) != 0)
			continue;
		if (!packages[i].redhat)
			return mf_fail(err, -ENOENT,
				       "%s: not found in PATH; install its package: %s (Debian)",
				       name, packages[i].debian);
		return mf_fail(
			err, -ENOENT,
			"%s: not found in PATH; install its package: %s (Debian), %s (Red Hat), %s (SUSE)",
			name, packages[i].debian, packages[i].redhat, packages[i].suse);
	}
	return mf_fail(err, -ENOENT, "%s: not found in PATH; install it", name);
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Found programs have absolute paths, as tools are started in folders of their own. */
static bool find_in(const char *folders, const char *name, char *out, size_t size)
{
	char here[PATH_MAX];
	bool has_here = getcwd(here, sizeof(here));

	while (*folders) {
		size_t n = strcspn(folders, ":");
		bool is_absolute = *folders == '/';
		int length = snprintf(out, size, "%s%s%.*s/%s", is_absolute ? "" : here,
				      is_absolute ? "" : "/", (int)n, folders, name);

		if (n && (is_absolute || has_here) && length > 0 && (size_t)length < size &&
		    is_program(out))
			return true;
		folders += n + (folders[n] == ':');
	}
	return false;
}

int mf_tool_find(const char *name, char *out, size_t size, struct mf_err *err)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/')) {
		int n = snprintf(out, size, "%s", name);

		if (n < 0 || (size_t)n >= size)
			return mf_fail(err, -ENAMETOOLONG, "%s: its name is too long", name);
		return is_program(out) ? 0 : fail_missing(name, err);
	}
	if (find_in(path ? path : DEFAULT_PATH, name, out, size) ||
	    find_in(SBIN_PATH, name, out, size))
		return 0;
	return fail_missing(name, err);
}
