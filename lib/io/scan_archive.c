// SPDX-License-Identifier: GPL-2.0-or-later
// Tarballs of `dkms mktarball`: modules and their package, from bytes that nobody vouches for.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/archive.h"
#include "lib/io/dkms_conf.h"
#include "lib/io/scanner.h"

#define MAX_NAME    256			  /* package name or version */
#define MAX_MODULES 10000		  /* a whole distribution kernel has 4,500 */
#define MAX_CONF    ((size_t)256 << 10)	  /* dkms.conf; real ones have up to 20 KiB */
#define MAIN	    "dkms_main_tree/"	  /* KERNEL/ARCH/module/NAME.ko */
#define BINARY	    "dkms_binaries_only/" /* PACKAGE_NAME, PACKAGE_VERSION, dkms.conf */
#define SOURCE	    "dkms_source_tree/dkms.conf"
#define EXPECTED \
	"expected a DKMS tree, a *.dkms.tar.gz, a module or a folder of modules (an initrd is for modferry inspect)"

/* A module found; its package may be known only at the end. */
struct found {
	struct mf_driver driver;
	const char *kernel;
	const char *arch; /* NULL in tarballs without the arch level */
};

struct tarball {
	struct mf_scanner *scanner;
	struct mf_archive *archive;
	struct found *found; /* in the set's arena */
	size_t n_found;
	size_t n_modules;   /* looked at */
	size_t n_unsafe;    /* members with names that lead elsewhere */
	const char *unsafe; /* the first of them */
	bool is_dkms;	    /* some member is where mktarball puts things */
	char name[MAX_NAME];
	char version[MAX_NAME];
	char conf_name[MAX_NAME];
	char conf_version[MAX_NAME];
};

/* Takes "KERNEL/ARCH/module/FILE" or "KERNEL/module/FILE" apart; false for anything else. */
static bool split_member(struct mf_arena *arena, const char *path, const char **ret_kernel,
			 const char **ret_arch)
{
	const char *parts[4];
	size_t lengths[4];
	size_t n = 0;

	*ret_kernel = *ret_arch = NULL;
	for (; n < 4; n++) {
		parts[n] = path;
		lengths[n] = strcspn(path, "/");
		path += lengths[n];
		if (!*path) {
			n++;
			break;
		}
		path++;
	}
	if (*path || n < 3 || lengths[n - 2] != 6 || memcmp(parts[n - 2], "module", 6) != 0)
		return false;
	*ret_kernel = mf_arena_strndup(arena, parts[0], lengths[0]);
	if (n == 4)
		*ret_arch = mf_arena_strndup(arena, parts[1], lengths[1]);
	return true;
}

static bool is_known(const struct tarball *tarball, const char *member)
{
	for (size_t i = 0; i < tarball->n_found; i++) {
		if (!strcmp(tarball->found[i].driver.member, member))
			return true;
	}
	return false;
}

/* "SOURCE(MEMBER)" for notes; NULL: out of memory. */
static const char *object(struct tarball *tarball, const char *member)
{
	return mf_arena_printf(&tarball->scanner->set->arena, "%s(%s)", tarball->scanner->source,
			       member);
}

static int note(struct tarball *tarball, const char *member, const char *problem)
{
	const char *what = object(tarball, member);

	return what ? mf_drvset_note(tarball->scanner->set, what, problem) : -ENOMEM;
}

