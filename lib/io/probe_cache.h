// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: facts of files, remembered by the files' identity.
#pragma once

#include "lib/io/probe.h"

/* Raise it with each change of what is written or how it is found. */
#define MF_PROBE_FORMAT 2

/* Files of one folder, the newest are kept, and the largest one that is written or read. */
#define MF_PROBE_CACHE_FILES 32
#define MF_PROBE_CACHE_BYTES ((size_t)256 << 20)

/* What tells a file with its content from any other: all bytes are set. */
struct mf_probe_identity {
	uint64_t device, inode, size;
	int64_t mtime, mtime_ns, ctime, ctime_ns;
	uint64_t kernel; /* hash of the release that was asked for, 0: all; a medium's inverted */
};

/* 0 or -errno. */
int mf_probe_identify(const char *path, const char *kernel, struct mf_probe_identity *out);

/* Whether a change of the file after this moment would show in its identity. */
bool mf_probe_is_settled(const struct mf_probe_identity *identity);

/*
 * Facts that the folder has of a file. -ENOENT when it has none: also for a file that is damaged,
 * another user's, or of another format, and for a folder that others may write to.
 */
int mf_probe_recall(const char *folder, const struct mf_probe_identity *identity,
		    struct mf_probe *out);

/*
 * Remembers facts, if that is possible and the file at path is still the one that was identified;
 * that identity was settled before the file was read.
 * A failure costs time only, so there is none.
 */
void mf_probe_remember(const char *folder, const char *path,
		       const struct mf_probe_identity *identity, const struct mf_probe *probe);

/*
 * The bytes of a cache file (probe_code.c). Written ones begin with the format and the identity;
 * reading borrows texts from the bytes, which must live as long as the probe. -EBADMSG, -ENOMEM.
 */
int mf_probe_encode(const struct mf_probe *probe, const struct mf_probe_identity *identity,
		    struct mf_buf *out);
int mf_probe_decode(struct mf_bytes bytes, const struct mf_probe_identity *identity,
		    struct mf_probe *out);
