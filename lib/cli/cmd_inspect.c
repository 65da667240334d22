// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry inspect`: every segment and entry of an initrd, and which copy of a path wins; what is
// on a driver disk is inspect_disk.c's.
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/cli/commands.h"
#include "lib/cli/inspect.h"
#include "lib/cli/inspect_disk.h"
#include "lib/io/file.h"

#define LOADER "modferry/load"

/* Of standard input, which is kept in memory: the largest installers have 300 MB. */
#define MAX_INPUT ((size_t)1 << 30)

static const struct mf_option options[] = {
	{"segments", 's', NULL, "show the segments only"},
	{"duplicates", 'd', NULL, "show only paths that stand there several times"},
	{"path", 'p', "PATTERN", "show only paths that match, and what lies below them"},
	{"sha256", 0, NULL, "add the digests of files (with --json)"},
	{"extract", 'x', "PATH", "write the file at PATH, as it is in the end, to stdout"},
	{"json", 'j', NULL, "print JSON"},
	{0},
};

/* Whether the pattern matches the path or a folder that it lies in. */
static bool matches(const char *pattern, const char *path)
{
	while (*pattern == '/')
		pattern++;
	return fnmatch(pattern, path, 0) == 0 || fnmatch(pattern, path, FNM_LEADING_DIR) == 0;
}

/* Directories that say the same twice are no duplicates worth a line. */
static bool differs(const struct mf_rootfs *rootfs, size_t i, size_t other)
{
	return other != MF_ROOTFS_NONE && (!S_ISDIR(rootfs->entries[i].mode) ||
					   rootfs->entries[i].mode != rootfs->entries[other].mode);
}

bool mf_inspect_has(const struct mf_inspect_view *view, const struct mf_rootfs *rootfs, size_t i)
{
	const struct mf_rootfs_entry *entry = &rootfs->entries[i];

	if (view->pattern && !matches(view->pattern, entry->path))
		return false;
	return !view->is_duplicates_only || differs(rootfs, i, entry->replaces) ||
	       differs(rootfs, i, entry->replaced_by);
}

static void warn_symlink(const struct mf_rootfs *rootfs, size_t i,
			 void (*warn)(void *, const char *), void *context)
{
	const struct mf_rootfs_entry *entry = &rootfs->entries[i];
	const struct mf_rootfs_entry *old;
	struct mf_err text = {0};

	if (!S_ISDIR(entry->mode) || entry->replaces == MF_ROOTFS_NONE)
		return;
	old = &rootfs->entries[entry->replaces];
	if (!S_ISLNK(old->mode))
		return;
	mf_fail(&text, 0,
		"segment %u: directory %s replaces the symlink to %s of segment %u: what was "
		"reached through it is gone from there",
		entry->segment, entry->path, old->target, old->segment);
	warn(context, text.text);
}

/* Several overlays may bring the loader; the last one's runs for all of them. */
static void warn_loaders(const struct mf_rootfs *rootfs, void (*warn)(void *, const char *),
			 void *context)
{
	const struct mf_rootfs_entry *last = NULL;

	for (size_t i = 0; i < rootfs->n_entries; i++) {
		const struct mf_rootfs_entry *entry = &rootfs->entries[i];
		struct mf_err text = {0};

		if (!entry->sha256 || strcmp(entry->path, LOADER) != 0)
			continue;
		if (last && strcmp(last->sha256, entry->sha256) != 0) {
			mf_fail(&text, 0,
				"the loaders (" LOADER ") of segments %u and %u differ; the later "
				"one runs: build the overlays with one version of modferry",
				last->segment, entry->segment);
			warn(context, text.text);
		}
		last = entry;
	}
}

void mf_inspect_warnings(const struct mf_rootfs *rootfs, void (*warn)(void *, const char *),
			 void *context)
{
	struct mf_err text = {0};

	for (size_t i = 0; i < rootfs->n_segments; i++) {
		if (!rootfs->segments[i].warning)
			continue;
		mf_fail(&text, 0, "segment %zu: %s", i, rootfs->segments[i].warning);
		warn(context, text.text);
	}
	for (size_t i = 0; i < rootfs->n_entries; i++)
		warn_symlink(rootfs, i, warn, context);
	warn_loaders(rootfs, warn, context);
}

/* Looks for one entry of a walk and prints its content. */
struct extraction {
	size_t wanted;
	size_t at;
	struct mf_err *err;
};

/* Result of a callback that has what it wanted. */
#define FOUND 1

static int extract_member(void *context, const struct mf_segment *segment,
			  const struct mf_member *member)
{
	struct extraction *extraction = context;
	int rc;

	(void)segment;
	if (extraction->at++ != extraction->wanted)
		return 0;
	rc = mf_print((const char *)member->content.p, member->content.n, extraction->err);
	return rc ? rc : FOUND;
}

static int extract(struct mf_bytes image, const struct mf_rootfs *rootfs, const char *path,
		   struct mf_err *err)
{
	struct extraction extraction = {.err = err};
	struct mf_initrd_visitor visitor = {.member = extract_member, .context = &extraction};
	const struct mf_rootfs_entry *entry;
	size_t i = MF_ROOTFS_NONE;

