// SPDX-License-Identifier: GPL-2.0-or-later
// DKMS trees: MODULE/VERSION/KERNEL/ARCH/module/*.ko, with the states that DKMS keeps as files.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/dkms.h"

/* Whether VERSION is a version folder of MODULE: its `source` is that of a DKMS package. */
static bool is_version(int module_fd, const char *module, const char *version)
{
	char path[PATH_MAX];
	char target[PATH_MAX];
	char name[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (mf_path_join(path, sizeof(path), version, "source") ||
	    fstatat(module_fd, path, &st, AT_SYMLINK_NOFOLLOW))
		return false;
	n = readlinkat(module_fd, path, target, sizeof(target) - 1);
	if (n > 0) {
		size_t used = strlen(module);

		target[n] = '\0';
		if (used + strlen(version) + 2 > sizeof(name))
			return false;
		memcpy(name, module, used);
		name[used] = '-';
		memcpy(name + used + 1, version, strlen(version) + 1);
		if (!strcmp(mf_path_base(target), name))
			return true;
	}
	return !mf_path_join(path, sizeof(path), version, "source/dkms.conf") &&
	       !faccessat(module_fd, path, F_OK, 0);
}

/* Whether the folder is one that holds version folders of a package. */
static bool is_package(int dirfd, const char *folder, const char *module)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder versions = MF_FOLDER_NONE;

	if (mf_folder_read(dirfd, folder, false, &versions))
		return false;
	for (size_t i = 0; i < versions.n; i++) {
		if (versions.v[i].type == MF_TYPE_DIR &&
		    is_version(versions.fd, module, versions.v[i].name))
			return true;
	}
	return false;
}

static bool is_root(int fd)
{
	/* left there by DKMS itself: 2.x, the signing key, 3.2 and later */
	static const char *const marks[] = {"dkms_dbversion", "mok.pub", "post_transaction.log"};
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!faccessat(fd, marks[i], F_OK, 0))
			return true;
	}
	if (mf_folder_read(fd, ".", true, &folder))
		return false;
	for (size_t i = 0; i < folder.n; i++) {
		if (folder.v[i].type == MF_TYPE_DIR &&
		    is_package(folder.fd, folder.v[i].name, folder.v[i].name))
			return true;
	}
	return false;
}

/* Cuts the last component off path and returns it; NULL when there is none left. */
static char *cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !slash[1])
		return NULL;
	*slash = '\0';
	return slash + 1;
}

/*
 * Whether path (absolute, resolved; taken apart here) is a folder inside a DKMS package: the
 * package itself, a version, a kernel or an arch of it. *out then holds what it narrows down to,
 * and path is the package folder.
 */
static bool find_scope(char *path, struct mf_dkms_scope *out)
{
	char *parts[4] = {0}; /* what was cut off, last first */

	for (size_t depth = 0; depth < 4; depth++) {
		MF_CLEANUP(mf_close_fd) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		const char *module = mf_path_base(path);
		bool is_here;

		if (fd < 0 || !*module)
			return false;
		is_here = depth ? is_version(fd, module, parts[depth - 1])
				: is_package(fd, ".", module);
		if (is_here) {
			*out = (struct mf_dkms_scope){
				.version = depth > 0 ? parts[depth - 1] : NULL,
				.kernel = depth > 1 ? parts[depth - 2] : NULL,
				.arch = depth > 2 ? parts[depth - 3] : NULL,
			};
			return true;
		}
		if (depth == 3)
			return false;
		parts[depth] = cut_last(path);
		if (!parts[depth])
			return false;
	}
	return false;
}

int mf_scan_dkms_root(struct mf_scanner *scanner)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder root = MF_FOLDER_NONE;
	static const struct mf_dkms_scope all = {0};
	int r = mf_folder_read(AT_FDCWD, scanner->source, true, &root);

	if (r == -ENOMEM)
		return r;
	if (r)
		return mf_fail(scanner->err, r,
			       "%s: %s; expected a DKMS tree such as " MF_DKMS_TREE
			       ", or give files or folders",
			       scanner->source, strerror(-r));
	for (size_t i = 0; !r && i < root.n; i++) {
		char path[PATH_MAX];

		if (root.v[i].type != MF_TYPE_DIR || root.v[i].name[0] == '.')
			continue;
		r = mf_path_join(path, sizeof(path), scanner->source, root.v[i].name);
		if (r)
			return mf_scan_note(scanner, scanner->source, "path too long");
		r = mf_dkms_package(scanner, path, root.v[i].name, &all);
	}
	return r;
}

int mf_scan_dkms(struct mf_scanner *scanner, bool *ret_is_dkms)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	struct mf_dkms_scope scope;
	char path[PATH_MAX];

	*ret_is_dkms = true;
	fd = open(scanner->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && is_root(fd))
		return mf_scan_dkms_root(scanner);
	if (realpath(scanner->source, path) && find_scope(path, &scope))
		return mf_dkms_package(scanner, path, mf_path_base(path), &scope);
	*ret_is_dkms = false;
	return 0;
}
