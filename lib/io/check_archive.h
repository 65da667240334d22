// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of the kernel's unpacker for an archive that stands behind a target's initrd.
#pragma once

#include "lib/core/check.h"
#include "lib/io/probe.h"

/* What is asked. */
struct mf_archive_check {
	struct mf_bytes overlay; /* the file: any cpio overlay, or an initrd with overlays in it */
	const struct mf_probe *probe; /* of what stands in front; NULL: not known */
	uint64_t base_size;	      /* bytes in front of it; 0: not known, or what is there ends
					 where the file may start */
};

/*
 * Unpacks the file in a model (lib/io/rootfs.h) over the folders and symlinks of the target and
 * adds a reason for each rule that is broken, with the first path and how many more. A file that
 * breaks none adds nothing. 0 also for damaged files, which are a reason; -ENOMEM, or -errno of
 * the model.
 */
int mf_check_archive(const struct mf_archive_check *check, struct mf_arena *arena,
		     struct mf_reasons *out, struct mf_err *err);
