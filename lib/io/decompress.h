// SPDX-License-Identifier: GPL-2.0-or-later
// Decompression of modules and initrd segments, bounded, by the field's libraries.
#pragma once

#include "lib/base/buf.h"
#include "lib/base/err.h"

/* What the kernel's decompressors know (lib/decompress.c), and none. */
enum mf_codec {
	MF_CODEC_NONE,
	MF_CODEC_GZIP,
	MF_CODEC_BZIP2,
	MF_CODEC_LZMA,
	MF_CODEC_XZ,
	MF_CODEC_LZO,
	MF_CODEC_LZ4, /* legacy frame, as the kernel reads it */
	MF_CODEC_ZSTD,
};

/* Codec by the magic at the start; MF_CODEC_NONE for anything else. */
enum mf_codec mf_codec_detect(struct mf_bytes bytes);

/* "gzip", "bzip2", … ; "raw" for none. */
const char *mf_codec_name(enum mf_codec codec);

/*
 * Decompresses the one stream that starts at bytes.p, appending to out at most limit bytes.
 * *ret_used is the exact number of compressed bytes that belong to it. -EBADMSG for damaged or
 * truncated data (what was decompressed so far stays in out), -E2BIG beyond limit or for a window
 * that the kernel refuses, -ENOMEM. Legacy LZ4 has no end mark: its stream ends with the bytes or
 * where 4 zero bytes stand, and anything else behind it is damage, as for the kernel.
 */
int mf_decompress(enum mf_codec codec, struct mf_bytes bytes, size_t limit, struct mf_buf *out,
		  size_t *ret_used, struct mf_err *err);
