// SPDX-License-Identifier: GPL-2.0-or-later
// A folder of its own for a test, removed at its end.
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

#include "lib/io/remove.h"

struct tempdir {
	char path[64];
};

static inline void tempdir_make(struct tempdir *dir)
{
	snprintf(dir->path, sizeof(dir->path), "/tmp/modferry-test-XXXXXX");
	assert_non_null(mkdtemp(dir->path));
}

static inline void tempdir_remove(struct tempdir *dir)
{
	if (dir->path[0])
		mf_remove_tree(AT_FDCWD, dir->path);
	dir->path[0] = '\0';
}
