// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of facts.h: one reading of the options that tell of a target.
#pragma once

#include "lib/cli/facts.h"

struct mf_facts_reading {
	const struct mf_arguments *arguments;
	const char *command;
	struct mf_facts *facts;
	struct mf_err *err;
};

/* The kernel that --vmlinuz, --config and --symvers are about: --kernel, or the only one; NULL with
 * err for none. */
struct mf_kernel *mf_facts_kernel(struct mf_facts_reading *reading, const char *option);

/* --symvers, and where that is not all, kernel headers of this machine. 0 or -errno with err. */
int mf_facts_read_symvers(struct mf_facts_reading *reading);
