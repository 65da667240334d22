// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of sticks: reading sysfs.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* First line of a small file without blanks at its end; false, and "", when it cannot be read. */
bool mf_stick_read_line(const char *folder, const char *name, char *out, size_t size);
