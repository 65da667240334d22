// SPDX-License-Identifier: GPL-2.0-or-later
// One kernel of a target: its stock modules, indexes, symbols and configuration, as far as known.
#pragma once

#include "lib/core/indexes.h"
#include "lib/core/vmlinux.h"

/* A module that the target has itself. */
struct mf_stock_module {
	const char *name; /* '-' folded to '_' */
	const char *path; /* below the module folder, with its suffix */
	struct mf_strings depends;
};

/* Zeroed knows nothing. Text and bytes are owned by whoever filled it (a probe). */
struct mf_kernel {
	const char *release;
	const char *arch;     /* uname -m word, NULL: not known */
	const char *vermagic; /* of its stock modules or image; NULL: not known */
	const char *folder; /* its module folder in the target, symlinks resolved, no leading slash:
			       "usr/lib/modules/6.1.0-56-amd64"; NULL: there is none */
	const char *signer; /* who signed its stock modules, NULL when nobody or not known */
	struct mf_stock_module *modules; /* sorted by name */
	size_t n_modules;
	struct mf_indexes indexes;
	struct mf_bytes builtin;	 /* modules.builtin, text */
	struct mf_bytes builtin_modinfo; /* modules.builtin.modinfo */
	struct mf_bytes builtin_alias;	 /* modules.builtin.alias.bin */
	uint64_t struct_size; /* bytes of struct module in its stock modules; 0: not known */
	struct mf_symtab symbols;
	struct mf_kconfig config;
	struct mf_certs certs; /* trusted by its image; only when has_image */
	bool has_image;	       /* the kernel image was read: certs and has_btf are all there is */
	bool has_btf;	       /* the image has BTF (only when has_image) */
	bool is_bare;	       /* known by its name alone: which modules it has is not known */
};

/* The stock module of a name, NULL when there is none. */
const struct mf_stock_module *mf_kernel_module(const struct mf_kernel *kernel, const char *name);

/* Whether a module name is built into the image by modules.builtin; unknown without that file. */
enum mf_answer mf_kernel_is_builtin(const struct mf_kernel *kernel, const char *name);

/*
 * Whether a built-in part of that name has an entry in /sys/module (it has parameters or a
 * version), which makes the kernel refuse a module of its name; unknown without
 * modules.builtin.modinfo.
 */
enum mf_answer mf_kernel_builtin_has_sysfs(const struct mf_kernel *kernel, const char *name);
