// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry dud`: driver update disks, packages and repositories.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/commands.h"
#include "lib/cli/dud.h"
#include "lib/cli/dud_stick.h"
#include "lib/cli/output.h"
#include "lib/cli/progress.h"
#include "lib/cli/signing.h"
#include "lib/cli/sources.h"
#include "lib/io/epoch.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"

static const struct mf_option options[] = {
	{"for", 0, "NAME",
	 "target that will read it, see `modferry list --targets`; may be repeated"},
	MF_FACTS_OPTIONS,
	{"kernel", 'k', "RELEASE", "drivers for this kernel; may be repeated"},
	{"arch", 0, "ARCH", "drivers for this machine (uname -m)"},
	{"only", 0, "NAME", "only PACKAGE[/VERSION][:MODULE]; may be repeated"},
	{"format", 0, "NAME",
	 "iso (default), fat, dir, tar, cpio, cpio.gz, cpio.xz, cpio.zst, rpm, deb, repo, list",
	 "iso fat dir tar cpio cpio.gz cpio.xz cpio.zst rpm deb repo list"},
	{"label", 0, "NAME", "volume label, default OEMDRV, which installers find by themselves"},
	{"match", 0, "WHICH", "kernels that packages say they are for: exact (default) or minimum",
	 "exact minimum"},
	{"abi-requires", 0, NULL, "packages require the symbol CRCs that their drivers need"},
	MF_SIGNING_OPTIONS,
	{"gpg-key", 0, "KEYID", "sign packages and repositories with this key of gpg"},
	{"force", 0, NULL, "write it although a driver would not load on the target"},
	{"firmware-dir", 0, "DIR", "where firmware is looked for first; may be repeated"},
	{"dkms-tree", 0, "DIR", "DKMS tree to read, default /var/lib/dkms when no SOURCE is given"},
	{"jobs", 'J', "N", "packages built at a time, default one for each CPU"},
	MF_STICK_OPTIONS,
	{"output", 'o', "FILE", "where to write; - is standard output"},
	{"dry-run", 'n', NULL, "list on standard output what would be written"},
	{0},
};

static void free_run(struct mf_dud_run *run)
{
	struct mf_overlay_run *make = &run->make;

	mf_tree_free(&make->tree);
	mf_workdir_remove(&run->work);
	mf_nested_free(&run->nested);
	mf_facts_free(&make->facts);
	mf_drvset_free(&make->set);
	mf_spool_free(&run->spool);
	mf_signing_key_free(make->key);
	free(make->selection.only.v);
	free(make->firmware_dirs.v);
	free(run->targets);
}

static int usage(struct mf_dud_run *run, const char *text)
{
	mf_fail(run->make.err, -EINVAL, "%s", text);
	return MF_EXIT_USAGE;
}

/* Before anything is built for a key that is not there; an enum mf_exit. */
static int find_signer(struct mf_dud_run *run)
{
	const char *key = mf_given_value(run->make.arguments, "gpg-key");

	if (!key || mf_given(run->make.arguments, "dry-run"))
		return MF_EXIT_OK;
	return mf_gpg_find_key(key, run->signer, run->make.err) ? MF_EXIT_FAILED : MF_EXIT_OK;
}

/* What can be said before any work is done. */
static int check_usage(struct mf_dud_run *run)
{
	const struct mf_arguments *arguments = run->make.arguments;
	const char *jobs = mf_given_value(arguments, "jobs");
	uint64_t n;

	if (!mf_given(arguments, "dry-run") && !mf_given_value(arguments, "output") &&
	    !mf_given(arguments, "write"))
		return usage(
			run,
			"no output; name a file with -o FILE or a stick with --write DEVICE, or look first with --dry-run");
	if (jobs && (mf_parse_u64(jobs, strlen(jobs), 10, &n) || !n || n > 256))
		return usage(run, "--jobs: may be 1 to 256");
	return MF_EXIT_OK;
}

static struct mf_plan make_plan(const struct mf_dud_run *run)
{
	const struct mf_arguments *arguments = run->make.arguments;
	const char *match = mf_given_value(arguments, "match");

	return (struct mf_plan){
		.selected = &run->make.selected,
		.target = run->targets[0],
		.targets = run->targets,
		.n_targets = run->n_targets,
		.hook = MF_HOOK_NONE,
		.dud = {.match = match && !strcmp(match, "minimum") ? MF_MATCH_MINIMUM
								    : MF_MATCH_EXACT,
			.has_abi_requires = mf_given(arguments, "abi-requires"),
			.label = mf_given_value(arguments, "label")},
	};
}

