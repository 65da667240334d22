// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry check`: would these drivers load there? Every reason, before boot.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check.h"
#include "lib/cli/commands.h"
#include "lib/cli/output.h"
#include "lib/io/artifact.h"
#include "lib/io/check_archive.h"

static const struct mf_option options[] = {
	MF_FACTS_OPTIONS,
	{"kernel", 'k', "RELEASE", "judge for this kernel of the target; may be repeated"},
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

static bool is_asked(const struct run *run, const char *release)
{
	struct mf_strings kernels = mf_given_values(run->arguments, "kernel");
	bool asked = !kernels.n;

	for (size_t i = 0; i < kernels.n; i++)
		asked = asked || strcmp(kernels.v[i], release) == 0;
	free(kernels.v);
	return asked;
}

/* Kernels that the artifact has drivers for: "6.1.0-50-amd64, 6.1.0-56-amd64". */
static void add_kernels(const struct mf_drvset *set, struct mf_buf *out)
{
	for (size_t i = 0; i < set->n_packages; i++) {
		for (size_t k = 0; k < set->packages[i].n_builds; k++) {
			const char *kernel = set->packages[i].builds[k].kernel;

			if (!kernel || (out->len && strstr(mf_buf_str(out), kernel)))
				continue;
			mf_buf_printf(out, "%s%s", out->len ? ", " : "", kernel);
		}
	}
}

/* 0, -ENOENT when nothing in it is for a kernel of the target. */
static int check_kernels(struct run *run)
{
	const struct mf_probe *probe = &run->facts.probe;
	MF_CLEANUP(mf_buf_free) struct mf_buf has = {0};
	size_t n = 0;

	for (size_t i = 0; i < probe->n_kernels; i++) {
		const struct mf_kernel *kernel = &probe->kernels[i];
		struct mf_selected_list *selected;
		struct mf_check check;
		int r;

		if (!is_asked(run, kernel->release))
			continue;
		/* verdicts keep pointing to it */
		selected = mf_arena_alloc(&run->checked.arena, sizeof(*selected));
		r = selected ? mf_artifact_select(&run->artifact, kernel->release, selected,
						  run->err)
			     : -ENOMEM;
		if (r)
			return fail_memory(run, r);
		check = mf_facts_check(&run->facts, kernel, selected);
		check.delivery = mf_artifact_delivery(&run->artifact, kernel->release);
		r = mf_check_drivers(&check, &run->checked);
		if (r)
			return fail_memory(run, r);
		n += selected->n;
	}
	if (n)
		return 0;
	add_kernels(&run->artifact.set, &has);
	return mf_fail(run->err, -ENOENT,
		       "%s: has no driver for a kernel of %s (it has them for: %s)",
		       run->arguments->operands[0], run->facts.object, mf_buf_str(&has));
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
	struct mf_check_view view = {run->arguments->operands[0], &run->facts, &run->checked};

	if (mf_given(run->arguments, "json"))
		return mf_check_print_json(&view, run->err);
	return mf_check_print(&view, run->err);
}

static int answer(const struct run *run)
{
	enum mf_verdict verdict = run->checked.verdict;

	if (verdict == MF_VERDICT_UNKNOWN && mf_given(run->arguments, "allow-unknown")) {
		mf_warn("check", "%s: whether all of it loads is not known",
			run->arguments->operands[0]);
		return MF_EXIT_OK;
	}
	return verdict == MF_VERDICT_LOADS ? MF_EXIT_OK : MF_EXIT_NO;
}

static int run_check(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run) struct run run = {.arguments = arguments, .err = err};
	int code, r;

	if (arguments->n_operands != 1) {
		mf_fail(err, -EINVAL,
			"give one ARTIFACT: an overlay, a folder of modules or a module");
		return MF_EXIT_USAGE;
	}
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
	r = check_kernels(&run);
	if (r == -ENOENT)
		return MF_EXIT_NO;
	if (!r)
		r = check_archive(&run);
	if (!r) {
		warn_memory(&run);
		r = print(&run);
	}
	return r ? MF_EXIT_FAILED : answer(&run);
}

const struct mf_command mf_command_check = {
	.name = "check",
	.summary = "say before boot whether drivers load on a target, and why not",
	.operands = "--initrd FILE|--iso FILE|--root DIR ARTIFACT",
	.options = options,
	.run = run_check,
};
