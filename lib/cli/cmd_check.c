// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry check`: would these drivers load there? Every reason, before boot.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check_disk.h"
#include "lib/cli/commands.h"
#include "lib/cli/output.h"
#include "lib/core/advice.h"
#include "lib/io/artifact.h"
#include "lib/io/check_archive.h"

static const struct mf_option options[] = {
	MF_FACTS_OPTIONS,
	{"kernel", 'k', "RELEASE", "judge for this kernel of the target; may be repeated"},
	{"kernel-package", 0, "FILE", "of a disk: the target's kernel RPM, or a folder of RPMs"},
	{"for", 0, "NAME", "of a disk: whose installer reads it, see `modferry list --targets`"},
	{"arch", 0, "ARCH", "of a disk: the installer's machine (uname -m)"},
	{"allow-unknown", 0, NULL, "a verdict of \"unknown\" is a warning, not a no"},
	{"json", 'j', NULL, "print JSON"},
	{0},
};

/* All that one run holds. */
struct run {
	const struct mf_arguments *arguments;
	struct mf_facts facts;
	struct mf_artifact artifact;
	struct mf_checked checked;
	struct mf_err *err;
};

static void free_run(struct run *run)
{
	mf_checked_free(&run->checked);
	mf_artifact_free(&run->artifact);
	mf_facts_free(&run->facts);
}

static int fail_memory(struct run *run, int r)
{
	return r == -ENOMEM ? mf_fail(run->err, r, "out of memory") : r;
}

static bool contains(const struct mf_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strcmp(strings->v[i], text) == 0)
			return true;
	}
	return false;
}

/* Kernels that the artifact has drivers for: "6.1.0-50-amd64, 6.1.0-56-amd64". */
static int add_kernels(struct run *run, struct mf_buf *out)
{
	struct mf_drvset *set = &run->artifact.set;
	struct mf_strings seen = {0};

	for (size_t i = 0; i < set->n_packages; i++) {
		for (size_t k = 0; k < set->packages[i].n_builds; k++) {
			const char *kernel = set->packages[i].builds[k].kernel;

			if (!kernel || contains(&seen, kernel))
				continue;
			if (mf_arena_grow(&set->arena, &seen.v, seen.n, sizeof(*seen.v)))
				return -ENOMEM;
			seen.v[seen.n++] = kernel;
			mf_buf_printf(out, "%s%s", out->len ? ", " : "", kernel);
		}
	}
	return 0;
}

/* The one package of the artifact, NULL when there are several or none. */
static const struct mf_package *only_package(const struct mf_drvset *set)
{
	return set->n_packages == 1 && set->packages[0].name ? &set->packages[0] : NULL;
}

/* -ENOENT: nothing in the artifact is for a kernel, or (NULL) for any of the target. */
static int fail_kernel(struct run *run, const char *release)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf has = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf advice = {0};
	const struct mf_probe *probe = &run->facts.probe;
	const struct mf_package *package = only_package(&run->artifact.set);
	const char *wanted = release ? release : probe->kernels[0].release;

	if (add_kernels(run, &has))
		return fail_memory(run, -ENOMEM);
	mf_advise_build(&advice, package ? package->name : NULL, package ? package->version : NULL,
			wanted);
	mf_buf_adds(&advice, " (needs ");
	mf_advise_headers(&advice, wanted);
	return mf_fail(run->err, -ENOENT,
		       "%s: has no driver for %s%s of %s (it has them for: %s); build it with: %s)",
		       run->arguments->operands[0], release ? "kernel " : "a kernel",
		       release ? release : "", run->facts.object,
		       has.len ? mf_buf_str(&has) : "none known", mf_buf_str(&advice));
}

/* Each kernel that is asked for must be one of the target. */
static int check_asked(struct run *run, const struct mf_strings *asked)
{
	const struct mf_probe *probe = &run->facts.probe;

	for (size_t i = 0; i < asked->n; i++) {
		if (!mf_probe_kernel(probe, asked->v[i]))
			return mf_fail(run->err, -ENOENT,
				       "--kernel %s: %s has no modules of that kernel", asked->v[i],
				       run->facts.object);
	}
	if (probe->n_kernels)
		return 0;
	return mf_fail(
		run->err, -ENOENT,
		"%s: has no modules of any kernel, so nothing is known of it; give its kernel image with --vmlinuz",
		run->facts.object);
}

/* Judges for one kernel; the number of drivers goes to *ret_n. */
static int check_kernel(struct run *run, const struct mf_kernel *kernel, size_t *ret_n)
{
	struct mf_selected_list *selected; /* verdicts keep pointing to it */
	struct mf_check check;
	int r;

	selected = mf_arena_alloc(&run->checked.arena, sizeof(*selected));
	if (!selected)
		return -ENOMEM;
	r = mf_artifact_select(&run->artifact, kernel->release, selected, run->err);
	if (r)
		return r == -ELOOP ? mf_wrap(run->err, r, "%s", run->arguments->operands[0]) : r;
	check = mf_facts_check(&run->facts, kernel, selected);
	check.delivery = mf_artifact_delivery(&run->artifact, kernel->release);
	mf_facts_judge_start(&run->facts, run->artifact.hooks, &check.delivery);
	*ret_n = selected->n;
	return mf_check_drivers(&check, &run->checked);
}

