// SPDX-License-Identifier: GPL-2.0-or-later
// Compares text with a golden file; `make update-golden` rewrites the files instead.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/io/file.h"

static inline void golden(const char *name, const char *text)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf expected = {0};

	mf_buf_printf(&path, "tests/golden/%s", name);
	if (getenv("MF_UPDATE_GOLDEN")) {
		FILE *file = fopen(mf_buf_str(&path), "w");

		assert_non_null(file);
		assert_true(fputs(text, file) >= 0);
		assert_int_equal(fclose(file), 0);
		return;
	}
	assert_int_equal(mf_read_file(mf_buf_str(&path), 1 << 20, &expected, NULL), 0);
	assert_string_equal(text, mf_buf_str(&expected));
}
