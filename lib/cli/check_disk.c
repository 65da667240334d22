// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry check DISK`: a driver disk before the installer that it is for.
#include "lib/cli/check_disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

static void free_run(struct mf_disk_run *run)
{
	for (size_t i = 0; i < run->n_judged; i++)
		run->installer->free(run->judged[i]);
	mf_checked_free(&run->checked);
	mf_kernel_packages_free(&run->packages);
	mf_disk_close(&run->source);
	mf_facts_free(&run->facts);
	mf_arena_free(&run->arena);
}

static int read_facts(struct mf_disk_run *run)
{
	struct mf_facts *facts = &run->facts;
	int code = mf_facts_read(run->arguments, "check", facts, run->err);

	if (!code && !facts->object) {
		code = mf_facts_read_bare(run->arguments, "check", facts, run->err);
		facts->probe.framework = "known by its name";
	}
	if (code)
		return code;
	if (!facts->object) {
		mf_fail(run->err, -EINVAL,
			"%s: no target; name it with --iso FILE, --initrd FILE or --kernel RELEASE",
			run->object);
		return MF_EXIT_USAGE;
	}
	if (!facts->probe.n_kernels) {
		const char *release = mf_given_value(run->arguments, "kernel");

		mf_fail(run->err, -ENOENT, "%s: has no modules of %s%s, so nothing is known of it",
			facts->object, release ? "kernel " : "any kernel", release ? release : "");
		return MF_EXIT_NO;
	}
	return MF_EXIT_OK;
}

/* Names of the stock modules, which a target of a name alone does not tell. */
static int list_stock(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_kernel *kernel = judged->kernel;
	struct mf_strings *stock = mf_arena_alloc(&run->arena, sizeof(*stock));

	if (!stock)
		return -ENOMEM;
	stock->v = mf_arena_alloc(&run->arena, kernel->n_modules * sizeof(*stock->v) + 1);
	if (!stock->v)
		return -ENOMEM;
	for (; stock->n < kernel->n_modules; stock->n++)
		stock->v[stock->n] = kernel->modules[stock->n].name;
	judged->stock = kernel->is_bare ? NULL : stock;
	return 0;
}

static int judge_kernel(struct mf_disk_run *run, struct mf_kernel *kernel)
{
	struct mf_disk_judged *judged = mf_arena_alloc(&run->arena, sizeof(*judged));
	const char *arch = mf_disk_arch(run, kernel);
	int r;

	if (!judged)
		return -ENOMEM;
	if (!arch)
		return mf_fail(run->err, -EINVAL,
			       "%s: the machine of kernel %s is not known; name it with --arch",
			       run->object, kernel->release);
	if (kernel->is_bare)
		kernel->arch = arch;
	*judged = (struct mf_disk_judged){.kernel = kernel, .arch = arch};
	r = list_stock(run, judged);
	if (!r)
		r = mf_arena_grow(&run->arena, &run->judged, run->n_judged, sizeof(judged));
	if (r)
		return r;
	run->judged[run->n_judged++] = judged;
	return run->installer->judge(run, judged);
}

static bool is_asked(const struct mf_strings *asked, const char *release)
{
	for (size_t i = 0; i < asked->n; i++) {
		if (strcmp(asked->v[i], release) == 0)
			return true;
	}
	return !asked->n;
}

static int judge_kernels(struct mf_disk_run *run)
{
	struct mf_probe *probe = &run->facts.probe;
	struct mf_strings asked = mf_given_values(run->arguments, "kernel");
	int r = 0;

	for (size_t i = 0; !r && i < asked.n; i++) {
		if (!mf_probe_kernel(probe, asked.v[i]))
			r = mf_fail(run->err, -ENOENT,
				    "--kernel %s: %s has no modules of that kernel", asked.v[i],
				    run->facts.object);
	}
	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		if (is_asked(&asked, probe->kernels[i].release))
			r = judge_kernel(run, &probe->kernels[i]);
	}
	free(asked.v);
	return r == -ENOMEM ? mf_fail(run->err, r, "out of memory") : r;
}

static int print(const struct mf_disk_run *run)
{
	struct mf_check_view view = {run->object, &run->facts, &run->checked, run};

	if (mf_given(run->arguments, "json"))
		return mf_check_print_json(&view, run->err);
	return mf_check_print(&view, run->err);
}

int mf_check_disk(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run)
	struct mf_disk_run run = {
		.arguments = arguments, .object = arguments->operands[0], .err = err};
	int code = read_facts(&run);
	int r;

	if (code)
		return code;
	r = mf_disk_packages_read(&run);
	if (!r)
		r = mf_disk_open(run.object, &run.source, err);
	if (r)
		return MF_EXIT_FAILED;
	code = mf_disk_choose(&run);
	if (code)
		return code;
	r = judge_kernels(&run);
	if (r == -ENOENT && run.n_judged < 1)
		return MF_EXIT_NO;
	if (!r)
		r = print(&run);
	return r ? MF_EXIT_FAILED : mf_check_answer(arguments, &run.checked);
}
