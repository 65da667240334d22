// SPDX-License-Identifier: GPL-2.0-or-later
// Answer files on a driver disk: which installer takes which by itself, and under what name.
#pragma once

#include "lib/core/target.h"
#include "lib/core/tree.h"

/* The label by which installers find the volume; another one and no answer file is looked for. */
#define MF_EMBED_LABEL "OEMDRV"

/* Largest answer file, bytes. */
#define MF_EMBED_MAX ((size_t)4 << 20)

/* What a file is, told by its content. */
enum mf_embed_kind {
	MF_EMBED_UNKNOWN,
	MF_EMBED_KICKSTART,
	MF_EMBED_AUTOYAST,
	MF_EMBED_AGAMA, /* JSON or Jsonnet */
	MF_EMBED_PRESEED,
	MF_EMBED_AUTOINSTALL, /* Ubuntu's, in YAML */
};

/* A file that is to go with the drivers. */
struct mf_embed {
	const char *path; /* for messages */
	struct mf_bytes bytes;
	const char *label; /* of the volume; NULL: MF_EMBED_LABEL */
	const struct mf_target *const *targets;
	size_t n_targets;
};

enum mf_embed_kind mf_embed_kind_of(struct mf_bytes bytes);

/*
 * Path on the disk under which one of the targets' installers loads the file by itself. -EINVAL
 * for a file of no known kind and for another label; -EOPNOTSUPP when no target's installer loads
 * it from a disk: err says what to do instead.
 */
int mf_embed_name(const struct mf_embed *embed, const char **ret_name, struct mf_err *err);

/* Adds it (a copy) to a planned disk. Errors of mf_embed_name; -EEXIST when its name is taken. */
int mf_embed_add(const struct mf_embed *embed, struct mf_tree *tree, struct mf_err *err);
