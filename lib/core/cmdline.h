// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel command line as loader and hooks obey it: modferry(1), section "Kernel command line".
#pragma once

#include "lib/base/buf.h"
#include "lib/core/module.h"

/* The driver update disk in an initramfs that inst.dd= names: modferry-overlay(7). */
#define MF_INITRAMFS_DISK "dd.iso"
/* The modules on it, if modferry made it: their files in manifests, a line each. */
#define MF_INITRAMFS_DISK_MODULES "modferry/" MF_INITRAMFS_DISK ".modules"

struct mf_module_param {
	const char *module;  /* '-' folded to '_' */
	const char *setting; /* "name=value" or "name", quoted as the kernel reads it again */
};

/* Strings live in the arena given to mf_cmdline_parse. */
struct mf_cmdline {
	bool is_off;		/* modferry=off */
	bool is_debug;		/* modferry.debug */
	struct mf_strings skip; /* modferry.skip=NAME,… */
	unsigned int timeout;	/* modferry.timeout=SECONDS, 0 when not given */
	const char *wait;	/* modferry.wait=disk|net|DEVNAME|MODALIAS, NULL when not given */
	const char *init;	/* modferry.init=PATH, "/init" when not given */
	struct mf_strings blacklist;	/* modprobe.blacklist=, rd.driver.blacklist= */
	bool has_disk;			/* inst.dd=/dd.iso: anaconda loads what is on it */
	struct mf_strings refused;	/* module_blacklist=: the kernel refuses these itself */
	struct mf_module_param *params; /* MODULE.NAME=VALUE, as given */
	size_t n_params;
};

/*
 * Parses the text of /proc/cmdline with the kernel's quoting, up to a "--". Of what is given twice
 * the last counts, lists add up; values that make no sense are skipped. 0 or -ENOMEM.
 */
int mf_cmdline_parse(struct mf_bytes text, struct mf_arena *arena, struct mf_cmdline *out);

/* Why a module is not to be loaded. */
enum mf_mask {
	MF_MASK_NONE,
	MF_MASK_SKIP,	   /* modferry.skip: as if it were not shipped */
	MF_MASK_BLACKLIST, /* not for its aliases; still as a dependency, as modprobe does */
	MF_MASK_REFUSED,   /* module_blacklist: the kernel refuses it */
};

/* What the command line says of a module; "modferry.skip", … in words, "" for none. */
enum mf_mask mf_cmdline_mask(const struct mf_cmdline *cmdline, const char *module);
const char *mf_mask_name(enum mf_mask mask);

/* Settings for a module joined by blanks, in the order given, as finit_module wants them. */
void mf_cmdline_settings(const struct mf_cmdline *cmdline, const char *module, struct mf_buf *out);
