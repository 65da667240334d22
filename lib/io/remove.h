// SPDX-License-Identifier: GPL-2.0-or-later
// Removing what we made.
#pragma once

/* Removes a file, or a folder with all in it, without following links. 0 or the first -errno. */
int mf_remove_tree(int folder, const char *name);
