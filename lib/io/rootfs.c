// SPDX-License-Identifier: GPL-2.0-or-later
// What the root file system holds after an initrd was unpacked: which copy of a path wins, and why.
#include "lib/io/rootfs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/core/hash.h"
#include "lib/io/rootfs_unpack.h"

/* The file that several overlays share, so its copies are compared. */
#define LOADER "modferry/load"

/* Copies what outlives the call. */
static int copy_entry(struct step *step)
{
	struct mf_arena *arena = &step->rootfs->arena;
	const struct mf_member *member = step->member;
	struct mf_rootfs_entry *entry = step->entry;
	bool is_hashed = step->state->want & MF_ROOTFS_SHA256 || !strcmp(member->path, LOADER);
	char digest[65];

	entry->path = mf_arena_strdup(arena, member->path);
	if (S_ISLNK(member->mode))
		entry->target = mf_arena_strndup(arena, (const char *)member->content.p,
						 member->content.n);
	if (S_ISREG(member->mode) && is_hashed) {
		int rc = mf_sha256_hex(member->content, digest);

		if (rc)
			return mf_fail(step->state->err, rc, "libcrypto has no SHA-256");
		entry->sha256 = mf_arena_strdup(arena, digest);
		if (!entry->sha256)
			return -ENOMEM;
	}
	step->state->n_name_bytes += strlen(member->path) + member->content.n * !!entry->target;
	return entry->path && (entry->target || !S_ISLNK(member->mode)) ? 0 : -ENOMEM;
}

static int check_limits(const struct mf_rootfs_state *state)
{
	if (state->n_name_bytes > MF_ROOTFS_MAX_NAMES)
		return mf_fail(state->err, -E2BIG, "names of more than %zu bytes, the limit here",
			       MF_ROOTFS_MAX_NAMES);
	if (state->nodes.n_steps > MF_ROOTFS_MAX_STEPS)
		return mf_fail(state->err, -E2BIG, "paths and symlinks too many and too deep");
	return 0;
}

static int show(const struct step *step)
{
	const struct mf_rootfs_watch *watch = step->state->watch;

	if (!watch || step->entry->fate == MF_FATE_DROPPED || !S_ISREG(step->member->mode))
		return 0;
	return watch->file(watch->context, step->index, step->member->content);
}

static int see_member(void *context, const struct mf_segment *segment,
		      const struct mf_member *member)
{
	struct mf_rootfs *rootfs = context;
	struct mf_rootfs_state *state = rootfs->state;
	struct step step = {.rootfs = rootfs, .state = state, .member = member};
	int rc;

	step.node = NODE_NONE;
	step.index = rootfs->n_entries;
	if (mf_arena_grow(&rootfs->arena, &rootfs->entries, step.index, sizeof(*rootfs->entries)) ||
	    mf_arena_grow(&rootfs->arena, &state->entry_nodes, step.index, sizeof(uint32_t)))
		return mf_fail(state->err, -ENOMEM, "out of memory");
	step.entry = &rootfs->entries[step.index];
	*step.entry = (struct mf_rootfs_entry){
		.size = member->size,
		.offset = member->offset,
		.rdevice = member->rdevice,
		.mode = member->mode,
		.segment = segment->index,
		.replaces = MF_ROOTFS_NONE,
		.replaced_by = MF_ROOTFS_NONE,
		.content = MF_ROOTFS_NONE,
	};
	state->entry_nodes[step.index] = NODE_NONE;
	rootfs->segments[rootfs->n_segments - 1] = *segment;
	rc = copy_entry(&step);
	if (rc)
		return rc == -ENOMEM ? mf_fail(state->err, rc, "out of memory") : rc;
	rootfs->n_entries++;
	if (!mf_rootfs_unpack(&step)) {
		rc = check_limits(state);
		return rc ? rc : show(&step);
	}
	step.entry->fate = MF_FATE_DROPPED;
	step.entry->reason = "out of memory";
	return mf_fail(state->err, -ENOMEM, "out of memory");
}

static int see_begin(void *context, const struct mf_segment *segment)
{
	struct mf_rootfs *rootfs = context;

	if (mf_arena_grow(&rootfs->arena, &rootfs->segments, rootfs->n_segments,
			  sizeof(*rootfs->segments)))
		return mf_fail(rootfs->state->err, -ENOMEM, "out of memory");
	rootfs->segments[rootfs->n_segments++] = *segment;
	rootfs->is_cut = true;
	return 0;
}

static int see_end(void *context, const struct mf_segment *segment)
{
	struct mf_rootfs *rootfs = context;

	rootfs->segments[rootfs->n_segments - 1] = *segment;
	rootfs->is_cut = false;
	return 0;
}

