// SPDX-License-Identifier: GPL-2.0-or-later
// A module as the kernel's loader sees it: what must hold before its first line of code runs.
#pragma once

#include "lib/core/elf.h"
#include "lib/core/module.h"

/* A symbol that is resolved while loading. */
struct mf_needed {
	const char *name; /* borrowed from the file */
	uint32_t crc;	  /* valid when has_crc */
	bool has_crc;	  /* the module says which version it was built with */
	bool is_weak;	  /* may be missing */
};

struct mf_modload {
	const char *malformed; /* why load_module() refuses its form, NULL when it does not */
	struct mf_needed *needed;
	size_t n_needed;
	bool has_versions; /* a __versions section: else the kernel counts it as forced */
	bool has_layout;   /* it names the CRC of struct module's layout */
	uint32_t layout;   /* that CRC */
};

/*
 * Reads an uncompressed module by the rules of load_module() in kernel/module/main.c
 * (elf_validity_check, setup_load_info, check_modstruct_version, simplify_symbols). A refused form
 * is a fact, no error. 0 or -ENOMEM; arrays live in the arena.
 */
int mf_modload_read(struct mf_bytes file, struct mf_arena *arena, struct mf_modload *out);
