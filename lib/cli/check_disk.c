// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry check DISK`: a driver update disk before anaconda.
#include "lib/cli/check_disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/output.h"
#include "lib/core/archname.h"

static void free_run(struct mf_disk_run *run)
{
	for (size_t i = 0; i < run->n_judged; i++)
		mf_anaconda_result_free(&run->judged[i].result);
	mf_checked_free(&run->checked);
	mf_kernel_packages_free(&run->packages);
	mf_disk_close(&run->source);
	mf_facts_free(&run->facts);
	mf_arena_free(&run->arena);
}

static int usage(struct mf_disk_run *run, const char *text)
{
	mf_fail(run->err, -EINVAL, "%s: %s", run->object, text);
	return MF_EXIT_USAGE;
}

static bool is_anaconda(const struct mf_target *target)
{
	return strcmp(target->installer, "anaconda") == 0;
}

/* The row whose kernels are called like this one: "…el9_4.x86_64". */
static const struct mf_target *guess_target(const char *release)
{
	const struct mf_target *table;
	size_t n;

	table = mf_target_table(&n);
	for (size_t i = 0; i < n; i++) {
		if (is_anaconda(&table[i]) && mf_target_admits_kernel(&table[i], release))
			return &table[i];
	}
	return NULL;
}

/* --for, else what the target says, else what its kernel is called. */
static int find_target(struct mf_disk_run *run)
{
	const struct mf_probe *probe = &run->facts.probe;
	const char *name = mf_given_value(run->arguments, "for");

	if (name) {
		run->target = mf_target_find(name);
		if (!run->target) {
			mf_fail(run->err, -EINVAL,
				"--for %s: unknown target; `modferry list --targets` names them",
				name);
			return MF_EXIT_USAGE;
		}
	} else if (probe->target) {
		run->target = probe->target;
	} else {
		run->target = guess_target(probe->kernels[0].release);
	}
	if (!run->target)
		return usage(
			run,
			"which installer reads it is not known; name it with --for rhel8, rhel9, rhel10 or fedora");
	if (!is_anaconda(run->target)) {
		mf_fail(run->err, -EINVAL,
			"%s: is a disk for anaconda, and the installer of %s is %s; name another with --for",
			run->object, run->target->name, run->target->installer);
		return MF_EXIT_USAGE;
	}
	return MF_EXIT_OK;
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
	if (!facts->object)
		return usage(
			run,
			"no target; name it with --iso FILE, --initrd FILE or --kernel RELEASE");
	if (!facts->probe.n_kernels) {
		const char *release = mf_given_value(run->arguments, "kernel");

		mf_fail(run->err, -ENOENT, "%s: has no modules of %s%s, so nothing is known of it",
			facts->object, release ? "kernel " : "any kernel", release ? release : "");
		return MF_EXIT_NO;
	}
	return find_target(run);
}

/* The machine of an installer: --arch, the kernel's, or the end of its release. */
static const char *find_arch(const struct mf_disk_run *run, const struct mf_kernel *kernel)
{
	static const char *const words[] = {"x86_64", "aarch64", "ppc64le",
					    "s390x",  "i686",	 "riscv64"};
	const char *given = mf_given_value(run->arguments, "arch");

	if (given)
		return mf_arch_normalise(given);
	if (kernel->arch)
		return kernel->arch;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strstr(kernel->release, words[i]);

		if (at && at > kernel->release && at[-1] == '.')
			return words[i];
	}
	return NULL;
}

/* Names of the stock modules, which a target of a name alone does not tell. */
static int list_stock(struct mf_disk_run *run, const struct mf_kernel *kernel,
		      struct mf_anaconda *anaconda)
{
	struct mf_strings *stock = mf_arena_alloc(&run->arena, sizeof(*stock));

	if (!stock)
		return -ENOMEM;
	stock->v = mf_arena_alloc(&run->arena, kernel->n_modules * sizeof(*stock->v) + 1);
	if (!stock->v)
		return -ENOMEM;
	for (; stock->n < kernel->n_modules; stock->n++)
		stock->v[stock->n] = kernel->modules[stock->n].name;
	anaconda->stock = kernel->is_bare ? NULL : stock;
	return 0;
}

static int judge_kernel(struct mf_disk_run *run, struct mf_kernel *kernel)
{
	struct mf_disk_judged *judged;
	struct mf_anaconda_input input = {.disk = &run->source.disk,
					  .packages = run->packages.v,
					  .n_packages = run->packages.n};
	const char *arch = find_arch(run, kernel);
	int r;

	if (!arch)
		return mf_fail(run->err, -EINVAL,
			       "%s: the machine of kernel %s is not known; name it with --arch",
			       run->object, kernel->release);
	if (kernel->is_bare)
		kernel->arch = arch;
	if (mf_arena_grow(&run->arena, &run->judged, run->n_judged, sizeof(*judged)))
		return -ENOMEM;
	judged = &run->judged[run->n_judged++];
	*judged = (struct mf_disk_judged){.kernel = kernel,
					  .anaconda = {.kernel = kernel->release, .arch = arch}};
	mf_anaconda_set_release(&judged->anaconda, run->target);
	r = list_stock(run, kernel, &judged->anaconda);
	input.anaconda = &judged->anaconda;
	if (!r)
		r = mf_anaconda_run(&input, &judged->result);
	if (!r)
		r = mf_disk_drivers(run, judged);
	return r ? r : mf_disk_reasons(run, judged);
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
	if (!r)
		r = judge_kernels(&run);
	if (r == -ENOENT && run.n_judged < 1)
		return MF_EXIT_NO;
	if (!r)
		r = print(&run);
	return r ? MF_EXIT_FAILED : mf_check_answer(arguments, &run.checked);
}
