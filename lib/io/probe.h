// SPDX-License-Identifier: GPL-2.0-or-later
// Target probe: what a real initrd says about itself.
#pragma once

#include "lib/core/recipe.h"
#include "lib/core/target.h"

/* Facts of an initrd; strings live in the arena. Zeroed is empty. */
struct mf_probe {
	struct mf_arena arena;
	struct mf_strings kernels; /* releases with a folder in lib/modules, sorted */
	struct mf_base_tree base;  /* its directories, sorted */
	enum mf_hook hook;	   /* by the framework's own files; MF_HOOK_RDINIT for others */
	const char *framework;	   /* "dracut", "initramfs-tools", "debian-installer", "unknown" */
	bool has_lz4;		   /* a segment is lz4: kernels may read nothing else behind it */
};

/* Probes a file. -errno with the path in err; -EBADMSG for a damaged image. */
int mf_probe_initrd(const char *path, struct mf_probe *out, struct mf_err *err);

/* Destructor. */
void mf_probe_free(struct mf_probe *probe);
