// SPDX-License-Identifier: GPL-2.0-or-later
// Signing kernel modules as the kernel's scripts/sign-file does.
#include "lib/io/sign.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/signature.h"
#include "lib/io/certs.h"
#include "lib/io/file.h"

/* include/linux/module_signature.h of the kernel: what stands behind the PKCS#7. */
#define MARKER	      "~Module signature appended~\n"
#define ID_TYPE_PKCS7 2u

/* The passphrase of an encrypted key, the name that sign-file has for it. */
#define PIN_VARIABLE "KBUILD_SIGN_PIN"

/* Bytes of a key file; an RSA key of 16,384 bits has 13,000. */
#define MAX_KEY_FILE ((size_t)1 << 20)

/*
 * No certificates, signed attributes or content inside: the kernel takes nothing else (kernel/
 * module/signing.c, crypto/asymmetric_keys/pkcs7_parser.c).
 */
#define SIGN_FLAGS (CMS_NOCERTS | CMS_NOATTR | CMS_NOSMIMECAP | CMS_BINARY | CMS_DETACHED)

struct mf_signing_key {
	EVP_PKEY *key;
	X509 *cert;
	const EVP_MD *hash;
	const char *signer;
	struct mf_arena arena; /* of signer */
};

static void cleanse(struct mf_buf *secret)
{
	if (secret->data)
		OPENSSL_cleanse(secret->data, secret->cap);
	mf_buf_free(secret);
}

static void free_bio(BIO **bio)
{
	BIO_free(*bio);
	*bio = NULL;
}

static void free_cert(X509 **cert)
{
	X509_free(*cert);
	*cert = NULL;
}

static void free_cms(CMS_ContentInfo **cms)
{
	CMS_ContentInfo_free(*cms);
	*cms = NULL;
}

/* What libcrypto says of its last failure: names of functions and causes, never of content. */
static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "libcrypto gives no reason";
}

/* What was asked for to decrypt a key. */
struct pin {
	const char *text; /* NULL: there is none */
	bool is_asked;
};

static int give_pin(char *out, int size, int is_writing, void *context)
{
	struct pin *pin = context;
	int n = pin->text ? (int)strnlen(pin->text, (size_t)size) : -1;

	(void)is_writing;
	pin->is_asked = true;
	if (n > 0)
		memcpy(out, pin->text, (size_t)n);
	return n;
}

static int refuse_key(const char *path, const struct pin *pin, struct mf_err *err)
{
	if (!pin->is_asked)
		return mf_fail(err, -EBADMSG, "%s: no private key in it, expected one in PEM",
			       path);
	if (!pin->text)
		return mf_fail(
			err, -EKEYREJECTED,
			"%s: is encrypted; put its passphrase into the environment as " PIN_VARIABLE,
			path);
	return mf_fail(err, -EKEYREJECTED,
		       "%s: the passphrase in " PIN_VARIABLE " does not decrypt it", path);
}

static int read_key(const char *path, EVP_PKEY **out, struct mf_err *err)
{
	MF_CLEANUP(cleanse) struct mf_buf text = {0};
	MF_CLEANUP(free_bio) BIO *source = NULL;
	struct pin pin = {.text = getenv(PIN_VARIABLE)};
	int r;

	if (mf_has_prefix(path, "pkcs11:"))
		return mf_fail(
			err, -EOPNOTSUPP,
			"%s: keys of PKCS#11 tokens are not supported, expected a file in PEM; sign the modules with the kernel's sign-file before, they are taken as they are",
			path);
	r = mf_read_file(path, MAX_KEY_FILE, &text, err);
	if (r)
		return r;
	source = BIO_new_mem_buf(mf_buf_str(&text), (int)text.len);
	if (!source)
		return -ENOMEM;
	*out = PEM_read_bio_PrivateKey(source, NULL, give_pin, &pin);
	if (!*out)
		return refuse_key(path, &pin, err);
	if (EVP_PKEY_is_a(*out, "RSA") || EVP_PKEY_is_a(*out, "EC"))
		return 0;
	return mf_fail(err, -EOPNOTSUPP,
		       "%s: is a key for %s, expected RSA or EC, which kernels verify", path,
		       EVP_PKEY_get0_type_name(*out));
}

/* The certificate of the key: of a file with several, the one that belongs to it. */
static int read_cert(const char *path, EVP_PKEY *key, X509 **out, struct mf_err *err)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_certs certs = {0};
	int r = mf_certs_read_file(path, &arena, &certs, err);

	for (size_t i = 0; !r && i < certs.n; i++) {
		MF_CLEANUP(free_cert) X509 *cert = NULL;
		const unsigned char *at = certs.v[i].p;

		cert = d2i_X509(NULL, &at, (long)certs.v[i].n);
		if (cert && X509_check_private_key(cert, key) == 1) {
			*out = mf_steal(&cert);
			return 0;
		}
	}
	return r ? r
		 : mf_fail(err, -EKEYREJECTED,
			   "%s: does not belong to the private key; give the certificate made with it",
			   path);
}

