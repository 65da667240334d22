// SPDX-License-Identifier: GPL-2.0-or-later
// What debian-installer does with a driver injection disk, as functions of the disk alone
// (hw-detect, driver-injection-disk.sh and its finish-install and pre-pkgsel parts; dud(7)).
#pragma once

#include "lib/core/disk.h"

/* The installer that reads the disk. */
struct mf_injection {
	const char *distribution;	/* DISTRIB_ID of its lsb-release, small letters: "debian" */
	const char *codename;		/* DISTRIB_CODENAME; "": not in it, as in Debian's own */
	const char *arch;		/* udpkg --print-architecture: "amd64" */
	const char *kernel;		/* uname -r there */
	const struct mf_strings *stock; /* names of the modules it has, sorted; NULL: not known */
};

/* What becomes of one package. */
enum mf_injection_fate {
	MF_INJECTION_UNPACKED,	/* into the installer, and kept for the installed system when a .deb
				 */
	MF_INJECTION_MISPLACED, /* not in the folder that is looked into */
	MF_INJECTION_UNREADABLE, /* its control member is no control.tar.gz, so its Architecture is
				    not seen */
	MF_INJECTION_ARCH,	 /* for another machine */
};

struct mf_injection_package {
	const struct mf_disk_file *file;
	enum mf_injection_fate fate;
	const char *why;   /* a sentence for people; NULL: unpacked */
	bool is_installed; /* into the installed system, too (a .deb) */
};

struct mf_injection_result {
	struct mf_arena arena;
	bool is_disk;	   /* something on it is taken */
	bool is_automatic; /* label is OEMDRV */
	struct mf_injection_package *packages;
	size_t n_packages;
	struct mf_strings notes; /* sentences for people about the disk itself */
};

/* Runs the installer over the disk. 0 or -ENOMEM. The result borrows from both. */
int mf_injection_run(const struct mf_disk *disk, const struct mf_injection *injection,
		     struct mf_injection_result *out);

/* "unpacked", "misplaced"… */
const char *mf_injection_fate_name(enum mf_injection_fate fate);

/* Destructor. */
void mf_injection_result_free(struct mf_injection_result *result);
