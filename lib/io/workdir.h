// SPDX-License-Identifier: GPL-2.0-or-later
// A folder for what is made on the way; one that a killed run left goes with the next run.
#pragma once

#include <stdbool.h>

#include "lib/base/err.h"

/* Zeroed is none. The lock on fd tells other runs that it is in use. */
struct mf_workdir {
	char path[4096]; /* absolute */
	int fd;		 /* valid when is_there */
	bool is_there;
};

/* Where temporary files of any size belong: $TMPDIR, else /var/tmp (/tmp may be memory). */
const char *mf_temp_root(void);

/* Opens an empty file there that has no name, and goes with its descriptor. -errno. */
int mf_temp_file(int *ret_fd);

/*
 * Makes an empty folder of mode 0700 below mf_temp_root(), "modferry-work-" and 8 hex digits, and
 * removes those of this user there that nobody holds locked. -errno with path and what to do.
 */
int mf_workdir_make(struct mf_workdir *out, struct mf_err *err);

/* Destructor: removes the folder with all in it. */
void mf_workdir_remove(struct mf_workdir *work);
