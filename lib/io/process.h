// SPDX-License-Identifier: GPL-2.0-or-later
// Running the field's own tools (rpmbuild, createrepo_c, mcopy…): argv, never a shell.
#pragma once

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct mf_process {
	const char *const *argv; /* argv[0] is searched in PATH; ends with NULL */
	const char *folder;	 /* working directory, NULL: the caller's */
	const char *const *env;	 /* "NAME=VALUE" beside the clean environment below, names that are
				    not there; may be NULL */
	struct mf_bytes input;	 /* standard input; none: /dev/null */
	struct mf_buf *output;	 /* standard output, at most 64 MiB; NULL: to /dev/null */
	int output_fd;		 /* when above 0, standard output is copied there instead */
};

/*
 * Runs it to its end in a clean environment: PATH, TMPDIR and GNUPGHOME of the caller, LC_ALL=C,
 * TZ=UTC, umask 022, and HOME no folder and none that root could make (no ~/.rpmmacros is read).
 * Killed with the calling thread (PR_SET_PDEATHSIG). Safe in threads. -ENOENT when the tool is not
 * installed (lib/io/tools.h). -EIO when it fails: err has its exit code and the last lines of its
 * stderr, made visible. -EFBIG when it writes more than fits. -errno.
 */
int mf_process_run(const struct mf_process *process, struct mf_err *err);
