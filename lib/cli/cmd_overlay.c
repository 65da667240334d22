// SPDX-License-Identifier: GPL-2.0-or-later
// modferry overlay: an extra initrd with drivers, loader and hook.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/commands.h"
#include "lib/cli/output.h"
#include "lib/cli/overlay.h"
#include "lib/cli/signing.h"
#include "lib/cli/sources.h"
#include "lib/io/epoch.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"

#define RDINIT "rdinit=/modferry/load"

static const struct mf_option options[] = {
	{"for", 0, "NAME", "target that will boot it, see `modferry list --targets`"},
	MF_FACTS_OPTIONS,
	{"kernel", 'k', "RELEASE", "drivers for this kernel; may be repeated"},
	{"arch", 0, "ARCH", "drivers for this machine (uname -m)"},
	{"only", 0, "NAME", "only PACKAGE[/VERSION][:MODULE]; may be repeated"},
	{"hook", 0, "NAME", "rdinit, dracut, initramfs-tools, debian-installer, systemd, none",
	 "rdinit dracut initramfs-tools debian-installer systemd none"},
	{"indexes", 0, NULL, "put in module indexes, so that udev there finds the drivers"},
	{"no-disk", 0, NULL, "leave out the driver update disk that anaconda could load"},
	{"force", 0, NULL, "write it although a driver would not load on the target"},
	MF_SIGNING_OPTIONS,
	{"firmware-dir", 0, "DIR", "where firmware is looked for first; may be repeated"},
	{"loader", 0, "FILE", "the loader to put in instead of the installed one"},
	{"dkms-tree", 0, "DIR", "DKMS tree to read, default /var/lib/dkms when no SOURCE is given"},
	{"format", 0, "NAME",
	 "cpio.gz (default), cpio, cpio.xz, cpio.zst, cpio.lz4, tar, dir, list",
	 "cpio.gz cpio cpio.xz cpio.zst cpio.lz4 tar dir list"},
	{"append-to", 0, "INITRD", "write a copy of INITRD with the overlay behind it"},
	{"output", 'o', "FILE", "where to write; - is standard output"},
	{"dry-run", 'n', NULL, "list on standard output what would be written"},
	{0},
};

static void free_run(struct mf_overlay_run *run)
{
	mf_tree_free(&run->tree);
	mf_nested_free(&run->nested);
	free(run->make.selection.kernels.v);
	mf_make_free(&run->make);
}

static int usage(struct mf_overlay_run *run, const char *text)
{
	mf_fail(run->make.err, -EINVAL, "%s", text);
	return MF_EXIT_USAGE;
}

static int refuse_target(struct mf_overlay_run *run, const char *name)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};

	mf_target_suggest(name, &names);
	mf_fail(run->make.err, -EINVAL,
		"--for %s: unknown target%s%s; see `modferry list --targets`, for others give their --initrd FILE, or --for generic",
		name, names.len ? ", expected one of: " : "", mf_buf_str(&names));
	return MF_EXIT_USAGE;
}

static void find_start(const struct mf_overlay_run *run, struct mf_delivery *out)
{
	unsigned int hooks = run->hook == MF_HOOK_RDINIT ? 0 : 1U << run->hook;

	out->has_loader = run->hook != MF_HOOK_NONE;
	mf_facts_judge_start(&run->make.facts, hooks, out);
}

/* A hook that the target's own framework is known not to run. */
static int check_hook(struct mf_overlay_run *run)
{
	struct mf_delivery start = {0};

	find_start(run, &start);
	if (!start.framework || mf_given(run->make.arguments, "force"))
		return MF_EXIT_OK;
	mf_fail(run->make.err, -EINVAL,
		"--hook %s: nothing runs it in %s, which is of %s; leave out --hook (then it is %s), or write it all the same with --force",
		start.idle_hook, run->make.facts.object, start.framework,
		mf_hook_name(run->make.facts.probe.hook));
	return MF_EXIT_FAILED;
}

static int find_hook(struct mf_overlay_run *run)
{
	const char *name = mf_given_value(run->make.arguments, "hook");

	run->hook = run->target->hook;
	if (run->make.facts.probe.framework && !mf_given(run->make.arguments, "root"))
		run->hook = run->make.facts.probe.hook;
	if (name)
		(void)mf_hook_find(name, &run->hook); /* the option table admits no other */
	if (run->hook == MF_HOOK_NONE && !mf_given(run->make.arguments, "indexes"))
		return usage(
			run,
			"--hook none leaves the loader out: give --indexes, too, so that udev there loads the drivers");
	return check_hook(run);
}

/* The run's target: --for, or what its initrd, medium or root shows. MF_EXIT_OK or the exit code.
 */
