// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: what the files of a target say, gathered as they are met.
#pragma once

#include "lib/io/probe.h"

/* What a path in a target may be of interest for. */
enum mf_interest {
	MF_INTEREST_NONE,
	MF_INTEREST_MODULE,
	MF_INTEREST_KERNEL, /* index or list in a module folder, kept whole */
	MF_INTEREST_KMOD,   /* modprobe and its library: which compressions they read */
	MF_INTEREST_RELEASE,
	MF_INTEREST_MODPROBE, /* a file of modprobe.d */
	MF_INTEREST_FIRMWARE,
	MF_INTEREST_LIBRARY, /* a decompression library */
};

/* A path taken apart; texts point into it. */
struct mf_path_parts {
	enum mf_interest interest;
	const char *release; /* MODULE, KERNEL: of its module folder, n_release bytes */
	size_t n_release;
	const char *rest; /* behind the module folder or lib/firmware/; else the base name */
	size_t detail;	  /* KERNEL: place in struct mf_kernel; LIBRARY: enum mf_reads bit;
			     MODPROBE: number of its folder, lower wins */
};

struct mf_path_parts mf_path_parts(const char *path);

/* What one file said; zeroed is nothing. */
struct mf_file_facts {
	const struct mf_module *module;
	struct mf_bytes bytes; /* KERNEL, RELEASE, MODPROBE */
	unsigned int knows;    /* KMOD: enum mf_reads bits that it says it was built with */
	unsigned int names;    /* KMOD: bits whose library it names */
	bool has_features;     /* KMOD: it lists what it was built with */
};

struct mf_gather_state;

/* One probe under way. */
struct mf_gather {
	struct mf_probe *probe;
	const char *kernel;	/* only this release; NULL: all */
	struct mf_arena arena;	/* for as long as the gathering */
	struct mf_buf unpacked; /* of a compressed module */
	uint64_t n_unpacked;	/* bytes of all of them so far */
	uint64_t n_symbols;
	struct mf_gather_state *state; /* what was put, see gather.c */
	struct mf_err *err;
};

/* Paths by which a target's own files are asked for, most telling first; NULL at the end. */
extern const char *const mf_gather_release_paths[];
extern const char *const mf_gather_tool_paths[]; /* modprobe */

/* 0 or -ENOMEM. */
int mf_gather_begin(struct mf_gather *gather);

/*
 * Reads what is of interest of a file; the content is not needed afterwards. A file that is
 * damaged says nothing. 0, -E2BIG beyond the limits, -ENOMEM.
 */
int mf_gather_read(struct mf_gather *gather, const struct mf_path_parts *parts,
		   struct mf_bytes content, struct mf_file_facts *out);

/* A module folder, so that its kernel exists: "usr/lib/modules/6.1.0". Others are passed over. */
int mf_gather_folder(struct mf_gather *gather, const char *path);

/* A file that stands at a path in the end, symlinks on the way resolved. */
int mf_gather_put(struct mf_gather *gather, const char *path, const struct mf_file_facts *facts);

/* What is found at one of the paths above. */
int mf_gather_put_release(struct mf_gather *gather, const struct mf_file_facts *facts);
void mf_gather_put_tool(struct mf_gather *gather, const struct mf_file_facts *facts);
void mf_gather_put_library(struct mf_gather *gather, const struct mf_file_facts *facts);

/* Everything was put: sorts, counts, fills the probe. */
int mf_gather_end(struct mf_gather *gather);

/* Destructor. */
void mf_gather_free(struct mf_gather *gather);

/* "lib/modules/RELEASE" and its like with "usr/" or "lib64": RELEASE; NULL for other paths. */
const char *mf_gather_release_of(const char *folder);

/* What modprobe or libkmod says of itself (kmod.c). */
void mf_kmod_scan(struct mf_bytes binary, struct mf_file_facts *out);

/* Compressions that it reads where these libraries are; 0 when it does not say. */
unsigned int mf_kmod_reads(const struct mf_file_facts *facts, unsigned int libraries);

/* Distribution and target row of an os-release or lsb-release (osrelease.c). 0 or -ENOMEM. */
int mf_osrelease_read(struct mf_bytes text, struct mf_arena *arena, const char **ret_distribution,
		      const struct mf_target **ret_target);

/* Strings of the probe. */
int mf_strings_add(struct mf_arena *arena, struct mf_strings *strings, const char *text);
void mf_strings_sort(struct mf_strings *strings); /* and makes each stand once */
