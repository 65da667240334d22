// SPDX-License-Identifier: GPL-2.0-or-later
// What anaconda does with a driver update disk, as functions of the disk alone (anaconda,
// dracut/driver-updates and utils/dd/*.c; dud(7) tells the rules with their sources).
#pragma once

#include "lib/core/disk.h"
#include "lib/core/target.h"

/* The installer that reads the disk. */
struct mf_anaconda {
	const char *kernel;		/* uname -r there */
	const char *arch;		/* uname -m there */
	bool reads_compressed_ko;	/* rhel8 extracts plain .ko only (RHEL-9913) */
	bool is_compressed_unsure;	/* rhel9: from 9.6 on; before, plain .ko only */
	const struct mf_strings *stock; /* names of the modules it has, sorted; NULL: not known */
};

/* What dd_list makes of an RPM. Bits of flags. */
enum mf_dd_flags {
	MF_DD_MODULES = 1,
	MF_DD_FIRMWARES = 2,
	MF_DD_BINARIES = 4,
	MF_DD_LIBRARIES = 8
};

/* What becomes of one file of an accepted RPM. */
enum mf_dd_fate {
	MF_DD_LOADED,	  /* a module below lib/modules: copied to updates/ and loaded */
	MF_DD_FIRMWARE,	  /* copied to lib/firmware/updates/ */
	MF_DD_EXTRACTED,  /* lies below /updates, nobody loads it */
	MF_DD_SKIPPED,	  /* not extracted by the installer; installed with the package later */
	MF_DD_COMPRESSED, /* a module whose suffix this installer does not extract */
	MF_DD_MISPLACED,  /* a module outside lib/modules, firmware outside lib/firmware */
	MF_DD_BROKEN,	  /* a symlink, whose target dd_extract writes from stale memory */
};

struct mf_dd_file {
	const struct mf_rpm_file *file;
	enum mf_dd_fate fate;
	const char *destination; /* in the installer, NULL when not extracted */
};

/* One RPM of the disk, considered. */
struct mf_dd_rpm {
	const struct mf_rpm *rpm;
	unsigned int flags; /* enum mf_dd_flags; 0: not taken */
	const char *why;    /* why it is not taken, or what is odd about that it is; NULL */
	struct mf_dd_file *files;
	size_t n_files;
	bool is_installed; /* its name becomes a required package of the installed system */
	struct mf_rpm_deps missing; /* Requires that neither the disk nor the given packages
				       provide, only when has_packages below */
};

/* A module that the installer will try to load, in its order. */
struct mf_dd_module {
	const char *name; /* '-' folded to '_' */
	const struct mf_dd_rpm *from;
	const char *path;	    /* in the payload */
	bool replaces_stock;	    /* unloads the stock module of that name first */
	const char *overwritten_by; /* another RPM's file of the same destination; NULL */
};

struct mf_anaconda_result {
	struct mf_arena arena;
	bool is_disk;	   /* rhdd3 with rpms/ARCH, or a single RPM */
	bool is_automatic; /* label is OEMDRV: found without inst.dd */
	struct mf_dd_rpm *rpms;
	size_t n_rpms;
	struct mf_dd_module *modules;
	size_t n_modules;
	struct mf_strings notes; /* sentences for people about the disk itself */
};

/*
 * rpm's own comparison of whole strings, as dd_list applies it to a Provides and a running version:
 * whether one entry of `kernel-modules` or `installer-enhancement` admits it.
 */
bool mf_dd_admits(const struct mf_rpm_dep *provides, const char *running);

/* enum mf_dd_flags of an RPM for a kernel (anaconda version 19.0 is what the installer asks with).
 */
unsigned int mf_dd_flags_of(const struct mf_rpm *rpm, const char *kernel);

/* Fate of a file by its path and mode alone. */
enum mf_dd_fate mf_dd_fate_of(const struct mf_rpm_file *file, const struct mf_anaconda *anaconda);

/*
 * Runs the installer over the disk. packages: headers of the distribution's packages for solving
 * (n 0: not known, nothing is said about Requires). 0 or -ENOMEM.
 */
struct mf_anaconda_input {
	const struct mf_disk *disk;
	const struct mf_anaconda *anaconda;
	const struct mf_rpm *packages;
	size_t n_packages;
};

int mf_anaconda_run(const struct mf_anaconda_input *input, struct mf_anaconda_result *out);

/* "loaded", "compressed"… */
const char *mf_dd_fate_name(enum mf_dd_fate fate);

/* Destructor. */
void mf_anaconda_result_free(struct mf_anaconda_result *result);
