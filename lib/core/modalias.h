// SPDX-License-Identifier: GPL-2.0-or-later
// Which module serves which device: matching of modalias patterns, as kmod does it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* Longest modalias or pattern that is looked at, with NUL; sysfs gives at most a page. */
#define MF_MODALIAS_MAX 4096

/* A set of bytes: what one place of a pattern accepts. */
struct mf_byteset {
	uint32_t bits[8];
};

static inline bool mf_byteset_has(const struct mf_byteset *set, unsigned char c)
{
	return set->bits[c / 32] >> (c % 32) & 1;
}

static inline bool mf_byteset_overlap(const struct mf_byteset *a, const struct mf_byteset *b)
{
	for (unsigned int i = 0; i < 8; i++) {
		if (a->bits[i] & b->bits[i])
			return true;
	}
	return false;
}

/*
 * Whether a pattern from a module (MODULE_DEVICE_TABLE through scripts/mod/file2alias.c) matches
 * the modalias of a device, as kmod's index search has it: the text before the first of "*?[" is
 * compared byte by byte (a backslash there is one), the rest is fnmatch(3) without flags: '*', '?',
 * '[…]', '\'; '-' equals '_' outside of brackets. Unlike kmod, the device's string is plain data:
 * brackets in it are no error. At worst pattern × modalias steps.
 */
bool mf_modalias_match(const char *pattern, const char *modalias);

/*
 * The same for a device of which only some ids are known: '?' in modalias stands for one unknown
 * hexadecimal digit (0-9, A-F). True when any completion matches.
 */
bool mf_modalias_match_partial(const char *pattern, const char *modalias);

/* Bytes of the pattern before its first wildcard: an index may compare these alone. */
size_t mf_modalias_literal_length(const char *pattern);

/*
 * Reads one place of a pattern that is not '*': "?", "[…]", "\c" or a byte. Returns how many bytes
 * of the pattern it is and fills the set of what it accepts; an unterminated bracket is a plain
 * '['. 0 at the end and for a backslash at the end, which matches nothing.
 */
size_t mf_modalias_place(const char *pattern, struct mf_byteset *out);

/* The digits that an unknown one ('?' of a partial device) stands for. */
const struct mf_byteset *mf_modalias_unknown_digit(void);

/*
 * Appends the pattern with '-' folded to '_' outside brackets, as depmod stores it (kmod
 * shared/util.c alias_normalize). -EINVAL, and nothing useful appended, for unmatched brackets:
 * depmod leaves such aliases out of its indexes.
 */
int mf_modalias_fold_pattern(struct mf_buf *out, const char *pattern);

/* Appends a device's modalias with every '-' folded to '_'. */
void mf_modalias_fold_device(struct mf_buf *out, const char *modalias);

/* Bus of a modalias or pattern: the text before the first ':', its length in *n ("pci", "usb"). */
const char *mf_modalias_bus(const char *modalias, size_t *n);

/*
 * How specific a pattern is, for "best first": number of characters that are not wildcards.
 * A pattern with vendor and device beats one by class.
 */
unsigned int mf_modalias_specificity(const char *pattern);
