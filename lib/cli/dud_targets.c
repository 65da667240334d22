// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: for whom, as what, and where to.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/commands.h"
#include "lib/cli/dud.h"

#define DEBS  (MF_DEBIAN_INSTALLER | MF_SUBIQUITY)
#define SUSE  (MF_LINUXRC | MF_AGAMA)
#define DISKS (MF_ANACONDA | MF_LINUXRC | DEBS) /* of volumes that they look for */
#define ALL   (DISKS | MF_AGAMA)

/*
 * Which installer reads what: dud(7). linuxrc knows no zstd, and for Agama nobody has seen more
 * than archives read. Of formats of one name the first that fits is taken.
 */
static const struct mf_dud_format formats[] = {
	{"iso", NULL, "iso", DISKS},
	{"fat", NULL, "fat", DISKS},
	{"dir", NULL, "dir", ALL},
	{"tar", NULL, "tar", ALL},
	{"tar.gz", NULL, "tar.gz", ALL},
	{"cpio", NULL, "cpio", ALL},
	{"cpio.gz", NULL, "cpio.gz", ALL},
	{"cpio.xz", NULL, "cpio.xz", ALL},
	{"cpio.zst", NULL, "cpio.zst", MF_ANACONDA},
	{"list", NULL, "list", ALL},
	{"rpm", "kmod-rpm", "file", MF_ANACONDA},
	{"rpm", "dud-linuxrc-rpm", "file", MF_LINUXRC},
	{"kmp", "kmp-rpm", "file", SUSE},
	{"deb", "kmod-deb", "file", DEBS},
	{"udeb", "kmod-udeb", "file", MF_DEBIAN_INSTALLER},
	{"repo", "kmod-rpm", "repo", MF_ANACONDA},
	{"repo", "kmp-rpm", "repo", SUSE},
	{"repo", "kmod-deb", "apt", DEBS},
};

static const struct {
	const char *name; /* in the target's row */
	unsigned int installer;
	const char *format; /* default */
} installers[] = {
	{"anaconda", MF_ANACONDA, "iso"},
	{"linuxrc", MF_LINUXRC, "cpio.gz"},
	{"agama", MF_AGAMA, "cpio.gz"},
	{"debian-installer", MF_DEBIAN_INSTALLER, "fat"}, /* which has no isofs */
	{"subiquity", MF_SUBIQUITY, "fat"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

unsigned int mf_dud_installer(const struct mf_target *target)
{
	for (size_t i = 0; i < COUNT(installers); i++) {
		if (strcmp(installers[i].name, target->installer) == 0)
			return installers[i].installer;
	}
	return 0;
}

/* What all of them read: their own default, else an image of a volume. */
static const char *default_format(unsigned int wanted)
{
	const char *format = NULL;

	for (size_t i = 0; i < COUNT(installers); i++) {
		if (!(wanted & installers[i].installer))
			continue;
		if (!format || !strcmp(format, installers[i].format))
			format = installers[i].format;
		else
			return wanted & DEBS ? "fat" : "iso";
	}
	return format;
}

static int refuse_target(struct mf_dud_run *run, const char *name)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};

	mf_target_suggest(name, &names);
	mf_fail(run->make.err, -EINVAL,
		"--for %s: unknown target%s%s; see `modferry list --targets`", name,
		names.len ? ", expected one of: " : "", mf_buf_str(&names));
	return MF_EXIT_USAGE;
}

static int add_target(struct mf_dud_run *run, const char *name)
{
	const struct mf_target *target = mf_target_find(name);

	if (!target)
		return refuse_target(run, name);
	if (!mf_dud_installer(target)) {
		mf_fail(run->make.err, -EINVAL,
			"--for %s: has no installer that reads driver disks; make it an overlay with `modferry overlay`",
			target->name);
		return MF_EXIT_USAGE;
	}
	for (size_t i = 0; i < run->n_targets; i++) {
		if (run->targets[i] == target) /* a name and an alias of it */
			return MF_EXIT_OK;
	}
	run->targets[run->n_targets++] = target;
	return MF_EXIT_OK;
}

static int find_targets(struct mf_dud_run *run)
{
	struct mf_strings names = mf_given_values(run->make.arguments, "for");
	const struct mf_target *probed = run->make.facts.probe.target;
	int code = MF_EXIT_OK;

	run->targets = calloc(names.n + 1, sizeof(const struct mf_target *));
	if (!run->targets) {
		mf_fail(run->make.err, -ENOMEM, "out of memory");
		code = MF_EXIT_FAILED;
	}
	for (size_t i = 0; !code && i < names.n; i++)
		code = add_target(run, names.v[i]);
	free(names.v);
	if (!code && !run->n_targets && probed)
		code = add_target(run, probed->name);
	if (code || run->n_targets)
		return code;
	mf_fail(run->make.err, -EINVAL,
		"no target; name it with --for NAME (see `modferry list --targets`)");
	return MF_EXIT_USAGE;
}

/* Words of formats that an installer takes. */
static void add_formats(struct mf_buf *out, unsigned int installer)
{
	for (size_t i = 0; i < COUNT(formats); i++) {
		if (formats[i].installers & installer)
			mf_buf_printf(out, "%s%s", out->len ? ", " : "", formats[i].name);
	}
}