static int find_target(struct mf_overlay_run *run)
{
	const char *name = mf_given_value(run->make.arguments, "for");
	int code = mf_facts_read(run->make.arguments, "overlay", &run->make.facts, run->make.err);

	if (code)
		return code;
	if (!name && !run->make.facts.object)
		return usage(
			run,
			"no target; name it with --for NAME (see `modferry list --targets`) or give its --initrd FILE");
	if (!run->make.facts.object && mf_given(run->make.arguments, "indexes"))
		return usage(
			run,
			"--indexes merges the module indexes of the target: give its --initrd FILE, --iso FILE or --root DIR");
	run->target = run->make.facts.probe.target;
	if (name || !run->target)
		run->target = mf_target_find(name ? name : "generic");
	if (!run->target)
		return refuse_target(run, name);
	return find_hook(run);
}

static int plan(struct mf_overlay_run *run)
{
	const struct mf_probe *probe = &run->make.facts.probe;
	struct mf_plan plan = {
		.selected = &run->make.selected,
		.target = run->target,
		.base = run->make.facts.object ? &probe->base : NULL,
		.loader_path = run->loader,
		.hook = run->hook,
		.kernels = probe->kernels,
		.n_kernels = probe->n_kernels,
		.has_indexes = mf_given(run->make.arguments, "indexes"),
		.disk = mf_overlay_disk(run),
	};
	int r = run->hook == MF_HOOK_NONE ? 0 : mf_overlay_find_loader(run);

	plan.loader_size = run->loader_size;
	if (!r)
		r = mf_source_date_epoch(&run->tree.mtime, run->make.err);
	return r ? r : mf_recipe_find("overlay")->plan(&plan, &run->tree, run->make.err);
}

static void add_start(const struct mf_overlay_run *run, struct mf_buf *text)
{
	struct mf_delivery start = {0};

	find_start(run, &start);
	if (run->hook == MF_HOOK_NONE)
		mf_buf_adds(
			text,
			"start: by the initramfs' own udev, through the module indexes in it\n");
	else if (start.idle_hook)
		mf_buf_printf(
			text,
			"start: not by its hook, as nothing there is known to run that of %s; put " RDINIT
			" first on the kernel command line\n",
			start.idle_hook);
	else if (run->hook == MF_HOOK_RDINIT)
		mf_buf_adds(text,
			    "start: put " RDINIT
			    " first on the kernel command line, only in entries that boot it\n");
	else
		mf_buf_printf(text,
			      "start: by the %s hook in it, nothing to put on the command line\n",
			      mf_hook_name(run->hook));
	if (!run->make.facts.object)
		mf_buf_adds(
			text,
			"check: not done, as no target was given to check against (--initrd, --iso, --root)\n");
	else if (!run->make.facts.probe.n_kernels)
		mf_buf_adds(
			text,
			"check: not done, as the target has no modules of the drivers' kernel; is it the right one?\n");
}

static void add_signer(const struct mf_overlay_run *run, struct mf_buf *text)
{
	const char *signer = run->make.key ? mf_signing_key_signer(run->make.key) : NULL;

	if (!run->make.key)
		return;
	mf_buf_adds(text, "signed: by ");
	mf_buf_add_visible(text, signer ? signer : "unknown", strlen(signer ? signer : "unknown"));
	mf_buf_adds(text, "\n");
}

/* What was made and how it is started, for people. */
static int print_summary(const struct mf_overlay_run *run, const struct mf_output *output)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct stat st;

	if (strcmp(output->path, "-") == 0)
		return 0;
	mf_buf_add_visible(&text, output->path, strlen(output->path));
	if (stat(output->path, &st) == 0 && S_ISREG(st.st_mode))
		mf_buf_printf(&text, ": %llu bytes", (unsigned long long)st.st_size);
	mf_buf_adds(&text, "\n");
	for (size_t i = 0; i < run->make.selected.n; i++) {
		const struct mf_selected *s = &run->make.selected.v[i];

		mf_buf_printf(&text, "  %s %s for %s (%s), sha256 %.12s…\n", s->driver->module.name,
			      s->driver->module.version ? s->driver->module.version : "-",
			      s->build->kernel, s->build->arch, s->driver->sha256);
	}
	add_signer(run, &text);
	if (mf_has_prefix(output->sink->name, "cpio"))
		mf_buf_adds(
			&text,
			output->append_to
				? "boot: give it to the boot loader in place of the initrd in front\n"
				: "boot: give it to the boot loader as second initrd; lines to paste: modferry-overlay(7)\n");
	add_start(run, &text);
	mf_overlay_tell_disk(run, &text);
	return mf_print(mf_buf_str(&text), text.len, run->make.err);
}

/* An initrd that is no target itself (--iso, --root) must have a kernel of the target. */
static int check_base(const struct mf_overlay_run *run, const struct mf_probe *base,
		      const char *path)
{
	const struct mf_probe *target = &run->make.facts.probe;

	if (!base->n_kernels || !target->n_kernels || mf_given(run->make.arguments, "force"))
		return 0;
	for (size_t i = 0; i < base->n_kernels; i++) {
		if (mf_probe_kernel(target, base->kernels[i].release))
			return 0;
	}
	return mf_fail(
		run->make.err, -EINVAL,
		"--append-to %s: has modules of kernel %s, %s of %s; append to the initrd of that kernel, or write it all the same with --force",
		path, base->kernels[0].release, run->make.facts.object, target->kernels[0].release);
}

