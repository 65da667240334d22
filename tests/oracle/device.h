// SPDX-License-Identifier: GPL-2.0-or-later
// Devices made from alias patterns, for oracles that look them up.
#pragma once

#include <stdint.h>
#include <string.h>

#include "lib/core/modalias.h"

#define DEVICE_SIZE 1024

static inline uint32_t device_random(uint32_t *seed, uint32_t limit)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % limit;
}

/* A device that the pattern matches: stars become ids or nothing, brackets one of their bytes. */
static inline void device_make(uint32_t *seed, const char *pattern, char out[DEVICE_SIZE])
{
	static const char *const samples[] = {
		"", "00000001", "FFFFFFFF", "0000", "1A2B", "FF", "0C", "x", "a:b,C*", "1_2",
	};
	size_t n = 0;

	while (*pattern && n < DEVICE_SIZE - 16) {
		struct mf_byteset bytes;
		size_t length = *pattern == '*' ? 1 : mf_modalias_place(pattern, &bytes);

		if (*pattern == '*') {
			const char *sample = samples[device_random(seed, 10)];

			memcpy(out + n, sample, strlen(sample));
			n += strlen(sample);
		} else if (*pattern == '?' || *pattern == '[') {
			unsigned char c = (unsigned char)('0' + device_random(seed, 10));

			while (!mf_byteset_has(&bytes, c) || c == '[' || c == ']' || c < 0x21)
				c = (unsigned char)(c + 1) % 127;
			out[n++] = (char)c;
		} else {
			out[n++] = *pattern;
		}
		pattern += length ? length : 1;
	}
	out[n] = '\0';
}
