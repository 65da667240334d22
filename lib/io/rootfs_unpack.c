// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the root file system model: the steps of the kernel for one entry.
#include "lib/io/rootfs_unpack.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char in_the_way[] = "a directory that is not empty stands there";

uint32_t mf_rootfs_path(struct mf_rootfs_state *state, const char *path, bool is_followed)
{
	struct lookup lookup = {.nodes = &state->nodes};
	struct mf_bytes bytes = {(const uint8_t *)path, strlen(path)};

	return mf_nodes_walk(&lookup, NODE_ROOT, bytes, is_followed);
}

static int drop(struct step *step, const char *reason)
{
	step->entry->fate = MF_FATE_DROPPED;
	step->entry->reason = reason;
	return 0;
}

/* The entry takes the place of the one that made the node. */
static void replace(struct step *step)
{
	struct node *node = &step->state->nodes.v[step->node];

	step->entry->replaces = node->entry;
	if (node->entry != MF_ROOTFS_NONE) {
		step->rootfs->entries[node->entry].fate = MF_FATE_REPLACED;
		step->rootfs->entries[node->entry].replaced_by = step->index;
	}
	node->entry = step->index;
	node->mode = step->member->mode;
	step->state->entry_nodes[step->index] = step->node;
}

/* clean_path() of the kernel: what is of another type goes, save a directory that is not empty. */
static void clean(struct step *step, uint32_t mode)
{
	const struct node *node;

	if (step->node == NODE_NONE)
		return;
	node = &step->state->nodes.v[step->node];
	if (!((node->mode ^ mode) & S_IFMT))
		return;
	if (S_ISDIR(node->mode) && node->n_children)
		return;
	replace(step);
	mf_nodes_remove(&step->state->nodes, step->node);
	step->node = NODE_NONE;
}

static int make_node(struct step *step, uint32_t file)
{
	struct node wanted = {
		.name = step->name,
		.n = (uint32_t)strlen(step->name),
		.parent = step->parent,
		.mode = step->member->mode,
		.target = step->entry->target,
		.entry = step->index,
		.file = file,
		.rdevice = step->member->rdevice,
	};
	int rc = mf_nodes_make(&step->state->nodes, &step->rootfs->arena, &wanted, &step->node);

	if (!rc)
		step->state->entry_nodes[step->index] = step->node;
	return rc;
}

static int make_file(struct step *step, uint32_t *ret)
{
	struct mf_rootfs_state *state = step->state;

	if (mf_arena_grow(&step->rootfs->arena, &state->files, state->n_files,
			  sizeof(*state->files)))
		return -ENOMEM;
	state->files[state->n_files] = (struct file){step->index};
	*ret = (uint32_t)state->n_files++;
	return 0;
}

/* find_link() of the kernel: the entry that first named the file, NONE (and noted) for a new one.
 */
static int find_first_name(struct step *step, size_t *ret)
{
	struct mf_rootfs_state *state = step->state;
	const struct mf_member *member = step->member;
	struct chain *chain = &state->names_chain;
	uint32_t hash = mf_chain_hash(member->archive, &member->ino, sizeof(member->ino));
	uint32_t i = mf_chain_first(chain, hash);

	for (; i != NODE_NONE; i = mf_chain_next(chain, i)) {
		const struct first_name *name = &state->names[i];

		if (name->archive == member->archive && name->ino == member->ino &&
		    name->device == member->device && name->format == (member->mode & S_IFMT)) {
			*ret = name->entry;
			return 0;
		}
	}
	*ret = MF_ROOTFS_NONE;
	if (mf_arena_grow(&step->rootfs->arena, &state->names, chain->n, sizeof(*state->names)))
		return -ENOMEM;
	state->names[chain->n] = (struct first_name){
		member->device, member->ino, member->mode & S_IFMT, member->archive, step->index};
	return mf_chain_add(chain, &step->rootfs->arena, hash);
}

