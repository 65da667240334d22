// SPDX-License-Identifier: GPL-2.0-or-later
// Conditions of SUSE's driver updates: shell text that compares the running kernel.
#pragma once

#include "lib/base/bytes.h"
#include "lib/core/symtab.h"

/*
 * Whether a condition keeps its driver update on a kernel, as far as its text tells without running
 * it: it asks `uname -r` (or uname's file) and compares that with kernel releases. Unknown for any
 * other text.
 */
enum mf_answer mf_condition_keeps(struct mf_bytes text, const char *release);
