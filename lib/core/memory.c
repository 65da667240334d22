// SPDX-License-Identifier: GPL-2.0-or-later
// How much memory a machine needs so that the kernel can unpack an initrd with an overlay.
#include "lib/core/memory.h"

/*
 * The root file system is a tmpfs (init/do_mounts.c, init_rootfs; a ramfs where root= is given,
 * which has no limit but needs the same room later) that may fill half of the pages there are when
 * it is mounted (mm/shmem.c, shmem_default_max_blocks). The packed files are reserved by then and
 * freed only behind the last one (init/initramfs.c, do_populate_rootfs), so they do not count.
 *
 * Files take whole pages: real initrds grow by 3 % (debian-installer 12: 2388 files of 137.0 MB,
 * 141.2 MB in pages).
 */
#define PAGES_SHARE 32

/*
 * The kernel itself: its image, what it reserves at the start (66 MB with the 6.1 of Debian 12),
 * one part in 64 for the descriptors of pages, its slabs, and what the decompressor asks for.
 */
#define KERNEL ((uint64_t)96 << 20)

/* Sizes of real files are far below; above this the answer does not matter. */
#define LARGEST ((uint64_t)1 << 50)

static uint64_t bound(uint64_t bytes)
{
	return bytes < LARGEST ? bytes : LARGEST;
}

uint64_t mf_memory_needed(const struct mf_memory_part *base, const struct mf_memory_part *overlay)
{
	uint64_t packed = bound(base->packed) + bound(overlay->packed);
	uint64_t unpacked = bound(base->unpacked) + bound(overlay->unpacked);

	return 2 * (unpacked + unpacked / PAGES_SHARE) + packed + packed / 64 + KERNEL;
}
