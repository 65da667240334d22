// SPDX-License-Identifier: GPL-2.0-or-later
// Plain assignments of a dkms.conf, which is a shell script and never run here.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/bytes.h"

/*
 * Value of the last assignment NAME=value, NAME="value" or NAME='value' that stands on a line of
 * its own. false when there is none, when that value is not plain text (expansions, escapes,
 * anything behind it but a comment), or when it has size bytes or more.
 */
bool mf_dkms_conf_value(struct mf_bytes text, const char *name, char *out, size_t size);
