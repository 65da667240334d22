// SPDX-License-Identifier: GPL-2.0-or-later
// What debian-installer does with a driver injection disk, as functions of the disk alone
// (driver-injection-disk.sh of hw-detect, mountmedia, udpkg; dud(7) tells the rules).
#pragma once

#include "lib/core/disk.h"

/* The installer that reads the disk. */
struct mf_injection {
	const char *distribution;	/* DISTRIB_ID of its lsb-release, small letters: "debian" */
	const char *codename;		/* DISTRIB_CODENAME; "": not in it, as in Debian's own */
	const char *arch;		/* udpkg --print-architecture: "amd64" */
	const char *kernel;		/* uname -r there */
	bool has_usr_lib;		/* its /lib is a link to usr/lib: Debian 13's */
	bool has_dpkg;			/* dpkg takes the packages, of whatever members and name:
					   what lines of autoinstall call */
	const struct mf_strings *stock; /* names of the modules it has, sorted; NULL: not known */
};

/* What becomes of one package. */
enum mf_injection_fate {
	MF_INJECTION_UNPACKED,	 /* into the installer, and kept for the installed system when a
				    .deb */
	MF_INJECTION_MISPLACED,	 /* not in the folder that is looked into, or not called as looked
				    for */
	MF_INJECTION_UNREADABLE, /* its control member is no control.tar.gz, so its Architecture is
				    not seen */
	MF_INJECTION_ARCH,	 /* for another machine */
	MF_INJECTION_FAILED,	 /* udpkg cannot unpack it */
};

struct mf_injection_package {
	const struct mf_disk_file *file;
	enum mf_injection_fate fate;
	const char *why;   /* a sentence for people; NULL: unpacked */
	bool is_installed; /* into the installed system, too: a .deb, even one that udpkg fails at
			    */
};

/* A module that is unpacked into the folder of the installer's kernel. */
struct mf_injection_module {
	const char *name; /* '-' folded to '_' */
	const struct mf_injection_package *from;
	const struct mf_deb_file *file;
	bool is_late; /* the installer has one of that name, which its devices have by then */
	const struct mf_injection_module *rival; /* one of that name at another path: which of the
						    two is loaded depends on depmod; NULL */
};

struct mf_injection_result {
	struct mf_arena arena;
	bool is_disk;			       /* something on it is taken */
	bool is_automatic;		       /* label is OEMDRV */
	struct mf_injection_package *packages; /* by path */
	size_t n_packages;
	struct mf_injection_module *modules;
	size_t n_modules;
	struct mf_strings notes; /* sentences for people about the disk itself */
};

/* Runs the installer over the disk. 0 or -ENOMEM. The result borrows from both. */
int mf_injection_run(const struct mf_disk *disk, const struct mf_injection *injection,
		     struct mf_injection_result *out);

/* "unpacked", "misplaced"… */
const char *mf_injection_fate_name(enum mf_injection_fate fate);

/* Destructor. */
void mf_injection_result_free(struct mf_injection_result *result);
