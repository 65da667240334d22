// SPDX-License-Identifier: GPL-2.0-or-later
// Hook files: what starts the loader in each initramfs framework.
#pragma once

#include "lib/core/target.h"

/* One hook file; paths as the framework's own images have them. */
struct mf_hook_file {
	const char *path; /* NULL: no file, the kernel command line starts the loader */
	const char *text;
	const char *dirs[3]; /* directories the file needs that some release lacks, parents first */
};

/* The hook file of a kind; always there. */
const struct mf_hook_file *mf_hook_file(enum mf_hook hook);
