// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what one run holds, and its parts.
#pragma once

#include "lib/cli/check.h"
#include "lib/cli/output.h"
#include "lib/core/anaconda.h"
#include "lib/io/disk.h"
#include "lib/io/kernel_package.h"

/* The disk before one kernel of the installer. */
struct mf_disk_judged {
	const struct mf_kernel *kernel;
	struct mf_anaconda anaconda;
	struct mf_anaconda_result result;
	size_t first; /* of the verdicts on its drivers in `checked` */
	size_t n;
	const struct mf_dd_module **modules; /* of each of these */
};

struct mf_disk_run {
	const struct mf_arguments *arguments;
	const char *object; /* the disk, as given */
	struct mf_arena arena;
	struct mf_facts facts;
	const struct mf_target *target; /* the installer's row */
	struct mf_disk_source source;
	struct mf_kernel_packages packages; /* of --kernel-package */
	struct mf_disk_judged *judged;	    /* one a kernel */
	size_t n_judged;
	struct mf_checked checked;
	struct mf_err *err;
};

/* The whole command for a disk. An enum mf_exit. */
int mf_check_disk(const struct mf_arguments *arguments, struct mf_err *err);

/* Opens what --kernel-package names and adds its symbols to the target's kernels. */
int mf_disk_packages_read(struct mf_disk_run *run);

/* The modules that the installer would load, judged; -errno with err. */
int mf_disk_drivers(struct mf_disk_run *run, struct mf_disk_judged *judged);

/* Reasons that the installer's own rules give, of its drivers and of the disk. 0 or -ENOMEM. */
int mf_disk_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged);

/* For people and machines: what becomes of each package. */
int mf_disk_print(const struct mf_disk_run *run);
json_t *mf_disk_json(const struct mf_disk_run *run);
