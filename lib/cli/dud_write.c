// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: an artifact is planned by recipes, its packages are made, it is written.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/commands.h"
#include "lib/cli/dud.h"
#include "lib/cli/dud_stick.h"
#include "lib/cli/output.h"
#include "lib/cli/progress.h"
#include "lib/io/epoch.h"
#include "lib/io/file.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"

/* The disks of installers; those of one recipe are planned together. */
static const struct {
	unsigned int installers; /* enum mf_installer bits */
	const char *recipe;
} disks[] = {
	{MF_ANACONDA, "dud-redhat"},
	{MF_LINUXRC, "dud-linuxrc"},
	{MF_AGAMA, "dud-agama"},
	{MF_DEBIAN_INSTALLER | MF_SUBIQUITY, "dud-debian"},
};

static enum mf_install find_install(const struct mf_arguments *arguments)
{
	const char *how = mf_given_value(arguments, "install");

	if (how && !strcmp(how, "archive"))
		return MF_INSTALL_ARCHIVE;
	return how && !strcmp(how, "none") ? MF_INSTALL_NONE : MF_INSTALL_PACKAGE;
}

static struct mf_plan make_plan(const struct mf_dud_run *run,
				const struct mf_dud_artifact *artifact)
{
	const struct mf_arguments *arguments = run->make.arguments;
	const char *match = mf_given_value(arguments, "match");

	return (struct mf_plan){
		.hook = MF_HOOK_NONE,
		.kernels = run->make.facts.probe.kernels,
		.n_kernels = run->make.facts.probe.n_kernels,
		.dud = {.match = match && !strcmp(match, "minimum") ? MF_MATCH_MINIMUM
								    : MF_MATCH_EXACT,
			.has_abi_requires = mf_given(arguments, "abi-requires"),
			.install = find_install(arguments),
			.has_symlinks = strcmp(artifact->format->sink, "fat") != 0,
			.parameters = run->parameters,
			.label = mf_given_value(arguments, "label")},
	};
}

static void free_selected(struct mf_selected_list *list)
{
	free(list->v);
	*list = (struct mf_selected_list){0};
}

static void free_targets(const struct mf_target ***targets)
{
	free(*targets);
	*targets = NULL;
}

/* What a recipe makes for those targets of the artifact that have one of these installers. */
static int plan_for(const struct mf_dud_run *run, struct mf_dud_artifact *artifact,
		    unsigned int installers, const char *recipe)
{
	MF_CLEANUP(free_selected) struct mf_selected_list selected = {0};
	MF_CLEANUP(free_targets)
	const struct mf_target **targets = calloc(artifact->n_targets, sizeof(*targets));
	struct mf_plan plan = make_plan(run, artifact);
	size_t n = 0;
	int r;

	if (!targets)
		return -ENOMEM;
	for (size_t i = 0; i < artifact->n_targets; i++) {
		if (mf_dud_installer(artifact->targets[i]) & installers)
			targets[n++] = artifact->targets[i];
	}
	if (!n)
		return 0;
	r = mf_dud_select_for(run, targets, n, &selected);
	plan.selected = &selected;
	plan.target = targets[0];
	plan.targets = targets;
	plan.n_targets = n;
	return r ? r : mf_recipe_find(recipe)->plan(&plan, &artifact->tree, run->make.err);
}

/* One package is a file of its own only where there is one. */
static int check_single(const struct mf_dud_run *run, const struct mf_dud_artifact *artifact)
{
	if (strcmp(artifact->format->sink, "file") != 0 || artifact->tree.n_entries == 1)
		return 0;
	return mf_fail(
		run->make.err, -EINVAL,
		"--format %s: makes one package, the selection gives %zu; narrow it with --kernel, --arch or --only, or take --format repo",
		artifact->format->name, artifact->tree.n_entries);
}

static int plan(struct mf_dud_run *run, struct mf_dud_artifact *artifact)
{
	const struct mf_dud_format *format = artifact->format;
	int r = mf_source_date_epoch(&artifact->tree.mtime, run->make.err);

	if (!r && format->recipe)
		r = plan_for(run, artifact, UINT_MAX, format->recipe);
	for (size_t i = 0; !r && !format->recipe && i < sizeof(disks) / sizeof(disks[0]); i++)
		r = plan_for(run, artifact, disks[i].installers, disks[i].recipe);
	if (!r)
		r = mf_dud_embed(run, artifact);
	if (!r && run->signer[0])
		r = mf_tree_add_param(&artifact->tree, "signer", run->signer);
	return r ? r : check_single(run, artifact);
}

/*
 * $XDG_CACHE_HOME/modferry/packages, ~/.cache/…; NULL with --no-cache, or without a home: that of
 * system users is not there, and not made.
 */
