// SPDX-License-Identifier: GPL-2.0-or-later
// A Debian package as read: its control file and what it holds. (lib/core/debpkg.h writes them.)
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/bytes.h"

struct mf_deb_file {
	const char *path; /* without "./" in front */
	uint32_t mode;	  /* type and permission bits */
	uint64_t size;
	const char *link; /* target of a symlink, else NULL */
};

/* Zeroed is empty; strings live in the arena of the one who read it. */
struct mf_deb {
	const char *source;    /* path as users know it: on the disk, or as given */
	const char *spool;     /* file on this machine that holds its bytes */
	uint64_t size;	       /* of the file */
	const char *malformed; /* why it is no readable package, NULL when it is one: nothing else
				  is set then but source, spool and size */
	const char *control;   /* member of the ar archive: "control.tar.gz", "control.tar.xz"… */
	bool is_control_dotted; /* its control file is called "./control", as dpkg-deb does */
	const char *data;	/* likewise: "data.tar.xz"… */
	const char *package;
	const char *version;
	const char *arch;	    /* Debian's word: "amd64", "all" */
	const char *kernel_version; /* Kernel-Version of udebs; NULL: has none */
	const char *modaliases;	    /* value of Modaliases, in one line; NULL: has none */
	const char *depends;	    /* in one line; NULL: none */
	const char *provides;	    /* likewise */
	const char *description;    /* lines as they stand there, without the blank in front of each
				       but the first; NULL: none */
	struct mf_deb_file *files;  /* of the data archive, in its order */
	size_t n_files;
};

/*
 * Reads the fields of a control file (deb-control(5)) into out. A text that is none, or lacks one
 * of Package, Version and Architecture, sets out->malformed. 0 or -ENOMEM.
 */
int mf_deb_parse_control(struct mf_bytes text, struct mf_arena *arena, struct mf_deb *out);
