// SPDX-License-Identifier: GPL-2.0-or-later
// Signers of CMS signatures: what libcrypto writes and reads is the measure.
#include <string.h>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "tests/unit/unit.h"

#include "lib/core/cms.h"

struct signed_text {
	unsigned char *der;
	size_t n;
};

/* A certificate of a fresh key with a name of two parts. */
static X509 *make_certificate(EVP_PKEY *key, const char *common_name)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 4711);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"maker", -1, -1,
				   0);
	if (common_name)
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					   (const unsigned char *)common_name, -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

/* Signs as scripts/sign-file does. */
static void sign(const char *common_name, unsigned int more, struct signed_text *out)
{
	unsigned int flags = CMS_NOCERTS | CMS_PARTIAL | CMS_BINARY | CMS_DETACHED | CMS_STREAM |
			     CMS_NOSMIMECAP;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key, common_name);
	BIO *text = BIO_new_mem_buf("module", 6);
	CMS_ContentInfo *cms;
	int n;

	if (more & CMS_USE_KEYID) {
		X509V3_CTX context;
		X509_EXTENSION *extension;

		X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
		extension = X509V3_EXT_conf_nid(NULL, &context, NID_subject_key_identifier, "hash");
		assert_non_null(extension);
		X509_add_ext(certificate, extension, -1);
		X509_EXTENSION_free(extension);
		assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	}
	cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	assert_non_null(cms);
	assert_non_null(CMS_add1_signer(cms, certificate, key, EVP_sha256(),
					CMS_NOCERTS | CMS_BINARY | CMS_NOSMIMECAP | more));
	assert_int_equal(CMS_final(cms, text, NULL, CMS_NOCERTS | CMS_BINARY), 1);
	out->der = NULL;
	n = i2d_CMS_ContentInfo(cms, &out->der);
	assert_true(n > 0);
	out->n = (size_t)n;
	CMS_ContentInfo_free(cms);
	BIO_free(text);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static bool read_signer(const struct signed_text *text, size_t n, struct mf_cms_signer *out)
{
	return mf_cms_signer((struct mf_bytes){text->der, n}, out);
}

static void reads_what_libcrypto_signs(void **state)
{
	static const unsigned int more[] = {CMS_NOATTR, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct mf_cms_signer signer;
		struct signed_text text;

		sign("module key 1", more[i], &text);
		assert_true(read_signer(&text, text.n, &signer));
		assert_int_equal(signer.common_name.n, 12);
		assert_memory_equal(signer.common_name.p, "module key 1", 12);
		assert_null(signer.key_id.p);
		OPENSSL_free(text.der);
	}
}

static void reads_a_key_id(void **state)
{
	struct mf_cms_signer signer;
	struct signed_text text;

	(void)state;
	sign("module key 1", CMS_NOATTR | CMS_USE_KEYID, &text);
	assert_true(read_signer(&text, text.n, &signer));
	assert_int_equal(signer.key_id.n, 20); /* SHA-1 of the key */
	assert_null(signer.common_name.p);
	OPENSSL_free(text.der);
}

static void a_name_may_be_missing(void **state)
{
	struct mf_cms_signer signer;
	struct signed_text text;

	(void)state;
	sign(NULL, CMS_NOATTR, &text);
	assert_true(read_signer(&text, text.n, &signer));
	assert_null(signer.common_name.p);
	assert_null(signer.key_id.p);
	OPENSSL_free(text.der);
}

static void other_alphabets_are_left_to_libcrypto(void **state)
{
	struct mf_cms_signer signer;
	struct signed_text text;

	(void)state;
	sign("Schl\xc3\xbcssel", CMS_NOATTR, &text);
	assert_false(read_signer(&text, text.n, &signer));
	OPENSSL_free(text.der);
}

/* Cut at every byte, every byte changed: refused, or read within bounds. */
static void survives_damage_at_any_byte(void **state)
{
	struct signed_text text;

	(void)state;
	sign("module key 1", CMS_NOATTR, &text);
	for (size_t n = 0; n < text.n; n++) {
		struct mf_cms_signer signer;

		assert_false(read_signer(&text, n, &signer));
	}
	for (size_t i = 0; i < text.n; i++) {
		struct mf_cms_signer signer;

		text.der[i] ^= 0x11;
		if (read_signer(&text, text.n, &signer)) {
			assert_true(signer.common_name.n < text.n);
			assert_true(signer.key_id.n < text.n);
		}
		text.der[i] ^= 0x11;
	}
	OPENSSL_free(text.der);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_libcrypto_signs),
		cmocka_unit_test(reads_a_key_id),
		cmocka_unit_test(a_name_may_be_missing),
		cmocka_unit_test(other_alphabets_are_left_to_libcrypto),
		cmocka_unit_test(survives_damage_at_any_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
