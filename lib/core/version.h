// SPDX-License-Identifier: GPL-2.0-or-later
// Order of version texts, whoever wrote them.
#pragma once

/*
 * Order of two versions: runs of digits by value, runs of letters by their bytes, separators do
 * not count; digits are newer than letters ("1.0.1" > "1.0.rc1"), '~' is older than the end
 * ("1.0~rc1" < "1.0"). NULL is older than all. <0, 0, >0.
 */
int mf_version_compare(const char *a, const char *b);
