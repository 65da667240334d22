// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the root file system model: the steps of the kernel for one entry.
#pragma once

#include "lib/io/rootfs_node.h"

/* First name of a file that has several (the kernel's link hash). */
struct first_name {
	uint64_t device;
	uint32_t ino;
	uint32_t format; /* S_IFMT bits */
	unsigned int archive;
	size_t entry;
};

/* A regular file: the entry that wrote its bytes last. */
struct file {
	size_t content;
};

struct mf_rootfs_state {
	struct nodes nodes;
	struct first_name *names;
	struct chain names_chain; /* its n is the number of names */
	struct file *files;
	size_t n_files;
	uint32_t *entry_nodes; /* of the entries that were not dropped */
	size_t n_name_bytes;
	unsigned int want;
	const struct mf_rootfs_watch *watch; /* NULL: nobody */
	struct mf_err *err;
};

/* One entry being unpacked. */
struct step {
	struct mf_rootfs *rootfs;
	struct mf_rootfs_state *state;
	const struct mf_member *member;
	struct mf_rootfs_entry *entry;
	size_t index;
	uint32_t parent;
	const char *name; /* last part of the path */
	uint32_t node;	  /* that stands there, or NODE_NONE */
};

/*
 * Does what the kernel's do_name() and do_symlink() do; step has rootfs, state, member, entry and
 * index. 0 or -ENOMEM.
 */
int mf_rootfs_unpack(struct step *step);

/* Nodes of a path, a symlink at its end followed if asked for; NODE_NONE where there is none. */
uint32_t mf_rootfs_path(struct mf_rootfs_state *state, const char *path, bool is_followed);