/* A further name of a file. */
static int link_name(struct step *step, size_t first)
{
	struct mf_rootfs_state *state = step->state;
	uint32_t old;
	uint32_t file;
	int rc;

	clean(step, 0);
	old = mf_rootfs_path(state, step->rootfs->entries[first].path, false);
	if (step->node != NODE_NONE)
		return drop(step, in_the_way);
	if (old == NODE_NONE || (state->nodes.v[old].mode ^ step->member->mode) & S_IFMT)
		return drop(step, "the file that it is a hard link to has gone");
	file = state->nodes.v[old].file;
	rc = make_node(step, file);
	if (!rc && S_ISREG(step->member->mode) && step->member->size)
		state->files[file].content = step->index;
	return rc;
}

static int unpack_regular(struct step *step)
{
	uint32_t file;
	int rc;

	if (step->node == NODE_NONE) {
		rc = make_file(step, &file);
		return rc ? rc : make_node(step, file);
	}
	if (S_ISDIR(step->state->nodes.v[step->node].mode))
		return drop(step, in_the_way);
	replace(step);
	step->state->files[step->state->nodes.v[step->node].file].content = step->index;
	return 0;
}

/* mknod() fails where one stands already; its owner and mode are then set nevertheless. */
static int unpack_device(struct step *step)
{
	const struct node *node;

	if (step->node == NODE_NONE)
		return make_node(step, 0);
	node = &step->state->nodes.v[step->node];
	if (S_ISDIR(node->mode))
		return drop(step, in_the_way);
	if (node->rdevice != step->member->rdevice)
		return drop(step, "a node with other device numbers stands there and stays");
	replace(step);
	return 0;
}

static int unpack_entry(struct step *step)
{
	uint32_t mode = step->member->mode;
	size_t first = MF_ROOTFS_NONE;
	int rc = 0;

	clean(step, S_ISLNK(mode) ? 0 : mode);
	if (S_ISDIR(mode)) {
		if (step->node == NODE_NONE)
			return make_node(step, 0);
		replace(step);
		return 0;
	}
	if (S_ISLNK(mode))
		return step->node == NODE_NONE ? make_node(step, 0) : drop(step, in_the_way);
	if (!S_ISREG(mode) && !S_ISCHR(mode) && !S_ISBLK(mode) && !S_ISFIFO(mode) &&
	    !S_ISSOCK(mode))
		return drop(step, "of no known file type");
	if (step->member->nlink >= 2)
		rc = find_first_name(step, &first);
	if (rc)
		return rc;
	if (first != MF_ROOTFS_NONE)
		return link_name(step, first);
	if (S_ISREG(mode))
		return unpack_regular(step);
	return unpack_device(step);
}

static int unpack_root(struct step *step)
{
	if (!S_ISDIR(step->member->mode))
		return drop(step, in_the_way);
	step->node = NODE_ROOT;
	replace(step);
	return 0;
}

int mf_rootfs_unpack(struct step *step)
{
	struct nodes *nodes = &step->state->nodes;
	const char *path = step->entry->path;
	const char *slash = strrchr(path, '/');
	struct lookup lookup = {.nodes = nodes};
	struct mf_bytes folder = {(const uint8_t *)path, slash ? (size_t)(slash - path) : 0};

	if (step->member->ignored)
		return drop(step, step->member->ignored);
	if (!strcmp(path, "."))
		return unpack_root(step);
	step->name = slash ? slash + 1 : path;
	step->parent = mf_nodes_walk(&lookup, NODE_ROOT, folder, true);
	if (step->parent == NODE_NONE)
		return drop(step, lookup.reason);
	if (!S_ISDIR(nodes->v[step->parent].mode))
		return drop(step, "its folder is no directory");
	step->node = mf_nodes_child(nodes, step->parent, step->name, strlen(step->name));
	return unpack_entry(step);
}