static int read_module(struct tarball *tarball, const struct mf_archive_member *member,
		       const char *kernel, const char *arch)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	struct mf_arena *arena = &tarball->scanner->set->arena;
	struct found found = {.kernel = kernel, .arch = arch};
	struct mf_err err = {0};
	int r;

	if (tarball->n_modules++ >= MAX_MODULES)
		return mf_fail(tarball->scanner->err, -E2BIG,
			       "has more than %d modules, the limit here", MAX_MODULES);
	if (!member->is_file)
		return note(tarball, member->path, "is a link or a special file: left out");
	if (is_known(tarball, member->path))
		return note(tarball, member->path, "stands there twice: the first one counts");
	r = mf_archive_content(tarball->archive, MF_SCAN_MAX_MODULE, &content, &err);
	if (r == -EFBIG || r == -EINVAL)
		return note(tarball, member->path, err.text);
	if (!r) {
		r = mf_scan_module(tarball->scanner, mf_buf_bytes(&content), member->path,
				   &found.driver, &err);
		if (r && r != -ENOMEM) {
			mf_wrap(&err, r, "no usable module");
			return note(tarball, member->path, err.text);
		}
	}
	if (r)
		return r == -ENOMEM ? r : mf_fail(tarball->scanner->err, r, "%s", err.text);
	found.driver.path = mf_arena_strdup(arena, tarball->scanner->source);
	found.driver.member = mf_arena_strdup(arena, member->path);
	if (!kernel || !found.driver.path || !found.driver.member ||
	    mf_arena_grow(arena, &tarball->found, tarball->n_found, sizeof(found)))
		return -ENOMEM;
	tarball->found[tarball->n_found++] = found;
	return 0;
}

/* First line of a small member, "" when it is not of that kind. */
static int read_word(struct tarball *tarball, char out[MAX_NAME])
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	int r = mf_archive_content(tarball->archive, MAX_NAME, &content, tarball->scanner->err);
	size_t n;

	if (r)
		return r == -EFBIG || r == -EINVAL ? 0 : r;
	n = strcspn(mf_buf_str(&content), "\r\n");
	if (n < MAX_NAME) {
		memcpy(out, mf_buf_str(&content), n);
		out[n] = '\0';
	}
	return 0;
}

static int read_conf(struct tarball *tarball)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	int r = mf_archive_content(tarball->archive, MAX_CONF, &content, tarball->scanner->err);

	if (r)
		return r == -EFBIG || r == -EINVAL ? 0 : r;
	if (!mf_dkms_conf_value(mf_buf_bytes(&content), "PACKAGE_NAME", tarball->conf_name,
				MAX_NAME) ||
	    !mf_dkms_conf_value(mf_buf_bytes(&content), "PACKAGE_VERSION", tarball->conf_version,
				MAX_NAME))
		tarball->conf_name[0] = '\0';
	return 0;
}

static int read_member(struct tarball *tarball, const struct mf_archive_member *member)
{
	const char *path = member->path;
	const char *kernel;
	const char *arch;

	if (!path)
		path = "/?";	/* a name that cannot be read counts as unsafe */
	if (!strcmp(path, ".")) /* the folder that was packed */
		return 0;
	if (!mf_path_is_safe(path)) {
		if (!tarball->n_unsafe++)
			tarball->unsafe = mf_arena_printf(&tarball->scanner->set->arena, "%.200s",
							  path);
		return tarball->unsafe ? 0 : -ENOMEM;
	}
	tarball->is_dkms = tarball->is_dkms || mf_has_prefix(path, MAIN) ||
			   mf_has_prefix(path, BINARY);
	if (mf_has_prefix(path, MAIN) && mf_scan_is_module(path)) {
		if (split_member(&tarball->scanner->set->arena, path + strlen(MAIN), &kernel,
				 &arch))
			return read_module(tarball, member, kernel, arch);
		return 0;
	}
	if (!member->is_file)
		return 0;
	if (!strcmp(path, BINARY "PACKAGE_NAME"))
		return read_word(tarball, tarball->name);
	if (!strcmp(path, BINARY "PACKAGE_VERSION"))
		return read_word(tarball, tarball->version);
	if (!strcmp(path, SOURCE) || !strcmp(path, BINARY "dkms.conf"))
		return read_conf(tarball);
	return 0;
}

/*
 * Last resort: MODULE-VERSION-kernelKERNEL-ARCH.dkms.tar.gz, where the version is taken to start at
 * the first digit behind a '-'.
 */
