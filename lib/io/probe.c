// SPDX-License-Identifier: GPL-2.0-or-later
// Target probe: what a real initrd says about itself.
#include "lib/io/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/initrd.h"

/* A path that is, or was, a directory: a later entry of another kind takes its place. */
struct place {
	const char *path;
	size_t order; /* of the member in the image */
	bool is_dir;
};

/* A probe under way. */
struct walk {
	struct mf_probe *probe;
	struct place *places;
	size_t n_places;
	size_t n_segments;
	bool has_dracut;
	bool has_initramfs_tools;
	bool has_debian_installer;
};

/* A file that only one framework's images have. */
static void note_framework(struct walk *walk, const char *path)
{
	if (mf_has_prefix(path, "usr/lib/dracut/") || mf_has_prefix(path, "lib/dracut/"))
		walk->has_dracut = true;
	else if (strcmp(path, "conf/initramfs.conf") == 0)
		walk->has_initramfs_tools = true;
	else if (mf_has_prefix(path, "lib/debian-installer-startup.d"))
		walk->has_debian_installer = true;
}

static int on_member(void *context, const struct mf_segment *segment,
		     const struct mf_member *member)
{
	struct walk *walk = context;
	struct mf_probe *probe = walk->probe;
	struct place place = {.order = walk->n_places, .is_dir = S_ISDIR(member->mode)};

	(void)segment;
	if (member->ignored)
		return 0;
	note_framework(walk, member->path);
	if (!S_ISDIR(member->mode) && !S_ISLNK(member->mode))
		return 0;
	place.path = mf_arena_strdup(&probe->arena, member->path);
	if (!place.path ||
	    mf_arena_grow(&probe->arena, &walk->places, walk->n_places, sizeof(place)))
		return -ENOMEM;
	walk->places[walk->n_places++] = place;
	return 0;
}

static int on_segment(void *context, const struct mf_segment *segment)
{
	struct walk *walk = context;

	walk->n_segments++;
	if (segment->codec == MF_CODEC_LZ4)
		walk->probe->has_lz4 = true;
	return 0;
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left;
	const struct place *b = right;
	int order = strcmp(a->path, b->path);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int add(struct mf_probe *probe, struct mf_strings *strings, const char *text)
{
	if (mf_arena_grow(&probe->arena, &strings->v, strings->n, sizeof(*strings->v)))
		return -ENOMEM;
	strings->v[strings->n++] = text;
	return 0;
}

/* "lib/modules/RELEASE" or "usr/lib/modules/RELEASE": the release, NULL for other paths. */
static const char *kernel_of(const char *path)
{
	const char *rest = mf_has_prefix(path, "usr/") ? path + 4 : path;

	if (!mf_has_prefix(rest, "lib/modules/") || strchr(rest + 12, '/') || !rest[12])
		return NULL;
	return rest + 12;
}

static int add_kernel(struct mf_probe *probe, const char *release, const char *folder)
{
	if (mf_arena_grow(&probe->arena, &probe->kernels, probe->n_kernels,
			  sizeof(*probe->kernels)))
		return -ENOMEM;
	probe->kernels[probe->n_kernels++] = (struct mf_kernel){.release = release,
								.folder = folder};
	return 0;
}

/* Directories that are left in the end, and the kernels among them. */
static int settle(struct walk *walk)
{
	struct mf_probe *probe = walk->probe;

	if (walk->n_places > 1)
		qsort(walk->places, walk->n_places, sizeof(*walk->places), compare_places);
	for (size_t i = 0; i < walk->n_places; i++) {
		const struct place *place = &walk->places[i];
		const char *kernel;
		int r;

		if (i + 1 < walk->n_places && strcmp(place->path, place[1].path) == 0)
			continue;
		if (!place->is_dir)
			continue;
		r = add(probe, &probe->base.dirs, place->path);
		kernel = kernel_of(place->path);
		if (!r && kernel)
			r = add_kernel(probe, kernel, place->path);
		if (r)
			return r;
	}
	probe->hook = MF_HOOK_RDINIT;
	probe->framework = "unknown";
	if (walk->has_debian_installer) {
		probe->framework = "debian-installer";
	} else if (walk->has_initramfs_tools) {
		probe->framework = "initramfs-tools";
		probe->hook = MF_HOOK_INITRAMFS_TOOLS;
	} else if (walk->has_dracut) {
		probe->framework = "dracut";
		probe->hook = MF_HOOK_DRACUT;
	}
	return 0;
}

int mf_probe_initrd(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		    struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	struct walk walk = {.probe = &probe};
	struct mf_initrd_visitor visitor = {
		.segment_end = on_segment, .member = on_member, .context = &walk};
	int r = mf_map_file(AT_FDCWD, path, &map, err);

	(void)options;
	if (r)
		return r;
	r = mf_initrd_walk(map.bytes, &visitor, err);
	if (!r && !walk.n_segments) /* an image that its maker did not write */
		r = mf_fail(err, -EBADMSG, "is empty, expected an initrd");
	if (!r)
		r = settle(&walk);
	if (r)
		return mf_wrap(err, r, "%s", path);
	*out = mf_steal(&probe);
	return 0;
}

void mf_probe_free(struct mf_probe *probe)
{
	mf_arena_free(&probe->arena);
	*probe = (struct mf_probe){0};
}
