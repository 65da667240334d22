// SPDX-License-Identifier: GPL-2.0-or-later
// Target probe: an installed system below a folder.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/folder.h"
#include "lib/io/probe_source.h"
#include "lib/io/root_path.h"
#include "lib/io/vmlinuz.h"

/* Levels of folders below lib/modules (it has 9) and lib/firmware; each holds a descriptor. */
#define MAX_DEPTH 40
/* Files of all kernels and firmware: ten distribution kernels have 45,000. */
#define MAX_FILES ((size_t)400000)

/* A system being read. */
struct system {
	struct mf_gather *gather;
	const char *root;
	struct mf_buf scratch;
	struct mf_buf inner; /* path of what is looked at, seen from the root */
	size_t n_files;
	unsigned int depth;
};

static void free_system(struct system *system)
{
	mf_buf_free(&system->scratch);
	mf_buf_free(&system->inner);
}

/* What could not be read, once: the first counts. */
static int warn(struct system *system, const char *text)
{
	struct mf_probe *probe = system->gather->probe;

	if (!probe->warning)
		probe->warning = mf_arena_strdup(&probe->arena, text);
	return probe->warning ? 0 : -ENOMEM;
}

/* Facts of a file, found by a path of the system; nothing where it cannot be read. */
static int read_file(struct system *system, const char *path, const struct mf_path_parts *parts,
		     struct mf_file_facts *out)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_err why = {0};
	char outer[PATH_MAX];
	const char *unused;
	int r = mf_root_path(system->root, path, outer, &unused);

	*out = (struct mf_file_facts){0};
	if (r)
		return 0;
	r = mf_map_file_via(&system->scratch, AT_FDCWD, outer, &map, &why);
	if (r == -ENOMEM)
		return r;
	/* a device in the place of a file of modprobe.d is /dev/null */
	if (r)
		return r == -EINVAL ? 0 : warn(system, why.text);
	return mf_gather_read(system->gather, parts, map.bytes, out);
}

static int put_file(struct system *system)
{
	const char *path = mf_buf_str(&system->inner);
	struct mf_path_parts parts = mf_path_parts(path);
	struct mf_file_facts facts = {0};
	int r = 0;

	if (parts.interest == MF_INTEREST_NONE)
		return 0;
	if (++system->n_files > MAX_FILES)
		return mf_fail(system->gather->err, -E2BIG,
			       "%s: more than %zu files of kernels and firmware, the limit here",
			       system->root, MAX_FILES);
	if (parts.interest != MF_INTEREST_FIRMWARE)
		r = read_file(system, path, &parts, &facts);
	return r ? r : mf_gather_put(system->gather, path, &facts);
}

static int walk(struct system *system, int dirfd, const char *name);

static int walk_entry(struct system *system, const struct mf_folder *folder, size_t i)
{
	const struct mf_folder_entry *entry = &folder->v[i];
	size_t n = system->inner.len;
	int r = 0;

	mf_buf_addc(&system->inner, '/');
	mf_buf_adds(&system->inner, entry->name);
	if (mf_buf_status(&system->inner))
		return -ENOMEM;
	if (entry->type == MF_TYPE_DIR)
		r = walk(system, folder->fd, entry->name);
	else if (entry->type != MF_TYPE_OTHER)
		r = put_file(system);
	system->inner.len = n;
	system->inner.data[n] = '\0';
	return r;
}

/* The folder at inner, and all below it; links to folders are not followed. */
static int walk(struct system *system, int dirfd, const char *name)
{
	MF_CLEANUP(mf_folder_close) struct mf_folder folder = MF_FOLDER_NONE;
	int r = 0;

	if (system->depth >= MAX_DEPTH)
		return 0;
	if (mf_folder_read(dirfd, name, system->depth == 0, &folder))
		return 0;
	r = mf_gather_folder(system->gather, mf_buf_str(&system->inner));
	system->depth++;
	for (size_t i = 0; !r && i < folder.n; i++)
		r = walk_entry(system, &folder, i);
	system->depth--;
	return r;
}

/* A folder of the system by a path of it; one that is not there is passed over. */
static int walk_at(struct system *system, const char *path)
{
	char outer[PATH_MAX];
	const char *inner;

	if (mf_root_path(system->root, path, outer, &inner))
		return 0;
	system->inner.len = 0;
	mf_buf_adds(&system->inner, inner);
	if (mf_buf_status(&system->inner))
		return -ENOMEM;
	return walk(system, AT_FDCWD, outer);
}

/* lib/modules may have folders of kernels that are not asked for. */
static int walk_kernels(struct system *system)
{
	static const char *const folders[] = {"lib/modules", "usr/lib/modules"};
	const char *kernel = system->gather->kernel;
	int r = 0;

	for (size_t i = 0; i < 2 && !r && !system->gather->probe->n_kernels; i++) {
		char path[PATH_MAX];

		if (mf_path_join(path, sizeof(path), folders[i], kernel ? kernel : "."))
			return -ENAMETOOLONG;
		r = walk_at(system, path);
	}
	if (r || system->gather->probe->n_kernels)
		return r;
	return mf_fail(system->gather->err, -ENOENT,
		       "%s: has no modules of %s in lib/modules, expected the root folder of an "
		       "installed system",
		       system->root, kernel ? kernel : "any kernel");
}

