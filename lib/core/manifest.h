// SPDX-License-Identifier: GPL-2.0-or-later
// The manifest of an overlay: what it ships, read by the loader. Format: modferry-manifest(5).
#pragma once

#include "lib/base/buf.h"
#include "lib/core/module.h"

/* First line of version 1, without its newline. */
#define MF_MANIFEST_FIRST_LINE "modferry-manifest 1"

/* Limits of version 1; beyond them a manifest is refused. */
#define MF_MANIFEST_MAX_BYTES	((size_t)4 << 20)
#define MF_MANIFEST_MAX_RECORDS ((size_t)4096)
#define MF_MANIFEST_MAX_LINE	((size_t)4096)

struct mf_manifest_firmware {
	const char *path;
	uint64_t size;
	const char *sha256;
};

/* One `module NAME` record; strings live in the arena of the manifest. */
struct mf_manifest_module {
	const char *name;
	const char *kernel;
	const char *arch;
	const char *file; /* relative to the manifest's folder */
	uint64_t size;
	const char *sha256;
	const char *version;
	const char *srcversion;
	const char *package;
	const char *package_version;
	const char *signer;
	const char *stock; /* modules.dep line of the stock module it replaced in merged indexes */
	struct mf_strings depends;
	struct mf_strings softdep_pre;
	struct mf_strings softdep_post;
	struct mf_strings aliases;
	struct mf_strings params; /* names */
	struct mf_manifest_firmware *firmware;
	size_t n_firmware;
};

/* Zeroed is empty. */
struct mf_manifest {
	struct mf_arena arena;
	struct mf_manifest_module *modules;
	size_t n_modules;
};

/*
 * Parses a manifest; text is copied. Unknown keys are skipped. -EPROTONOSUPPORT for another
 * version, -EBADMSG with the line number for anything malformed (missing kernel, arch, file, size
 * or sha256; unsafe paths; NUL bytes), -E2BIG beyond the limits, -ENOMEM.
 */
int mf_manifest_parse(struct mf_bytes text, struct mf_manifest *out, struct mf_err *err);

/*
 * Appends the text form: records in the given order (callers sort by kernel and dependency),
 * values as they are. -EINVAL when what was written would not be read back (newline, empty value,
 * unsafe path, missing key), -E2BIG beyond the limits, -ENOMEM.
 */
int mf_manifest_emit(const struct mf_manifest *manifest, struct mf_buf *out, struct mf_err *err);

/* Destructor. */
void mf_manifest_free(struct mf_manifest *manifest);
