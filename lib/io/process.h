// SPDX-License-Identifier: GPL-2.0-or-later
// Running the field's own tools (rpmbuild, createrepo_c, xorriso…): argv, never a shell.
#pragma once

#include "lib/base/buf.h"
#include "lib/base/err.h"

struct mf_process {
	const char *const *argv; /* argv[0] is searched in PATH; ends with NULL */
	const char *folder;	 /* working directory, NULL: the caller's */
	const char *const *env;	 /* "NAME=VALUE" beside the clean environment below; may be NULL */
	struct mf_bytes input;	 /* standard input; none: /dev/null */
	struct mf_buf *output;	 /* standard output, at most 64 MiB; NULL: to /dev/null */
};

/*
 * Runs it to its end in a clean environment: PATH, TMPDIR and GNUPGHOME of the caller, LC_ALL=C,
 * TZ=UTC, HOME a folder that does not exist (so that no ~/.rpmmacros reaches output). Killed with
 * the caller (PR_SET_PDEATHSIG). Safe in threads. -ENOENT when the tool is not installed: err names
 * its package for Debian, Red Hat and SUSE. -EIO when it fails: err has its exit code and the last
 * lines of its stderr, made visible. -errno.
 */
int mf_process_run(const struct mf_process *process, struct mf_err *err);