/* Where a kernel's own files lie, the most telling first; %s is its release. */
static const struct kernel_file {
	const char *path;
	enum { IMAGE, SYMVERS, CONFIG } kind;
} kernel_files[] = {
	{"boot/vmlinuz-%s", IMAGE},
	{"lib/modules/%s/vmlinuz", IMAGE},
	{"boot/Image-%s", IMAGE},
	{"lib/modules/%s/build/Module.symvers", SYMVERS},
	{"usr/src/linux-headers-%s/Module.symvers", SYMVERS},
	{"usr/src/kernels/%s/Module.symvers", SYMVERS},
	{"lib/modules/%s/symvers.gz", SYMVERS},
	{"lib/modules/%s/symvers.xz", SYMVERS},
	{"boot/symvers-%s.gz", SYMVERS},
	{"boot/symvers-%s.xz", SYMVERS},
	{"boot/config-%s", CONFIG},
	{"lib/modules/%s/config", CONFIG},
	{"lib/modules/%s/build/.config", CONFIG},
};

static int read_kernel_file(struct system *system, const char *path, const struct kernel_file *file,
			    struct mf_kernel *kernel)
{
	struct mf_arena *arena = &system->gather->probe->arena;
	struct mf_err why = {0};
	int r = 0;

	switch (file->kind) {
	case IMAGE: r = mf_vmlinuz_read_file(path, arena, kernel, &why); break;
	case SYMVERS: r = mf_symvers_read_file(path, kernel, &why); break;
	case CONFIG: r = mf_config_read_file(path, kernel, &why); break;
	}
	if (r == -ENOMEM)
		return r;
	return r ? warn(system, why.text) : 1;
}

/* The first readable file of each kind. */
static int read_kernel(struct system *system, struct mf_kernel *kernel)
{
	bool has[3] = {false};

	for (size_t i = 0; i < sizeof(kernel_files) / sizeof(kernel_files[0]); i++) {
		const struct kernel_file *file = &kernel_files[i];
		MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
		char outer[PATH_MAX];
		const char *unused;
		const char *mark = strstr(file->path, "%s");
		int r;

		mf_buf_add(&path, file->path, (size_t)(mark - file->path));
		mf_buf_adds(&path, kernel->release);
		mf_buf_adds(&path, mark + 2);
		if (mf_buf_status(&path))
			return -ENOMEM;
		if (has[file->kind] ||
		    mf_root_path(system->root, mf_buf_str(&path), outer, &unused))
			continue;
		r = read_kernel_file(system, outer, file, kernel);
		if (r < 0)
			return r;
		has[file->kind] = r == 1;
	}
	return 0;
}

/* One of the paths that a table names. */
static int read_path(struct system *system, const char *path, struct mf_file_facts *out)
{
	struct mf_path_parts parts = mf_path_parts(path);

	return read_file(system, path, &parts, out);
}

static int read_names(struct system *system)
{
	struct mf_file_facts facts;
	int r = 0;

	for (const char *const *path = mf_gather_release_paths; !r && *path; path++) {
		r = read_path(system, *path, &facts);
		if (!r)
			r = mf_gather_put_release(system->gather, &facts);
	}
	for (const char *const *path = mf_gather_tool_paths; !r && *path; path++) {
		r = read_path(system, *path, &facts);
		facts.names = 0; /* what it needs its package has brought */
		if (!r)
			mf_gather_put_tool(system->gather, &facts);
	}
	return r;
}

/* The list of firmware is whole, so that what is not in it is missing. */
static int read_folders(struct system *system)
{
	static const char *const folders[] = {
		"etc/modprobe.d",     "run/modprobe.d", "usr/local/lib/modprobe.d",
		"usr/lib/modprobe.d", "lib/modprobe.d", "lib/firmware",
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(folders) / sizeof(folders[0]); i++)
		r = walk_at(system, folders[i]);
	return r;
}

static int check_folder(struct mf_gather *gather, const char *path)
{
	struct stat st;
	int r = stat(path, &st) ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;

	return r ? mf_fail(gather->err, r,
			   "%s: %s; expected the root folder of an installed system", path,
			   strerror(-r))
		 : 0;
}

int mf_gather_root(struct mf_gather *gather, const char *path)
{
	MF_CLEANUP(free_system) struct system system = {.gather = gather, .root = path};
	struct mf_probe *probe = gather->probe;
	int r = check_folder(gather, path);

	if (!r)
		r = walk_kernels(&system);
	probe->framework = "installed system";
	probe->hook = MF_HOOK_RDINIT;
	probe->hooks = ~0U; /* which initramfs is made of it is its admin's choice */
	for (size_t i = 0; !r && i < probe->n_kernels; i++)
		r = read_kernel(&system, &probe->kernels[i]);
	if (!r)
		r = read_folders(&system);
	return r ? r : read_names(&system);
}
