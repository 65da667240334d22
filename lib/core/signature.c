// SPDX-License-Identifier: GPL-2.0-or-later
// The signature appended to a kernel module: where it is and who made it.
#include "lib/core/signature.h"

#include <errno.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "lib/core/cms.h"

/* include/linux/module_signature.h of the kernel: the marker, before it struct module_signature. */
#define MARKER	      "~Module signature appended~\n"
#define MARKER_LENGTH (sizeof(MARKER) - 1)
#define STRUCT_LENGTH 12u
#define ID_TYPE_PKCS7 2u

/* Key id as text; NULL: out of memory. */
static const char *hex(struct mf_arena *arena, const unsigned char *bytes, size_t n)
{
	static const char digits[] = "0123456789ABCDEF";
	char *text = mf_arena_alloc(arena, 2 * n + 1);

	for (size_t i = 0; text && i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return text;
}

/* Common name of the issuer, or the key id in hex where the signer is named by key (sign-file -k).
 */
static int name_signer(CMS_SignerInfo *signer, struct mf_arena *arena, const char **out)
{
	ASN1_OCTET_STRING *key = NULL;
	X509_NAME *issuer = NULL;
	ASN1_STRING *value;
	unsigned char *text;
	int at, n;

	if (CMS_SignerInfo_get0_signer_id(signer, &key, &issuer, NULL) != 1)
		return 0;
	if (key) {
		*out = hex(arena, ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key));
		return *out ? 0 : -ENOMEM;
	}
	at = issuer ? X509_NAME_get_index_by_NID(issuer, NID_commonName, -1) : -1;
	if (at < 0)
		return 0;
	value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(issuer, at));
	n = ASN1_STRING_to_UTF8(&text, value);
	if (n < 0)
		return 0;
	*out = mf_arena_strndup(arena, (const char *)text, (size_t)n);
	OPENSSL_free(text);
	return *out ? 0 : -ENOMEM;
}

/* Whether the PKCS#7 has the usual form, then *ret_result is that of filling signer of out. */
static bool read_usual(struct mf_bytes der, struct mf_arena *arena, struct mf_module *out,
		       int *ret_result)
{
	struct mf_cms_signer signer;

	if (!mf_cms_signer(der, &signer))
		return false;
	out->signature = MF_SIGNATURE_PRESENT;
	if (signer.key_id.p)
		out->signer = hex(arena, signer.key_id.p, signer.key_id.n);
	else if (signer.common_name.p)
		out->signer = mf_arena_strndup(arena, (const char *)signer.common_name.p,
					       signer.common_name.n);
	*ret_result = out->signer || (!signer.key_id.p && !signer.common_name.p) ? 0 : -ENOMEM;
	return true;
}

/* Fills signer of out; leaves the state malformed when the PKCS#7 cannot be read. */
static int read_pkcs7(struct mf_bytes der, struct mf_arena *arena, struct mf_module *out)
{
	const unsigned char *at = der.p;
	CMS_ContentInfo *cms;
	STACK_OF(CMS_SignerInfo) * signers;
	int r = 0;

	if (read_usual(der, arena, out, &r))
		return r;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.n);
	signers = cms ? CMS_get0_SignerInfos(cms) : NULL;
	if (signers && sk_CMS_SignerInfo_num(signers) > 0) {
		out->signature = MF_SIGNATURE_PRESENT;
		r = name_signer(sk_CMS_SignerInfo_value(signers, 0), arena, &out->signer);
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error(); /* libcrypto queues them for the thread; nobody reads them here */
	return r;
}

int mf_signature_read(struct mf_bytes file, struct mf_arena *arena, struct mf_module *out,
		      struct mf_bytes *ret_content)
{
	struct mf_bytes rest;
	uint32_t length;
	size_t total;

	*ret_content = file;
	out->signature = MF_SIGNATURE_NONE;
	out->signer = NULL;
	if (file.n < MARKER_LENGTH ||
	    memcmp(file.p + file.n - MARKER_LENGTH, MARKER, MARKER_LENGTH) != 0)
		return 0;
	out->signature = MF_SIGNATURE_MALFORMED;
	rest = mf_bytes_sub(file, 0, file.n - MARKER_LENGTH);
	*ret_content = rest;
	if (rest.n < STRUCT_LENGTH)
		return 0;
	rest.n -= STRUCT_LENGTH;
	/* algo, hash, id_type, signer_len, key_id_len, 3 bytes of padding, sig_len big endian */
	if (!mf_get_u32(file, rest.n + 8, MF_BIG, &length))
		return 0;
	total = (size_t)length + file.p[rest.n + 3] + file.p[rest.n + 4];
	if (length > rest.n || total > rest.n)
		return 0;
	*ret_content = mf_bytes_sub(file, 0, rest.n - total);
	if (file.p[rest.n + 2] != ID_TYPE_PKCS7)
		return 0;
	return read_pkcs7(mf_bytes_sub(file, rest.n - length, length), arena, out);
}
