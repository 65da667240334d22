// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: --write, --yes and --embed.
#include "lib/cli/dud_stick.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/output.h"
#include "lib/cli/progress.h"
#include "lib/core/embed.h"
#include "lib/io/file.h"
#include "lib/io/stick.h"

static bool is_format(const struct mf_dud_artifact *artifact, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(artifact->format->name, names[i]) == 0)
			return true;
	}
	return false;
}

static int usage(struct mf_dud_run *run, const char *format, const char *value)
{
	mf_fail(run->make.err, -EINVAL, format, value);
	return MF_EXIT_USAGE;
}

/* The device as it is now, when it may be overwritten. */
static int find_stick(struct mf_dud_run *run, struct mf_stick *out)
{
	const char *path = mf_given_value(run->make.arguments, "write");
	int r = mf_stick_find(path, &mf_stick_roots_here, out, run->make.err);

	if (!r)
		r = mf_stick_check(out, &mf_stick_roots_here, run->make.err);
	if (!r && access(path, R_OK | W_OK))
		r = mf_fail(run->make.err, -errno,
			    "%s: %s; writing to disks is root's: run it with sudo", path,
			    strerror(errno));
	return r ? mf_wrap(run->make.err, r, "--write") : 0;
}

static int check_write(struct mf_dud_run *run)
{
	static const char *const volumes[] = {"iso", "fat"};
	const struct mf_arguments *arguments = run->make.arguments;
	const char *output = mf_given_value(arguments, "output");
	bool is_dry = mf_given(arguments, "dry-run");
	struct mf_stick stick;

	if (run->n_artifacts > 1)
		return usage(run, "--write: a stick takes one disk, not -o %s", output);
	if (!is_format(&run->artifacts[0], volumes, 2))
		return usage(
			run,
			"--write: a stick takes a volume, not the format %s; use --format iso or --format fat",
			run->artifacts[0].format->name);
	if (output && !strcmp(output, "-"))
		return usage(run, "--write: goes with -o FILE or without -o, not with -o %s",
			     output);
	if (!is_dry && !mf_given(arguments, "yes") &&
	    (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)))
		return usage(
			run,
			"--write %s: nobody can be asked, as this is no terminal; add --yes to overwrite it without a question",
			mf_given_value(arguments, "write"));
	return find_stick(run, &stick) ? MF_EXIT_FAILED : MF_EXIT_OK;
}

/* One file of --embed: whether it may be on the disk, and, with a tree, it is. */
static int embed_file(struct mf_dud_run *run, const struct mf_dud_artifact *artifact,
		      const char *path, struct mf_tree *tree)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};
	struct mf_embed embed = {
		.path = path,
		.label = mf_given_value(run->make.arguments, "label"),
		.targets = artifact->targets,
		.n_targets = artifact->n_targets,
	};
	const char *name;
	int r = mf_read_file(path, MF_EMBED_MAX, &bytes, run->make.err);

	if (r)
		return mf_wrap(run->make.err, r, "--embed");
	embed.bytes = mf_buf_bytes(&bytes);
	return tree ? mf_embed_add(&embed, tree, run->make.err)
		    : mf_embed_name(&embed, &name, run->make.err);
}

static int embed_all(struct mf_dud_run *run, const struct mf_dud_artifact *artifact,
		     struct mf_tree *tree)
{
	struct mf_strings files = mf_given_values(run->make.arguments, "embed");
	int r = 0;

	for (size_t i = 0; !r && i < files.n; i++)
		r = embed_file(run, artifact, files.v[i], tree);
	free(files.v);
	return r;
}

static int check_embed(struct mf_dud_run *run, const struct mf_dud_artifact *artifact)
{
	static const char *const volumes[] = {"iso", "fat", "dir", "list"};
	struct mf_strings files = mf_given_values(run->make.arguments, "embed");
	bool has_pipe = false;

	for (size_t i = 0; i < files.n; i++)
		has_pipe = has_pipe || !strcmp(files.v[i], "-");
	free(files.v);
	if (has_pipe)
		return usage(run, "--embed %s: standard input is not read, name a file", "-");
	if (!is_format(artifact, volumes, 4))
		return usage(
			run,
			artifact->installers & MF_AGAMA
				? "--embed: installers look for it on a volume, not in the format %s; use --format dir and copy its files to one labelled OEMDRV"
				: "--embed: installers look for it on a volume, not in the format %s; use --format iso, fat or dir",
			artifact->format->name);
	return embed_all(run, artifact, NULL) ? MF_EXIT_FAILED : MF_EXIT_OK;
}

