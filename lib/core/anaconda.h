// SPDX-License-Identifier: GPL-2.0-or-later
// What anaconda does with a driver update disk, as functions of the disk alone (anaconda,
// dracut/driver_updates.py and dracut/dd/*.c; dud(7) tells the rules with their sources).
#pragma once

#include "lib/core/disk.h"
#include "lib/core/target.h"

/* The installer that reads the disk. */
struct mf_anaconda {
	const char *kernel;		/* uname -r there */
	const char *arch;		/* uname -m there */
	bool reads_compressed_ko;	/* dd_extract takes .ko.xz and the like too */
	bool is_compressed_unsure;	/* whether it does depends on its minor release */
	const struct mf_strings *stock; /* names of the modules it has, sorted; NULL: not known */
};

/*
 * Sets both flags by the target's row and the kernel's release: rhel8 takes plain .ko only; rhel9
 * others since 9.6 (anaconda 34.25.5.11, RHEL-9913), told by "el9_6" in the release; rhel10 and
 * Fedora always have (39.32).
 */
void mf_anaconda_set_release(struct mf_anaconda *anaconda, const struct mf_target *target);

/* What dd_list makes of an RPM. Bits of flags. */
enum mf_dd_flags {
	MF_DD_MODULES = 1,
	MF_DD_FIRMWARES = 2,
	MF_DD_BINARIES = 4,
	MF_DD_LIBRARIES = 8
};

/* What becomes of one file of an RPM that is taken. */
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

/* A Requires that nothing fulfils. */
struct mf_dd_missing {
	const struct mf_rpm_dep *dep;
	const struct mf_rpm_dep *offer; /* the same name with another version; NULL: none */
};

/* One RPM of the disk, considered. */
struct mf_dd_rpm {
	const struct mf_rpm *rpm;
	const struct mf_disk *disk; /* the disk itself, or the image on it */
	bool is_taken;		    /* dd_list names it, dd_extract unpacks it */
	unsigned int flags;	    /* enum mf_dd_flags; 0: not taken, or taken for no reason */
	const char *why;	    /* why it is not taken; NULL */
	struct mf_dd_file *files;   /* when taken */
	size_t n_files;
	bool is_required; /* its name becomes a required package of the installed system */
	const struct mf_rpm *installed; /* what dnf takes for that name; NULL: nothing fits */
	struct mf_dd_missing *missing;	/* Requires of what is installed that neither the disk nor
					   the given packages provide; none without packages */
	size_t n_missing;
};

/* A module that the installer will try to load, by disk and path. */
struct mf_dd_module {
	const char *name; /* '-' folded to '_' */
	const struct mf_dd_rpm *from;
	const struct mf_dd_file *file;
	bool replaces_stock;		  /* unloads the stock module of that name first */
	const struct mf_dd_module *rival; /* other file of that name: which one is loaded depends
					     on the order of folders; NULL */
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

/* Whether a path has the name of a module, of whatever compression. */
bool mf_dd_is_module(const char *path);

/* Whether a symlink of that path, or a file that modinfo cannot read, keeps the installer from
 * loading anything: what lies below lib/modules and is called like a module. */
bool mf_dd_stops_modinfo(const char *path);

/*
 * Runs the installer over the disk. packages: headers of the distribution's packages for solving
 * (n 0: not known, nothing is said about Requires). 0 or -ENOMEM. The result borrows from all.
 */
struct mf_anaconda_input {
	const struct mf_disk *disk;
	const struct mf_anaconda *anaconda;
	const struct mf_rpm *packages;
	size_t n_packages;
};

int mf_anaconda_run(const struct mf_anaconda_input *input, struct mf_anaconda_result *out);

/* Whether what one RPM provides fulfils a Requires, by rpm's rules of overlapping ranges. */
bool mf_dd_provides(const struct mf_rpm *rpm, const struct mf_rpm_dep *requires);

/*
 * Whether a Requires of that name hangs on the kernel or on other drivers, so that it is judged;
 * the base system (/bin/sh, kmod, rpmlib(…), coreutils) has the rest.
 */
bool mf_dd_is_judged(const char *name);

/* "loaded", "compressed"… */
const char *mf_dd_fate_name(enum mf_dd_fate fate);

/* Destructor. */
void mf_anaconda_result_free(struct mf_anaconda_result *result);
