// SPDX-License-Identifier: GPL-2.0-or-later
// What the scanners share: reading one module, notes, and the kinds of SOURCE.
#pragma once

#include "lib/io/folder.h"
#include "lib/io/scan.h"

/* Bytes that one module may have, uncompressed; the largest known (GPU drivers) have 60 MB. */
#define MF_SCAN_MAX_MODULE ((size_t)256 << 20)

/* One call of mf_scan. */
struct mf_scanner {
	struct mf_drvset *set;
	const char *source; /* as given: the origin of its packages */
	unsigned int want;
	struct mf_buf scratch; /* decompressed module, used again for the next */
	struct mf_buf content; /* small module as found, likewise */
	struct mf_err *err;    /* of mf_scan's caller */
};

/* Whether a file name is that of a module (.ko, .ko.gz, .ko.xz, .ko.zst). */
bool mf_scan_is_module(const char *name);

/* Appends the content of a module, decompressed where it is compressed. */
int mf_scan_unpack(struct mf_bytes bytes, enum mf_compression *ret_compression, struct mf_buf *out,
		   struct mf_err *err);

/* Facts of a module from its bytes as found; path and member stay to be set. err has no path. */
int mf_scan_module(struct mf_scanner *scanner, struct mf_bytes bytes, const char *name,
		   struct mf_driver *out, struct mf_err *err);

/*
 * Facts of a module file, links followed; path is what people call it. *ret_found is false when
 * it was no usable module: that is noted in the set. 0, -ENOMEM.
 */
int mf_scan_file(struct mf_scanner *scanner, int dirfd, const char *path, struct mf_driver *out,
		 bool *ret_found);

/* Adds a driver that was found outside of any package, by its own kernel and arch. */
int mf_scan_add_bare(struct mf_scanner *scanner, const struct mf_driver *driver);

/* Adds a driver to a build. */
int mf_scan_add(struct mf_scanner *scanner, struct mf_build *build, const struct mf_driver *driver);

/* Notes a module made for another kernel or machine than its build is for. 0 or -ENOMEM. */
int mf_scan_check_build(struct mf_scanner *scanner, const char *object,
			const struct mf_module *module, const struct mf_build *build);

/* A formatted note. 0 or -ENOMEM. */
int mf_scan_note(struct mf_scanner *scanner, const char *object, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The kinds of SOURCE. A folder is one of DKMS when mf_scan_dkms sets *ret_is_dkms. */
int mf_scan_dkms(struct mf_scanner *scanner, bool *ret_is_dkms);
int mf_scan_dkms_root(struct mf_scanner *scanner);
int mf_scan_folder(struct mf_scanner *scanner);
int mf_scan_archive(struct mf_scanner *scanner);

/*
 * A driver disk or a package, by anybody made; *ret_is_disk is false, and nothing done, for
 * anything else. Its modules become drivers of packages that are called after what holds them:
 * without the parts that say "kernel module" (kmod-NAME, NAME-kmp-FLAVOUR, NAME-modules-KERNEL),
 * after the UpdateName of a driver update of SUSE, or after the module. The build's kernel is that
 * of the path lib/modules/KERNEL, else of the vermagic. The same bytes twice for a kernel (modules/
 * and the KMP beside it) are one driver. Firmware comes along.
 */
int mf_scan_disk(struct mf_scanner *scanner, bool *ret_is_disk);

/* Content of a member of a tarball, as found. */
int mf_archive_read(const char *path, const char *member, struct mf_buf *out, struct mf_err *err);
