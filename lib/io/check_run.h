// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the archive rules: the rules, a check under way, and the image that it reads.
#pragma once

#include "lib/io/check_archive.h"
#include "lib/io/file.h"
#include "lib/io/rootfs.h"

/* Their codes, weights and texts stand in check_archive.c. */
enum mf_rule {
	RULE_UNREADABLE,
	RULE_TOO_LARGE,
	RULE_NO_TRAILER,
	RULE_RAW_UNALIGNED,
	RULE_RAW,
	RULE_REFUSED,
	RULE_NOT_LZ4,
	RULE_ZEROS_LZ4,
	RULE_AFTER_LZ4,
	RULE_LINK,
	RULE_LINK_LIKELY,
	RULE_MODE,
	RULE_STANDS,
	RULE_EMPTY,
	RULE_PARENT,
	RULE_PARENT_LIKELY,
	RULE_EARLY,
	RULE_PLACE_NONE,
	RULE_PLACE_SOME,
	N_RULES
};

/* A check under way. */
struct mf_check_run {
	const struct mf_archive_check *check; /* = &own */
	struct mf_archive_check own;	      /* what is asked; of a file in the target's place
						 without what would stand in front */
	const struct mf_probe *probe;	      /* of the target; NULL: not known */
	struct mf_rootfs model;
	uint64_t start; /* of the file in the model's image */
	bool is_whole;	/* the file is a whole initrd, with its own /init */
	bool is_known;	/* what the target has is known */
	struct {
		const char *object; /* the first one */
		size_t n;
	} found[N_RULES];
	size_t n_modules;
	size_t n_placed;
};

/* Notes that an object (path, segment) breaks a rule; text of the model's arena. */
void mf_check_found(struct mf_check_run *run, enum mf_rule rule, const char *object);

/* Whether a segment is one of the file; the first one of the model is the target's. */
bool mf_check_is_ours(const struct mf_check_run *run, unsigned int segment);

/* What the target's initramfs has; NULL where that is not known, as of an installed system. */
const struct mf_base_tree *mf_check_base(const struct mf_archive_check *check);

/* Judges all entries of the file. */
void mf_check_entries(struct mf_check_run *run);

/* The target's folders and symlinks as an archive, the file behind them. */
struct mf_check_image {
	struct mf_map map;
	uint64_t start; /* of the file; as far from a multiple of 4 as behind the real initrd */
};

/* Builds it in memory. -errno, -ENOMEM. Close its map. */
int mf_check_image_make(const struct mf_archive_check *check, struct mf_check_image *out,
			struct mf_err *err);
