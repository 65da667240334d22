// SPDX-License-Identifier: GPL-2.0-or-later
// The fat sink: a FAT image for sticks, without partitions, by mkfs.fat and mtools.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/compress.h"
#include "lib/io/fat_layout.h"
#include "lib/io/file.h"
#include "lib/io/process.h"
#include "lib/io/scratch.h"
#include "lib/io/sinks.h"

#define LABEL_MAX	 11
#define LABEL_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-"
#define FIRST_TIME	 ((uint64_t)315532800)	/* 1980, where the time of FAT begins */
#define LAST_TIME	 ((uint64_t)4354819199) /* its last second: 2107 */
#define BATCH		 200 /* files a call, so that the longest names fit into its arguments */
#define IMAGE		 "image"

/* An image being made. */
struct making {
	struct mf_tree tree; /* with an entry for every folder; strings are the caller's */
	struct mf_fat_layout layout;
	struct mf_scratch scratch;
	char epoch[64]; /* environment of the tools */
	struct mf_err *err;
};

static void free_making(struct making *making)
{
	mf_tree_free(&making->tree);
	mf_scratch_free(&making->scratch);
}

static int check_label(const char *label, struct mf_err *err)
{
	size_t n = strlen(label);

	if (n >= 1 && n <= LABEL_MAX && strspn(label, LABEL_CHARACTERS) == n && label[0] != ' ' &&
	    label[n - 1] != ' ')
		return 0;
	return mf_fail(
		err, -EINVAL,
		"label %s: a FAT image cannot have it; 1 to %d upper-case letters, digits, _ "
		"and -",
		label, LABEL_MAX);
}

/* Takes the entries over, and adds the folders that only stand in paths. */
static int complete_tree(struct making *making, const struct mf_tree *tree)
{
	struct mf_tree *own = &making->tree;
	int r = 0;

	for (size_t i = 0; !r && i < tree->n_entries; i++) {
		const struct mf_entry *entry = &tree->entries[i];

		if (entry->kind == MF_ENTRY_TREE)
			return mf_fail(making->err, -EOPNOTSUPP,
				       "%s: is a tree of its own, not written yet", entry->path);
		r = mf_arena_grow(&own->arena, &own->entries, own->n_entries, sizeof(*entry));
		if (!r)
			own->entries[own->n_entries++] = *entry;
	}
	for (size_t i = 0; !r && i < tree->n_entries; i++)
		r = mf_tree_add_parents(own, tree->entries[i].path, "");
	return r ? r : mf_tree_finish(own, making->err);
}

/* Nothing of mtools' own configuration, the machine's or the user's, but what is said here. */
static int run_tool(const struct making *making, const char *const *argv)
{
	const char *const env[] = {making->epoch,
				   "MTOOLSRC=/dev/null",
				   "MTOOLS_SKIP_CHECK=1",
				   "MTOOLS_FAT_COMPATIBILITY=0",
				   "MTOOLS_LOWER_CASE=0",
				   "MTOOLS_NO_VFAT=0",
				   "MTOOLS_DOTTED_DIR=0",
				   "MTOOLS_NAME_NUMERIC_TAIL=1",
				   NULL};

	return mf_process_run(
		&(struct mf_process){.argv = argv, .folder = making->scratch.work.path, .env = env},
		making->err);
}

/* With all its blocks, so that a full disk is told here and not in the words of mtools. */
static int make_image(const struct making *making)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;
	uint64_t kibibytes = making->layout.kibibytes;
	char path[PATH_MAX];
	int r = mf_path_join(path, sizeof(path), making->scratch.work.path, IMAGE);

	if (r)
		return mf_fail(making->err, r, "%s: too long a path", making->scratch.work.path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return mf_fail(making->err, -errno, "cannot create %s: %s", path, strerror(errno));
	r = posix_fallocate(fd, 0, (off_t)(kibibytes * 1024));
	if (!r)
		return 0;
	return mf_fail(
		making->err, -r,
		"temporary folder %s: no room for an image of %llu KiB: %s; name another one "
		"in TMPDIR",
		making->scratch.work.path, (unsigned long long)kibibytes, strerror(r));
}

static int format_image(const struct making *making, const char *label)
{
	const struct mf_fat_layout *layout = &making->layout;
	char bits[16], sectors[16], root[16], reserved[16];
	const char *argv[20] = {"mkfs.fat", "--invariant", "-a", "-S",	  "512", "-f",	  "2",
				"-F",	    bits,	   "-s", sectors, "-R",	 reserved};
	size_t n = 13;
	int r = make_image(making);

	if (r)
		return r;
	snprintf(bits, sizeof(bits), "%u", layout->bits);
	snprintf(sectors, sizeof(sectors), "%u", layout->sectors_per_cluster);
	snprintf(reserved, sizeof(reserved), "%u", layout->reserved);
	snprintf(root, sizeof(root), "%u", layout->root_entries);
	if (layout->root_entries) {
		argv[n++] = "-r";
		argv[n++] = root;
	}
	if (label) {
		argv[n++] = "-n";
		argv[n++] = label;
	}
	argv[n++] = IMAGE;
	argv[n] = NULL;
	return run_tool(making, argv);
}

