// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the signature appended to a module is good by given certificates, by libcrypto.
#include "lib/core/verify.h"

#include <errno.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/base/cleanup.h"

/* include/linux/module_signature.h of the kernel: struct module_signature, then the marker. */
#define MARKER	      "~Module signature appended~\n"
#define MARKER_LENGTH (sizeof(MARKER) - 1)
#define STRUCT_LENGTH 12u
#define ID_TYPE_PKCS7 2u

/* Longest chain of certificates inside a signature that is followed. */
#define MAX_CHAIN 8u

enum { SIGNATURE_ID_TYPE = 2, SIGNATURE_LENGTH = 8 }; /* places in struct module_signature */

/* A signature taken apart; what the kernel looks at. */
struct message {
	CMS_ContentInfo *cms;
	STACK_OF(X509) * embedded; /* certificates inside, NULL for none */
	STACK_OF(X509) * trusted;
	BIO *content; /* hashed by the digests of cms */
};

static void free_message(struct message *message)
{
	BIO *source = message->content;

	while (source) {
		BIO *next = BIO_pop(source);

		BIO_free(source);
		source = next;
	}
	sk_X509_pop_free(message->embedded, X509_free);
	sk_X509_pop_free(message->trusted, X509_free);
	CMS_ContentInfo_free(message->cms);
	*message = (struct message){0};
	ERR_clear_error(); /* libcrypto queues them for the thread; nobody reads them here */
}

/*
 * Where content and PKCS#7 are. Anything but MF_SIGNED_GOOD is the verdict (kernel/
 * module_signature.c): fields that PKCS#7 has no use for must be 0.
 */
static enum mf_signed split(struct mf_bytes file, struct mf_bytes *ret_content,
			    struct mf_bytes *ret_der)
{
	static const uint8_t usual[SIGNATURE_LENGTH] = {[SIGNATURE_ID_TYPE] = ID_TYPE_PKCS7};
	uint32_t length;
	size_t at;

	if (file.n <= MARKER_LENGTH ||
	    memcmp(file.p + file.n - MARKER_LENGTH, MARKER, MARKER_LENGTH) != 0)
		return MF_SIGNED_NOT;
	file.n -= MARKER_LENGTH;
	if (file.n <= STRUCT_LENGTH)
		return MF_SIGNED_MALFORMED;
	at = file.n - STRUCT_LENGTH;
	if (!mf_get_u32(file, at + SIGNATURE_LENGTH, MF_BIG, &length) || length >= at)
		return MF_SIGNED_MALFORMED;
	if (file.p[at + SIGNATURE_ID_TYPE] != ID_TYPE_PKCS7)
		return MF_SIGNED_UNKNOWN; /* -ENOPKG: counts as unsigned */
	if (memcmp(file.p + at, usual, sizeof(usual)) != 0)
		return MF_SIGNED_MALFORMED;
	*ret_content = mf_bytes_sub(file, 0, at - length);
	*ret_der = mf_bytes_sub(file, at - length, length);
	return MF_SIGNED_GOOD;
}

/* Takes a value with this class and tag off the front; false when it is another or none. */
static bool take(struct mf_bytes *in, int expected, struct mf_bytes *ret)
{
	const unsigned char *at = in->p;
	int tag, class, flags;
	long n;

	flags = ASN1_get_object(&at, &n, &tag, &class, (long)in->n);
	/* 0x80: malformed, 1: without a length */
	if ((flags & 0x81) || (class | tag) != expected)
		return false;
	*ret = (struct mf_bytes){at, (size_t)n};
	in->n -= (size_t)(at - in->p) + ret->n;
	in->p = at + ret->n;
	return true;
}

/* A version number; 0 when there is none of one byte. */
static unsigned int take_version(struct mf_bytes *in)
{
	struct mf_bytes version;

	return take(in, V_ASN1_INTEGER, &version) && version.n == 1 ? version.p[0] : 0;
}