static int find_hash(const char *name, const EVP_MD **out, struct mf_err *err)
{
	static const char *const names[] = {"sha256", "sha384", "sha512"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		*out = EVP_get_digestbyname(name);
		return *out ? 0
			    : mf_fail(err, -EINVAL, "%s: libcrypto here has no such hash", name);
	}
	return mf_fail(err, -EINVAL, "%s: unknown hash, it may be sha256, sha384 or sha512", name);
}

/* The PKCS#7 of content, in DER; free with OPENSSL_free. Its length or -errno. */
static int make_pkcs7(const struct mf_signing_key *key, struct mf_bytes content,
		      unsigned char **ret_der, struct mf_err *err)
{
	MF_CLEANUP(free_cms) CMS_ContentInfo *cms = NULL;
	MF_CLEANUP(free_bio) BIO *source = NULL;
	int n = -1;

	if (content.n > INT32_MAX)
		return mf_fail(err, -EFBIG, "has %zu bytes, at most %d can be signed", content.n,
			       INT32_MAX);
	source = BIO_new_mem_buf(content.n ? content.p : (const uint8_t *)"", (int)content.n);
	cms = CMS_sign(NULL, NULL, NULL, NULL, SIGN_FLAGS | CMS_PARTIAL | CMS_STREAM);
	if (!source || !cms)
		return -ENOMEM;
	if (CMS_add1_signer(cms, key->cert, key->key, key->hash, SIGN_FLAGS) &&
	    CMS_final(cms, source, NULL, SIGN_FLAGS) == 1)
		n = i2d_CMS_ContentInfo(cms, ret_der);
	return n > 0 ? n : mf_fail(err, -EIO, "cannot be signed: %s", reason());
}

/* Appends PKCS#7, struct module_signature and the marker to what is signed. */
static int append(struct mf_buf *module, const unsigned char *der, size_t n)
{
	const uint8_t end[12] = {[2] = ID_TYPE_PKCS7,
				 [8] = (uint8_t)(n >> 24),
				 [9] = (uint8_t)(n >> 16),
				 [10] = (uint8_t)(n >> 8),
				 [11] = (uint8_t)n};

	mf_buf_add(module, der, n);
	mf_buf_add(module, end, sizeof(end));
	mf_buf_adds(module, MARKER);
	return mf_buf_status(module);
}

/* Length of a module without its signature, or signatures: sign-file puts one behind another. */
static int find_length(struct mf_bytes module, size_t *ret_n, struct mf_err *err)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena scratch = {0};
	struct mf_module facts = {.signature = MF_SIGNATURE_PRESENT};
	int r = 0;

	while (!r && facts.signature == MF_SIGNATURE_PRESENT)
		r = mf_signature_read(module, &scratch, &facts, &module);
	if (!r && facts.signature == MF_SIGNATURE_MALFORMED)
		r = mf_fail(err, -EBADMSG,
			    "its signature is malformed and cannot be replaced; build it anew");
	*ret_n = module.n;
	return r;
}

int mf_module_sign(struct mf_buf *module, const struct mf_signing_key *key, struct mf_err *err)
{
	unsigned char *der = NULL;
	size_t length;
	int r = find_length(mf_buf_bytes(module), &length, err);
	int n;

	if (r)
		return r;
	n = make_pkcs7(key, mf_bytes_sub(mf_buf_bytes(module), 0, length), &der, err);
	if (n > 0) {
		module->len = length;
		r = append(module, der, (size_t)n);
	}
	OPENSSL_free(der);
	ERR_clear_error(); /* libcrypto queues them for the thread; nobody reads them here */
	return n < 0 ? n : r;
}

/*
 * Signs nothing, which shows before any work is done that key and hash go together, and how tools
 * will name the signer.
 */
static int try_key(struct mf_signing_key *key, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf nothing = {0};
	struct mf_module facts = {0};
	struct mf_bytes content;
	int r = mf_module_sign(&nothing, key, err);

	if (!r)
		r = mf_signature_read(mf_buf_bytes(&nothing), &key->arena, &facts, &content);
	key->signer = facts.signer;
	return r;
}

static int read_all(const char *key, const char *cert, const char *hash, struct mf_signing_key *out,
		    struct mf_err *err)
{
	int r = find_hash(hash, &out->hash, err);

	if (!r)
		r = read_key(key, &out->key, err);
	if (!r)
		r = read_cert(cert, out->key, &out->cert, err);
	if (r)
		return r;
	r = try_key(out, err);
	return r ? mf_wrap(err, r, "%s", key) : 0;
}

int mf_signing_key_read(const char *key, const char *cert, const char *hash,
			struct mf_signing_key **ret_key, struct mf_err *err)
{
	struct mf_signing_key *made = calloc(1, sizeof(*made));
	int r = made ? read_all(key, cert, hash, made, err) : -ENOMEM;

	ERR_clear_error();
	if (r)
		mf_signing_key_free(made);
	else
		*ret_key = made;
	return r;
}

const char *mf_signing_key_signer(const struct mf_signing_key *key)
{
	return key->signer;
}

void mf_signing_key_free(struct mf_signing_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	X509_free(key->cert);
	mf_arena_free(&key->arena);
	free(key);
}