/* 0, -ENOENT when nothing in it is for a kernel of the target, or for one that is asked for. */
static int check_kernels(struct run *run, const struct mf_strings *asked)
{
	const struct mf_probe *probe = &run->facts.probe;
	size_t total = 0;
	int r = check_asked(run, asked);

	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		const char *release = probe->kernels[i].release;
		size_t n = 0;

		if (asked->n && !contains(asked, release))
			continue;
		r = check_kernel(run, &probe->kernels[i], &n);
		if (!r && !n && asked->n)
			r = fail_kernel(run, release);
		total += n;
	}
	if (!r && !total)
		r = fail_kernel(run, NULL);
	return fail_memory(run, r);
}

/* Rules of the archive itself, where it is one file that stands behind an initrd. */
static int check_archive(struct run *run)
{
	struct mf_reasons *reasons = &run->checked.archive;
	const char *initrd = mf_given_value(run->arguments, "initrd");
	struct mf_archive_check check = {.overlay = run->artifact.map.bytes,
					 .probe = &run->facts.probe};
	struct stat st;
	int r;

	if (!check.overlay.n)
		return 0;
	if (initrd && !stat(initrd, &st))
		check.base_size = (uint64_t)st.st_size;
	r = mf_check_archive(&check, &run->checked.arena, reasons, run->err);
	for (size_t i = 0; !r && i < reasons->n; i++) {
		if (reasons->v[i].weight > run->checked.verdict)
			run->checked.verdict = reasons->v[i].weight;
	}
	return fail_memory(run, r);
}

static void warn_memory(const struct run *run)
{
	struct mf_memory_part part = {run->artifact.map.bytes.n, run->artifact.unpacked};

	if (part.packed)
		mf_facts_warn_memory(&run->facts, "check", &part);
}

static int print(const struct run *run)
{
	struct mf_check_view view = {run->arguments->operands[0], &run->facts, &run->checked, NULL};

	if (mf_given(run->arguments, "json"))
		return mf_check_print_json(&view, run->err);
	return mf_check_print(&view, run->err);
}

int mf_check_answer(const struct mf_arguments *arguments, const struct mf_checked *checked)
{
	enum mf_verdict verdict = checked->verdict;

	if (verdict == MF_VERDICT_UNKNOWN && mf_given(arguments, "allow-unknown")) {
		mf_warn("check", "%s: whether all of it loads is not known",
			arguments->operands[0]);
		return MF_EXIT_OK;
	}
	return verdict == MF_VERDICT_LOADS ? MF_EXIT_OK : MF_EXIT_NO;
}

/* Options that only make sense for a driver disk. */
static int refuse_disk_options(const struct mf_arguments *arguments, struct mf_err *err)
{
	static const char *const names[] = {"for", "kernel-package", "arch"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!mf_given(arguments, names[i]))
			continue;
		mf_fail(err, -EINVAL, "--%s: is for driver disks, and %s is none", names[i],
			arguments->operands[0]);
		return MF_EXIT_USAGE;
	}
	return MF_EXIT_OK;
}

static int run_check(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run) struct run run = {.arguments = arguments, .err = err};
	struct mf_strings asked;
	int code, r;

	if (arguments->n_operands != 1) {
		mf_fail(err, -EINVAL,
			"give one ARTIFACT: an overlay, a driver disk, a folder of modules, a module, or what DKMS built");
		return MF_EXIT_USAGE;
	}
	if (mf_disk_is_one(arguments->operands[0]))
		return mf_check_disk(arguments, err);
	code = refuse_disk_options(arguments, err);
	if (code)
		return code;
	code = mf_facts_read(arguments, "check", &run.facts, err);
	if (code)
		return code;
	if (!run.facts.object) {
		mf_fail(err, -EINVAL,
			"no target; name it with --initrd FILE, --iso FILE or --root DIR");
		return MF_EXIT_USAGE;
	}
	if (mf_artifact_read(arguments->operands[0], &run.artifact, err))
		return MF_EXIT_FAILED;
	asked = mf_given_values(arguments, "kernel");
	r = check_kernels(&run, &asked);
	free(asked.v);
	if (r == -ENOENT)
		return MF_EXIT_NO;
	if (!r)
		r = check_archive(&run);
	if (!r) {
		warn_memory(&run);
		r = print(&run);
	}
	return r ? MF_EXIT_FAILED : mf_check_answer(arguments, &run.checked);
}

const struct mf_command mf_command_check = {
	.name = "check",
	.summary = "say before boot whether drivers load on a target, and why not",
	.operands = "--initrd FILE|--iso FILE|--root DIR|--kernel RELEASE ARTIFACT",
	.options = options,
	.run = run_check,
};
