// SPDX-License-Identifier: GPL-2.0-or-later
// The spec that makes rpmbuild package a file tree as it is.
#pragma once

#include "lib/core/tree.h"

/* Environment variable with the folder that holds the tree; the spec's %install moves it. */
#define MF_RPMSPEC_STAGE "MODFERRY_STAGE"

/*
 * Parameters of an rpm tree. Once: name, version, release, arch, summary, license, url (optional),
 * description, payload ("xz" or "gzip"). Any number: provides, requires, requires-post (for the
 * scriptlets), conflicts, supplements, enhances, each one dependency ("NAME" or "NAME = VERSION").
 * At most once each: post, posttrans, preun, postun: bodies of POSIX sh scriptlets.
 *
 * Appends the spec. Nothing reaches it unquoted: '%' is doubled, names, versions and dependencies
 * must have the characters rpm allows there, of file names only letters, digits and "/._+-" are
 * written and '?' stands for all else, text has no control characters but newline and tab. Modes
 * are those of the staged files. -EINVAL with the value in err for what a spec cannot express: a
 * line of text or script that starts with '%', text that is no UTF-8.
 */
int mf_rpmspec_emit(const struct mf_tree *tree, struct mf_buf *out, struct mf_err *err);

/* Whether text may be a package's name, a version or release (no '-'), an arch. */
bool mf_rpm_name_is_valid(const char *text);
bool mf_rpm_version_is_valid(const char *text);

/*
 * Makes a version or release of any text: characters that rpm forbids there become '_', '-' does
 * too; of nothing it makes "0". In the arena; NULL: no memory.
 */
char *mf_rpm_version_fold(const char *text, struct mf_arena *arena);
