// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of a kernel, as far as it decides whether a module loads.
#pragma once

#include "lib/core/symtab.h"

/* Unknown unless a configuration was read. */
struct mf_kconfig {
	enum mf_answer modversions;   /* CONFIG_MODVERSIONS */
	enum mf_answer force_load;    /* CONFIG_MODULE_FORCE_LOAD */
	enum mf_answer sig;	      /* CONFIG_MODULE_SIG */
	enum mf_answer sig_force;     /* CONFIG_MODULE_SIG_FORCE */
	enum mf_answer decompress;    /* CONFIG_MODULE_DECOMPRESS: finit_module takes them */
	enum mf_answer compress_gzip; /* CONFIG_MODULE_COMPRESS_GZIP … which it then reads */
	enum mf_answer compress_xz;
	enum mf_answer compress_zstd;
	enum mf_answer btf_modules;	    /* CONFIG_DEBUG_INFO_BTF_MODULES */
	enum mf_answer btf_allow_mismatch;  /* CONFIG_MODULE_ALLOW_BTF_MISMATCH */
	enum mf_answer allow_missing_space; /* CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS */
	enum mf_answer lockdown_efi; /* CONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT (Debian, Ubuntu) */
};

/*
 * Reads the text of a .config: "CONFIG_X=y" is yes, "# CONFIG_X is not set" and no line at all are
 * no. -EBADMSG for what holds no line of a configuration.
 */
int mf_kconfig_read(struct mf_bytes text, struct mf_kconfig *out, struct mf_err *err);

/* Takes over the answers that are unknown in config. */
void mf_kconfig_fill(struct mf_kconfig *config, const struct mf_kconfig *from);
