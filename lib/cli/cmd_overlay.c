// SPDX-License-Identifier: GPL-2.0-or-later
// modferry overlay: an extra initrd with drivers, loader and hook.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/commands.h"
#include "lib/cli/output.h"
#include "lib/cli/sources.h"
#include "lib/core/archname.h"
#include "lib/core/elf.h"
#include "lib/io/epoch.h"
#include "lib/io/file.h"
#include "lib/io/prepare.h"
#include "lib/io/probe.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"

#define RDINIT "rdinit=/modferry/load"

static const struct mf_option options[] = {
	{"for", 0, "NAME", "target that will boot it, see `modferry list --targets`"},
	{"initrd", 0, "FILE", "the initrd it will stand beside: probed for kernel and framework"},
	{"kernel", 'k', "RELEASE", "drivers for this kernel; may be repeated"},
	{"arch", 0, "ARCH", "drivers for this machine (uname -m)"},
	{"only", 0, "NAME", "only PACKAGE[/VERSION][:MODULE]; may be repeated"},
	{"hook", 0, "NAME", "rdinit, dracut, initramfs-tools, debian-installer, systemd, none"},
	{"firmware-dir", 0, "DIR", "where firmware is looked for first; may be repeated"},
	{"loader", 0, "FILE", "the loader to put in instead of the installed one"},
	{"dkms-tree", 0, "DIR", "DKMS tree to read, default /var/lib/dkms when no SOURCE is given"},
	{"format", 0, "NAME",
	 "cpio.gz (default), cpio, cpio.xz, cpio.zst, cpio.lz4, tar, dir, list"},
	{"append-to", 0, "INITRD", "write a copy of INITRD with the overlay behind it"},
	{"output", 'o', "FILE", "where to write; - is standard output"},
	{"dry-run", 'n', NULL, "list on standard output what would be written"},
	{0},
};

/* All that one run holds. */
struct run {
	const struct mf_arguments *arguments;
	const struct mf_target *target;
	struct mf_drvset set;
	struct mf_probe probe;
	struct mf_tree tree;
	struct mf_selection selection;
	struct mf_selected_list selected;
	struct mf_strings firmware_dirs;
	char loader[4096];
	enum mf_hook hook;
	bool is_probed;
	struct mf_err *err;
};

static void free_run(struct run *run)
{
	mf_tree_free(&run->tree);
	mf_probe_free(&run->probe);
	mf_drvset_free(&run->set);
	free(run->selection.kernels.v);
	free(run->selection.only.v);
	free(run->firmware_dirs.v);
}

static const char *value(const struct run *run, const char *name)
{
	return mf_given_value(run->arguments, name);
}

static int usage(struct run *run, const char *text)
{
	mf_fail(run->err, -EINVAL, "%s", text);
	return MF_EXIT_USAGE;
}

/* The run's target: --for, or what --initrd shows. MF_EXIT_OK or the exit code. */
static int find_target(struct run *run)
{
	const char *name = value(run, "for");
	const char *initrd = value(run, "initrd");
	const char *hook = value(run, "hook");

	if (!name && !initrd)
		return usage(
			run,
			"no target; name it with --for NAME (see `modferry list --targets`) or give its --initrd FILE");
	run->target = mf_target_find(name ? name : "generic");
	if (!run->target) {
		mf_fail(run->err, -EINVAL,
			"--for %s: unknown target; see `modferry list --targets`", name);
		return MF_EXIT_USAGE;
	}
	run->hook = run->target->hook;
	if (initrd) {
		if (mf_probe_initrd(initrd, NULL, &run->probe, run->err))
			return MF_EXIT_FAILED;
		run->is_probed = true;
		run->hook = run->probe.hook;
	}
	if (hook && !mf_hook_find(hook, &run->hook)) {
		mf_fail(run->err, -EINVAL,
			"--hook %s: unknown, it may be rdinit, dracut, initramfs-tools, debian-installer, systemd or none",
			hook);
		return MF_EXIT_USAGE;
	}
	return MF_EXIT_OK;
}

static void warn_notes(const struct run *run, size_t from)
{
	for (size_t i = from; i < run->set.n_notes; i++)
		mf_warn("overlay", "%s: %s", run->set.notes[i].object, run->set.notes[i].problem);
}

/* One loader, so one machine. */
static int check_machines(const struct run *run)
{
	for (size_t i = 1; i < run->selected.n; i++) {
		const char *first = run->selected.v[0].build->arch;
		const char *other = run->selected.v[i].build->arch;

		if (strcmp(first, other) != 0)
			return mf_fail(
				run->err, -EINVAL,
				"there are drivers for %s and %s, an overlay carries the loader of one machine; choose with --arch",
				first, other);
	}
	return 0;
}

