// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of reading Debian packages: the ar archive, and the tar archives that it holds.
#pragma once

#include "lib/base/err.h"

struct archive; /* libarchive's */

/* A package being read; zeroed is closed. */
struct mf_deb_archive {
	struct archive *outer; /* ar */
	struct archive *inner; /* tar, of the member reached last */
	char member[32];       /* its name: "control.tar.gz"… */
};

/* Opens a package and checks that it says it is one. -EBADMSG, -ENOMEM; err has no path. */
int mf_deb_archive_open(struct mf_deb_archive *archive, const char *path, struct mf_err *err);

/*
 * Goes on to the member "NAME.tar" of any compression that dpkg knows and opens it. -EBADMSG when
 * there is none behind the one before, -ENOMEM; err has no path.
 */
int mf_deb_archive_next(struct mf_deb_archive *archive, const char *name, struct mf_err *err);

/* Destructor. */
void mf_deb_archive_close(struct mf_deb_archive *archive);
