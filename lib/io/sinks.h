// SPDX-License-Identifier: GPL-2.0-or-later
// The sinks, one file a kind; registry.c lists them.
#pragma once

#include "lib/core/sink.h"

/* Folders: RPMs and their repodata (createrepo_c); .debs, Packages and Release (apt-ftparchive). */
extern const struct mf_sink mf_sink_repo;
extern const struct mf_sink mf_sink_apt;
/* Packages; parameters: lib/core/rpmspec.h, dud/package.h. */
extern const struct mf_sink mf_sink_rpm;
extern const struct mf_sink mf_sink_deb;
/* A tree of one file as that file. */
extern const struct mf_sink mf_sink_file;
/* Images; parameter "label". Inner trees must be files already (lib/io/nested.h). */
extern const struct mf_sink mf_sink_iso;
extern const struct mf_sink mf_sink_fat;
extern const struct mf_sink mf_sink_cpio;
extern const struct mf_sink mf_sink_cpio_gz;
extern const struct mf_sink mf_sink_cpio_lz4;
extern const struct mf_sink mf_sink_cpio_xz;
extern const struct mf_sink mf_sink_cpio_zst;
extern const struct mf_sink mf_sink_dir;
extern const struct mf_sink mf_sink_list;
extern const struct mf_sink mf_sink_tar;
extern const struct mf_sink mf_sink_tar_gz;
