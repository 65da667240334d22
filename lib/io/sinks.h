// SPDX-License-Identifier: GPL-2.0-or-later
// The sinks, one file a kind; registry.c lists them.
#pragma once

#include "lib/core/sink.h"

extern const struct mf_sink mf_sink_cpio;
extern const struct mf_sink mf_sink_cpio_gz;
extern const struct mf_sink mf_sink_cpio_lz4;
extern const struct mf_sink mf_sink_cpio_xz;
extern const struct mf_sink mf_sink_cpio_zst;
extern const struct mf_sink mf_sink_dir;
extern const struct mf_sink mf_sink_list;
extern const struct mf_sink mf_sink_tar;
