// SPDX-License-Identifier: GPL-2.0-or-later
// What tells one nested tree's file from any other's: a digest of all that enters it.
#pragma once

#include "lib/base/buf.h"
#include "lib/core/sink.h"

/*
 * Appends what the sink itself contributes: its name, this program's digest and what
 * `TOOL --version` prints. -errno; err says what to install when the tool is not there.
 */
int mf_nested_maker(const struct mf_sink *sink, struct mf_buf *out, struct mf_err *err);

/*
 * The sha256, in hex, of maker and the tree's parameters, time and entries: paths, modes, kinds,
 * link targets, sha256 of contents. Inner trees must be files already. -errno of a source file.
 */
int mf_nested_key(const struct mf_tree *tree, struct mf_bytes maker, char out[65],
		  struct mf_err *err);
