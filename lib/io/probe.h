// SPDX-License-Identifier: GPL-2.0-or-later
// Target probe: what a real initrd, installer medium or installed system says about itself.
#pragma once

#include "lib/core/kernel.h"
#include "lib/core/recipe.h"
#include "lib/core/target.h"

/*
 * Facts of a target; strings live in the arena. Zeroed is empty. A squashfs image that is a file of
 * an initrd is looked into: modules, indexes, kmod and names of the distribution in it count as if
 * they lay in the root; base and hook are of the initrd alone, as the kernel unpacks it.
 */
struct mf_probe {
	struct mf_arena arena;
	struct mf_kernel *kernels; /* with a folder in lib/modules, sorted by release */
	size_t n_kernels;
	struct mf_base_tree base; /* its directories and symlinks, sorted */
	enum mf_hook hook;	  /* by the framework's own files; MF_HOOK_RDINIT for others */
	unsigned int hooks;	  /* 1 << enum mf_hook of all that it runs; 0: not known */
	const char *framework;	  /* "dracut", "initramfs-tools", "debian-installer", "mkinitcpio",
				     "systemd" (systemd is its init, no other framework), "installed
				     system", "kernel image", "unknown" */
	const struct mf_target *target; /* row of its release by os-release, initrd-release,
					   lsb-release; NULL when none fits */
	const char *distribution; /* "Debian GNU/Linux 12 (bookworm)", NULL when it does not say */
	unsigned int reads;	  /* enum mf_reads: module compressions of its kmod; 0: not known */
	struct mf_strings blacklist; /* module names of its modprobe.d, sorted */
	struct mf_strings firmware;  /* below lib/firmware, sorted, as stored */
	uint64_t unpacked;   /* bytes of all files once unpacked; 0 for an installed system */
	bool has_lz4;	     /* a segment is lz4: kernels may read nothing else behind it */
	bool is_cached;	     /* came from the cache */
	const char *warning; /* what could not be read ("PATH: why"), NULL for nothing */
};

/* Where facts are remembered: a folder, created 0700 when missing; NULL: not at all. */
struct mf_probe_options {
	const char *cache;
	const char *kernel; /* only this release is read; NULL: all */
};

/* Probes an initrd. -errno with the path in err; -EBADMSG for a damaged image. */
int mf_probe_initrd(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		    struct mf_err *err);

/*
 * Probes an installer medium: its initrd and kernel are found by the places that the families use.
 * -ENOENT with the places in err when there are none.
 */
int mf_probe_iso(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		 struct mf_err *err);

/* Reads a kernel image (lib/io/vmlinuz.h): a probe with that one kernel, and nothing around it. */
int mf_probe_image(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		   struct mf_err *err);

/*
 * Probes an installed system below a folder: lib/modules, boot, etc, usr/src. Nothing is cached.
 * base is what an initramfs of it has for sure, and folder of each kernel its place there.
 */
int mf_probe_root(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		  struct mf_err *err);

/* $XDG_CACHE_HOME/modferry, ~/.cache/modferry, /var/cache/modferry for root; NULL: none fits. */
const char *mf_probe_cache(struct mf_arena *arena);

/* The kernel of a release, NULL when the target has none. */
struct mf_kernel *mf_probe_kernel(const struct mf_probe *probe, const char *release);

/* Destructor. */
void mf_probe_free(struct mf_probe *probe);