/* Behind lz4 every kernel reads lz4, many nothing else (modferry-overlay(7)). */
static int choose_format(struct mf_overlay_run *run, struct mf_output *output, const char *format)
{
	MF_CLEANUP(mf_probe_free) struct mf_probe other = {0};
	const char *base = output->append_to;
	const struct mf_probe *probe = &run->make.facts.probe;
	int r = 0;

	if (base && (!run->make.facts.object || strcmp(base, run->make.facts.object) != 0)) {
		r = mf_probe_initrd(base, NULL, &other, run->make.err);
		probe = &other;
		if (!r)
			r = check_base(run, probe, base);
	}
	if (r)
		return r;
	output->sink = mf_sink_find(format ? format : probe->has_lz4 ? "cpio.lz4" : "cpio.gz");
	output->is_unpadded = base && probe->has_lz4;
	if (base && probe->has_lz4 && output->sink->is_segment && output->sink != &mf_sink_cpio_lz4)
		r = mf_fail(
			run->make.err, -EOPNOTSUPP,
			"%s: is compressed with lz4, behind which many kernels read nothing else; use --format cpio.lz4",
			base);
	return r;
}

/* Before it is written: what is packed is at most what is not. */
static void warn_memory(const struct mf_overlay_run *run)
{
	struct mf_memory_part part = {0};

	for (size_t i = 0; i < run->tree.n_entries; i++)
		part.unpacked += run->tree.entries[i].content.n + run->tree.entries[i].source_size;
	part.packed = part.unpacked;
	mf_facts_warn_memory(&run->make.facts, "overlay", &part);
}

static int write_output(struct mf_overlay_run *run)
{
	bool dry = mf_given(run->make.arguments, "dry-run");
	struct mf_output output = {
		.path = dry ? "-" : mf_given_value(run->make.arguments, "output"),
		.append_to = dry ? NULL : mf_given_value(run->make.arguments, "append-to"),
	};
	int r = choose_format(run, &output,
			      dry ? "list" : mf_given_value(run->make.arguments, "format"));

	if (!r && strcmp(output.sink->name, "list") != 0)
		r = mf_overlay_write_disk(run);
	if (!r)
		warn_memory(run);
	if (!r)
		r = mf_publish(&run->tree, &output, run->make.err);
	return r ? r : print_summary(run, &output);
}

/* What can be said before any work is done. */
static int check_usage(struct mf_overlay_run *run)
{
	const char *format = mf_given_value(run->make.arguments, "format");
	const char *output = mf_given_value(run->make.arguments, "output");
	bool dry = mf_given(run->make.arguments, "dry-run");

	if (!dry && !output)
		return usage(run,
			     "no output; name a file with -o FILE, or look first with --dry-run");
	if (!dry && format && !strcmp(output, "-") && !mf_sink_find(format)->is_stream)
		return usage(run,
			     "--format dir cannot go to standard output; name a folder with -o");
	return find_target(run);
}

/* The indexes to be made put each driver first, as the loader does. */
static int check(struct mf_overlay_run *run)
{
	struct mf_delivery delivery = {0};

	find_start(run, &delivery);
	delivery.is_first = mf_given(run->make.arguments, "indexes");
	return mf_make_check(&run->make, &delivery);
}

static int run_overlay(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run)
	struct mf_overlay_run run = {
		.make = {.arguments = arguments, .command = "overlay", .err = err}};
	int code = check_usage(&run);
	size_t n_notes;
	int r;

	if (!code)
		code = mf_signing_read(arguments, &run.make.key, err);
	if (!code)
		code = mf_sources_scan(arguments, MF_MODULE_SYMBOLS, &run.make.set, err);
	if (code)
		return code;
	mf_make_warn_notes(&run.make, 0);
	if (!run.make.set.n_packages)
		return mf_sources_fail_empty(arguments, err);
	n_notes = run.make.set.n_notes;
	r = mf_overlay_select(&run);
	if (r == -ENOENT)
		return MF_EXIT_NO;
	if (!r)
		r = mf_make_prepare(&run.make);
	if (!r) {
		mf_make_warn_notes(&run.make, n_notes);
		r = check(&run);
	}
	if (!r)
		r = plan(&run);
	if (!r)
		r = write_output(&run);
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}

const struct mf_command mf_command_overlay = {
	.name = "overlay",
	.summary = "make an extra initrd: drivers, loader and hook",
	.operands =
		"-o FILE|-n --for NAME|--initrd FILE|--iso FILE|--root DIR|--append-to INITRD [SOURCE...]",
	.options = options,
	.run = run_overlay,
};