/* The kernels that the initrd has modules of: those there are builds for, one at least. */
static int choose_kernels(struct run *run)
{
	struct mf_strings *kernels = &run->selection.kernels;
	struct mf_kernel *has = run->probe.kernels;
	struct mf_err first = {0};

	free(kernels->v);
	*kernels = (struct mf_strings){calloc(run->probe.n_kernels, sizeof(*kernels->v)), 0};
	if (!kernels->v)
		return -ENOMEM;
	for (size_t i = 0; i < run->probe.n_kernels; i++) {
		struct mf_selection one = run->selection;
		struct mf_selected_list ignored;
		struct mf_err err = {0};
		int r;

		one.kernels = (struct mf_strings){&has[i].release, 1};
		r = mf_select(&run->set, &one, &ignored, &err);
		if (r != -ENOENT) /* what else is wrong shows in the real selection */
			kernels->v[kernels->n++] = has[i].release;
		else if (!first.text[0])
			first = err;
	}
	if (kernels->n && first.text[0])
		mf_warn("overlay", "%s", first.text);
	return kernels->n ? 0 : mf_fail(run->err, -ENOENT, "%s", first.text);
}

/* Kernels: --kernel, else those of the initrd, else every build there is. */
static int select_drivers(struct run *run)
{
	const char *arch = value(run, "arch");
	int r = 0;

	run->selection.kernels = mf_given_values(run->arguments, "kernel");
	run->selection.only = mf_given_values(run->arguments, "only");
	run->selection.arch = arch ? mf_arch_normalise(arch) : NULL;
	if (!run->selection.kernels.n && run->probe.n_kernels)
		r = choose_kernels(run);
	if (!r)
		r = mf_select(&run->set, &run->selection, &run->selected, run->err);
	if (!r)
		r = mf_selection_note_missing(&run->set, &run->selection, &run->selected);
	return r ? r : check_machines(run);
}

/* A kernel that the initrd has no modules of is most likely not the one that will run. */
static void warn_kernels(const struct run *run)
{
	const struct mf_kernel *has = run->probe.kernels;

	for (size_t i = 0; run->probe.n_kernels && i < run->selection.kernels.n; i++) {
		bool found = false;

		for (size_t k = 0; k < run->probe.n_kernels && !found; k++)
			found = strcmp(has[k].release, run->selection.kernels.v[i]) == 0;
		if (!found)
			mf_warn("overlay",
				"%s: has modules of kernel %s, not of %s; is it the right initrd?",
				value(run, "initrd"), has[0].release, run->selection.kernels.v[i]);
	}
}

static int prepare_drivers(struct run *run)
{
	static const char *const places[] = {"/lib/firmware/updates", "/lib/firmware"};
	struct mf_prepare_options prepare = {0};
	size_t n = 0;

	run->firmware_dirs = mf_given_values(run->arguments, "firmware-dir");
	prepare.firmware_dirs.v = mf_arena_alloc(
		&run->set.arena, (run->firmware_dirs.n + 2) * sizeof(*prepare.firmware_dirs.v));
	if (!prepare.firmware_dirs.v)
		return -ENOMEM;
	for (; n < run->firmware_dirs.n; n++)
		prepare.firmware_dirs.v[n] = run->firmware_dirs.v[n];
	prepare.firmware_dirs.v[n++] = places[0];
	prepare.firmware_dirs.v[n++] = places[1];
	prepare.firmware_dirs.n = n;
	return mf_prepare(&run->set, &run->selected, &prepare, run->err);
}

/* A loader of another machine would end in a kernel panic at the first boot with rdinit=. */
static int check_loader(struct run *run, struct mf_bytes file)
{
	const char *arch = run->selected.v[0].build->arch;
	const char *its = NULL;
	struct mf_elf elf;

	if (mf_elf_open(file, &elf, NULL) == 0)
		its = mf_arch_from_elf(elf.machine, elf.bits, elf.endian);
	if (its && strcmp(its, arch) == 0)
		return 0;
	return mf_fail(
		run->err, -ENOEXEC,
		"%s: is %s%s, the drivers are for %s; name modferry's loader for that machine with --loader",
		run->loader, its ? "a program for " : "no program", its ? its : "", arch);
}

/* The loader for the drivers' machine: --loader, $MODFERRY_LIBEXECDIR, or the installed one. */
static int find_loader(struct run *run, uint64_t *ret_size)
{
	const char *given = value(run, "loader");
	const char *folder = getenv("MODFERRY_LIBEXECDIR");
	const char *arch = run->selected.v[0].build->arch;
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	int n, r;

	if (given)
		n = snprintf(run->loader, sizeof(run->loader), "%s", given);
	else
		n = snprintf(run->loader, sizeof(run->loader), "%s/%s/modferry-load",
			     folder && *folder ? folder : MF_LIBEXECDIR, arch);
	if (n < 0 || (size_t)n >= sizeof(run->loader))
		return mf_fail(run->err, -ENAMETOOLONG, "the path of the loader is too long");
	r = mf_map_file(AT_FDCWD, run->loader, &map, run->err);
	if (r == -ENOENT)
		return mf_fail(
			run->err, r,
			"%s: there is no loader for %s here; install modferry's for that machine (make install), or name one with --loader",
			run->loader, arch);
	if (r)
		return r;
	*ret_size = map.bytes.n;
	return check_loader(run, map.bytes);
}

