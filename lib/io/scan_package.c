// SPDX-License-Identifier: GPL-2.0-or-later
// One package of a DKMS tree: its versions, builds, and what DKMS left behind of failed ones.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/dkms.h"

/* How much of make.log is looked at: the line wanted is its first. */
#define LOG_START 4096

/* A version folder at work. */
struct version {
	struct mf_scanner *scanner;
	const struct mf_dkms_scope *scope;
	const char *path;
	int fd;
	struct mf_package *package;
};

static bool is_wanted(const char *wanted, const char *name)
{
	return !wanted || !strcmp(wanted, name);
}

/* Marks a build and notes why; an earlier note stays. */
static int mark(struct version *version, struct mf_build *build, enum mf_build_state state,
		const char *note)
{
	build->state = state;
	if (!build->note)
		build->note = mf_arena_strdup(&version->scanner->set->arena, note);
	return build->note ? 0 : -ENOMEM;
}

/* One file of a `module` folder. */
static int read_module(struct version *version, int dirfd, const char *path, struct mf_build *build)
{
	struct mf_driver driver = {0};
	bool is_found;
	int r = mf_scan_file(version->scanner, dirfd, path, &driver, &is_found);

	if (!r && is_found)
		r = mf_scan_add(version->scanner, build, &driver);
	if (r || !is_found)
		return r;
	if (!build->arch) /* trees from before the arch level */
		build->arch = driver.module.arch;
	return mf_scan_check_build(version->scanner, path, &driver.module, build);
}

/* Modules of a `module` folder, where Module.symvers lies too since 3.1.3. */
static int read_modules(struct version *version, const struct mf_folder *folder, const char *path,
			struct mf_build *build)
{
	int r = 0;

	for (size_t i = 0; !r && i < folder->n; i++) {
		const struct mf_folder_entry *entry = &folder->v[i];
		char file[PATH_MAX];

		if ((entry->type != MF_TYPE_FILE && entry->type != MF_TYPE_LINK) ||
		    !mf_scan_is_module(entry->name))
			continue;
		r = mf_path_join(file, sizeof(file), path, entry->name)
			    ? mf_scan_note(version->scanner, path, "path too long")
			    : read_module(version, folder->fd, file, build);
	}
	return r;
}

/* A build folder: KERNEL/ARCH, or KERNEL alone in trees from before the arch level. */
static int read_build(struct version *version, const struct mf_folder *folder, const char *path,
		      const char *kernel, const char *arch)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder modules = MF_FOLDER_NONE;
	struct mf_build *build = mf_drvset_build(version->scanner->set, version->package, kernel,
						 arch);
	char file[PATH_MAX];
	int r;

	if (!build)
		return -ENOMEM;
	r = mf_folder_read(folder->fd, "module", false, &modules);
	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT && !faccessat(folder->fd, "log/make.log", F_OK, 0))
		return mark(version, build, MF_BUILD_FAILED,
			    "its build left a log but no modules; see log/make.log there");
	if (r)
		return mark(version, build, MF_BUILD_BROKEN, "its module folder is missing");
	if (mf_path_join(file, sizeof(file), path, "module"))
		return mark(version, build, MF_BUILD_BROKEN, "path too long");
	r = read_modules(version, &modules, file, build);
	if (!r && !build->n_drivers)
		r = mark(version, build, MF_BUILD_BROKEN, "its module folder has no usable module");
	return r;
}

/* Archs of a KERNEL folder. */
static int read_kernel(struct version *version, const char *kernel)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	char path[PATH_MAX];
	size_t n_builds = version->package->n_builds;
	int r = mf_folder_read(version->fd, kernel, false, &folder);

	if (mf_path_join(path, sizeof(path), version->path, kernel))
		return mf_scan_note(version->scanner, version->path, "path too long");
	if (r == -ENOMEM)
		return r;
	if (r)
		return mf_scan_note(version->scanner, path, "cannot be read: %s", strerror(-r));
	for (size_t i = 0; !r && i < folder.n; i++) {
		MF_CLEANUP(mf_folder_close) struct mf_folder build = MF_FOLDER_NONE;
		const char *arch = folder.v[i].name;
		char place[PATH_MAX];

		if (folder.v[i].type != MF_TYPE_DIR || arch[0] == '.' || !strcmp(arch, "log"))
			continue;
		if (!strcmp(arch, "module"))
			return read_build(version, &folder, path, kernel, NULL);
		if (!is_wanted(version->scope->arch, arch) ||
		    mf_path_join(place, sizeof(place), path, arch))
			continue;
		r = mf_folder_read(folder.fd, arch, false, &build);
		if (r == -ENOMEM)
			return r;
		r = r ? mf_scan_note(version->scanner, place, "cannot be read: %s", strerror(-r))
		      : read_build(version, &build, place, kernel, arch);
	}
	if (!r && version->package->n_builds == n_builds && !version->scope->arch) {
		struct mf_build *build = mf_drvset_build(version->scanner->set, version->package,
							 kernel, NULL);

		r = build ? mark(version, build, MF_BUILD_BROKEN, "its folder holds no build")
			  : -ENOMEM;
	}
	return r;
}