static int refuse_format(struct mf_dud_run *run, const struct mf_target *target, const char *name)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf words = {0};

	add_formats(&words, mf_dud_installer(target));
	mf_fail(run->make.err, -EINVAL,
		"--for %s: %s reads no --format %s; expected one of: %s, or a run of its own for that target",
		target->name, target->installer, name, mf_buf_str(&words));
	return MF_EXIT_USAGE;
}

/* One kind of package a file: a repository of RPMs has no .debs. */
static int refuse_mixture(struct mf_dud_run *run, const struct mf_dud_artifact *artifact,
			  const char *name)
{
	const struct mf_target *first = artifact->targets[0], *other = first;

	for (size_t i = 1; i < artifact->n_targets; i++) {
		if (mf_dud_installer(artifact->targets[i]) != mf_dud_installer(first))
			other = artifact->targets[i];
	}
	mf_fail(run->make.err, -EINVAL,
		"--format %s: %s and %s take packages of different kinds; make each in a run of its own, or one file a target with -o FOLDER/",
		name, first->name, other->name);
	return MF_EXIT_USAGE;
}

/* Whether a --format word makes no disks. */
static bool is_packages(const char *name)
{
	for (size_t i = 0; name && i < COUNT(formats); i++) {
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].recipe != NULL;
	}
	return false;
}

static int find_format(struct mf_dud_run *run, struct mf_dud_artifact *artifact)
{
	const char *name = mf_given_value(run->make.arguments, "format");
	unsigned int any = 0;

	for (size_t i = 0; i < artifact->n_targets; i++)
		artifact->installers |= mf_dud_installer(artifact->targets[i]);
	if ((artifact->installers & SUSE) == SUSE && !is_packages(name)) {
		mf_fail(run->make.err, -EINVAL,
			"targets of linuxrc and of Agama: older Agamas take the first folder for their machine, whichever product's; make a disk for each, as with -o FOLDER/");
		return MF_EXIT_USAGE;
	}
	name = name ? name : default_format(artifact->installers);
	for (size_t i = 0; i < COUNT(formats); i++) {
		if (strcmp(formats[i].name, name) != 0)
			continue;
		any |= formats[i].installers;
		if (!(artifact->installers & ~formats[i].installers) && !artifact->format)
			artifact->format = &formats[i];
	}
	if (artifact->format)
		return MF_EXIT_OK;
	for (size_t i = 0; i < artifact->n_targets; i++) {
		if (!(mf_dud_installer(artifact->targets[i]) & any))
			return refuse_format(run, artifact->targets[i], name);
	}
	return refuse_mixture(run, artifact, name);
}

/* FOLDER/TARGET.EXTENSION */
static int name_artifact(struct mf_dud_run *run, struct mf_dud_artifact *artifact,
			 const char *folder)
{
	const struct mf_sink *sink = mf_sink_find(artifact->format->sink);
	const char *extension = sink->extension;

	if (!strcmp(artifact->format->sink, "file"))
		extension = strstr(artifact->format->recipe, "rpm") ? "rpm"
								    : artifact->format->name;
	artifact->path = mf_arena_printf(&run->make.set.arena, "%s%s%s%s", folder,
					 artifact->targets[0]->name, *extension ? "." : "",
					 extension);
	return artifact->path ? MF_EXIT_OK : MF_EXIT_FAILED;
}

/* -o FOLDER/; of forms that are folders themselves it is the one to make. */
static bool wants_folder(const struct mf_dud_run *run)
{
	const char *format = mf_given_value(run->make.arguments, "format");
	const char *output = mf_given_value(run->make.arguments, "output");

	if (format && (!strcmp(format, "dir") || !strcmp(format, "repo")))
		return false;
	return output && *output && output[strlen(output) - 1] == '/';
}

/* Options that only driver updates of SUSE have a place for. */
static int check_options(struct mf_dud_run *run)
{
	static const struct {
		const char *name;
		unsigned int installers;
	} options[] = {{"parameter", MF_LINUXRC}, {"install", SUSE}};
	unsigned int all = 0;

	for (size_t i = 0; i < run->n_targets; i++)
		all |= mf_dud_installer(run->targets[i]);
	for (size_t i = 0; i < COUNT(options); i++) {
		if (!mf_given(run->make.arguments, options[i].name) || all & options[i].installers)
			continue;
		mf_fail(run->make.err, -EINVAL,
			"--%s: is for driver updates of SUSE, and no target here reads them; leave it out",
			options[i].name);
		return MF_EXIT_USAGE;
	}
	return MF_EXIT_OK;
}

int mf_dud_targets(struct mf_dud_run *run)
{
	const char *output = mf_given_value(run->make.arguments, "output");
	bool is_folder = wants_folder(run);
	int code = find_targets(run);

	if (!code)
		code = check_options(run);
	if (code)
		return code;
	run->artifacts = calloc(run->n_targets, sizeof(*run->artifacts));
	if (!run->artifacts)
		return MF_EXIT_FAILED;
	run->n_artifacts = is_folder ? run->n_targets : 1;
	for (size_t i = 0; !code && i < run->n_artifacts; i++) {
		struct mf_dud_artifact *artifact = &run->artifacts[i];

		artifact->targets = run->targets + i;
		artifact->n_targets = is_folder ? 1 : run->n_targets;
		artifact->path = output;
		code = find_format(run, artifact);
		if (!code && is_folder)
			code = name_artifact(run, artifact, output);
	}
	return code;
}
