// SPDX-License-Identifier: GPL-2.0-or-later
// What preparing and packing many modules costs: time, processor time, memory.
//
// packload make FOLDER MODULES KERNELS KIB      gzipped modules of KIB KiB each for each kernel
// packload prepare FOLDER JOBS arena|spool      prepares all of them
// packload write FOLDER JOBS SINK [STORE]       and writes each as a nested tree of that sink
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/cli/commands.h"
#include "lib/cli/progress.h"
#include "lib/io/compress.h"
#include "lib/io/nested.h"
#include "lib/io/prepare.h"
#include "lib/io/scan.h"
#include "lib/io/sinks.h"
#include "tests/unit/elfmake.h"

struct load {
	struct mf_drvset set;
	struct mf_selected_list selected;
	struct mf_spool spool;
	struct mf_tree tree;
	struct mf_nested nested;
	struct mf_progress progress;
	struct mf_err err;
};

static void free_load(struct load *load)
{
	mf_tree_free(&load->tree);
	mf_nested_free(&load->nested);
	mf_spool_free(&load->spool);
	mf_drvset_free(&load->set);
}

/* Words of a small vocabulary: packs to about a third, as machine code does. */
static void add_code(struct mf_buf *out, size_t n, uint32_t seed)
{
	while (out->len < n) {
		seed = seed * 1664525 + 1013904223;
		mf_buf_printf(out, "%06x", seed >> 16 & 0xfff0f);
	}
}

static int make_module(const char *folder, unsigned int kernel, unsigned int module, size_t n)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
	MF_CLEANUP(mf_compressor_free) struct mf_compressor *stream = NULL;
	MF_CLEANUP(mf_close_fd) int fd = -1;
	char path[4096], vermagic[64], alias[64];
	const char *modinfo[] = {vermagic, alias, "license=GPL", NULL};

	snprintf(vermagic, sizeof(vermagic), "vermagic=5.14.0-%u.el9.x86_64 SMP", kernel);
	snprintf(alias, sizeof(alias), "alias=pci:v%08Xd%08Xsv*sd*bc*sc*i*", 0x8086u, module);
	elfmake(&elf, &(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = modinfo});
	add_code(&elf, n, kernel * 1000 + module);
	snprintf(path, sizeof(path), "%s/%u", folder, kernel);
	(void)mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/%u/drv%03u.ko.gz", folder, kernel, module);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || mf_compressor_open(MF_CODEC_GZIP, fd, &stream, NULL) ||
	    mf_compressor_write(stream, mf_buf_bytes(&elf), NULL) ||
	    mf_compressor_finish(stream, NULL))
		return 1;
	return 0;
}

static int make_all(char **argv)
{
	unsigned int modules = (unsigned int)strtoul(argv[3], NULL, 10);
	unsigned int kernels = (unsigned int)strtoul(argv[4], NULL, 10);
	size_t n = strtoul(argv[5], NULL, 10) * 1024;

	(void)mkdir(argv[2], 0755);
	for (unsigned int i = 0; i < modules * kernels; i++) {
		if (make_module(argv[2], i / modules, i % modules, n))
			return 1;
	}
	return 0;
}

static int prepare(struct load *load, char **argv, bool has_spool)
{
	struct mf_prepare_options options = {.jobs = (unsigned int)strtoul(argv[3], NULL, 10),
					     .spool = has_spool ? &load->spool : NULL};
	int r = mf_scan(argv[2], MF_MODULE_FACTS, &load->set, &load->err);

	mf_drvset_sort(&load->set);
	if (!r)
		r = mf_select(&load->set, &(struct mf_selection){0}, &load->selected, &load->err);
	return r ? r : mf_prepare(&load->set, &load->selected, &options, &load->err);
}

/* A package with one module, as an rpm tree has it; other sinks pass over the parameters. */
static int add_package(struct load *load, const struct mf_selected *selected)
{
	static const struct mf_tree_param params[] = {
		{"version", "1.0"},  {"release", "1"},	    {"arch", "x86_64"},
		{"summary", "load"}, {"license", "GPLv2"},  {"description", "A driver."},
		{"payload", "xz"},   {"provides", "extra"},
	};
	const char *name = mf_arena_printf(&load->tree.arena, "kmod-%s-%s",
					   selected->driver->module.name, selected->build->kernel);
	const char *path = mf_arena_printf(&load->tree.arena, "rpms/%s.rpm", name);
	const char *file = mf_arena_printf(&load->tree.arena, "lib/modules/%s/extra/%s.ko",
					   selected->build->kernel, selected->driver->module.name);
	struct mf_tree *package;
	int r = mf_tree_add_tree(&load->tree, path, 0644, load->progress.what, &package);

	if (!r)
		r = mf_tree_add_param(package, "name", name);
	for (size_t i = 0; !r && i < sizeof(params) / sizeof(params[0]); i++)
		r = mf_tree_add_param(package, params[i].key, params[i].value);
	return r ? r : mf_tree_add_bytes(package, file, 0644, selected->driver->content);
}

static const struct mf_sink *find(const char *name)
{
	return strcmp(name, mf_sink_rpm.name) == 0 ? &mf_sink_rpm : mf_sink_find(name);
}

static int write_all(struct load *load, int argc, char **argv)
{
	struct mf_nested_options options = {.find = find,
					    .jobs = (unsigned int)strtoul(argv[3], NULL, 10),
					    .store = argc > 5 ? argv[5] : NULL,
					    .spool = &load->spool,
					    .progress = mf_progress_show,
					    .data = &load->progress};
	int r = prepare(load, argv, true);

	load->progress.what = argv[4];
	for (size_t i = 0; !r && i < load->selected.n; i++)
		r = add_package(load, &load->selected.v[i]);
	if (!r)
		r = mf_tree_finish(&load->tree, &load->err);
	if (!r)
		r = mf_nested_write(&load->tree, &options, &load->nested, &load->err);
	mf_progress_end(&load->progress);
	return r;
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void print_usage(const struct load *load, const struct timespec *begin)
{
	struct rusage own, children;
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	printf("%zu drivers: %.2f s, processor %.2f s own %.2f s of tools, memory %ld MiB\n",
	       load->selected.n,
	       (double)(end.tv_sec - begin->tv_sec) + (double)(end.tv_nsec - begin->tv_nsec) / 1e9,
	       seconds(own.ru_utime) + seconds(own.ru_stime),
	       seconds(children.ru_utime) + seconds(children.ru_stime), own.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
	MF_CLEANUP(free_load) struct load load = {0};
	struct timespec begin;
	int r = -EINVAL;

	if (argc == 6 && strcmp(argv[1], "make") == 0)
		return make_all(argv);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (argc == 5 && strcmp(argv[1], "prepare") == 0)
		r = prepare(&load, argv, strcmp(argv[4], "spool") == 0);
	else if (argc >= 5 && strcmp(argv[1], "write") == 0)
		r = write_all(&load, argc, argv);
	else
		fprintf(stderr, "usage: see the head of packload.c\n");
	if (r)
		fprintf(stderr, "packload: %s\n", load.err.text);
	else
		print_usage(&load, &begin);
	return r ? 1 : 0;
}
