// SPDX-License-Identifier: GPL-2.0-or-later
// Reader of single cpio members in the newc format, the one the kernel's unpacker knows.
#pragma once

#include "lib/io/initrd.h"

/* What stands at one place of an archive. */
struct mf_newc {
	struct mf_member member;
	char path[MF_INITRD_MAX_PATH]; /* what member.path points to */
	bool is_trailer;
	uint64_t end; /* offset of the next header; may lie up to 3 bytes behind the archive */
};

/*
 * Reads the member at offset (a multiple of 4). -EBADMSG for what is none, damaged, or cut off;
 * *ret_is_cut tells the last case. err does not name the offset.
 */
int mf_newc_read(struct mf_bytes archive, uint64_t offset, struct mf_newc *out, bool *ret_is_cut,
		 struct mf_err *err);