int mf_dud_check_stick(struct mf_dud_run *run)
{
	const struct mf_arguments *arguments = run->make.arguments;
	int code = MF_EXIT_OK;

	if (mf_given(arguments, "yes") && !mf_given(arguments, "write"))
		return usage(run, "--yes: answers for --write %s, which is not given", "DEVICE");
	for (size_t i = 0; !code && mf_given(arguments, "embed") && i < run->n_artifacts; i++)
		code = check_embed(run, &run->artifacts[i]);
	if (!code && mf_given(arguments, "write"))
		code = check_write(run);
	return code;
}

int mf_dud_embed(struct mf_dud_run *run, struct mf_dud_artifact *artifact)
{
	return embed_all(run, artifact, &artifact->tree);
}

int mf_dud_image(struct mf_dud_run *run, struct mf_dud_artifact *artifact)
{
	char name[16];
	int r;

	if (artifact->path)
		return 0;
	snprintf(name, sizeof(name), "disk.%s", artifact->format->name);
	r = mf_workdir_make(&run->work, run->make.err);
	if (!r && mf_path_join(run->image, sizeof(run->image), run->work.path, name))
		r = mf_fail(run->make.err, -ENAMETOOLONG, "%s: its name is too long",
			    run->work.path);
	artifact->path = run->image;
	return r;
}

/* "yes" and nothing else, from the terminal. */
static int ask(const struct mf_stick *stick, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) char *line = NULL;
	size_t size = 0;
	ssize_t n;

	fputs("All of it will be overwritten. Type yes to go on: ", stderr);
	fflush(stderr);
	n = getline(&line, &size, stdin);
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	if (n > 0 && strcmp(line, "yes") == 0)
		return 0;
	return mf_fail(err, -ECANCELED, "%s: you did not say yes, nothing was written to it",
		       stick->path);
}

/* What is on it, to whoever is asked, else into the output. */
static int confirm(struct mf_dud_run *run, const struct mf_stick *stick)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	int r = mf_stick_describe(stick, &text, run->make.err);

	if (r)
		return r;
	if (mf_given(run->make.arguments, "yes"))
		return mf_print(mf_buf_str(&text), text.len, run->make.err);
	fputs(mf_buf_str(&text), stderr);
	return ask(stick, run->make.err);
}

static void show(void *data, const char *what, size_t done, size_t total)
{
	struct mf_progress *progress = data;

	progress->what = what;
	mf_progress_show(progress, done, total);
}

static int write_image(struct mf_dud_run *run, const struct mf_stick *stick, struct mf_bytes image)
{
	MF_CLEANUP(mf_progress_end) struct mf_progress progress = {.what = "MiB written"};
	struct mf_stick_watch watch = {show, &progress};

	return mf_stick_write(stick, image, &watch, run->make.err);
}

static int tell_written(struct mf_dud_run *run, const struct mf_stick *stick, size_t n)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	mf_buf_add_visible(&text, stick->path, strlen(stick->path));
	mf_buf_printf(&text, ": written and read back, %zu bytes\n", n);
	return mf_print(mf_buf_str(&text), text.len, run->make.err);
}

int mf_dud_write_stick(struct mf_dud_run *run, const char *image)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_stick stick;
	int r;

	if (!mf_given(run->make.arguments, "write"))
		return 0;
	r = mf_map_file(AT_FDCWD, image, &map, run->make.err);
	if (!r)
		r = find_stick(run, &stick); /* it may have been mounted meanwhile */
	if (!r)
		r = mf_stick_check_size(&stick, map.bytes.n, run->make.err);
	if (!r)
		r = confirm(run, &stick);
	if (!r)
		r = write_image(run, &stick, map.bytes);
	return r ? r : tell_written(run, &stick, map.bytes.n);
}
