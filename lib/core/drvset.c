// SPDX-License-Identifier: GPL-2.0-or-later
// The driver set: what we have. Package > build > driver (a module and where its bytes are).
#include "lib/core/drvset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/modname.h"

/* strcmp in which NULL is an own value, before all others. */
static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* Copies text that may be NULL; false: out of memory. */
static bool copy_text(struct mf_arena *arena, const char *text, const char **out)
{
	*out = text ? mf_arena_strdup(arena, text) : NULL;
	return !text || *out;
}

struct mf_package *mf_drvset_package(struct mf_drvset *set, const char *name, const char *version,
				     const char *origin)
{
	struct mf_package package = {0};

	for (size_t i = 0; i < set->n_packages; i++) {
		struct mf_package *old = &set->packages[i];

		if (!compare_text(old->name, name) && !compare_text(old->version, version) &&
		    !compare_text(old->origin, origin))
			return old;
	}
	if (!copy_text(&set->arena, name, &package.name) ||
	    !copy_text(&set->arena, version, &package.version) ||
	    !copy_text(&set->arena, origin, &package.origin) ||
	    mf_arena_grow(&set->arena, &set->packages, set->n_packages, sizeof(package)))
		return NULL;
	set->packages[set->n_packages] = package;
	return &set->packages[set->n_packages++];
}

struct mf_build *mf_drvset_build(struct mf_drvset *set, struct mf_package *package,
				 const char *kernel, const char *arch)
{
	struct mf_build build = {0};

	for (size_t i = 0; i < package->n_builds; i++) {
		struct mf_build *old = &package->builds[i];

		if (!compare_text(old->kernel, kernel) && !compare_text(old->arch, arch))
			return old;
	}
	if (!copy_text(&set->arena, kernel, &build.kernel) ||
	    !copy_text(&set->arena, arch, &build.arch) ||
	    mf_arena_grow(&set->arena, &package->builds, package->n_builds, sizeof(build)))
		return NULL;
	package->builds[package->n_builds] = build;
	return &package->builds[package->n_builds++];
}

struct mf_driver *mf_drvset_driver(struct mf_drvset *set, struct mf_build *build)
{
	if (mf_arena_grow(&set->arena, &build->drivers, build->n_drivers, sizeof(*build->drivers)))
		return NULL;
	build->drivers[build->n_drivers] = (struct mf_driver){0};
	return &build->drivers[build->n_drivers++];
}

int mf_drvset_note(struct mf_drvset *set, const char *object, const char *problem)
{
	struct mf_note note = {0};

	if (!copy_text(&set->arena, object, &note.object) ||
	    !copy_text(&set->arena, problem, &note.problem) ||
	    mf_arena_grow(&set->arena, &set->notes, set->n_notes, sizeof(note)))
		return -ENOMEM;
	set->notes[set->n_notes++] = note;
	return 0;
}

/* What is left of a path below a folder; NULL: it is not in there. */
static const char *below(const char *path, const char *folder)
{
	size_t n = folder ? strlen(folder) : 0;

	return n && strncmp(path, folder, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

#define N_FIRMWARE_PLACES 4

/*
 * Which of the places that the kernel searches for firmware in turn (drivers/base/firmware_loader/
 * main.c, fw_path) a path below lib/firmware is for this name; N_FIRMWARE_PLACES: none of them.
 */
static unsigned int firmware_place(const char *path, const char *kernel, const char *name)
{
	const char *updates = below(path, "updates");
	const char *rest = updates ? updates : path;
	const char *own = below(rest, kernel);
	unsigned int place = updates ? 0 : 2;

	if (own && strcmp(own, name) == 0)
		return place;
	return strcmp(rest, name) == 0 ? place + 1 : N_FIRMWARE_PLACES;
}

const struct mf_firmware *mf_drvset_brought(const struct mf_drvset *set,
					    const struct mf_package *package,
					    const struct mf_build *build, const char *name)
{
	const struct mf_firmware *found = NULL;
	unsigned int best = N_FIRMWARE_PLACES;

	for (size_t i = 0; i < set->n_brought; i++) {
		const struct mf_brought *brought = &set->brought[i];
		unsigned int place = firmware_place(brought->firmware.name, build->kernel, name);

		if (place >= best || compare_text(brought->origin, package->origin) != 0)
			continue;
		best = place;
		found = &brought->firmware;
	}
	return found;
}

int mf_drvset_bring(struct mf_drvset *set, const char *origin, const struct mf_firmware *firmware)
{
	struct mf_brought brought = {.firmware = *firmware};

	if (!copy_text(&set->arena, origin, &brought.origin) ||
	    mf_arena_grow(&set->arena, &set->brought, set->n_brought, sizeof(brought)))
		return -ENOMEM;
	set->brought[set->n_brought++] = brought;
	return 0;
}

static int compare_packages(const void *left, const void *right)
{
	const struct mf_package *a = left;
	const struct mf_package *b = right;
	int order = compare_text(a->name, b->name);

	if (!order)
		order = compare_text(a->version, b->version);
	return order ? order : compare_text(a->origin, b->origin);
}

static int compare_builds(const void *left, const void *right)
{
	const struct mf_build *a = left;
	const struct mf_build *b = right;
	int order = compare_text(a->kernel, b->kernel);

	return order ? order : compare_text(a->arch, b->arch);
}

static int compare_drivers(const void *left, const void *right)
{
	const struct mf_driver *a = left;
	const struct mf_driver *b = right;
	int order = mf_modname_compare(a->module.name, b->module.name);

	if (!order)
		order = compare_text(a->path, b->path);
	return order ? order : compare_text(a->member, b->member);
}

static int compare_notes(const void *left, const void *right)
{
	const struct mf_note *a = left;
	const struct mf_note *b = right;
	int order = compare_text(a->object, b->object);

	return order ? order : compare_text(a->problem, b->problem);
}

/* qsort, which may not be called with a NULL array. */
static void sort(void *array, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	if (n > 1)
		qsort(array, n, size, compare);
}

void mf_drvset_sort(struct mf_drvset *set)
{
	sort(set->packages, set->n_packages, sizeof(*set->packages), compare_packages);
	sort(set->notes, set->n_notes, sizeof(*set->notes), compare_notes);
	for (size_t i = 0; i < set->n_packages; i++) {
		struct mf_package *package = &set->packages[i];

		sort(package->builds, package->n_builds, sizeof(*package->builds), compare_builds);
		for (size_t k = 0; k < package->n_builds; k++)
			sort(package->builds[k].drivers, package->builds[k].n_drivers,
			     sizeof(struct mf_driver), compare_drivers);
	}
}

void mf_drvset_free(struct mf_drvset *set)
{
	mf_arena_free(&set->arena);
	*set = (struct mf_drvset){0};
}

const char *mf_build_state_name(enum mf_build_state state)
{
	switch (state) {
	case MF_BUILD_BUILT: return "built";
	case MF_BUILD_INSTALLED: return "installed";
	case MF_BUILD_ADDED: return "added";
	case MF_BUILD_FAILED: return "failed";
	case MF_BUILD_BROKEN: return "broken";
	}
	return "?";
}

const char *mf_compression_name(enum mf_compression compression)
{
	switch (compression) {
	case MF_COMPRESSION_NONE: return "none";
	case MF_COMPRESSION_GZIP: return "gzip";
	case MF_COMPRESSION_XZ: return "xz";
	case MF_COMPRESSION_ZSTD: return "zstd";
	}
	return "?";
}