static const char *find_store(const struct mf_dud_run *run, char *path, size_t size)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int n = -1;

	if (mf_given(run->make.arguments, "no-cache"))
		return NULL;
	if (cache && cache[0] == '/')
		n = snprintf(path, size, "%s/modferry/packages", cache);
	else if (home && home[0] == '/' && access(home, F_OK) == 0)
		n = snprintf(path, size, "%s/.cache/modferry/packages", home);
	return n > 0 && (size_t)n < size ? path : NULL;
}

/* Packages and repositories become files. */
static int write_nested(struct mf_dud_run *run, struct mf_dud_artifact *artifact)
{
	MF_CLEANUP(mf_progress_end) struct mf_progress progress = {.what = "packages"};
	const char *jobs = mf_given_value(run->make.arguments, "jobs");
	char store[PATH_MAX];
	uint64_t n = 0;
	struct mf_nested_options nested = {
		.store = find_store(run, store, sizeof(store)),
		.spool = &run->spool,
		.signer = run->signer[0] ? run->signer : NULL,
		.find = mf_sink_find,
		.progress = mf_progress_show,
		.data = &progress,
	};
	int r;

	if (jobs)
		(void)mf_parse_u64(jobs, strlen(jobs), 10, &n); /* was checked */
	nested.jobs = (unsigned int)n;
	r = mf_nested_write(&artifact->tree, &nested, &artifact->nested, run->make.err);
	if (!r && artifact->nested.store.text[0])
		mf_warn("dud", "packages are not kept for later runs: %s (XDG_CACHE_HOME names it)",
			artifact->nested.store.text);
	return r;
}

/* The folder of -o FOLDER/: the last component only, as a mistyped path is none to be made. */
static int make_folder(const struct mf_dud_run *run, const struct mf_dud_artifact *artifact)
{
	const char *output = mf_given_value(run->make.arguments, "output");

	if (artifact->path == output || mkdir(output, 0777) == 0 || errno == EEXIST)
		return 0;
	return mf_fail(run->make.err, -errno, "%s: cannot make the folder: %s", output,
		       strerror(errno));
}

/* linuxrc looks for URL.asc of files that it fetches (linuxrc, url.c). */
static int write_signature(struct mf_dud_run *run, struct mf_dud_artifact *artifact)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf signature = {0};
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {.mtime = artifact->tree.mtime};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_output output = {.sink = &mf_sink_file};
	struct mf_err *err = run->make.err;
	struct stat st;
	int r;

	if (!run->signer[0] || !(artifact->installers & MF_LINUXRC) || artifact->format->recipe ||
	    stat(artifact->path, &st) || !S_ISREG(st.st_mode))
		return 0;
	output.path = mf_arena_printf(&tree.arena, "%s.asc", artifact->path);
	if (!output.path)
		return -ENOMEM;
	r = mf_map_file(AT_FDCWD, artifact->path, &map, err);
	if (!r)
		r = mf_gpg_sign(map.bytes, MF_GPG_DETACHED, run->signer, &signature, err);
	if (!r)
		r = mf_tree_add_bytes(&tree, "signature", 0644, mf_buf_bytes(&signature));
	if (!r)
		r = mf_publish(&tree, &output, err);
	artifact->has_signature = !r;
	return r;
}

int mf_dud_check_output(const struct mf_dud_run *run, const struct mf_dud_artifact *artifact)
{
	struct mf_output output = {.sink = mf_sink_find(artifact->format->sink),
				   .path = artifact->path};
	const char *given = mf_given_value(run->make.arguments, "output");

	if (mf_given(run->make.arguments, "dry-run") || !artifact->path ||
	    (artifact->path != given && access(given, F_OK)))
		return 0; /* the folder is made later */
	return mf_publish_check(&output, run->make.err);
}

int mf_dud_write(struct mf_dud_run *run, struct mf_dud_artifact *artifact)
{
	bool is_dry = mf_given(run->make.arguments, "dry-run");
	struct mf_output output = {.sink = mf_sink_find(is_dry ? "list" : artifact->format->sink)};
	int r = plan(run, artifact);

	if (!r && output.sink != &mf_sink_list)
		r = write_nested(run, artifact);
	if (!r && !is_dry)
		r = make_folder(run, artifact);
	if (!r && !is_dry)
		r = mf_dud_image(run, artifact);
	if (r)
		return r;
	output.path = is_dry ? "-" : artifact->path;
	r = mf_publish(&artifact->tree, &output, run->make.err);
	if (r || output.path[0] == '-')
		return r;
	r = write_signature(run, artifact);
	if (!r)
		r = mf_dud_write_stick(run, artifact->path);
	return r ? r : mf_dud_print(run, artifact);
}

void mf_dud_artifact_free(struct mf_dud_artifact *artifact)
{
	mf_tree_free(&artifact->tree);
	mf_nested_free(&artifact->nested);
	*artifact = (struct mf_dud_artifact){0};
}