/*
 * Whether the versions of SignedData and each SignerInfo are 1 and 1, or 3 and 3, as the kernel
 * wants it; libcrypto reads them and does not tell. RFC 5652 section 5.1 has the order.
 */
static bool has_usual_versions(struct mf_bytes der)
{
	struct mf_bytes info, skipped, outer, data, signers, signer;
	unsigned int version;

	if (!take(&der, V_ASN1_SEQUENCE, &info) || !take(&info, V_ASN1_OBJECT, &skipped) ||
	    !take(&info, V_ASN1_CONTEXT_SPECIFIC | 0, &outer) ||
	    !take(&outer, V_ASN1_SEQUENCE, &data))
		return false;
	version = take_version(&data);
	if ((version != 1 && version != 3) || !take(&data, V_ASN1_SET, &skipped) ||
	    !take(&data, V_ASN1_SEQUENCE, &skipped))
		return false;
	take(&data, V_ASN1_CONTEXT_SPECIFIC | 0, &skipped); /* certificates */
	take(&data, V_ASN1_CONTEXT_SPECIFIC | 1, &skipped); /* revocation lists */
	if (!take(&data, V_ASN1_SET, &signers))
		return false;
	while (take(&signers, V_ASN1_SEQUENCE, &signer)) {
		if (take_version(&signer) != version)
			return false;
	}
	return signers.n == 0;
}

/* Signed data without content of its own and without signed attributes: nothing else is taken. */
static bool is_usual(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) * signers;
	ASN1_OCTET_STRING **own;

	if (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
	    OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
		return false;
	own = CMS_get0_content(cms);
	signers = CMS_get0_SignerInfos(cms);
	if (!own || *own || sk_CMS_SignerInfo_num(signers) <= 0)
		return false;
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		if (CMS_signed_get_attr_count(sk_CMS_SignerInfo_value(signers, i)) >= 0)
			return false;
	}
	return true;
}

static int read_trusted(const struct mf_certs *certs, STACK_OF(X509) * *out)
{
	*out = sk_X509_new_null();
	for (size_t i = 0; *out && i < certs->n; i++) {
		const unsigned char *at = certs->v[i].p;
		X509 *cert = d2i_X509(NULL, &at, (long)certs->v[i].n);

		if (cert && !sk_X509_push(*out, cert)) {
			X509_free(cert);
			return -ENOMEM;
		}
	}
	return *out ? 0 : -ENOMEM;
}

/* Reads the content once through the digests that the message names. */
static int hash_content(struct message *message, struct mf_bytes content)
{
	BIO *source = BIO_new_mem_buf(content.p, (int)content.n);
	char scratch[4096];

	if (!source)
		return -ENOMEM;
	message->content = CMS_dataInit(message->cms, source);
	if (!message->content) {
		BIO_free(source);
		return 0; /* no digest that libcrypto knows */
	}
	while (BIO_read(message->content, scratch, sizeof(scratch)) > 0)
		continue;
	return 0;
}

/*
 * The certificate by which a signature names its signer: issuer and serial number, or key id. One
 * with a key of a kind that is not known is as good as none.
 */
static X509 *find_signer(CMS_SignerInfo *signer, STACK_OF(X509) * certs)
{
	for (int i = 0; i < sk_X509_num(certs); i++) {
		X509 *cert = sk_X509_value(certs, i);

		if (X509_get0_pubkey(cert) && CMS_SignerInfo_cert_cmp(signer, cert) == 0)
			return cert;
	}
	return NULL;
}

/* The certificate that signed another one, itself included. */
static X509 *find_issuer(X509 *cert, STACK_OF(X509) * certs)
{
	for (int i = 0; i < sk_X509_num(certs); i++) {
		X509 *issuer = sk_X509_value(certs, i);

		if (X509_get0_pubkey(issuer) && X509_check_issued(issuer, cert) == X509_V_OK &&
		    X509_verify(cert, X509_get0_pubkey(issuer)) == 1)
			return issuer;
	}
	return NULL;
}