static int plan(struct run *run)
{
	struct mf_plan plan = {
		.selected = &run->selected,
		.target = run->target,
		.base = run->is_probed ? &run->probe.base : NULL,
		.loader_path = run->loader,
		.hook = run->hook,
	};
	int r = find_loader(run, &plan.loader_size);

	if (!r)
		r = mf_source_date_epoch(&run->tree.mtime, run->err);
	return r ? r : mf_recipe_find("overlay")->plan(&plan, &run->tree, run->err);
}

/* What was made and how it is started, for people. */
static int print_summary(const struct run *run, const struct mf_output *output)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct stat st;

	if (strcmp(output->path, "-") == 0)
		return 0;
	mf_buf_add_visible(&text, output->path, strlen(output->path));
	if (stat(output->path, &st) == 0 && S_ISREG(st.st_mode))
		mf_buf_printf(&text, ": %llu bytes", (unsigned long long)st.st_size);
	mf_buf_adds(&text, "\n");
	for (size_t i = 0; i < run->selected.n; i++) {
		const struct mf_selected *s = &run->selected.v[i];

		mf_buf_printf(&text, "  %s %s for %s (%s), sha256 %.12s…\n", s->driver->module.name,
			      s->driver->module.version ? s->driver->module.version : "-",
			      s->build->kernel, s->build->arch, s->driver->sha256);
	}
	if (mf_has_prefix(output->sink->name, "cpio"))
		mf_buf_adds(
			&text,
			output->append_to
				? "boot: give it to the boot loader in place of the initrd in front\n"
				: "boot: give it to the boot loader as second initrd; lines to paste: modferry-overlay(7)\n");
	if (run->hook == MF_HOOK_RDINIT)
		mf_buf_printf(
			&text,
			"start: put %s first on the kernel command line, only in entries that boot it\n",
			RDINIT);
	else
		mf_buf_printf(&text,
			      "start: by the %s hook in it, nothing to put on the command line\n",
			      mf_hook_name(run->hook));
	return mf_print(mf_buf_str(&text), text.len, run->err);
}

/* Behind lz4 every kernel reads lz4, many nothing else (modferry-overlay(7)). */
static int choose_format(struct run *run, struct mf_output *output, const char *format)
{
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	const char *base = output->append_to;
	int r = base ? mf_probe_initrd(base, NULL, &probe, run->err) : 0;
	bool is_lz4 = base ? probe.has_lz4 : run->probe.has_lz4;

	output->sink = mf_sink_find(format ? format : is_lz4 ? "cpio.lz4" : "cpio.gz");
	output->is_unpadded = probe.has_lz4;
	if (!r && probe.has_lz4 && output->sink->is_segment && output->sink != &mf_sink_cpio_lz4)
		return mf_fail(
			run->err, -EOPNOTSUPP,
			"%s: is compressed with lz4, behind which many kernels read nothing else; use --format cpio.lz4",
			base);
	return r;
}

static int write_output(struct run *run)
{
	bool dry = mf_given(run->arguments, "dry-run");
	struct mf_output output = {
		.path = dry ? "-" : value(run, "output"),
		.append_to = dry ? NULL : value(run, "append-to"),
	};
	int r = choose_format(run, &output, dry ? "list" : value(run, "format"));

	if (!r)
		r = mf_publish(&run->tree, &output, run->err);
	return r ? r : print_summary(run, &output);
}

/* What can be said before any work is done. */
static int check_usage(struct run *run)
{
	const char *format = value(run, "format");

	if (!mf_given(run->arguments, "dry-run") && !value(run, "output"))
		return usage(run,
			     "no output; name a file with -o FILE, or look first with --dry-run");
	if (format && !mf_sink_find(format)) {
		mf_fail(run->err, -EINVAL, "--format %s: unknown; see `modferry overlay --help`",
			format);
		return MF_EXIT_USAGE;
	}
	return find_target(run);
}

static int run_overlay(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run) struct run run = {.arguments = arguments, .err = err};
	int code = check_usage(&run);
	size_t n_notes;
	int r;

	if (!code)
		code = mf_sources_scan(arguments, MF_MODULE_FACTS, &run.set, err);
	if (code)
		return code;
	warn_notes(&run, 0);
	n_notes = run.set.n_notes;
	r = select_drivers(&run);
	if (r == -ENOENT)
		return MF_EXIT_NO;
	if (!r) {
		warn_kernels(&run);
		r = prepare_drivers(&run);
	}
	if (!r) {
		warn_notes(&run, n_notes);
		r = plan(&run);
	}
	if (!r)
		r = write_output(&run);
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}

const struct mf_command mf_command_overlay = {
	.name = "overlay",
	.summary = "make an extra initrd: drivers, loader and hook",
	.operands = "-o FILE --for NAME|--initrd FILE [SOURCE...]",
	.options = options,
	.run = run_overlay,
};
