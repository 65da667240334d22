// SPDX-License-Identifier: GPL-2.0-or-later
// Where the field's tools are, and which package brings one that is missing.
#pragma once

#include <stddef.h>

#include "lib/base/err.h"

/*
 * Path of an executable: as it is when name has a slash, else searched in $PATH (empty parts do not
 * mean the working folder; of relative ones the result is absolute), then in the sbin folders that
 * users' PATH lacks. -ENOENT: err names the program and its package for Debian, Red Hat and SUSE.
 * -ENAMETOOLONG.
 */
int mf_tool_find(const char *name, char *out, size_t size, struct mf_err *err);
