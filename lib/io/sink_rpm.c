// SPDX-License-Identifier: GPL-2.0-or-later
// The rpm sink: the tree as a binary RPM, by rpmbuild, the same bytes wherever it runs.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/rpmspec.h"
#include "lib/io/compress.h"
#include "lib/io/process.h"
#include "lib/io/sinks.h"
#include "lib/io/source.h"
#include "lib/io/workdir.h"

/* Parts of the work folder. */
#define STAGE	"stage"
#define BUILD	"build"
#define SPEC	"package.spec"
#define PACKAGE "package.rpm"

/*
 * Characters of the work folder's path: rpm splits, expands and globs it in places that know no
 * quoting (build/files.c, macros that make shell).
 */
#define WORK_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-"

#define MAX_ARGS  64
#define PATH_SIZE 4096

/* The build of one package, in a folder of its own. */
struct build {
	const struct mf_tree *tree;
	struct mf_err *err;
	struct mf_workdir work;
	int stage; /* folder of the tree in it, -1: none */
	struct mf_arena arena;
};

static void end_build(struct build *build)
{
	mf_close_fd(&build->stage);
	mf_workdir_remove(&build->work);
	mf_arena_free(&build->arena);
}

static int fail_path(struct build *build, const char *path)
{
	int code = -errno;

	return mf_fail(build->err, code, "%s: cannot write it in %s: %s", path, build->work.path,
		       strerror(-code));
}

static int make_folder(struct build *build)
{
	int r = mf_workdir_make(&build->work, build->err);

	if (r)
		return r;
	if (build->work.path[strspn(build->work.path, WORK_CHARS)])
		return mf_fail(
			build->err, -EINVAL,
			"%s: rpmbuild cannot work there, the path must have letters, digits and ./_+- only; set TMPDIR to another folder",
			mf_temp_root());
	if (mkdirat(build->work.fd, STAGE, 0755) || mkdirat(build->work.fd, BUILD, 0755))
		return fail_path(build, STAGE);
	build->stage = openat(build->work.fd, STAGE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return build->stage < 0 ? fail_path(build, STAGE) : 0;
}

/* Folders above an entry that the package does not own. */
static int stage_parents(struct build *build, const char *path)
{
	char parent[PATH_SIZE];

	if (strlen(path) >= sizeof(parent))
		return mf_fail(build->err, -ENAMETOOLONG, "%s: too long a path", path);
	memcpy(parent, path, strlen(path) + 1);
	for (char *slash = parent; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdirat(build->stage, parent, 0755) && errno != EEXIST)
			return fail_path(build, path);
		*slash = '/';
	}
	return 0;
}

/* Not synced: it is there for rpmbuild alone. */
static int stage_file(struct build *build, const struct mf_entry *entry)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(mf_close_fd) int fd = -1;
	struct mf_bytes content;
	int r = mf_entry_content(entry, &map, &content, build->err);

	if (r)
		return r;
	fd = openat(build->stage, entry->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return fail_path(build, entry->path);
	r = mf_write_all(fd, content, build->err);
	if (r)
		return mf_wrap(build->err, r, "%s: in %s", entry->path, mf_temp_root());
	return fchmod(fd, entry->mode) ? fail_path(build, entry->path) : 0;
}

static int stage_symlink(struct build *build, const struct mf_entry *entry)
{
	const char *target = mf_arena_strndup(&build->arena, (const char *)entry->content.p,
					      entry->content.n);

	if (!target)
		return -ENOMEM;
	return symlinkat(target, build->stage, entry->path) ? fail_path(build, entry->path) : 0;
}

static int stage_entry(struct build *build, const struct mf_entry *entry)
{
	int r = stage_parents(build, entry->path);

	if (r)
		return r;
	switch (entry->kind) {
	case MF_ENTRY_DIR:
		if ((mkdirat(build->stage, entry->path, 0755) && errno != EEXIST) ||
		    fchmodat(build->stage, entry->path, entry->mode | 0700, 0))
			return fail_path(build, entry->path);
		return 0;
	case MF_ENTRY_BYTES:
	case MF_ENTRY_FILE: return stage_file(build, entry);
	case MF_ENTRY_SYMLINK: return stage_symlink(build, entry);
	case MF_ENTRY_TREE: break;
	}
	return mf_fail(build->err, -EOPNOTSUPP, "%s: nested trees are not packaged", entry->path);
}

/* Times last, children first: creating them changed those of their folders. */
static int stage_tree(struct build *build)
{
	const struct mf_tree *tree = build->tree;
	struct timespec times[2] = {{.tv_sec = (time_t)tree->mtime},
				    {.tv_sec = (time_t)tree->mtime}};

	for (size_t i = 0; i < tree->n_entries; i++) {
		int r = stage_entry(build, &tree->entries[i]);

		if (r)
			return r;
	}
	for (size_t i = tree->n_entries; i > 0; i--) {
		const char *path = tree->entries[i - 1].path;

		if (utimensat(build->stage, path, times, AT_SYMLINK_NOFOLLOW))
			return fail_path(build, path);
	}
	return 0;
}

static int write_spec(struct build *build)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf spec = {0};
	MF_CLEANUP(mf_close_fd) int fd = -1;
	int r = mf_rpmspec_emit(build->tree, &spec, build->err);

	if (r)
		return r;
	fd = openat(build->work.fd, SPEC, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_path(build, SPEC);
	return mf_write_all(fd, mf_buf_bytes(&spec), build->err);
}