static void name_from_file(struct tarball *tarball)
{
	const char *file = mf_path_base(tarball->scanner->source);
	const char *end = strstr(file, "-kernel");
	const char *dash = file;
	size_t n;

	while ((dash = strchr(dash, '-')) && !(dash[1] >= '0' && dash[1] <= '9'))
		dash++;
	if (!end || !dash || dash >= end || (size_t)(end - file) >= MAX_NAME)
		return;
	n = (size_t)(dash - file);
	memcpy(tarball->name, file, n);
	tarball->name[n] = '\0';
	n = (size_t)(end - dash) - 1;
	memcpy(tarball->version, dash + 1, n);
	tarball->version[n] = '\0';
}

static int settle_package(struct tarball *tarball)
{
	if (!tarball->name[0] || !tarball->version[0]) {
		tarball->name[0] = tarball->version[0] = '\0';
		if (tarball->conf_name[0]) {
			memcpy(tarball->name, tarball->conf_name, MAX_NAME);
			memcpy(tarball->version, tarball->conf_version, MAX_NAME);
		} else {
			name_from_file(tarball);
		}
	}
	if (tarball->name[0])
		return 0;
	return mf_drvset_note(tarball->scanner->set, tarball->scanner->source,
			      "names its package neither inside nor in its file name");
}

static int add_found(struct tarball *tarball)
{
	struct mf_scanner *scanner = tarball->scanner;
	int r = settle_package(tarball);
	bool is_named = tarball->name[0];

	for (size_t i = 0; !r && i < tarball->n_found; i++) {
		const struct found *found = &tarball->found[i];
		struct mf_package *package = mf_drvset_package(
			scanner->set, is_named ? tarball->name : NULL,
			is_named ? tarball->version : NULL, scanner->source);
		struct mf_build *build = package ? mf_drvset_build(
							   scanner->set, package, found->kernel,
							   found->arch ? found->arch
								       : found->driver.module.arch)
						 : NULL;

		const char *what = object(tarball, found->driver.member);

		r = build && what ? mf_scan_add(scanner, build, &found->driver) : -ENOMEM;
		if (!r)
			r = mf_scan_check_build(scanner, what, &found->driver.module, build);
	}
	return r;
}

/* Says how reading ended; result is 0 or what stopped it, with its text in err. */
static int finish_reading(struct tarball *tarball, int result, struct mf_err *err)
{
	struct mf_scanner *scanner = tarball->scanner;
	int r = 0;

	if (!tarball->n_found && (result || !tarball->is_dkms)) {
		if (!result)
			mf_fail(err, -EINVAL, "no archive of `dkms mktarball`");
		return mf_fail(
			scanner->err, result ? result : -EINVAL,
			tarball->archive->n_members && result
				? "%s: %s; copy it again, or make it anew with dkms mktarball"
				: "%s: %s; " EXPECTED,
			scanner->source, err->text);
	}
	if (tarball->n_unsafe)
		r = mf_scan_note(scanner, scanner->source,
				 "members with unsafe names are left out: %zu, the first is %s",
				 tarball->n_unsafe, tarball->unsafe);
	if (!r && result)
		r = mf_scan_note(scanner, scanner->source, "%s; what stands before that is used",
				 err->text);
	else if (!r && !tarball->n_found)
		r = mf_scan_note(scanner, scanner->source, "holds no usable module");
	return r;
}

int mf_scan_archive(struct mf_scanner *scanner)
{
	MF_CLEANUP(mf_archive_close) struct mf_archive archive = {0};
	struct tarball tarball = {.scanner = scanner, .archive = &archive};
	struct mf_archive_member member;
	struct mf_err err = {0};
	int r = mf_archive_open(scanner->source, &archive, &err);

	while (!r) {
		r = mf_archive_next(&archive, &member, &err);
		if (!r) {
			r = read_member(&tarball, &member);
			if (r && r != -ENOMEM)
				err = *scanner->err;
		}
	}
	if (r == -ENOMEM)
		return r;
	if (r == -ENODATA) /* its end */
		r = 0;
	r = finish_reading(&tarball, r, &err);
	return r ? r : add_found(&tarball);
}
