// SPDX-License-Identifier: GPL-2.0-or-later
// A stream to a file descriptor, compressed on the way; same input, same bytes.
#pragma once

#include "lib/base/bytes.h"
#include "lib/base/err.h"
#include "lib/io/decompress.h"

struct mf_compressor;

/*
 * Opens a stream to fd (not taken over): MF_CODEC_NONE, _GZIP (level 6, no name, time 0), _XZ
 * (preset 6, CRC32: the kernel refuses CRC64), _ZSTD (level 19, window 8 MiB: fits machines with
 * 192 MB), _LZ4 (legacy frame, level 9). -ENOMEM, -EOPNOTSUPP for other codecs.
 */
int mf_compressor_open(enum mf_codec codec, int fd, struct mf_compressor **out, struct mf_err *err);

/* Appends bytes. -errno of the write; later calls fail the same way. */
int mf_compressor_write(struct mf_compressor *compressor, struct mf_bytes bytes,
			struct mf_err *err);

/* Ends the stream and writes what is buffered; without it the output is not whole. */
int mf_compressor_finish(struct mf_compressor *compressor, struct mf_err *err);

/* Destructor for MF_CLEANUP. */
void mf_compressor_free(struct mf_compressor **compressor);

/* Writes all bytes to fd, again after a signal. -errno. */
int mf_write_all(int fd, struct mf_bytes bytes, struct mf_err *err);
