// SPDX-License-Identifier: GPL-2.0-or-later
// cpio sinks: newc archives as the kernel unpacks them, raw or compressed, exact to the byte.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/sinks.h"
#include "lib/io/source.h"

/*
 * Format: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel. A header has
 * the magic and 13 fields of 8 hex digits; name and content are padded to 4 bytes.
 */
#define HEADER		110
#define NAME_MAX_LENGTH 4095 /* PATH_MAX of init/initramfs.c, without NUL */
#define FILE_MAX	((uint64_t)UINT32_MAX)
#define TRAILER		"TRAILER!!!"
#define BLOCK		512 /* a raw archive ends on one, so that anything may follow it */

/* A writer of one archive. */
struct newc {
	struct mf_compressor *stream;
	uint64_t written; /* uncompressed bytes */
	uint32_t ino;
	uint32_t mtime;
	struct mf_err *err;
};

static int put(struct newc *newc, const void *bytes, size_t n)
{
	newc->written += n;
	return mf_compressor_write(newc->stream, (struct mf_bytes){bytes, n}, newc->err);
}

static int pad(struct newc *newc, unsigned int boundary)
{
	static const uint8_t zeros[BLOCK];

	return put(newc, zeros, (size_t)(-newc->written & (boundary - 1)));
}

static int put_header(struct newc *newc, const char *name, uint32_t mode, uint32_t size)
{
	char header[HEADER + 1];
	size_t name_size = strlen(name) + 1;
	int r;

	/* ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize
	 * check */
	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", newc->ino++, mode,
		 0u, 0u, (mode & 0170000) == 0040000 ? 2u : 1u, newc->mtime, size, 0u, 0u, 0u, 0u,
		 (unsigned int)name_size, 0u);
	r = put(newc, header, HEADER);
	if (!r)
		r = put(newc, name, name_size);
	return r ? r : pad(newc, 4);
}

static uint32_t type_bits(enum mf_entry_kind kind)
{
	switch (kind) {
	case MF_ENTRY_DIR: return 0040000;
	case MF_ENTRY_SYMLINK: return 0120000;
	case MF_ENTRY_BYTES:
	case MF_ENTRY_FILE:
	case MF_ENTRY_TREE: break;
	}
	return 0100000;
}

static int put_entry(struct newc *newc, const struct mf_entry *entry)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_bytes content;
	int r = mf_entry_content(entry, &map, &content, newc->err);
	uint64_t size; /* so that 32-bit builds do not find the comparison idle */

	if (r)
		return r;
	size = content.n;
	if (size > FILE_MAX || strlen(entry->path) > NAME_MAX_LENGTH)
		return mf_fail(
			newc->err, -EFBIG,
			"%s does not fit into a cpio archive: files below 4 GiB, paths up to %d bytes",
			entry->path, NAME_MAX_LENGTH);
	r = put_header(newc, entry->path, type_bits(entry->kind) | entry->mode, (uint32_t)size);
	if (!r)
		r = put(newc, content.p, content.n);
	return r ? r : pad(newc, 4);
}

static int write_cpio(enum mf_codec codec, const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(mf_compressor_free) struct mf_compressor *stream = NULL;
	struct newc newc = {.ino = 1, .mtime = (uint32_t)tree->mtime, .err = err};
	int r;

	if (tree->mtime > UINT32_MAX)
		return mf_fail(err, -ERANGE, "SOURCE_DATE_EPOCH does not fit into a cpio archive");
	r = mf_compressor_open(codec, fd, &stream, err);
	newc.stream = stream;
	for (size_t i = 0; !r && i < tree->n_entries; i++)
		r = put_entry(&newc, &tree->entries[i]);
	newc.ino = 0;
	newc.mtime = 0;
	if (!r)
		r = put_header(&newc, TRAILER, 0, 0);
	if (!r)
		r = pad(&newc, BLOCK);
	return r ? r : mf_compressor_finish(stream, err);
}

static int write_raw(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	return write_cpio(MF_CODEC_NONE, tree, fd, err);
}

static int write_gzip(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	return write_cpio(MF_CODEC_GZIP, tree, fd, err);
}

static int write_xz(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	return write_cpio(MF_CODEC_XZ, tree, fd, err);
}

static int write_zstd(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	return write_cpio(MF_CODEC_ZSTD, tree, fd, err);
}

static int write_lz4(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	return write_cpio(MF_CODEC_LZ4, tree, fd, err);
}

const struct mf_sink mf_sink_cpio = {
	.name = "cpio",
	.extension = "cpio",
	.summary = "cpio archive, uncompressed (must start at a multiple of 4 behind another)",
	.is_stream = true,
	.is_segment = true,
	.write = write_raw,
};

const struct mf_sink mf_sink_cpio_gz = {
	.name = "cpio.gz",
	.extension = "cpio.gz",
	.summary = "cpio archive, gzip: every kernel reads it",
	.is_stream = true,
	.is_segment = true,
	.write = write_gzip,
};

const struct mf_sink mf_sink_cpio_xz = {
	.name = "cpio.xz",
	.extension = "cpio.xz",
	.summary = "cpio archive, xz with CRC32",
	.is_stream = true,
	.is_segment = true,
	.write = write_xz,
};

const struct mf_sink mf_sink_cpio_zst = {
	.name = "cpio.zst",
	.extension = "cpio.zst",
	.summary = "cpio archive, zstd: kernels since 5.9",
	.is_stream = true,
	.is_segment = true,
	.write = write_zstd,
};

const struct mf_sink mf_sink_cpio_lz4 = {
	.name = "cpio.lz4",
	.extension = "cpio.lz4",
	.summary = "cpio archive, lz4 (legacy): for initrds that are lz4 themselves",
	.is_stream = true,
	.is_segment = true,
	.write = write_lz4,
};