static bool is_among(X509 *cert, STACK_OF(X509) * certs)
{
	for (int i = 0; i < sk_X509_num(certs); i++) {
		if (X509_cmp(cert, sk_X509_value(certs, i)) == 0)
			return true;
	}
	return false;
}

/* Whether certificates inside the signature lead from its signer to a trusted one. */
static bool is_chained(X509 *cert, const struct message *message)
{
	for (unsigned int i = 0; cert && i < MAX_CHAIN; i++) {
		X509 *issuer;

		if (is_among(cert, message->trusted) || find_issuer(cert, message->trusted))
			return true;
		issuer = find_issuer(cert, message->embedded);
		cert = issuer == cert ? NULL : issuer;
	}
	return false;
}

/*
 * Kind of key that a signature algorithm asks for, EVP_PKEY_NONE where the kernel has none for it
 * (crypto/asymmetric_keys/pkcs7_parser.c, pkcs7_sig_note_pkey_algo).
 */
static int key_type(const X509_ALGOR *algorithm)
{
	int id = OBJ_obj2nid(algorithm->algorithm);
	int digest, key;

	if (id == NID_rsaEncryption)
		return EVP_PKEY_RSA;
	if (OBJ_find_sigid_algs(id, &digest, &key) && key == NID_X9_62_id_ecPublicKey)
		return EVP_PKEY_EC;
	return EVP_PKEY_NONE;
}

/* A signer whose certificate is neither trusted nor inside is not looked at, as in the kernel. */
static enum mf_signed judge_signer(CMS_SignerInfo *signer, const struct message *message)
{
	X509 *trusted = find_signer(signer, message->trusted);
	X509 *cert = trusted ? trusted : find_signer(signer, message->embedded);
	X509_ALGOR *digest, *algorithm;

	if (!cert || !message->content)
		return MF_SIGNED_UNKNOWN;
	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, &algorithm);
	if (!EVP_get_digestbyobj(digest->algorithm) || key_type(algorithm) == EVP_PKEY_NONE)
		return MF_SIGNED_UNKNOWN;
	if (key_type(algorithm) != EVP_PKEY_get_base_id(X509_get0_pubkey(cert)))
		return MF_SIGNED_BAD;
	CMS_SignerInfo_set1_signer_cert(signer, cert);
	if (CMS_SignerInfo_verify_content(signer, message->content) != 1)
		return MF_SIGNED_BAD;
	return trusted || is_chained(cert, message) ? MF_SIGNED_GOOD : MF_SIGNED_UNKNOWN;
}

/* One bad signer spoils all, one good one is enough beside unknown ones. */
static enum mf_signed judge(const struct message *message)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(message->cms);
	enum mf_signed verdict = MF_SIGNED_UNKNOWN;

	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		enum mf_signed one = judge_signer(sk_CMS_SignerInfo_value(signers, i), message);

		if (one == MF_SIGNED_BAD)
			return one;
		if (one == MF_SIGNED_GOOD)
			verdict = one;
	}
	return verdict;
}

int mf_module_verify(struct mf_bytes file, const struct mf_certs *certs, enum mf_signed *out)
{
	MF_CLEANUP(free_message) struct message message = {0};
	struct mf_bytes content, der;
	const unsigned char *at;
	int r;

	*out = split(file, &content, &der);
	if (*out != MF_SIGNED_GOOD)
		return 0;
	*out = MF_SIGNED_MALFORMED;
	if (content.n > INT32_MAX)
		return 0; /* the kernel takes no such file */
	at = der.p;
	message.cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.n);
	if (!is_usual(message.cms) || !has_usual_versions(der))
		return 0;
	message.embedded = CMS_get1_certs(message.cms);
	r = read_trusted(certs, &message.trusted);
	if (!r)
		r = hash_content(&message, content);
	if (!r)
		*out = judge(&message);
	return r;
}
