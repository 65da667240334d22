// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: what was put together so far.
#pragma once

#include "lib/io/gather.h"

struct mf_found_module {
	size_t kernel;	  /* number in the probe */
	const char *path; /* below the module folder */
	const struct mf_module *module;
};

struct mf_modprobe_file {
	const char *name;
	size_t folder; /* a lower number wins */
	struct mf_bytes text;
};

struct mf_gather_state {
	struct mf_found_module *modules;
	size_t n_modules;
	struct mf_modprobe_file *modprobe;
	size_t n_modprobe;
	struct mf_file_facts tool;    /* modprobe */
	struct mf_file_facts library; /* libkmod */
	bool has_library;
	unsigned int libraries; /* enum mf_reads bits whose library is there */
	size_t last_kernel;
};

/* Stock modules, symbols and common facts of all kernels (gather_kernel.c). */
int mf_gather_kernels(struct mf_gather *gather);
