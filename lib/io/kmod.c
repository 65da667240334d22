// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: which module compressions a target's kmod reads, by its binaries.
#include <string.h>

#include "lib/io/gather.h"

/*
 * The words of `kmod --version` (kmod shared/util.h, KMOD_FEATURES), and the libraries behind them.
 * Builds since kmod 34 open the library when it is needed; older ones are linked with it.
 */
static const struct {
	const char *word;
	const char *library;
	unsigned int bit;
} features[] = {
	{"ZSTD", "libzstd.so.", MF_READS_ZSTD},
	{"XZ", "liblzma.so.", MF_READS_XZ},
	{"ZLIB", "libz.so.", MF_READS_GZIP},
};

#define N_FEATURES (sizeof(features) / sizeof(features[0]))

/* "+ZSTD -XZ …" up to its NUL: the word's bit where it is known, whether it stands with '+'. */
static void read_word(const char *word, size_t n, struct mf_file_facts *out)
{
	for (size_t i = 0; i < N_FEATURES; i++) {
		if (n == strlen(features[i].word) + 1 &&
		    !memcmp(word + 1, features[i].word, n - 1) && *word == '+')
			out->knows |= features[i].bit;
	}
}

static void read_words(struct mf_bytes text, struct mf_file_facts *out)
{
	const char *at = (const char *)text.p;
	const char *end = at + text.n;

	out->has_features = true;
	while (at < end) {
		const char *space = memchr(at, ' ', (size_t)(end - at));
		size_t n = space ? (size_t)(space - at) : (size_t)(end - at);

		if (n)
			read_word(at, n, out);
		at += n + 1;
	}
}

/* The NUL-bounded text around a place. */
static struct mf_bytes text_around(struct mf_bytes binary, size_t at)
{
	const uint8_t *end = memchr(binary.p + at, '\0', binary.n - at);
	size_t start = at;

	while (start && binary.p[start - 1])
		start--;
	return mf_bytes_sub(binary, start, (end ? (size_t)(end - binary.p) : binary.n) - start);
}

void mf_kmod_scan(struct mf_bytes binary, struct mf_file_facts *out)
{
	static const char *const marks[] = {"-XZ ", "+XZ "}; /* in every kmod since 2012 */

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]) && !out->has_features; i++) {
		const uint8_t *at = memmem(binary.p, binary.n, marks[i], 4);

		if (at)
			read_words(text_around(binary, (size_t)(at - binary.p)), out);
	}
	for (size_t i = 0; i < N_FEATURES; i++) {
		const char *library = features[i].library;

		if (memmem(binary.p, binary.n, library, strlen(library)))
			out->names |= features[i].bit;
	}
}

unsigned int mf_kmod_reads(const struct mf_file_facts *facts, unsigned int libraries)
{
	unsigned int reads = facts->has_features ? facts->knows : facts->names;

	/* what it names it also needs */
	return MF_READS_PLAIN | (reads & (~facts->names | libraries));
}