static int make_folders(const struct making *making)
{
	char target[PATH_MAX + 4];
	const char *const argv[] = {"mmd", "-i", IMAGE, target, NULL};
	int r = 0;

	for (size_t i = 0; !r && i < making->tree.n_entries; i++) {
		const struct mf_entry *entry = &making->tree.entries[i];

		if (entry->kind != MF_ENTRY_DIR)
			continue;
		snprintf(target, sizeof(target), "::/%s", entry->path);
		r = run_tool(making, argv);
	}
	return r;
}

/* A link of the file's name to its content, for mcopy takes names from where it copies. */
static int link_source(struct making *making, const struct mf_entry *entry, const char *name)
{
	char source[PATH_MAX], absolute[PATH_MAX];
	char link[PATH_MAX];
	int r = mf_scratch_source(&making->scratch, entry, source, making->err);

	if (r)
		return r;
	r = mf_path_join(link, sizeof(link), making->scratch.work.path, name);
	if (r || !realpath(source, absolute) || symlink(absolute, link))
		return mf_fail(making->err, r ? r : -errno, "%s: cannot link it for mcopy: %s",
			       entry->path, strerror(r ? -r : errno));
	return 0;
}

/* Files of one folder, from *next on, as many as one call takes. */
struct batch {
	const char *folder; /* in the tree, "" is the root */
	size_t next;	    /* entry to go on with */
	size_t n;
	char *names[BATCH]; /* below the scratch folder */
	struct mf_arena arena;
};

static void free_batch(struct batch *batch)
{
	mf_arena_free(&batch->arena);
}

static int fill_batch(struct making *making, struct batch *batch, size_t number)
{
	const struct mf_tree *tree = &making->tree;

	for (batch->n = 0; batch->next < tree->n_entries && batch->n < BATCH; batch->next++) {
		const struct mf_entry *entry = &tree->entries[batch->next];
		char *name;
		int r;

		if (entry->kind == MF_ENTRY_DIR || !mf_fat_is_child(batch->folder, entry->path))
			continue;
		name = mf_arena_printf(&batch->arena, "d%zu/%s", number, mf_path_base(entry->path));
		r = name ? link_source(making, entry, name) : -ENOMEM;
		if (r)
			return r;
		batch->names[batch->n++] = name;
	}
	return 0;
}

/* In the order of the tree, so that the image is laid out the same each time. */
static int fill_folder(struct making *making, const char *folder, size_t number)
{
	MF_CLEANUP(free_batch) struct batch batch = {.folder = folder};
	char path[PATH_MAX], target[PATH_MAX + 8], name[32];

	snprintf(name, sizeof(name), "d%zu", number);
	if (mf_path_join(path, sizeof(path), making->scratch.work.path, name))
		return mf_fail(making->err, -ENAMETOOLONG, "%s: too long a path",
			       making->scratch.work.path);
	if (mkdir(path, 0700))
		return mf_fail(making->err, -errno, "cannot create %s: %s", path, strerror(errno));
	snprintf(target, sizeof(target), *folder ? "::/%s/" : "::/%s", folder);
	while (batch.next < making->tree.n_entries) {
		const char *argv[BATCH + 6] = {"mcopy", "-Q", "-i", IMAGE};
		int r = fill_batch(making, &batch, number);

		if (r)
			return r;
		for (size_t i = 0; i < batch.n; i++)
			argv[4 + i] = batch.names[i];
		argv[4 + batch.n] = target;
		r = batch.n ? run_tool(making, argv) : 0;
		if (r)
			return r;
	}
	return 0;
}

static int fill_image(struct making *making)
{
	int r = make_folders(making);

	if (!r)
		r = fill_folder(making, "", 0);
	for (size_t i = 0; !r && i < making->tree.n_entries; i++) {
		const struct mf_entry *entry = &making->tree.entries[i];

		if (entry->kind == MF_ENTRY_DIR)
			r = fill_folder(making, entry->path, i + 1);
	}
	return r;
}

static int copy_image(const struct making *making, int fd)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	char path[PATH_MAX];
	int r = mf_path_join(path, sizeof(path), making->scratch.work.path, IMAGE);

	if (!r)
		r = mf_map_file(AT_FDCWD, path, &map, making->err);
	return r ? r : mf_write_all(fd, map.bytes, making->err);
}

static int write_fat(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(free_making) struct making making = {.err = err};
	const char *label = mf_tree_param(tree, "label");
	uint64_t mtime = tree->mtime < FIRST_TIME ? FIRST_TIME : tree->mtime;
	int r = label ? check_label(label, err) : 0;

	if (!r && mtime > LAST_TIME)
		r = mf_fail(err, -ERANGE,
			    "SOURCE_DATE_EPOCH does not fit into a FAT image, it ends in 2107");
	snprintf(making.epoch, sizeof(making.epoch), "SOURCE_DATE_EPOCH=%llu",
		 (unsigned long long)mtime);
	if (!r)
		r = complete_tree(&making, tree);
	if (!r)
		r = mf_fat_check(&making.tree, err);
	if (!r)
		r = mf_fat_plan(&making.tree, &making.layout, err);
	if (!r)
		r = mf_scratch_make(&making.scratch, err);
	if (!r)
		r = format_image(&making, label);
	if (!r)
		r = fill_image(&making);
	return r ? r : copy_image(&making, fd);
}

const struct mf_sink mf_sink_fat = {
	.name = "fat",
	.extension = "img",
	.summary = "FAT image, for a stick without partitions",
	.is_stream = true,
	.write = write_fat,
};
