// SPDX-License-Identifier: GPL-2.0-or-later
// The one line on standard error that a failure or warning is.
#pragma once

/* Prints "modferry: COMMAND: TEXT"; control characters are made visible. command may be NULL. */
void mf_message(const char *command, const char *text);