/*
 * Kernel and arch from the first line of a make.log:
 * "DKMS make.log for NAME-VERSION for kernel KERNEL (ARCH)".
 */
static bool log_kernel(const struct version *version, char *log, const char **ret_arch,
		       const char **ret_kernel)
{
	MF_CLEANUP(mf_close_fd)
	int fd = openat(version->fd, "build/make.log", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, log, LOG_START - 1);
	static const char mark_text[] = " for kernel ";
	char *kernel;
	char *end;

	if (n <= 0)
		return false;
	log[n] = '\0';
	log[strcspn(log, "\n")] = '\0';
	kernel = strstr(log, mark_text);
	if (!kernel)
		return false;
	kernel += sizeof(mark_text) - 1;
	end = strstr(kernel, " (");
	if (!end || end == kernel || end[strlen(end) - 1] != ')')
		return false;
	end[strlen(end) - 1] = '\0';
	*end = '\0';
	*ret_kernel = kernel;
	*ret_arch = end + 2;
	return **ret_arch && !strchr(kernel, '/') && !strchr(kernel, ' ');
}

/* `build` is there only while a build runs, or after it failed. */
static int read_failed(struct version *version)
{
	const struct mf_dkms_scope *scope = version->scope;
	char log[LOG_START];
	const char *kernel = NULL;
	const char *arch = NULL;
	struct mf_build *build;
	struct stat st;
	char note[PATH_MAX + 100];

	if (fstatat(version->fd, "build", &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return 0;
	if (!log_kernel(version, log, &arch, &kernel))
		kernel = arch = NULL;
	if ((scope->kernel && (!kernel || strcmp(scope->kernel, kernel) != 0)) ||
	    (scope->arch && strcmp(scope->arch, arch) != 0))
		return 0;
	build = mf_drvset_build(version->scanner->set, version->package, kernel, arch);
	if (!build)
		return -ENOMEM;
	snprintf(note, sizeof(note), "its last build failed or did not finish; see %s/build%s",
		 version->path,
		 faccessat(version->fd, "build/make.log", F_OK, 0) ? "" : "/make.log");
	return mark(version, build, build->n_drivers ? build->state : MF_BUILD_FAILED, note);
}

/* What `source` is: without a build it decides the state, with builds its faults are noted. */
static int read_source(struct version *version)
{
	struct mf_scanner *scanner = version->scanner;
	enum mf_build_state state = MF_BUILD_BROKEN;
	struct mf_build *build;
	char target[PATH_MAX] = "";
	char note[PATH_MAX + 100] = "";
	struct stat st;
	ssize_t n = readlinkat(version->fd, "source", target, sizeof(target) - 1);

	if (n >= 0)
		target[n] = '\0';
	if (fstatat(version->fd, "source", &st, AT_SYMLINK_NOFOLLOW))
		snprintf(note, sizeof(note), "source is missing");
	else if (fstatat(version->fd, "source", &st, 0) && n >= 0)
		snprintf(note, sizeof(note), "source is a dangling link to %s", target);
	else if (faccessat(version->fd, "source/dkms.conf", F_OK, 0))
		snprintf(note, sizeof(note), "source has no dkms.conf");
	else
		state = MF_BUILD_ADDED;
	if (version->scope->kernel)
		return 0;
	if (!version->package->n_builds) {
		build = mf_drvset_build(scanner->set, version->package, NULL, NULL);
		if (!build)
			return -ENOMEM;
		build->state = state;
		return *note ? mark(version, build, state, note) : 0;
	}
	return *note ? mf_scan_note(scanner, version->path, "%s", note) : 0;
}

/* Folders of a version that are no kernels: dkms(8) of 2.x had one for each mk* action. */
static bool is_kernel_folder(const struct mf_folder_entry *entry)
{
	static const char *const others[] = {"source", "build", "tarball", "rpm",
					     "deb",    "dsc",	"bmdeb",   "driver_disk"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!strcmp(entry->name, others[i]))
			return false;
	}
	return entry->type == MF_TYPE_DIR && entry->name[0] != '.';
}

static int read_version(struct mf_scanner *scanner, const struct mf_folder *module,
			const char *path, const char *name, const char *version_name,
			const struct mf_dkms_scope *scope)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	struct version version = {.scanner = scanner, .scope = scope};
	char place[PATH_MAX];
	int r = mf_folder_read(module->fd, version_name, false, &folder);

	if (mf_path_join(place, sizeof(place), path, version_name))
		return mf_scan_note(scanner, path, "path too long");
	if (r == -ENOMEM)
		return r;
	if (r)
		return mf_scan_note(scanner, place, "cannot be read: %s", strerror(-r));
	version.path = place;
	version.fd = folder.fd;
	version.package = mf_drvset_package(scanner->set, name, version_name, scanner->source);
	if (!version.package)
		return -ENOMEM;
	for (size_t i = 0; !r && i < folder.n; i++) {
		if (is_kernel_folder(&folder.v[i]) && is_wanted(scope->kernel, folder.v[i].name))
			r = read_kernel(&version, folder.v[i].name);
	}
	if (!r)
		r = read_failed(&version);
	return r ? r : read_source(&version);
}