/* One package is a file of its own only where there is one. */
static int check_single(const struct mf_dud_run *run)
{
	const struct mf_tree *tree = &run->make.tree;

	if (strcmp(run->format->sink, "file") != 0 || tree->n_entries == 1)
		return 0;
	return mf_fail(
		run->make.err, -EINVAL,
		"--format %s: makes one package, the selection gives %zu; narrow it with --kernel, --arch or --only, or take --format repo",
		run->format->name, tree->n_entries);
}

static int plan(struct mf_dud_run *run)
{
	struct mf_plan plan = make_plan(run);
	struct mf_overlay_run *make = &run->make;
	const char *recipe = run->format->recipe ? run->format->recipe : "dud-redhat";
	int r = mf_source_date_epoch(&make->tree.mtime, make->err);

	if (!r)
		r = mf_recipe_find(recipe)->plan(&plan, &make->tree, make->err);
	if (!r)
		r = mf_dud_embed(run);
	if (!r && run->signer[0])
		r = mf_tree_add_param(&make->tree, "signer", run->signer);
	return r ? r : check_single(run);
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
static int write_nested(struct mf_dud_run *run)
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

	if (jobs)
		(void)mf_parse_u64(jobs, strlen(jobs), 10, &n); /* was checked */
	nested.jobs = (unsigned int)n;
	return mf_nested_write(&run->make.tree, &nested, &run->nested, run->make.err);
}

static int write_output(struct mf_dud_run *run)
{
	bool is_dry = mf_given(run->make.arguments, "dry-run");
	struct mf_output output = {
		.sink = mf_sink_find(is_dry ? "list" : run->format->sink),
		.path = "-",
	};
	int r = is_dry ? 0 : mf_dud_image(run, &output.path);

	if (!r && !is_dry && output.sink != &mf_sink_list)
		r = write_nested(run);
	if (!r && run->nested.store.text[0])
		mf_warn("dud", "packages are not kept for later runs: %s (XDG_CACHE_HOME names it)",
			run->nested.store.text);
	if (!r)
		r = mf_publish(&run->make.tree, &output, run->make.err);
	if (!r && !is_dry)
		r = mf_dud_write_stick(run, output.path);
	if (output.path == run->image)
		output.path = mf_given_value(run->make.arguments, "write");
	return r || output.path[0] == '-' ? r : mf_dud_print(run, output.path);
}

static void warn_notes(const struct mf_dud_run *run, size_t from)
{
	const struct mf_drvset *set = &run->make.set;

	for (size_t i = from; i < set->n_notes; i++)
		mf_warn("dud", "%s: %s", set->notes[i].object, set->notes[i].problem);
}

/* Everything after the drivers are found; 0 or -errno. */
static int make(struct mf_dud_run *run)
{
	size_t n_notes = run->make.set.n_notes;
	int r = mf_overlay_prepare(&run->make);

	if (!r) {
		warn_notes(run, n_notes);
		r = mf_overlay_check(&run->make);
	}
	if (!r) {
		mf_dud_warn_match(run);
		r = plan(run);
	}
	return r ? r : write_output(run);
}

static int run_dud(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run)
	struct mf_dud_run run = {.make = {.arguments = arguments,
					  .command = "dud",
					  .hook = MF_HOOK_NONE,
					  .err = err}};
	int code = check_usage(&run);
	int r;

	run.make.spool = &run.spool;
	if (!code)
		code = mf_facts_read(arguments, "dud", &run.make.facts, err);
	if (!code)
		code = mf_dud_targets(&run);
	if (!code)
		code = mf_dud_check_stick(&run);
	if (!code)
		code = mf_signing_read(arguments, &run.make.key, err);
	if (!code)
		code = find_signer(&run);
	if (!code)
		code = mf_sources_scan(arguments, MF_MODULE_SYMBOLS, &run.make.set, err);
	if (code)
		return code;
	warn_notes(&run, 0);
	if (!run.make.set.n_packages)
		return mf_sources_fail_empty(arguments, err);
	r = mf_dud_select(&run);
	if (r == -ENOENT)
		return MF_EXIT_NO;
	if (!r)
		r = make(&run);
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}

const struct mf_command mf_command_dud = {
	.name = "dud",
	.summary = "make a driver update disk, packages or a repository",
	.operands = "-o FILE --for NAME [SOURCE...]",
	.options = options,
	.run = run_dud,
};
