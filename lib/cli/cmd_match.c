// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry match`: which driver serves which device, and which devices have none.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/commands.h"
#include "lib/cli/match.h"
#include "lib/cli/sources.h"
#include "lib/core/archname.h"
#include "lib/io/file.h"
#include "lib/io/scan.h"
#include "lib/io/sysfs.h"

/* A hardware file of a large machine, udevadm's database, has some MB. */
#define HARDWARE_FILE_MAX ((size_t)256 << 20)
#define ALIAS_INDEX	  "modules.alias.bin"
#define BUILTIN_INDEX	  "modules.builtin.alias.bin"

static const struct mf_option options[] = {
	{"hardware", 0, "FILE",
	 "match the devices in FILE (- is standard input), not this machine's"},
	{"kernel", 'k', "RELEASE", "only drivers for this kernel; may be repeated"},
	{"arch", 0, "ARCH", "only drivers for this machine (uname -m)"},
	{"only", 0, "NAME", "only PACKAGE[/VERSION][:MODULE]; may be repeated"},
	{"dkms-tree", 0, "DIR", "DKMS tree to read, default /var/lib/dkms when no SOURCE is given"},
	{"all", 'a', NULL, "show all devices without a driver, also acpi, platform, cpu…"},
	{"json", 'j', NULL, "print JSON"},
	{0},
};

/* All that one run holds. */
struct run {
	const struct mf_arguments *arguments;
	struct mf_arena arena;
	struct mf_devices devices;
	struct mf_selection selection;
	struct mf_drvset set;
	struct mf_match_sources sources;
	struct mf_map *maps; /* one for each index */
	struct mf_err *err;
};

static void free_run(struct run *run)
{
	for (size_t i = 0; i < run->sources.n_indexes; i++)
		mf_map_close(&run->maps[i]);
	mf_patterns_free(&run->sources.patterns);
	mf_drvset_free(&run->set);
	mf_arena_free(&run->arena);
	free(run->selection.kernels.v);
	free(run->selection.only.v);
}

static int fail_memory(struct run *run)
{
	return mf_fail(run->err, -ENOMEM, "out of memory");
}

static int read_hardware(struct run *run)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *file = mf_given_value(run->arguments, "hardware");
	int status;

	if (!file) {
		status = mf_sysfs_scan(MF_SYSFS, &run->arena, &run->devices, run->err);
		if (!status && mf_devices_unique(&run->devices))
			return fail_memory(run);
		return status;
	}
	status = mf_read_file(file, HARDWARE_FILE_MAX, &text, run->err);
	if (status)
		return mf_expect(
			run->err, status,
			"what modferry hardware, udevadm info --export-db or lspci -nn printed");
	status = mf_hardware_parse(mf_buf_bytes(&text), &run->arena, &run->devices, run->err);
	return status ? mf_wrap(run->err, status, "%s", strcmp(file, "-") ? file : "standard input")
		      : 0;
}

/* Adds an index of a kernel's module folder. */
static int add_index(struct run *run, const char *folder, enum mf_layer layer)
{
	const char *name = layer == MF_LAYER_STOCK ? ALIAS_INDEX : BUILTIN_INDEX;
	struct mf_match_sources *sources = &run->sources;
	struct mf_match_index source = {.layer = layer, .folder = folder};
	struct mf_map map = {0};
	char path[4096];
	int status;

	if (mf_path_join(path, sizeof(path), folder, name))
		return mf_fail(run->err, -ENAMETOOLONG, "%s: path is too long", folder);
	if (layer == MF_LAYER_BUILTIN && access(path, F_OK))
		return 0; /* kmod before 27 writes none */
	status = mf_map_file(AT_FDCWD, path, &map, run->err);
	if (status)
		return status;
	status = mf_kmodindex_open(map.bytes, &source.index, run->err);
	if (status)
		mf_wrap(run->err, status, "%s", path);
	else if (mf_arena_grow(&run->arena, &sources->indexes, sources->n_indexes,
			       sizeof(source)) ||
		 mf_arena_grow(&run->arena, &run->maps, sources->n_indexes, sizeof(map)))
		status = fail_memory(run);
	if (status) {
		mf_map_close(&map);
		return status;
	}
	run->maps[sources->n_indexes] = map;
	sources->indexes[sources->n_indexes++] = source;
	return 0;
}

/* A kernel's module folder is named by its release. */
static int add_kernel(struct run *run, const char *folder)
{
	const struct mf_strings *kernels = &run->selection.kernels;
	MF_CLEANUP(mf_free_ptr) char *real = realpath(folder, NULL);
	const char *copy = real ? mf_arena_strdup(&run->arena, real) : NULL;
	bool is_wanted = !kernels->n;
	int status;

	if (!real)
		return mf_fail(run->err, -errno, "%s: %s", folder, strerror(errno));
	if (!copy)
		return fail_memory(run);
	for (size_t i = 0; i < kernels->n; i++)
		is_wanted = is_wanted || !strcmp(kernels->v[i], mf_path_base(copy));
	if (!is_wanted || run->selection.only.n)
		return 0;
	status = add_index(run, copy, MF_LAYER_BUILTIN);
	return status ? status : add_index(run, copy, MF_LAYER_STOCK);
}

