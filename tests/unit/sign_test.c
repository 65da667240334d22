// SPDX-License-Identifier: GPL-2.0-or-later
// Signing of modules: what is written verifies, what cannot be used is refused by name.
#include <errno.h>
#include <openssl/pem.h>

#include "tests/unit/certmake.h"

#include "lib/base/cleanup.h"
#include "lib/core/signature.h"
#include "lib/core/verify.h"
#include "lib/io/sign.h"
#include "tests/unit/tempdir.h"

#define CONTENT "\177ELF, as far as a signature cares"
#define PIN	"open sesame"

/* Two signers and one whom the first signed, in files of a folder: NAME.key, NAME.pem, NAME.der. */
static struct tempdir dir;
static struct certmake rsa, ec, child;

static const char *path(const char *name)
{
	static char paths[4][128];
	static size_t next;
	char *out = paths[next++ % 4];

	snprintf(out, sizeof(paths[0]), "%s/%s", dir.path, name);
	return out;
}

static FILE *create(const char *name)
{
	FILE *file = fopen(path(name), "w");

	assert_non_null(file);
	return file;
}

static void put_text(const char *name, const char *text)
{
	FILE *file = create(name);

	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void put_key(const char *name, EVP_PKEY *key, const char *pin)
{
	FILE *file = create(name);

	assert_int_equal(PEM_write_PKCS8PrivateKey(file, key, pin ? EVP_aes_256_cbc() : NULL, pin,
						   pin ? (int)strlen(pin) : 0, NULL, NULL),
			 1);
	assert_int_equal(fclose(file), 0);
}

static void put_certs(const char *name, const struct certmake *const *certs, size_t n)
{
	FILE *file = create(name);

	for (size_t i = 0; i < n; i++)
		assert_int_equal(PEM_write_X509(file, certs[i]->cert), 1);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	FILE *file;

	(void)state;
	tempdir_make(&dir);
	rsa = certmake_of(EVP_RSA_gen(2048), "modferry test RSA", NULL);
	ec = certmake("modferry test EC", NULL);
	child = certmake("modferry test child", &ec);
	put_key("rsa.key", rsa.key, NULL);
	put_key("secret.key", rsa.key, PIN);
	put_key("ec.key", ec.key, NULL);
	put_key("child.key", child.key, NULL);
	put_certs("rsa.pem", (const struct certmake *[]){&rsa}, 1);
	put_certs("all.pem", (const struct certmake *[]){&child, &rsa, &ec}, 3);
	put_text("garbage", "this is neither a key nor a certificate\n");
	put_text("empty", "");
	put_text("cut.key", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n");
	file = create("rsa.der");
	assert_int_equal(fwrite(rsa.der.p, rsa.der.n, 1, file), 1);
	assert_int_equal(fclose(file), 0);
	unsetenv("KBUILD_SIGN_PIN");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	certmake_free(&rsa);
	certmake_free(&ec);
	certmake_free(&child);
	tempdir_remove(&dir);
	return 0;
}

static void free_key(struct mf_signing_key **key)
{
	mf_signing_key_free(*key);
}

static void verdict(const struct mf_buf *module, const struct certmake *signer,
		    enum mf_signed expected)
{
	struct mf_certs certs = {(struct mf_bytes *)(uintptr_t)&signer->der, 1};
	enum mf_signed found;

	assert_int_equal(mf_module_verify(mf_buf_bytes(module), &certs, &found), 0);
	assert_int_equal(found, expected);
}

static void signs_with(const char *key_file, const char *cert_file, const char *hash,
		       const struct certmake *signer)
{
	MF_CLEANUP(free_key) struct mf_signing_key *key = NULL;
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	struct mf_module facts = {0};
	struct mf_bytes content;
	struct mf_err err = {0};

	if (mf_signing_key_read(path(key_file), path(cert_file), hash, &key, &err))
		fail_msg("%s", err.text);
	mf_buf_adds(&module, CONTENT);
	assert_int_equal(mf_module_sign(&module, key, &err), 0);
	verdict(&module, signer, MF_SIGNED_GOOD);
	assert_int_equal(mf_signature_read(mf_buf_bytes(&module), &arena, &facts, &content), 0);
	assert_int_equal(facts.signature, MF_SIGNATURE_PRESENT);
	assert_string_equal(facts.signer, mf_signing_key_signer(key));
	assert_int_equal(content.n, strlen(CONTENT));
	module.data[3] ^= 1;
	verdict(&module, signer, MF_SIGNED_BAD);
}

static void what_is_signed_verifies(void **state)
{
	(void)state;
	signs_with("rsa.key", "rsa.pem", "sha256", &rsa);
	signs_with("rsa.key", "rsa.pem", "sha384", &rsa);
	signs_with("rsa.key", "rsa.der", "sha512", &rsa);
	signs_with("ec.key", "all.pem", "sha256", &ec);
	signs_with("ec.key", "all.pem", "sha512", &ec);
	signs_with("child.key", "all.pem", "sha256", &child);
}

/* modinfo shows the issuer. */
static void the_signer_is_the_issuer(void **state)
{
	MF_CLEANUP(free_key) struct mf_signing_key *key = NULL;

	(void)state;
	assert_int_equal(
		mf_signing_key_read(path("child.key"), path("all.pem"), "sha256", &key, NULL), 0);
	assert_string_equal(mf_signing_key_signer(key), "modferry test EC");
}

static void a_signature_is_replaced(void **state)
{
	MF_CLEANUP(free_key) struct mf_signing_key *key = NULL;
	MF_CLEANUP(mf_buf_free) struct mf_buf once = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf again = {0};

	(void)state;
	assert_int_equal(
		mf_signing_key_read(path("rsa.key"), path("rsa.pem"), "sha256", &key, NULL), 0);
	mf_buf_adds(&once, CONTENT);
	mf_buf_adds(&again, CONTENT);
	for (int i = 0; i < 2; i++) { /* one behind another, as sign-file leaves it */
		size_t at = again.len;

		certmake_sign(&again, mf_buf_bytes(&again), &ec, CERTMAKE_USUAL);
		certmake_end(&again, again.len - at);
	}
	assert_int_equal(mf_module_sign(&once, key, NULL), 0);
	assert_int_equal(mf_module_sign(&again, key, NULL), 0);
	assert_int_equal(once.len, again.len);
	assert_memory_equal(once.data, again.data, once.len);
}

static void a_malformed_signature_stays(void **state)
{
	MF_CLEANUP(free_key) struct mf_signing_key *key = NULL;
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	struct mf_err err = {0};
	size_t before;

	(void)state;
	assert_int_equal(
		mf_signing_key_read(path("rsa.key"), path("rsa.pem"), "sha256", &key, NULL), 0);
	mf_buf_adds(&module, CONTENT "not PKCS#7");
	certmake_end(&module, strlen("not PKCS#7"));
	before = module.len;
	assert_int_equal(mf_module_sign(&module, key, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "malformed"));
	assert_int_equal(module.len, before);
}

static void what_cannot_be_used_is_refused(void **state)
{
	static const struct {
		const char *key, *cert, *hash;
		int code;
		const char *text;
	} cases[] = {
		{"ec.key", "rsa.pem", "sha256", -EKEYREJECTED,
		 "does not belong to the private key"},
		{"gone", "rsa.pem", "sha256", -ENOENT, "gone: No such file"},
		{"rsa.key", "gone", "sha256", -ENOENT, "gone: No such file"},
		{"garbage", "rsa.pem", "sha256", -EBADMSG, "garbage: no private key"},
		{"empty", "rsa.pem", "sha256", -EBADMSG, "empty: no private key"},
		{"cut.key", "rsa.pem", "sha256", -EBADMSG, "cut.key: no private key"},
		{"rsa.pem", "rsa.pem", "sha256", -EBADMSG, "rsa.pem: no private key"},
		{"rsa.key", "garbage", "sha256", -EBADMSG, "garbage: no X.509 certificate"},
		{"rsa.key", "rsa.key", "sha256", -EBADMSG, "rsa.key: no X.509 certificate"},
		{"rsa.key", "empty", "sha256", -EBADMSG, "empty: no X.509 certificate"},
		{"rsa.key", "rsa.pem", "md5", -EINVAL, "md5: unknown hash"},
		{"ed.key", "ed.pem", "sha256", -EOPNOTSUPP, "ed.key: is a key for ED25519"},
		{"small.key", "small.pem", "sha512", -EIO, "small.key: cannot be signed"},
	};
	struct certmake small = certmake_of(EVP_RSA_gen(512), "small", NULL);
	EVP_PKEY *edwards = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	(void)state;
	put_key("small.key", small.key, NULL);
	put_certs("small.pem", (const struct certmake *[]){&small}, 1);
	put_key("ed.key", edwards, NULL);
	certmake_free(&small);
	EVP_PKEY_free(edwards);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(free_key) struct mf_signing_key *key = NULL;
		struct mf_err err = {0};
		int r = mf_signing_key_read(path(cases[i].key), path(cases[i].cert), cases[i].hash,
					    &key, &err);

		if (r != cases[i].code || !strstr(err.text, cases[i].text) || key)
			fail_msg("case %zu: %d, %s", i, r, err.text);
	}
}

static void tokens_are_refused(void **state)
{
	struct mf_signing_key *key = NULL;
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(
		mf_signing_key_read("pkcs11:token=x", path("rsa.pem"), "sha256", &key, &err),
		-EOPNOTSUPP);
	assert_non_null(strstr(err.text, "PKCS#11"));
}

static void a_passphrase_comes_from_the_environment(void **state)
{
	static const struct {
		const char *pin;
		int code;
		const char *text;
	} cases[] = {
		{NULL, -EKEYREJECTED, "is encrypted; put its passphrase into the environment"},
		{"wrong one", -EKEYREJECTED, "does not decrypt it"},
		{"", -EKEYREJECTED, "does not decrypt it"},
		{PIN, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(free_key) struct mf_signing_key *key = NULL;
		struct mf_err err = {0};
		int r;

		if (cases[i].pin)
			setenv("KBUILD_SIGN_PIN", cases[i].pin, 1);
		r = mf_signing_key_read(path("secret.key"), path("rsa.pem"), "sha256", &key, &err);
		unsetenv("KBUILD_SIGN_PIN");
		if (r != cases[i].code || !strstr(err.text, cases[i].text))
			fail_msg("case %zu: %d, %s", i, r, err.text);
		if (cases[i].pin && *cases[i].pin)
			assert_null(strstr(err.text, cases[i].pin));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_verifies),
		cmocka_unit_test(the_signer_is_the_issuer),
		cmocka_unit_test(a_signature_is_replaced),
		cmocka_unit_test(a_malformed_signature_stays),
		cmocka_unit_test(what_cannot_be_used_is_refused),
		cmocka_unit_test(tokens_are_refused),
		cmocka_unit_test(a_passphrase_comes_from_the_environment),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
