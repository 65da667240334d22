// SPDX-License-Identifier: GPL-2.0-or-later
// An RPM as its header tells it: identity, dependencies, files.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/core/module.h"

/* How a dependency's version compares; bits, as RPMSENSE_LESS, _GREATER, _EQUAL of rpm's rpmds.h.
 */
enum mf_rpm_sense { MF_RPM_LESS = 2, MF_RPM_GREATER = 4, MF_RPM_EQUAL = 8 };

/* One Provides, Requires or Conflicts. */
struct mf_rpm_dep {
	const char *name;
	const char *version; /* "" when unversioned */
	unsigned int sense;  /* enum mf_rpm_sense bits, 0 when unversioned */
};

struct mf_rpm_deps {
	struct mf_rpm_dep *v;
	size_t n;
};

struct mf_rpm_file {
	const char *path; /* absolute, as the header has it */
	uint32_t mode;	  /* type and permission bits */
	uint64_t size;
	const char *link; /* target of a symlink, else NULL */
};

struct mf_rpm_script {
	const char *when; /* "post", "posttrans", "preun", "postun", "pre", "pretrans" */
	const char *body;
};

/* Zeroed is empty; strings live in the arena of the one who read it. */
struct mf_rpm {
	const char *source;    /* path of the .rpm as users know it: on the disk, or as given */
	const char *spool;     /* file on this machine that holds its bytes */
	uint64_t size;	       /* of the file */
	const char *malformed; /* why it is no readable RPM, NULL when it is one: nothing else is
				  set then but source, spool and size */
	const char *name;
	uint64_t epoch;
	const char *version;
	const char *release;
	const char *arch; /* "src" of a source package */
	const char *summary;
	const char *description; /* NULL when it has none */
	const char *compressor;	 /* of the payload: "gzip", "xz", "zstd", "bzip2", … */
	const char *key_id;	 /* of the OpenPGP key that signed it, hex; NULL when unsigned. Not
				    verified here */
	struct mf_rpm_deps provides;
	struct mf_rpm_deps requires;
	struct mf_rpm_deps conflicts;
	struct mf_rpm_file *files; /* in the header's order */
	size_t n_files;
	struct mf_rpm_script *scripts;
	size_t n_scripts;
};
