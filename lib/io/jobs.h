// SPDX-License-Identifier: GPL-2.0-or-later
// Work on numbered items by several threads, with results as if one had done it.
#pragma once

#include <stddef.h>

#include "lib/base/err.h"

struct mf_jobs {
	unsigned int threads; /* at work at a time; 0: one for each CPU this process may use */
	/* does item i; called by any thread, 0 or -errno with its text */
	int (*run)(void *data, size_t i, struct mf_err *err);
	/* called by the caller's thread while items get done; may be NULL */
	void (*progress)(void *data, size_t done);
	void *data; /* of both */
};

/*
 * Does items 0 to n - 1, started in this order. After a failure no further ones are started; of
 * several failures that of the lowest item is returned, so that the result depends on no timing.
 */
int mf_jobs_run(const struct mf_jobs *jobs, size_t n, struct mf_err *err);