/* /lib/modules/RELEASE itself, not a folder in it. */
static bool is_kernel_folder(const char *folder)
{
	MF_CLEANUP(mf_free_ptr) char *real = realpath(folder, NULL);
	char *slash = real ? strrchr(real, '/') : NULL;

	if (!slash)
		return false;
	*slash = '\0';
	return mf_has_suffix(real, "/lib/modules");
}

static int add_source(struct run *run, const char *source)
{
	char path[4096];

	if (!mf_path_join(path, sizeof(path), source, ALIAS_INDEX) && !access(path, F_OK))
		return add_kernel(run, source);
	if (is_kernel_folder(source))
		return mf_fail(
			run->err, -ENOENT,
			"%s: has no " ALIAS_INDEX
			", the list of its drivers' devices; install the kernel's image package, or run depmod",
			source);
	return mf_scan(source, MF_MODULE_FACTS, &run->set, run->err);
}

/* MF_EXIT_OK or the exit code. */
static int read_sources(struct run *run)
{
	int code = mf_sources_scan_tree(run->arguments, MF_MODULE_FACTS, &run->set, run->err);

	for (int i = 0; !code && i < run->arguments->n_operands; i++) {
		if (!mf_sources_is_repeated(run->arguments, i) &&
		    add_source(run, run->arguments->operands[i]))
			code = MF_EXIT_FAILED;
	}
	if (code)
		return code;
	mf_drvset_sort(&run->set);
	for (size_t i = 0; i < run->set.n_notes; i++)
		mf_warn("match", "%s: %s", run->set.notes[i].object, run->set.notes[i].problem);
	return MF_EXIT_OK;
}

static int add_patterns(struct run *run)
{
	for (size_t i = 0; i < run->set.n_packages; i++) {
		const struct mf_package *package = &run->set.packages[i];

		for (size_t k = 0; k < package->n_builds; k++) {
			const struct mf_build *build = &package->builds[k];

			for (size_t m = 0; m < build->n_drivers; m++) {
				struct mf_selected owner = {package, build, &build->drivers[m]};

				if (mf_selection_admits(&run->selection, &owner) &&
				    mf_patterns_add(&run->sources.patterns, &owner))
					return fail_memory(run);
			}
		}
	}
	mf_patterns_sort(&run->sources.patterns);
	return 0;
}

int mf_match_device(const struct mf_match_sources *sources, const struct mf_device *device,
		    struct mf_hits *hits, struct mf_err *err)
{
	if (mf_match_patterns(&sources->patterns, device, hits))
		return mf_fail(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < sources->n_indexes; i++) {
		const struct mf_match_index *source = &sources->indexes[i];
		int status = mf_match_index(source, device, hits);

		if (status == -ENOMEM)
			return mf_fail(err, status, "out of memory");
		if (status)
			return mf_fail(err, status, "%s/%s: damaged; write it anew with depmod",
				       source->folder,
				       source->layer == MF_LAYER_STOCK ? ALIAS_INDEX
								       : BUILTIN_INDEX);
	}
	mf_hits_sort(hits);
	return 0;
}

/* Nothing serves anything: the drivers may be for other kernels, or other hardware. */
static int fail_empty(struct run *run)
{
	const char *source = mf_sources_only(run->arguments);

	if (!run->set.n_packages && !run->sources.n_indexes)
		return mf_sources_fail_empty(run->arguments, run->err);
	if (!run->sources.patterns.n && !run->sources.n_indexes)
		mf_fail(run->err, -ENOENT,
			"%s: no driver with aliases for what was asked; see: modferry list",
			source ? source : "the sources");
	else
		mf_fail(run->err, -ENOENT, "%s: no driver for any of %zu devices",
			source ? source : "the sources", run->devices.n);
	return MF_EXIT_NO;
}

static int run_command(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_run) struct run run = {.arguments = arguments, .err = err};
	struct mf_match_view view = {&run.devices, &run.sources, mf_given(arguments, "all")};
	const char *arch = mf_given_value(arguments, "arch");
	size_t n_matched;
	int status;

	run.selection.kernels = mf_given_values(arguments, "kernel");
	run.selection.only = mf_given_values(arguments, "only");
	run.selection.arch = arch ? mf_arch_normalise(arch) : NULL;
	if (read_hardware(&run))
		return MF_EXIT_FAILED;
	status = read_sources(&run);
	if (status)
		return status;
	if (add_patterns(&run))
		return MF_EXIT_FAILED;
	if (mf_given(arguments, "json"))
		status = mf_match_print_json(&view, &n_matched, err);
	else
		status = mf_match_print(&view, &n_matched, err);
	if (status)
		return MF_EXIT_FAILED;
	return n_matched ? MF_EXIT_OK : fail_empty(&run);
}

const struct mf_command mf_command_match = {
	.name = "match",
	.summary = "show which driver serves which device, and devices without one",
	.operands = "[SOURCE...]",
	.options = options,
	.run = run_command,
};
