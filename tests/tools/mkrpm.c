// SPDX-License-Identifier: GPL-2.0-or-later
// Makes kmod RPMs, or KMPs, of module files for tests: mkrpm OUT [OPTION]… [PACKAGE VERSION KERNEL
// ARCH FILE…] [+ PACKAGE…]…
//
// Options: --minimum, --abi, --list (prints the tree, writes nothing), --epoch SECONDS,
// --firmware NAME=TEXT (every module names it), --for TARGET (of SUSE: KMPs). Stands in for
// `modferry dud` in a test's own place.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dud/package.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/sinks.h"

#define MAX_FILES 1024

struct job {
	const char *out;
	struct mf_drvset set;
	struct mf_dud_options dud;
	const struct mf_target *target;
	uint64_t epoch;
	bool is_list;
	const char *firmware[MAX_FILES];
	size_t n_firmware;
	struct mf_selected selected[MAX_FILES];
	size_t n;
	struct mf_map maps[MAX_FILES];
	struct mf_err err;
};

/* "NAME=TEXT" cut in place. */
static int add_firmware(struct job *job, struct mf_driver *driver)
{
	driver->firmware = mf_arena_alloc(&job->set.arena,
					  (job->n_firmware + 1) * sizeof(*driver->firmware));
	for (size_t i = 0; driver->firmware && i < job->n_firmware; i++) {
		const char *text = job->firmware[i];
		size_t n = strcspn(text, "=");

		driver->firmware[driver->n_firmware++] = (struct mf_firmware){
			.name = mf_arena_strndup(&job->set.arena, text, n),
			.content = {(const uint8_t *)text + n + 1, strlen(text + n + 1)},
		};
	}
	return driver->firmware ? 0 : -1;
}

static int add_file(struct job *job, struct mf_package *package, struct mf_build *build,
		    const char *path)
{
	struct mf_driver *driver = mf_arena_alloc(&job->set.arena, sizeof(*driver));
	struct mf_map *map = &job->maps[job->n];

	if (!driver || job->n == MAX_FILES || mf_map_file(AT_FDCWD, path, map, &job->err) ||
	    mf_module_read(map->bytes, path, MF_MODULE_SYMBOLS, &job->set.arena, &driver->module,
			   &job->err))
		return -1;
	driver->path = path;
	driver->content = map->bytes;
	job->selected[job->n++] = (struct mf_selected){package, build, driver};
	return add_firmware(job, driver);
}

/* PACKAGE VERSION KERNEL ARCH FILE…, up to a "+"; returns how many words that were. */
static int add_package(struct job *job, char **words, int n)
{
	struct mf_package *package = mf_arena_alloc(&job->set.arena, sizeof(*package));
	struct mf_build *build = mf_arena_alloc(&job->set.arena, sizeof(*build));
	int i;

	if (n < 4 || !package || !build)
		return -1;
	*package = (struct mf_package){.name = *words[0] ? words[0] : NULL, .version = words[1]};
	*build = (struct mf_build){.kernel = words[2], .arch = words[3]};
	for (i = 4; i < n && strcmp(words[i], "+") != 0; i++) {
		if (add_file(job, package, build, words[i]))
			return -1;
	}
	return i;
}

static int write_entry(struct job *job, const struct mf_entry *entry)
{
	char path[4096];
	int fd, r;

	if (mf_path_join(path, sizeof(path), job->out, entry->path))
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return mf_fail(&job->err, -1, "%s: cannot write", path);
	r = mf_sink_rpm.write(entry->nested, fd, &job->err);
	close(fd);
	if (r)
		remove(path);
	return r;
}

static int plan(struct job *job, struct mf_tree *tree)
{
	const struct mf_selected_list selected = {job->selected, job->n};
	const struct mf_plan plan = {.selected = &selected,
				     .targets = &job->target,
				     .n_targets = job->target ? 1 : 0,
				     .dud = job->dud};
	bool is_suse = job->target && job->target->family == MF_FAMILY_SUSE;
	struct mf_package_part *parts;
	size_t n;
	int r = mf_package_split(&selected, &job->set.arena, &parts, &n);

	tree->mtime = job->epoch;
	for (size_t i = 0; !r && i < n; i++)
		r = (is_suse ? mf_kmp_rpm_add : mf_kmod_rpm_add)(tree, "", &plan, &parts[i],
								 &job->err);
	return r ? r : mf_tree_finish(tree, &job->err);
}

static int run(struct job *job)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf list = {0};
	int r = plan(job, &tree);

	if (!r && job->is_list) {
		mf_tree_list(&tree, &list);
		return puts(mf_buf_str(&list)) < 0;
	}
	for (size_t i = 0; !r && i < tree.n_entries; i++)
		r = write_entry(job, &tree.entries[i]);
	return r;
}

static int parse_option(struct job *job, const char *word, const char *value)
{
	int n = 1; /* words it takes */

	if (strcmp(word, "--minimum") == 0)
		job->dud.match = MF_MATCH_MINIMUM;
	else if (strcmp(word, "--abi") == 0)
		job->dud.has_abi_requires = true;
	else if (strcmp(word, "--list") == 0)
		job->is_list = true;
	else if (value && strcmp(word, "--epoch") == 0)
		n = mf_parse_u64(value, strlen(value), 10, &job->epoch) ? -1 : 2;
	else if (value && strcmp(word, "--for") == 0)
		n = (job->target = mf_target_find(value)) ? 2 : -1;
	else if (value && strcmp(word, "--firmware") == 0 && job->n_firmware < MAX_FILES &&
		 strchr(value, '=')) {
		job->firmware[job->n_firmware++] = value;
		n = 2;
	} else {
		n = -1;
	}
	return n;
}

int main(int argc, char **argv)
{
	static struct job job;
	int i = 2, n = 1, r = argc < 2;

	job.out = argv[1];
	for (; !r && i < argc && argv[i][0] == '-'; i += n) {
		n = parse_option(&job, argv[i], argv[i + 1]);
		r = n < 0;
	}
	for (; !r && i < argc; i += n + 1) {
		n = add_package(&job, argv + i, argc - i);
		r = n < 0;
	}
	r = r ? 2 : run(&job) != 0;
	if (r)
		fprintf(stderr, "mkrpm: %s\n", *job.err.text ? job.err.text : "wrong usage");
	mf_drvset_free(&job.set);
	return r;
}
