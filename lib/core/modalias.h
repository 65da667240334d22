// SPDX-License-Identifier: GPL-2.0-or-later
// Which module serves which device: matching of modalias patterns, as kmod does it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/* Longest modalias that is looked at; sysfs gives at most a page. */
#define MF_MODALIAS_MAX 4096

/*
 * Whether a pattern from a module (MODULE_DEVICE_TABLE through scripts/mod/file2alias.c) matches
 * the modalias of a device. fnmatch(3) without flags: '*', '?', '[…]', '\'; and as in kmod
 * (shared/util.c alias_normalize) '-' equals '_' outside of brackets. Unlike kmod, the device's
 * string is plain data: brackets in it are no error. Linear in pattern × modalias at worst.
 */
bool mf_modalias_match(const char *pattern, const char *modalias);

/* Bytes of the pattern before its first wildcard or escape: an index may compare these alone. */
size_t mf_modalias_literal_length(const char *pattern);

/*
 * Writes the modalias with '-' folded to '_' as kmod indexes store it (outside brackets for a
 * pattern; everywhere for a device's string, which has no brackets of its own).
 */
void mf_modalias_fold_pattern(struct mf_buf *out, const char *pattern);
void mf_modalias_fold_device(struct mf_buf *out, const char *modalias);

/* Bus of a modalias or pattern: the text before the first ':', its length in *n ("pci", "usb"). */
const char *mf_modalias_bus(const char *modalias, size_t *n);

/*
 * How specific a pattern is, for "best first": number of characters that are not wildcards.
 * A pattern with vendor and device beats one by class.
 */
unsigned int mf_modalias_specificity(const char *pattern);
