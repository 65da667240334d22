// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks for tests, made in memory, and anaconda with kernel K before them.
#pragma once

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

#include "lib/base/text.h"
#include "lib/core/anaconda.h"

#define K "5.14.0-427.13.1.el9_4.x86_64"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "kernel-modules >= 5": a dependency; the text is cut. */
static inline struct mf_rpm_dep dep_of(struct mf_arena *arena, const char *text)
{
	char *copy = mf_arena_strdup(arena, text);
	char *sense, *version;
	struct mf_rpm_dep dep = {.name = strtok_r(copy, " ", &copy), .version = ""};

	sense = strtok_r(NULL, " ", &copy);
	version = strtok_r(NULL, " ", &copy);
	for (; sense && *sense; sense++)
		dep.sense |= *sense == '='   ? MF_RPM_EQUAL
			     : *sense == '<' ? MF_RPM_LESS
					     : MF_RPM_GREATER;
	dep.version = version ? version : "";
	return dep;
}

/* "a >= 1, b": a list of them. */
static inline struct mf_rpm_deps deps_of(struct mf_arena *arena, const char *text)
{
	char *copy = mf_arena_strdup(arena, text ? text : "");
	struct mf_rpm_deps deps = {0};

	for (char *one = strtok_r(copy, ",", &copy); one; one = strtok_r(NULL, ",", &copy)) {
		assert_int_equal(mf_arena_grow(arena, &deps.v, deps.n, sizeof(*deps.v)), 0);
		deps.v[deps.n++] = dep_of(arena, one + strspn(one, " "));
	}
	return deps;
}

/* A disk being made: parents first, as the reader gives it. */
struct maker {
	struct mf_disk disk;
	struct mf_rpm packages[4];
	size_t n_packages;
	struct mf_strings stock;
	struct mf_anaconda_result result;
};

static inline void free_maker(struct maker *maker)
{
	mf_anaconda_result_free(&maker->result);
	mf_arena_free(&maker->disk.arena);
}

static inline int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct mf_disk_file *)a)->path,
		      ((const struct mf_disk_file *)b)->path);
}

static inline struct mf_disk_file *put(struct maker *maker, struct mf_disk *disk, char kind,
				       const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash) {
		char *parent = mf_arena_strndup(&maker->disk.arena, path, (size_t)(slash - path));

		if (!mf_disk_find(disk, parent))
			put(maker, disk, 'd', parent);
	}
	assert_int_equal(mf_arena_grow(&maker->disk.arena, &disk->files, disk->n_files,
				       sizeof(*disk->files)),
			 0);
	disk->files[disk->n_files++] = (struct mf_disk_file){.path = path, .kind = kind};
	qsort(disk->files, disk->n_files, sizeof(*disk->files), compare_files);
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, path) == 0)
			return &disk->files[i];
	}
	return NULL;
}

/* name-version-release.arch with Provides and files "a b c". */
static inline struct mf_rpm *rpm_of(struct maker *maker, const char *nvra, const char *provides,
				    const char *files)
{
	struct mf_arena *arena = &maker->disk.arena;
	struct mf_rpm *rpm = mf_arena_alloc(arena, sizeof(*rpm));
	char *copy = mf_arena_strdup(arena, nvra);
	char *list = mf_arena_strdup(arena, files ? files : "");
	char *dot = strrchr(copy, '.'), *dash;

	rpm->arch = dot + 1;
	*dot = '\0';
	dash = strrchr(copy, '-');
	rpm->release = dash + 1;
	*dash = '\0';
	dash = strrchr(copy, '-');
	rpm->version = dash + 1;
	*dash = '\0';
	rpm->name = copy;
	rpm->compressor = "xz";
	rpm->description = "a driver";
	rpm->provides = deps_of(arena, provides);
	for (char *one = strtok_r(list, " ", &list); one; one = strtok_r(NULL, " ", &list)) {
		assert_int_equal(
			mf_arena_grow(arena, &rpm->files, rpm->n_files, sizeof(*rpm->files)), 0);
		rpm->files[rpm->n_files++] = (struct mf_rpm_file){.path = one,
								  .mode = S_IFREG | 0644};
	}
	return rpm;
}

static inline struct mf_rpm *put_rpm(struct maker *maker, struct mf_disk *disk, const char *path,
				     struct mf_rpm *rpm)
{
	rpm->source = path;
	put(maker, disk, 'f', path)->rpm = rpm;
	return rpm;
}

#define EXACT "kernel-modules = " K
#define KO    "/lib/modules/" K "/extra/"

/* A disk of the usual kind: rhdd3 and one driver in rpms/x86_64. */
static inline struct mf_rpm *usual(struct maker *maker)
{
	maker->disk.container = "iso9660";
	maker->disk.label = "OEMDRV";
	maker->disk.has_long_names = true;
	put(maker, &maker->disk, 'f', "rhdd3");
	return put_rpm(maker, &maker->disk, "rpms/x86_64/a.rpm",
		       rpm_of(maker, "kmod-a-1-1.x86_64", EXACT, KO "a.ko"));
}

static inline const struct mf_anaconda_result *judge(struct maker *maker)
{
	struct mf_anaconda anaconda = {.kernel = K, .arch = "x86_64"};
	struct mf_anaconda_input input = {.disk = &maker->disk,
					  .anaconda = &anaconda,
					  .packages = maker->packages,
					  .n_packages = maker->n_packages};

	if (maker->stock.n)
		anaconda.stock = &maker->stock;
	mf_anaconda_result_free(&maker->result);
	assert_int_equal(mf_anaconda_run(&input, &maker->result), 0);
	return &maker->result;
}

static inline const struct mf_dd_rpm *find(const struct mf_anaconda_result *result,
					   const char *source)
{
	for (size_t i = 0; i < result->n_rpms; i++) {
		if (strcmp(result->rpms[i].rpm->source, source) == 0)
			return &result->rpms[i];
	}
	fail_msg("%s is not in the result", source);
	return NULL;
}

static inline void assert_why(const struct mf_anaconda_result *result, const char *source,
			      const char *text)
{
	const struct mf_dd_rpm *rpm = find(result, source);

	assert_false(rpm->is_taken);
	if (!strstr(rpm->why, text))
		fail_msg("%s: %s", source, rpm->why);
}

static inline bool has_note(const struct mf_anaconda_result *result, const char *text)
{
	for (size_t i = 0; i < result->notes.n; i++) {
		if (strstr(result->notes.v[i], text))
			return true;
	}
	return false;
}
