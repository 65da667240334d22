// SPDX-License-Identifier: GPL-2.0-or-later
// The certificates built into a kernel image.
//
// There are no symbols, and certificates of other parts (of the regulatory database, revoked ones)
// must not count. What tells the list (certs/system_certificates.S): it starts at a multiple of 8,
// its certificates stand one behind the other, behind them comes at a multiple of 8 the list's size
// as an address-sized number, and behind that since 5.14 the size of the first certificate when it
// is the key that the build made for its modules, else 0.
#include "lib/core/keyring.h"

#include <errno.h>

#include <openssl/err.h>
#include <openssl/x509.h>

/* Distributions have one to five; so many are made to hurt. */
#define MAX_CERTS ((size_t)256)

#define ALIGNMENT ((size_t)8)

/* CONFIG_SYSTEM_EXTRA_CERTIFICATE puts zeros between list and size: 4096 bytes by default. */
#define MAX_GAP ((size_t)65536)

/* Size of the DER SEQUENCE at a place, header included, as X.509 has it: two bytes of length. */
static size_t der_size(struct mf_bytes image, size_t at)
{
	uint16_t length;

	if (!mf_bytes_has(image, at, 6) || image.p[at] != 0x30 || image.p[at + 1] != 0x82 ||
	    image.p[at + 4] != 0x30 || !mf_get_u16(image, at + 2, MF_BIG, &length) ||
	    !mf_bytes_has(image, at, 4 + (size_t)length))
		return 0;
	return 4 + (size_t)length;
}

/* What a place has to do with the list. */
enum fit { FIT_NONE, FIT_LIST, FIT_LIST_WITH_KEY };

/* Whether the list's size stands behind [start, end), whose first certificate has that size. */
static enum fit fits(struct mf_bytes image, struct mf_image_form form, size_t start, size_t end)
{
	size_t at = end;
	uint64_t list, key;

	while (at < image.n && at - end < MAX_GAP && !image.p[at])
		at++;
	at -= at % ALIGNMENT;
	if (at < end || !mf_get_uint(image, at, form.bits / 8, form.endian, &list) ||
	    list != end - start)
		return FIT_NONE;
	if (mf_get_uint(image, at + ALIGNMENT, form.bits / 8, form.endian, &key) &&
	    key == der_size(image, start))
		return FIT_LIST_WITH_KEY;
	return FIT_LIST;
}

static enum fit measure(struct mf_bytes image, struct mf_image_form form, size_t start,
			size_t *ret_end)
{
	size_t end = start;

	for (size_t i = 0; i < MAX_CERTS; i++) {
		size_t size = der_size(image, end);
		enum fit fit;

		if (!size)
			break;
		end += size;
		fit = fits(image, form, start, end);
		if (fit != FIT_NONE) {
			*ret_end = end;
			return fit;
		}
	}
	return FIT_NONE;
}

static bool is_certificate(struct mf_bytes der)
{
	const unsigned char *at = der.p;
	X509 *cert = d2i_X509(NULL, &at, (long)der.n);
	bool is_one = cert && at == der.p + der.n;

	X509_free(cert);
	ERR_clear_error(); /* libcrypto queues them for the thread; nobody reads them here */
	return is_one;
}

static int collect(struct mf_bytes list, struct mf_arena *arena, struct mf_certs *out)
{
	out->n = 0;
	for (size_t at = 0; at < list.n;) {
		struct mf_bytes der = mf_bytes_sub(list, at, der_size(list, at));
		int r;

		at += der.n;
		if (!is_certificate(der))
			continue;
		r = mf_arena_grow(arena, &out->v, out->n, sizeof(*out->v));
		if (r)
			return r;
		out->v[out->n++] = der;
	}
	return 0;
}

int mf_keyring_find(struct mf_bytes image, struct mf_image_form form, struct mf_arena *arena,
		    struct mf_certs *out)
{
	struct mf_bytes list = {0};

	*out = (struct mf_certs){0};
	for (size_t at = 0; at < image.n; at += ALIGNMENT) {
		enum fit fit;
		size_t end = 0;

		if (image.p[at] != 0x30 || !der_size(image, at) ||
		    !is_certificate(mf_bytes_sub(image, at, der_size(image, at))))
			continue;
		fit = measure(image, form, at, &end);
		/* the first list with a key wins, else the first: revoked ones come behind it */
		if (fit == FIT_LIST_WITH_KEY || (fit == FIT_LIST && !list.n))
			list = mf_bytes_sub(image, at, end - at);
		if (fit == FIT_LIST_WITH_KEY)
			break;
	}
	return collect(list, arena, out);
}
