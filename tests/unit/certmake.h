// SPDX-License-Identifier: GPL-2.0-or-later
// Makes keys, certificates and signed modules for tests, by libcrypto.
#pragma once

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "tests/unit/unit.h"

#include "lib/base/buf.h"

struct certmake {
	EVP_PKEY *key;
	X509 *cert;
	struct mf_bytes der;
};

static inline void certmake_free(struct certmake *made)
{
	EVP_PKEY_free(made->key);
	X509_free(made->cert);
	OPENSSL_free((void *)(uintptr_t)made->der.p);
	*made = (struct certmake){0};
}

/* A certificate of a key, which it takes over; else as certmake. */
static inline struct certmake certmake_of(EVP_PKEY *key, const char *name,
					  const struct certmake *issuer)
{
	struct certmake made = {.key = key, .cert = X509_new()};
	X509_EXTENSION *extension;
	X509V3_CTX context;
	X509_NAME *subject = X509_get_subject_name(made.cert);
	unsigned char *der = NULL;
	int n;

	X509_set_version(made.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made.cert), issuer ? 2 : 1);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(made.cert, issuer ? X509_get_subject_name(issuer->cert) : subject);
	/* dates do not count: the kernel has no clock that early */
	ASN1_TIME_set_string(X509_getm_notBefore(made.cert), "20000101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(made.cert), "20000102000000Z");
	X509_set_pubkey(made.cert, made.key);
	X509V3_set_ctx(&context, made.cert, made.cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_key_identifier, "hash");
	X509_add_ext(made.cert, extension, -1);
	X509_EXTENSION_free(extension);
	assert_true(X509_sign(made.cert, issuer ? issuer->key : made.key, EVP_sha256()) > 0);
	n = i2d_X509(made.cert, &der);
	assert_true(n > 0);
	made.der = (struct mf_bytes){der, (size_t)n};
	return made;
}

/* A certificate with a key id, signed by issuer, NULL: by itself. The name may be long. */
static inline struct certmake certmake(const char *name, const struct certmake *issuer)
{
	return certmake_of(EVP_EC_gen("P-256"), name, issuer);
}

/* Flags as scripts/sign-file of the kernel has them. */
#define CERTMAKE_USUAL (CMS_NOCERTS | CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_NOATTR)

/* Appends the PKCS#7 of bytes to out. */
static inline void certmake_sign(struct mf_buf *out, struct mf_bytes bytes,
				 const struct certmake *signer, unsigned int flags)
{
	BIO *content = BIO_new_mem_buf(bytes.p, (int)bytes.n);
	CMS_ContentInfo *cms = CMS_sign(signer->cert, signer->key, NULL, content, flags);
	unsigned char *der = NULL;
	int n = i2d_CMS_ContentInfo(cms, &der);

	assert_true(n > 0);
	mf_buf_add(out, der, (size_t)n);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(content);
}

/* Appends struct module_signature and the marker. */
static inline void certmake_end(struct mf_buf *out, size_t length)
{
	mf_buf_add(out, "\0\0\2\0\0\0\0\0", 8);
	for (unsigned int i = 0; i < 4; i++)
		mf_buf_addc(out, (uint8_t)(length >> (24 - 8 * i)));
	mf_buf_adds(out, "~Module signature appended~\n");
}
