// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of check: one driver before its judges. Each rule adds reasons; 0 or -ENOMEM.
#pragma once

#include "lib/core/check.h"
#include "lib/core/modload.h"

struct mf_judge {
	const struct mf_check *check;
	const struct mf_checked *before; /* verdicts of the drivers in front of it */
	size_t first;			 /* of these: the first one for this kernel */
	struct mf_arena *arena;
	const struct mf_selected *selected;
	const struct mf_driver *driver;
	struct mf_module module; /* of the driver's content, with symbols */
	struct mf_modload load;
	struct mf_strings absent; /* modules that it needs and that are said to be missing */
	struct mf_reasons *reasons;
	enum mf_answer trusted;
};

/* Adds a reason with a formatted text; advice may be NULL. */
int mf_judge_say(struct mf_judge *judge, enum mf_reason_code code, enum mf_verdict weight,
		 const char *advice, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* How to get a build for the target's kernel: "build it with: dkms build …"; NULL: no memory. */
const char *mf_judge_advise_build(const struct mf_judge *judge);

/* How to get at a stock module: its place in the kernel's package where it is known (below
 * "kernel/", without suffix; may be NULL), and the overlay option. NULL: no memory. */
const char *mf_judge_advise_module(const struct mf_judge *judge, const char *name,
				   const char *path);

/* A driver of that name beside this one in the artifact, NULL when there is none. */
const struct mf_driver *mf_judge_shipped(const struct mf_judge *judge, const char *name);

/* Modules of which it was said that they are missing: each is said once. 0 or -ENOMEM. */
int mf_judge_note_absent(struct mf_judge *judge, const char *name);
bool mf_judge_is_absent(const struct mf_judge *judge, const char *name);

/* Says that nobody knows whether the target has a module that it needs. 0 or -ENOMEM. */
int mf_judge_unsure_module(struct mf_judge *judge, const char *name);

/* Weight of something that force loading (CONFIG_MODULE_FORCE_LOAD) lets pass. */
enum mf_verdict mf_judge_forced(const struct mf_judge *judge);

/* Whether the target's kernel was built with CONFIG_MODVERSIONS. */
enum mf_answer mf_judge_modversions(const struct mf_judge *judge);

/* check_abi.c: may this kernel take modules like this one at all? */
int mf_judge_form(struct mf_judge *judge);
int mf_judge_abi(struct mf_judge *judge);
int mf_judge_btf(struct mf_judge *judge);
int mf_judge_compression(struct mf_judge *judge);

/* check_symbols.c: what it imports and exports. */
int mf_judge_symbols(struct mf_judge *judge);
int mf_judge_exports(struct mf_judge *judge);

/* check_space.c: whether a namespace "module:a,b*" is open to a module without being imported. */
bool mf_judge_is_space_of(const char *space, const char *module);

/* check_signature.c */
int mf_judge_signature(struct mf_judge *judge);

/* check_place.c: what stands around it in the target. */
int mf_judge_depends(struct mf_judge *judge);
int mf_judge_builtin(struct mf_judge *judge);
int mf_judge_blacklist(struct mf_judge *judge);
int mf_judge_firmware(struct mf_judge *judge);
int mf_judge_indexes(struct mf_judge *judge);