/* rpmbuild's names of the payload compressors, with the levels of EL's own packages. */
static const char *payload_io(const char *word)
{
	if (word && strcmp(word, "xz") == 0)
		return "w2.xzdio";
	if (word && strcmp(word, "gzip") == 0)
		return "w9.gzdio";
	return NULL;
}

/* Arguments being collected; text is in the build's arena. */
struct args {
	struct build *build;
	const char *v[MAX_ARGS + 1];
	size_t n;
	bool failed;
};

static void add_arg(struct args *args, const char *text)
{
	if (!text || args->n == MAX_ARGS)
		args->failed = true;
	else
		args->v[args->n++] = text;
}

/* Defines a macro; a value that starts with '/' lies in the work folder. */
static void define(struct args *args, const char *name, const char *value)
{
	const char *folder = value[0] == '/' ? args->build->work.path : "";

	add_arg(args, "--define");
	add_arg(args, mf_arena_printf(&args->build->arena, "%s %s%s", name, folder, value));
}

/*
 * Only rpm's own macros are read, neither the distribution's (which strip, compress and sign) nor
 * the user's.
 */
static void make_args(struct args *args, const char *payload)
{
	static const char *const macros[][2] = {
		{"_topdir", "/" BUILD},
		{"_builddir", "/" BUILD},
		{"_tmppath", "/" BUILD},
		{"_dbpath", "/" BUILD},
		{"_rpmdir", "/."},
		{"_rpmfilename", PACKAGE},
		{"_rpmformat", "4"}, /* rpm 6 writes one that EL 8 to 10 cannot read */
		{"_buildhost", "localhost"},
		{"use_source_date_epoch_as_buildtime", "1"},
		{"clamp_mtime_to_source_date_epoch", "1"},
		{"build_mtime_policy", "clamp_to_source_date_epoch"}, /* the same since 4.20 */
		{"_binary_filedigest_algorithm", "8"},		      /* SHA-256, RFC 4880 9.4 */
		{"_build_id_links", "none"},
		{"debug_package", "%{nil}"},
		{"__spec_install_post", "%{nil}"},
		{"__os_install_post", "%{nil}"},
		{"__check_files", "%{nil}"},
		{"_smp_build_ncpus", "1"}, /* else counted by a shell, several times */
		/* "5.14.0-427.el9.x86_64+rt-debug" has two '-' */
		{"_wrong_version_format_terminate_build", "0"},
	};
	struct mf_arena *arena = &args->build->arena;

	add_arg(args, "rpmbuild");
	add_arg(args, "-bb");
	add_arg(args, "--quiet");
	add_arg(args, "--nodeps");
	add_arg(args, "--noclean"); /* the work folder goes as a whole */
	add_arg(args, "--rcfile=/usr/lib/rpm/rpmrc");
	add_arg(args, "--macros=/usr/lib/rpm/macros:/usr/lib/rpm/platform/%{_target}/macros");
	add_arg(args, mf_arena_printf(arena, "--target=%s-linux",
				      mf_tree_param(args->build->tree, "arch")));
	add_arg(args,
		mf_arena_printf(arena, "--buildroot=%s/" BUILD "/root", args->build->work.path));
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
		define(args, macros[i][0], macros[i][1]);
	define(args, "_binary_payload", payload);
	add_arg(args, mf_arena_printf(arena, "%s/" SPEC, args->build->work.path));
	args->v[args->n] = NULL;
}

static int run_rpmbuild(struct build *build)
{
	const char *payload = payload_io(mf_tree_param(build->tree, "payload"));
	/* one package a process: threads for several would only spin, beside those of other jobs */
	const char *env[4] = {"OMP_NUM_THREADS=1"};
	struct args args = {.build = build};
	struct mf_process process = {.argv = args.v, .env = env, .folder = build->work.path};

	if (!payload)
		return mf_fail(build->err, -EINVAL,
			       "payload: the compressor of an RPM has to be xz or gzip");
	make_args(&args, payload);
	env[1] = mf_arena_printf(&build->arena, MF_RPMSPEC_STAGE "=%s/" STAGE, build->work.path);
	env[2] = mf_arena_printf(&build->arena, "SOURCE_DATE_EPOCH=%llu",
				 (unsigned long long)build->tree->mtime);
	if (args.failed || !env[1] || !env[2])
		return -ENOMEM;
	return mf_process_run(&process, build->err);
}

static int copy_package(struct build *build, int fd)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	int r = mf_map_file(build->work.fd, PACKAGE, &map, build->err);

	return r ? r : mf_write_all(fd, map.bytes, build->err);
}

static int write_rpm(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(end_build)
	struct build build = {.tree = tree, .err = err, .stage = -1};
	int r;

	if (tree->mtime > UINT32_MAX)
		return mf_fail(err, -ERANGE, "SOURCE_DATE_EPOCH does not fit into an RPM");
	r = make_folder(&build);
	if (!r)
		r = write_spec(&build);
	if (!r)
		r = stage_tree(&build);
	if (!r)
		r = run_rpmbuild(&build);
	return r ? r : copy_package(&build, fd);
}

const struct mf_sink mf_sink_rpm = {
	.name = "rpm",
	.extension = "rpm",
	.summary = "binary RPM, by rpmbuild",
	.is_stream = true,
	.tool = "rpmbuild",
	.write = write_rpm,
};
