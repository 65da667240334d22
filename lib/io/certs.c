// SPDX-License-Identifier: GPL-2.0-or-later
// Certificates of module signing keys from files.
#include "lib/io/certs.h"

#include <errno.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "lib/base/cleanup.h"
#include "lib/io/file.h"

/* A certificate has some KB, a bundle of all distributions' keys some hundred. */
#define MAX_FILE ((size_t)4 << 20)

static int add(X509 *cert, struct mf_arena *arena, struct mf_certs *certs)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	char *copy = n > 0 ? mf_arena_strndup(arena, (const char *)der, (size_t)n) : NULL;

	OPENSSL_free(der);
	if (!copy || mf_arena_grow(arena, &certs->v, certs->n, sizeof(*certs->v)))
		return -ENOMEM;
	certs->v[certs->n++] = (struct mf_bytes){(const uint8_t *)copy, (size_t)n};
	return 0;
}

/* One DER certificate, or any number in PEM. */
static int add_all(struct mf_bytes bytes, struct mf_arena *arena, struct mf_certs *certs)
{
	const unsigned char *at = bytes.p;
	X509 *cert = d2i_X509(NULL, &at, (long)bytes.n);
	BIO *text;
	int r = 0;

	if (cert) {
		r = add(cert, arena, certs);
		X509_free(cert);
		return r;
	}
	text = BIO_new_mem_buf(bytes.p, (int)bytes.n);
	if (!text)
		return -ENOMEM;
	while (!r && (cert = PEM_read_bio_X509(text, NULL, NULL, NULL))) {
		r = add(cert, arena, certs);
		X509_free(cert);
	}
	BIO_free(text);
	return r;
}

int mf_certs_read_file(const char *path, struct mf_arena *arena, struct mf_certs *certs,
		       struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	size_t before = certs->n;
	int r = mf_read_file(path, MAX_FILE, &content, err);

	if (r)
		return r;
	r = add_all(mf_buf_bytes(&content), arena, certs);
	ERR_clear_error(); /* libcrypto queues them for the thread; nobody reads them here */
	if (!r && certs->n == before)
		r = mf_fail(err, -EBADMSG, "%s: no X.509 certificate in it, expected DER or PEM",
			    path);
	return r;
}
