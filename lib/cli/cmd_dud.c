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
#include "lib/cli/signing.h"
#include "lib/cli/sources.h"

static const struct mf_option options[] = {
	{"for", 0, "NAME",
	 "target that will read it, see `modferry list --targets`; may be repeated"},
	MF_FACTS_OPTIONS,
	{"kernel", 'k', "RELEASE", "drivers for this kernel; may be repeated"},
	{"arch", 0, "ARCH", "drivers for this machine (uname -m)"},
	{"only", 0, "NAME", "only PACKAGE[/VERSION][:MODULE]; may be repeated"},
	{"format", 0, "NAME",
	 "iso, fat, dir, tar, tar.gz, cpio, cpio.gz, cpio.xz, cpio.zst, rpm, kmp, deb, udeb, repo, list; default by target",
	 "iso fat dir tar tar.gz cpio cpio.gz cpio.xz cpio.zst rpm kmp deb udeb repo list"},
	{"label", 0, "NAME", "volume label, default OEMDRV, which installers find by themselves"},
	{"match", 0, "WHICH", "kernels that packages say they are for: exact (default) or minimum",
	 "exact minimum"},
	{"abi-requires", 0, NULL, "packages require the symbol CRCs that their drivers need"},
	{"install", 0, "HOW",
	 "how SUSE's installer puts the drivers into the new system: kmp (default), archive, none",
	 "kmp archive none"},
	{"parameter", 0, "TEXT",
	 "MODULE.NAME=VALUE, given to a module by linuxrc; may be repeated"},
	MF_SIGNING_OPTIONS,
	{"gpg-key", 0, "KEYID", "sign packages and repositories with this key of gpg"},
	{"force", 0, NULL, "write it although a driver would not load on the target"},
	{"firmware-dir", 0, "DIR", "where firmware is looked for first; may be repeated"},
	{"dkms-tree", 0, "DIR", "DKMS tree to read, default /var/lib/dkms when no SOURCE is given"},
	{"jobs", 'J', "N", "packages built at a time, default one for each CPU"},
	MF_STICK_OPTIONS,
	{"output", 'o', "FILE", "where to write; - is standard output, FOLDER/ one file a target"},
	{"dry-run", 'n', NULL, "list on standard output what would be written"},
	{0},
};

static void free_run(struct mf_dud_run *run)
{
	for (size_t i = 0; i < run->n_artifacts; i++)
		mf_dud_artifact_free(&run->artifacts[i]);
	free(run->artifacts);
	free(run->parameters.v);
	mf_workdir_remove(&run->work);
	mf_make_free(&run->make);
	mf_spool_free(&run->spool);
	free(run->targets);
}

static int usage(struct mf_dud_run *run, const char *text)
{
	mf_fail(run->make.err, -EINVAL, "%s", text);
	return MF_EXIT_USAGE;
}

static int check_outputs(const struct mf_dud_run *run)
{
	for (size_t i = 0; i < run->n_artifacts; i++) {
		if (mf_dud_check_output(run, &run->artifacts[i]))
			return MF_EXIT_FAILED;
	}
	return MF_EXIT_OK;
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

/* Everything after the drivers are found; 0 or -errno. */
static int make(struct mf_dud_run *run)
{
	/* by the installer's own hands */
	static const struct mf_delivery delivery = {.is_loose = true};
	size_t n_notes = run->make.set.n_notes;
	int r = mf_make_prepare(&run->make);

	if (!r) {
		mf_make_warn_notes(&run->make, n_notes);
		r = mf_make_check(&run->make, &delivery);
	}
	if (!r) {
		mf_dud_warn_match(run);
		mf_dud_warn_label(run);
	}
	for (size_t i = 0; !r && i < run->n_artifacts; i++)
		r = mf_dud_write(run, &run->artifacts[i]);
	return r;
}

static int run_dud(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run)
	struct mf_dud_run run = {.make = {.arguments = arguments, .command = "dud", .err = err}};
	int code = check_usage(&run);
	int r;

	run.make.spool = &run.spool;
	run.parameters = mf_given_values(arguments, "parameter");
	if (!code)
		code = mf_facts_read(arguments, "dud", &run.make.facts, err);
	if (!code)
		code = mf_dud_targets(&run);
	if (!code)
		code = mf_dud_check_stick(&run);
	if (!code)
		code = check_outputs(&run);
	if (!code)
		code = mf_signing_read(arguments, &run.make.key, err);
	if (!code)
		code = find_signer(&run);
	if (!code)
		code = mf_sources_scan(arguments, MF_MODULE_SYMBOLS, &run.make.set, err);
	if (code)
		return code;
	mf_make_warn_notes(&run.make, 0);
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
