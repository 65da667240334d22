// SPDX-License-Identifier: GPL-2.0-or-later
// Content kept on disk instead of in memory: hundreds of prepared modules cost address space only.
#pragma once

#include <stdbool.h>

#include "lib/base/bytes.h"
#include "lib/base/err.h"

/* An unlinked temporary file, mapped piece by piece; zeroed is empty. One thread at a time. */
struct mf_spool {
	int fd; /* valid when is_open */
	bool is_open;
	uint64_t size;
	struct mf_bytes *maps;
	size_t n_maps;
};

/*
 * Writes bytes into the spool ($TMPDIR, else /var/tmp) and gives a view of them that stays valid
 * until mf_spool_free and whose pages the kernel may drop. -errno (ENOSPC names the folder).
 */
int mf_spool_add(struct mf_spool *spool, struct mf_bytes bytes, struct mf_bytes *ret_view,
		 struct mf_err *err);

/*
 * Gives back the memory of a view after it was read; it stays valid, also for those who read it
 * now. Bytes that are no view of this spool are left alone. Any thread may call it.
 */
void mf_spool_drop(const struct mf_spool *spool, struct mf_bytes view);

/* Destructor. */
void mf_spool_free(struct mf_spool *spool);
