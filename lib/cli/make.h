// SPDX-License-Identifier: GPL-2.0-or-later
// What `overlay` and `dud` have in common: drivers found, chosen, prepared and judged.
#pragma once

#include "lib/cli/facts.h"
#include "lib/core/select.h"
#include "lib/io/sign.h"
#include "lib/io/spool.h"

/* Zeroed is empty. */
struct mf_make {
	const struct mf_arguments *arguments;
	const char *command; /* for warnings: "overlay", "dud" */
	struct mf_drvset set;
	struct mf_facts facts;
	struct mf_selection selection; /* its kernels belong to the command */
	struct mf_selected_list selected;
	struct mf_strings firmware_dirs;
	struct mf_signing_key *key; /* of --sign-key, NULL: modules stay as they are */
	struct mf_spool *spool;	    /* keeps the content of hundreds; NULL: memory does */
	struct mf_err *err;
};

/* The final bytes of the selected drivers, signed with the key, and their firmware. 0 or -errno. */
int mf_make_prepare(struct mf_make *make);

/*
 * Judges them against the target, where one is known; delivery says how they get loaded there.
 * Warns of what is not known; -EPERM when one of them would not load, unless --force.
 */
int mf_make_check(struct mf_make *make, const struct mf_delivery *delivery);

/* Warns of the set's notes from that one on. */
void mf_make_warn_notes(const struct mf_make *make, size_t from);

/* Destructor; the spool is the command's. */
void mf_make_free(struct mf_make *make);
