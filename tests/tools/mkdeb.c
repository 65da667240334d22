// SPDX-License-Identifier: GPL-2.0-or-later
// Makes Debian packages of module files, and apt repositories of such packages.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dud/package.h"
#include "lib/base/text.h"
#include "lib/io/epoch.h"
#include "lib/io/file.h"
#include "lib/io/sinks.h"

static struct mf_err err;

static int fail(const char *what)
{
	fprintf(stderr, "mkdeb: %s: %s\n", what, err.text);
	return 1;
}

static int add_driver(struct mf_drvset *set, struct mf_build *build, const char *path)
{
	struct mf_driver *driver = mf_drvset_driver(set, build);
	struct mf_map map = {0};

	/* the map lives until the program ends */
	if (!driver || mf_map_file(AT_FDCWD, path, &map, &err) ||
	    mf_module_read(map.bytes, mf_path_base(path), MF_MODULE_FACTS, &set->arena,
			   &driver->module, &err))
		return -1;
	driver->content = map.bytes;
	if (!build->arch)
		build->arch = driver->module.arch;
	if (!build->kernel)
		build->kernel = mf_module_kernel(&driver->module, &set->arena);
	return 0;
}

/* deb|list TARGET NAME VERSION KERNEL|- FILE.ko… */
static int make_package(char **words, int n)
{
	struct mf_drvset set = {0};
	struct mf_package *package = mf_drvset_package(&set, words[2], words[3], "-");
	struct mf_build *build = mf_drvset_build(&set, package,
						 strcmp(words[4], "-") ? words[4] : NULL, NULL);
	struct mf_selected *selected = calloc((size_t)n, sizeof(*selected));
	struct mf_package_part part = {selected, 0};
	struct mf_plan plan = {.target = mf_target_find(words[1])};
	struct mf_tree tree = {0};
	const struct mf_sink *sink = strcmp(words[0], "deb") ? &mf_sink_list : &mf_sink_deb;
	int r;

	if (!selected || !package || !build || !plan.target)
		return fail("arguments");
	for (int i = 5; i < n; i++) {
		if (add_driver(&set, build, words[i]))
			return fail(words[i]);
	}
	for (size_t i = 0; i < build->n_drivers; i++)
		selected[part.n++] = (struct mf_selected){package, build, &build->drivers[i]};
	r = mf_source_date_epoch(&tree.mtime, &err);
	if (!r)
		r = mf_kmod_deb_add(&tree, "", &plan, &part, &err);
	if (!r)
		r = mf_tree_finish(&tree, &err);
	if (!r)
		r = sink->write(sink == &mf_sink_deb ? tree.entries[0].nested : &tree, 1, &err);
	return r ? fail("package") : 0;
}

/* repo FOLDER SIGNER|- FILE.deb… */
static int make_repository(char **words, int n)
{
	struct mf_tree tree = {0};
	int fd = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat info;
	int r = mf_source_date_epoch(&tree.mtime, &err);

	for (int i = 3; !r && i < n; i++) {
		r = stat(words[i], &info);
		if (!r)
			r = mf_tree_add_file(&tree, mf_path_base(words[i]), 0644, words[i],
					     (uint64_t)info.st_size);
	}
	if (!r && strcmp(words[2], "-"))
		r = mf_tree_add_param(&tree, "signer", words[2]);
	if (!r)
		r = mf_tree_add_param(&tree, "origin", "modferry test");
	if (!r)
		r = mf_tree_finish(&tree, &err);
	if (!r)
		r = mf_sink_apt.write(&tree, fd, &err);
	return r ? fail(words[1]) : 0;
}

int main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[1], "repo") == 0)
		return make_repository(argv + 1, argc - 1);
	if (argc > 6)
		return make_package(argv + 1, argc - 1);
	fputs("usage: mkdeb deb|list TARGET NAME VERSION KERNEL|- FILE.ko...\n"
	      "       mkdeb repo FOLDER SIGNER|- FILE.deb...\n",
	      stderr);
	return 2;
}
