// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration of a kernel, as far as it decides whether a module loads.
#include "lib/core/kconfig.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define PREFIX	"CONFIG_"
#define NOT_SET " is not set"

#define MEMBER(name) offsetof(struct mf_kconfig, name)

static const struct {
	const char *name; /* without CONFIG_ */
	size_t offset;	  /* of its answer */
} options[] = {
	{"MODVERSIONS", MEMBER(modversions)},
	{"MODULE_FORCE_LOAD", MEMBER(force_load)},
	{"MODULE_SIG", MEMBER(sig)},
	{"MODULE_SIG_FORCE", MEMBER(sig_force)},
	{"MODULE_DECOMPRESS", MEMBER(decompress)},
	{"MODULE_COMPRESS_GZIP", MEMBER(compress_gzip)},
	{"MODULE_COMPRESS_XZ", MEMBER(compress_xz)},
	{"MODULE_COMPRESS_ZSTD", MEMBER(compress_zstd)},
	{"DEBUG_INFO_BTF_MODULES", MEMBER(btf_modules)},
	{"MODULE_ALLOW_BTF_MISMATCH", MEMBER(btf_allow_mismatch)},
	{"MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS", MEMBER(allow_missing_space)},
	{"LOCK_DOWN_IN_EFI_SECURE_BOOT", MEMBER(lockdown_efi)},
};

#define N_OPTIONS (sizeof(options) / sizeof(options[0]))

static enum mf_answer *answer(struct mf_kconfig *config, size_t i)
{
	return (enum mf_answer *)((char *)config + options[i].offset);
}

/* Takes text off the front of a line. */
static bool skip(struct mf_bytes *line, const char *text)
{
	size_t n = strlen(text);

	if (line->n < n || memcmp(line->p, text, n) != 0)
		return false;
	line->p += n;
	line->n -= n;
	return true;
}

static bool is_text(struct mf_bytes bytes, const char *text)
{
	return bytes.n == strlen(text) && memcmp(bytes.p, text, bytes.n) == 0;
}

/* The option's name and what stands behind it; false for a line that is about no option. */
static bool read_line(struct mf_bytes line, struct mf_bytes *ret_name, struct mf_bytes *ret_rest)
{
	bool is_comment = skip(&line, "# ");
	size_t n = 0;

	if (!skip(&line, PREFIX))
		return false;
	while (n < line.n && line.p[n] != '=' && line.p[n] != ' ')
		n++;
	*ret_name = mf_bytes_sub(line, 0, n);
	*ret_rest = mf_bytes_sub(line, n, line.n - n);
	return n && (is_comment ? is_text(*ret_rest, NOT_SET) : ret_rest->n && *ret_rest->p == '=');
}

int mf_kconfig_read(struct mf_bytes text, struct mf_kconfig *out, struct mf_err *err)
{
	struct mf_kconfig config;
	size_t n_lines = 0;

	for (size_t i = 0; i < N_OPTIONS; i++)
		*answer(&config, i) = MF_ANSWER_NO;
	for (size_t at = 0; at < text.n;) {
		const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
		size_t n = end ? (size_t)(end - text.p) - at : text.n - at;
		struct mf_bytes name, rest;

		if (read_line(mf_bytes_sub(text, at, n), &name, &rest)) {
			n_lines++;
			for (size_t i = 0; i < N_OPTIONS; i++) {
				if (is_text(name, options[i].name))
					*answer(&config, i) = is_text(rest, "=y") ? MF_ANSWER_YES
										  : MF_ANSWER_NO;
			}
		}
		at += n + 1;
	}
	if (!n_lines)
		return mf_fail(err, -EBADMSG,
			       "no kernel configuration, expected lines \"CONFIG_NAME=y\"");
	*out = config;
	return 0;
}

void mf_kconfig_fill(struct mf_kconfig *config, const struct mf_kconfig *from)
{
	struct mf_kconfig other = *from;

	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (*answer(config, i) == MF_ANSWER_UNKNOWN)
			*answer(config, i) = *answer(&other, i);
	}
}
