// SPDX-License-Identifier: GPL-2.0-or-later
// The store of built files: a folder that several runs share, under names by content.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/err.h"

#define MF_STORE_LIMIT ((uint64_t)1 << 30)

/* Zeroed is none. Several threads may get and put. */
struct mf_store {
	int fd; /* of the folder, valid when is_open */
	bool is_open;
	uint64_t limit; /* bytes of all files */
	uint64_t size;	/* bytes now, as far as this run knows; under lock */
	pthread_mutex_t lock;
};

/*
 * Opens the folder, making it (mode 0700) with what is missing above it, and removes what killed
 * runs left half-written. -EPERM when it belongs to another user or others may write to it;
 * -errno; err says what to do.
 */
int mf_store_open(const char *path, uint64_t limit, struct mf_store *out, struct mf_err *err);

/*
 * Copies the file of a key (64 hex digits) to fd, which is empty and open for reading and writing.
 * -ENOENT when there is none, also for one that is damaged, which is removed (fd is empty then);
 * -errno when fd cannot be written.
 */
int mf_store_get(const struct mf_store *store, const char *key, int fd, struct mf_err *err);

/*
 * Keeps a copy of the file in fd, whole or not at all. Above the limit those not used for longest
 * go. Failure costs a later run time only, so there is none.
 */
void mf_store_put(struct mf_store *store, const char *key, int fd);

/* Destructor: keeps the limit, which several runs together may have passed. */
void mf_store_close(struct mf_store *store);
