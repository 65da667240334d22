// SPDX-License-Identifier: GPL-2.0-or-later
// Writes a folder through a sink: for shell tests and measurements of sinks.
//
// usage: sinkfolder SINK FOLDER OUTPUT [KEY=VALUE...]: parameters of the tree; SOURCE_DATE_EPOCH is
// its time.
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/epoch.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"

static const struct mf_sink *find_sink(const char *name)
{
	static const struct mf_sink *const sinks[] = {&mf_sink_dir, &mf_sink_fat, &mf_sink_iso,
						      &mf_sink_repo};

	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		if (strcmp(sinks[i]->name, name) == 0)
			return sinks[i];
	}
	return NULL;
}

static int add_node(struct mf_tree *tree, const char *path, const FTSENT *node)
{
	char target[4096];
	char *kept, *source;
	ssize_t n;

	switch (node->fts_info) {
	case FTS_D: return mf_tree_add_dir(tree, path, node->fts_statp->st_mode & 07777);
	case FTS_F:
		source = mf_arena_strdup(&tree->arena, node->fts_path);
		return source ? mf_tree_add_file(tree, path, node->fts_statp->st_mode & 07777,
						 source, (uint64_t)node->fts_statp->st_size)
			      : -ENOMEM;
	case FTS_SL:
	case FTS_SLNONE:
		n = readlink(node->fts_accpath, target, sizeof(target));
		kept = n > 0 ? mf_arena_strndup(&tree->arena, target, (size_t)n) : NULL;
		return kept ? mf_tree_add_symlink(tree, path, kept) : -EIO;
	case FTS_DP: return 0;
	default: return -EIO;
	}
}

static int add_folder(struct mf_tree *tree, char *folder)
{
	char *roots[] = {folder, NULL};
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t n = strlen(folder);
	FTSENT *node;
	int r = walk ? 0 : -errno;

	while (!r && (node = fts_read(walk))) {
		if (node->fts_level > 0)
			r = add_node(tree, node->fts_path + n + (folder[n - 1] != '/'), node);
	}
	if (walk)
		fts_close(walk);
	return r;
}

static int add_params(struct mf_tree *tree, char **words)
{
	int r = 0;

	for (; !r && *words; words++) {
		char *equals = strchr(*words, '=');

		if (!equals)
			return -EINVAL;
		*equals = '\0';
		r = mf_tree_add_param(tree, *words, equals + 1);
	}
	return r;
}

int main(int argc, char **argv)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	struct mf_output output = {.sink = argc > 3 ? find_sink(argv[1]) : NULL};
	struct mf_err err = {0};
	int r;

	if (!output.sink) {
		fputs("usage: sinkfolder SINK FOLDER OUTPUT [KEY=VALUE...]\n", stderr);
		return 2;
	}
	output.path = argv[3];
	r = mf_source_date_epoch(&tree.mtime, &err);
	if (!r)
		r = add_folder(&tree, argv[2]);
	if (!r)
		r = add_params(&tree, argv + 4);
	if (!r)
		r = mf_tree_finish(&tree, &err);
	if (!r)
		r = mf_publish(&tree, &output, &err);
	if (r)
		fprintf(stderr, "sinkfolder: %s\n", err.text[0] ? err.text : strerror(-r));
	return r ? 1 : 0;
}
