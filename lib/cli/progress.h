// SPDX-License-Identifier: GPL-2.0-or-later
// How far long work is, on a terminal: one line that is rewritten in place.
#pragma once

#include <stddef.h>

/* Only what is set by its owner: {.what = "packages"}. */
struct mf_progress {
	const char *what; /* is counted */
	size_t width;	  /* columns the line takes now, 0: none is there */
};

/*
 * Shows "WHAT DONE/TOTAL" on standard error, at most 79 columns and what the terminal has; nothing
 * when that is no terminal. data is a struct mf_progress: fits mf_nested_options.
 */
void mf_progress_show(void *data, size_t done, size_t total);

/* Destructor: clears the line, so that messages start on an empty one. */
void mf_progress_end(struct mf_progress *progress);