/* What usr/default_cpio_list of the kernel brings before any initrd. */
static int add_built_in(struct mf_rootfs *rootfs)
{
	struct mf_arena *arena = &rootfs->arena;
	struct nodes *nodes = &rootfs->state->nodes;
	struct node dev = {.name = "dev", .n = 3, .mode = S_IFDIR | 0755, .entry = MF_ROOTFS_NONE};
	struct node root = {
		.name = "root", .n = 4, .mode = S_IFDIR | 0700, .entry = MF_ROOTFS_NONE};
	struct node console = {.name = "console",
			       .n = 7,
			       .mode = S_IFCHR | 0600,
			       .entry = MF_ROOTFS_NONE,
			       .rdevice = (uint64_t)5 << 32 | 1};
	uint32_t i;

	if (mf_nodes_init(nodes, arena) || mf_nodes_make(nodes, arena, &root, &i) ||
	    mf_nodes_make(nodes, arena, &dev, &i))
		return -ENOMEM;
	console.parent = i;
	return mf_nodes_make(nodes, arena, &console, &i);
}

/* Where the way to a winner now leads elsewhere; whose bytes the names of a file show. */
void mf_rootfs_settle(struct mf_rootfs *rootfs)
{
	struct mf_rootfs_state *state = rootfs->state;

	for (size_t i = 0; i < rootfs->n_entries; i++) {
		struct mf_rootfs_entry *entry = &rootfs->entries[i];
		uint32_t node = state->entry_nodes[i];

		if (entry->fate != MF_FATE_WINS)
			continue;
		if (S_ISREG(entry->mode))
			entry->content = state->files[state->nodes.v[node].file].content;
		if (mf_rootfs_path(state, entry->path, false) == node)
			continue;
		entry->fate = MF_FATE_HIDDEN;
		entry->reason = "a symlink on the way to it was replaced later";
	}
}

static int read_image(struct mf_bytes image, unsigned int want, const struct mf_rootfs_watch *watch,
		      struct mf_rootfs *out, struct mf_err *err)
{
	struct mf_initrd_visitor visitor = {see_begin, see_member, see_end, out};
	int rc;

	out->state = mf_arena_alloc(&out->arena, sizeof(*out->state));
	if (!out->state || add_built_in(out))
		return mf_fail(err, -ENOMEM, "out of memory");
	out->state->want = want;
	out->state->watch = watch;
	out->state->err = err;
	rc = mf_initrd_walk(image, &visitor, err);
	out->state->watch = NULL;
	mf_rootfs_settle(out);
	return rc;
}

int mf_rootfs_read(struct mf_bytes image, unsigned int want, struct mf_rootfs *out,
		   struct mf_err *err)
{
	return read_image(image, want, NULL, out, err);
}

int mf_rootfs_read_watched(struct mf_bytes image, const struct mf_rootfs_watch *watch,
			   struct mf_rootfs *out, struct mf_err *err)
{
	return read_image(image, 0, watch, out, err);
}

int mf_rootfs_add(struct mf_rootfs *rootfs, const struct mf_member *member, struct mf_err *err)
{
	struct mf_segment last = rootfs->segments[rootfs->n_segments - 1];

	rootfs->state->err = err;
	return see_member(rootfs, &last, member);
}

int mf_rootfs_real_path(const struct mf_rootfs *rootfs, size_t entry, char out[MF_INITRD_MAX_PATH])
{
	const struct nodes *nodes = &rootfs->state->nodes;
	uint32_t i = rootfs->state->entry_nodes[entry];
	size_t at = MF_INITRD_MAX_PATH;

	if (i == NODE_NONE)
		return -ENOENT;
	out[--at] = '\0';
	for (; i != NODE_ROOT; i = nodes->v[i].parent) {
		const struct node *node = &nodes->v[i];

		if (node->n >= at)
			return -ENAMETOOLONG;
		if (at < MF_INITRD_MAX_PATH - 1)
			out[--at] = '/';
		at -= node->n;
		memcpy(out + at, node->name, node->n);
	}
	memmove(out, out + at, MF_INITRD_MAX_PATH - at);
	return 0;
}

int mf_rootfs_find(const struct mf_rootfs *rootfs, const char *path, bool is_followed, size_t *ret)
{
	uint32_t node = mf_rootfs_path(rootfs->state, path, is_followed);

	if (node == NODE_NONE)
		return -ENOENT;
	*ret = rootfs->state->nodes.v[node].entry;
	return 0;
}

void mf_rootfs_free(struct mf_rootfs *rootfs)
{
	mf_arena_free(&rootfs->arena);
	*rootfs = (struct mf_rootfs){0};
}
