// SPDX-License-Identifier: GPL-2.0-or-later
// How much memory a machine needs so that the kernel can unpack an initrd with an overlay.
#pragma once

#include <stdint.h>

/* An initrd or overlay: bytes of the file, and of all files in it. */
struct mf_memory_part {
	uint64_t packed;
	uint64_t unpacked;
};

/* Above this a machine's memory is no matter of course, and people are told. */
#define MF_MEMORY_USUAL ((uint64_t)512 << 20)

/* Bytes of memory that a machine has to have, a little above the least that was seen to work. */
uint64_t mf_memory_needed(const struct mf_memory_part *base, const struct mf_memory_part *overlay);