	if (mf_rootfs_find(rootfs, path, true, &i)) {
		mf_fail(err, -ENOENT,
			"%s: no such path in the image; see what there is with -p PATTERN", path);
		return MF_EXIT_NO;
	}
	entry = i == MF_ROOTFS_NONE ? NULL : &rootfs->entries[i];
	if (!entry || !S_ISREG(entry->mode)) {
		mf_fail(err, -EINVAL, "%s: no regular file", path);
		return MF_EXIT_FAILED;
	}
	extraction.wanted = entry->content;
	return mf_initrd_walk(image, &visitor, err) == FOUND ? MF_EXIT_OK : MF_EXIT_FAILED;
}

static void print_warning(void *context, const char *text)
{
	(void)context;
	mf_warn("inspect", "%s", text);
}

static int show(const struct mf_arguments *arguments, const struct mf_inspect_view *view,
		const struct mf_rootfs *rootfs, struct mf_err *err)
{
	size_t n_shown = 0;
	int rc;

	for (size_t i = 0; i < rootfs->n_entries; i++)
		n_shown += mf_inspect_has(view, rootfs, i);
	if (mf_given(arguments, "json")) {
		rc = mf_inspect_print_json(view, rootfs, err);
	} else {
		rc = mf_inspect_print(view, rootfs, err);
		mf_inspect_warnings(rootfs, print_warning, NULL);
	}
	if (rc)
		return MF_EXIT_FAILED;
	if (!view->error && !rootfs->n_segments)
		mf_fail(err, -ENOENT, "%s: holds no segments", view->file);
	else if (!view->error && !n_shown && view->is_duplicates_only)
		mf_fail(err, -ENOENT, "%s: no path stands there several times", view->file);
	else if (!view->error && !n_shown && view->pattern)
		mf_fail(err, -ENOENT, "%s: no path matches %s", view->file, view->pattern);
	else
		return MF_EXIT_OK;
	return MF_EXIT_NO;
}

static int inspect(const struct mf_arguments *arguments, const char *file, struct mf_bytes image,
		   struct mf_err *err)
{
	MF_CLEANUP(mf_rootfs_free) struct mf_rootfs rootfs = {0};
	const char *path = mf_given_value(arguments, "extract");
	struct mf_err broken = {0};
	struct mf_inspect_view view = {
		.file = file,
		.size = image.n,
		.pattern = mf_given_value(arguments, "path"),
		.is_segments_only = mf_given(arguments, "segments"),
		.is_duplicates_only = mf_given(arguments, "duplicates"),
	};
	unsigned int want = mf_given(arguments, "sha256") ? MF_ROOTFS_SHA256 : 0;
	int rc = mf_rootfs_read(image, want, &rootfs, &broken);
	int status;

	if (rc == -ENOMEM) {
		mf_fail(err, rc, "%s: %s", file, broken.text);
		return MF_EXIT_FAILED;
	}
	view.error = rc ? broken.text : NULL;
	if (path)
		status = extract(image, &rootfs, path, err);
	else
		status = show(arguments, &view, &rootfs, err);
	if (!rc || status == MF_EXIT_FAILED)
		return status;
	mf_fail(err, rc, "%s: %s", file, broken.text);
	return MF_EXIT_FAILED;
}

/* A folder can be nothing else, so that what is wrong with it is said as of a disk. */
static bool is_disk(const char *file)
{
	struct stat st;

	return (!stat(file, &st) && S_ISDIR(st.st_mode)) || mf_disk_is_one(file);
}

static int inspect_disk(const struct mf_arguments *arguments, const char *file, struct mf_err *err)
{
	for (size_t i = 0; i < arguments->n_given; i++) {
		const char *name = arguments->given[i].option->name;

		if (strcmp(name, "json") == 0)
			continue;
		mf_fail(err, -EINVAL, "%s: --%s is for initrds, this is a driver disk or package",
			file, name);
		return MF_EXIT_USAGE;
	}
	return mf_inspect_disk(file, mf_given(arguments, "json"), err);
}

static int run(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *file;

	if (arguments->n_operands != 1) {
		mf_fail(err, -EINVAL,
			"expected one FILE; several are one when joined: cat FILE... | modferry inspect -");
		return MF_EXIT_USAGE;
	}
	if (mf_given(arguments, "sha256") && !mf_given(arguments, "json")) {
		mf_fail(err, -EINVAL, "--sha256 has an effect with --json only");
		return MF_EXIT_USAGE;
	}
	file = arguments->operands[0];
	if (strcmp(file, "-") == 0) {
		if (mf_read_file(file, MAX_INPUT, &text, err))
			return MF_EXIT_FAILED;
		return inspect(arguments, "standard input", mf_buf_bytes(&text), err);
	}
	if (is_disk(file))
		return inspect_disk(arguments, file, err);
	if (mf_map_file(AT_FDCWD, file, &map, err)) {
		mf_expect(err, -EINVAL, "an initrd, an overlay or a driver disk");
		return MF_EXIT_FAILED;
	}
	return inspect(arguments, file, map.bytes, err);
}

const struct mf_command mf_command_inspect = {
	.name = "inspect",
	.summary = "show what is in an initrd and which copy wins, or on a driver disk or package",
	.operands = "FILE",
	.options = options,
	.run = run,
};
