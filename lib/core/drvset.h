// SPDX-License-Identifier: GPL-2.0-or-later
// The driver set: what we have. Package > build > driver (a module and where its bytes are).
#pragma once

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/core/module.h"

enum mf_compression {
	MF_COMPRESSION_NONE,
	MF_COMPRESSION_GZIP,
	MF_COMPRESSION_XZ,
	MF_COMPRESSION_ZSTD,
};

/* Firmware that a module names and the prepare step found. */
struct mf_firmware {
	const char *name; /* as in .modinfo, below the firmware folder */
	struct mf_bytes content;
	char sha256[65];
};

struct mf_driver {
	struct mf_module module;
	const char *malformed;		 /* why it is no module at all: only its name is known then;
					    NULL otherwise. Artifacts only: scanners leave such out */
	const char *path;		 /* file on disk that holds it */
	const char *member;		 /* name inside that archive, NULL for a plain file */
	enum mf_compression compression; /* as found */
	bool has_xz_crc64;		 /* by xz with a CRC64: no kernel's own decoder reads it */
	uint64_t file_size;		 /* as found, in bytes */
	struct mf_bytes kept; /* the bytes as found, of drivers inside of disks and packages; p is
				 NULL where they are to be read from path and member */
	/* filled by the prepare step, empty before */
	struct mf_bytes content; /* final uncompressed bytes */
	char sha256[65];	 /* of content, hex */
	struct mf_firmware *firmware;
	size_t n_firmware;
};

enum mf_build_state {
	MF_BUILD_BUILT,	    /* modules are there */
	MF_BUILD_INSTALLED, /* DKMS marks it as the one installed for its kernel */
	MF_BUILD_ADDED,	    /* source only, no build */
	MF_BUILD_FAILED,    /* DKMS left a failed or unfinished build */
	MF_BUILD_BROKEN,    /* the tree is inconsistent; note says how */
};

struct mf_build {
	const char *
		kernel; /* kernel release; NULL when state is ADDED, FAILED or BROKEN without one */
	const char *arch; /* uname -m word, NULL likewise */
	enum mf_build_state state;
	const char *note; /* one line for people, NULL when all is well */
	struct mf_driver *drivers;
	size_t n_drivers;
};

struct mf_package {
	const char *name;    /* NULL for module files that belong to no package */
	const char *version; /* NULL likewise */
	const char *origin;  /* the SOURCE it came from, for messages */
	struct mf_build *builds;
	size_t n_builds;
};

/* Firmware that a source brings along; content is uncompressed. */
struct mf_brought {
	const char *origin;	     /* the SOURCE, as in its packages */
	struct mf_firmware firmware; /* name: path below lib/firmware */
};

/* A file or folder of a source that could not be used; everything else still is. */
struct mf_note {
	const char *object;
	const char *problem;
};

/* Zeroed is empty; owns everything reachable from it. */
struct mf_drvset {
	struct mf_arena arena;
	struct mf_package *packages;
	size_t n_packages;
	struct mf_note *notes;
	size_t n_notes;
	struct mf_brought *brought;
	size_t n_brought;
};

/* Package of that name and version, added when absent (either may be NULL); NULL: no memory. */
struct mf_package *mf_drvset_package(struct mf_drvset *set, const char *name, const char *version,
				     const char *origin);

/* Build of a package for a kernel and arch, added when absent; NULL: no memory. */
struct mf_build *mf_drvset_build(struct mf_drvset *set, struct mf_package *package,
				 const char *kernel, const char *arch);

/* Adds an empty driver to a build; pointers to earlier drivers of it become stale. NULL: no memory.
 */
struct mf_driver *mf_drvset_driver(struct mf_drvset *set, struct mf_build *build);

/* Adds a note; text is copied. 0 or -ENOMEM. */
int mf_drvset_note(struct mf_drvset *set, const char *object, const char *problem);

/*
 * Adds firmware of a source; its name is the path below lib/firmware, and is borrowed as is its
 * content. Of several of one path the first counts. 0 or -ENOMEM.
 */
int mf_drvset_bring(struct mf_drvset *set, const char *origin, const struct mf_firmware *firmware);

/*
 * What a driver of that build would get by that name of the firmware that its package's source
 * brought: updates/KERNEL/NAME, updates/NAME, KERNEL/NAME or NAME; NULL when that is nothing.
 */
const struct mf_firmware *mf_drvset_brought(const struct mf_drvset *set,
					    const struct mf_package *package,
					    const struct mf_build *build, const char *name);

/*
 * Sorts packages (name, version), builds (kernel, arch), drivers (name) and notes, so that neither
 * source order nor readdir order reaches output.
 */
void mf_drvset_sort(struct mf_drvset *set);

/* Destructor. */
void mf_drvset_free(struct mf_drvset *set);

/* "built", "installed", … */
const char *mf_build_state_name(enum mf_build_state state);

/* "none", "gzip", "xz", "zst": compression as found. */
const char *mf_compression_name(enum mf_compression compression);