/* Takes "…/VERSION/KERNEL/ARCH" apart, in place; parts[0] is the version. */
static bool split_target(char *target, char *parts[3])
{
	for (size_t i = 3; i-- > 0;) {
		char *slash = strrchr(target, '/');

		parts[i] = slash ? slash + 1 : target;
		if (!*parts[i] || (!slash && i))
			return false;
		if (slash)
			*slash = '\0';
	}
	return true;
}

/* A link kernel-KERNEL-ARCH says which version is installed for that kernel. */
static int read_mark(struct mf_scanner *scanner, const struct mf_folder *module, const char *name,
		     const char *link, const struct mf_dkms_scope *scope)
{
	struct version version = {.scanner = scanner};
	char target[PATH_MAX];
	char own[PATH_MAX];
	char *parts[3];
	struct mf_build *build;
	ssize_t n = readlinkat(module->fd, link, target, sizeof(target) - 1);

	if (n <= 0)
		return n < 0 && errno == ENOMEM ? -ENOMEM : 0;
	target[n] = '\0';
	if (!split_target(target, parts))
		return mf_scan_note(scanner, scanner->source,
				    "%s/%s does not point at VERSION/KERNEL/ARCH", name, link);
	if (!is_wanted(scope->version, parts[0]) || !is_wanted(scope->kernel, parts[1]) ||
	    !is_wanted(scope->arch, parts[2]))
		return 0;
	version.package = mf_drvset_package(scanner->set, name, parts[0], scanner->source);
	build = version.package ? mf_drvset_build(scanner->set, version.package, parts[1], parts[2])
				: NULL;
	if (!build)
		return -ENOMEM;
	if (!build->n_drivers)
		return mark(&version, build,
			    build->state == MF_BUILD_BUILT ? MF_BUILD_BROKEN : build->state,
			    "marked as installed, but its build is gone");
	snprintf(own, sizeof(own), "kernel-%s-%s", parts[1], parts[2]);
	if (strcmp(own, link) != 0) /* weak-modules: this build serves another kernel too */
		return mf_scan_note(scanner, scanner->source, "%s/%s: %s/%s/%s is used there too",
				    name, link, parts[0], parts[1], parts[2]);
	build->state = MF_BUILD_INSTALLED;
	return 0;
}

int mf_dkms_package(struct mf_scanner *scanner, const char *path, const char *name,
		    const struct mf_dkms_scope *scope)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder module = MF_FOLDER_NONE;
	size_t n_versions = 0;
	int r = mf_folder_read(AT_FDCWD, path, false, &module);

	if (r == -ENOMEM)
		return r;
	if (r)
		return mf_scan_note(scanner, path, "cannot be read: %s", strerror(-r));
	for (size_t i = 0; !r && i < module.n; i++) {
		const struct mf_folder_entry *entry = &module.v[i];

		if (entry->type != MF_TYPE_DIR || entry->name[0] == '.' ||
		    !strcmp(entry->name, "original_module") ||
		    mf_has_prefix(entry->name, "kernel-"))
			continue;
		n_versions++;
		if (is_wanted(scope->version, entry->name))
			r = read_version(scanner, &module, path, name, entry->name, scope);
	}
	for (size_t i = 0; !r && i < module.n; i++) {
		if (module.v[i].type == MF_TYPE_LINK && mf_has_prefix(module.v[i].name, "kernel-"))
			r = read_mark(scanner, &module, name, module.v[i].name, scope);
	}
	if (!r && !n_versions)
		r = mf_scan_note(scanner, path, "no version of this package is there");
	return r;
}
