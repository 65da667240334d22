// SPDX-License-Identifier: GPL-2.0-or-later
// Scope-bound cleanup: every owner declares its destructor, hand-over is explicit.
#pragma once

#include <stdlib.h>
#include <unistd.h>

/* Calls fn(&variable) when the scope is left. Destructors accept a zeroed object and are
 * idempotent. */
#define MF_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Value of *(p), which is zeroed: hands ownership over. Not for file descriptors (0 is one). */
#define mf_steal(p)                                \
	({                                         \
		__typeof__(*(p)) mf_stolen = *(p); \
		*(p) = (__typeof__(*(p))){0};      \
		mf_stolen;                         \
	})

/* Value of *fd, which becomes -1. */
static inline int mf_steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* Destructor of a malloc'ed pointer: MF_CLEANUP(mf_free_ptr) char *s = NULL; */
static inline void mf_free_ptr(void *pointer)
{
	void **owner = pointer;

	free(*owner);
	*owner = NULL;
}

/* Destructor of a file descriptor: MF_CLEANUP(mf_close_fd) int fd = -1; */
static inline void mf_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
