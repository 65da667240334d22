// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of the rules of driver injection disks: one run, and what becomes of one file.
#pragma once

#include "lib/core/injection.h"

struct mf_injection_run {
	const struct mf_disk *disk;
	const struct mf_injection *injection;
	struct mf_injection_result *out;
	const char *folder; /* "debian-drivers" or "ubuntu-drivers/noble" */
};

/* Whether a file is called like a package, however its letters are written. */
bool mf_injection_is_package(const struct mf_disk_file *file);

/* Fate of a file that is called like a package; the sentence lives in the result. 0 or -ENOMEM. */
int mf_injection_judge(const struct mf_injection_run *run, const struct mf_disk_file *file,
		       struct mf_injection_package *out);
