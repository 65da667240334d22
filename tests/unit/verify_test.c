// SPDX-License-Identifier: GPL-2.0-or-later
// Signatures of modules: good, bad, of an unknown signer, and what the kernel never takes.
#include "tests/unit/certmake.h"

#include "lib/base/cleanup.h"
#include "lib/core/verify.h"

#define CONTENT "\177ELF, as far as a signature cares"

static struct certmake mine, other, child;

/* Content, PKCS#7 by signer with these flags, end. */
static void make(struct mf_buf *out, const struct certmake *signer, unsigned int flags)
{
	size_t at;

	out->len = 0;
	mf_buf_adds(out, CONTENT);
	at = out->len;
	certmake_sign(out, mf_buf_bytes(out), signer, flags);
	certmake_end(out, out->len - at);
	assert_int_equal(mf_buf_status(out), 0);
}

/* Verdict where `mine` alone is trusted. */
static enum mf_signed verify(const struct mf_buf *module)
{
	struct mf_certs certs = {&mine.der, 1};
	enum mf_signed found = MF_SIGNED_NOT;

	assert_int_equal(mf_module_verify(mf_buf_bytes(module), &certs, &found), 0);
	return found;
}

static void judges_signers(void **state)
{
	static const struct {
		const struct certmake *signer;
		unsigned int flags;
		enum mf_signed whole, changed;
	} cases[] = {
		{&mine, CERTMAKE_USUAL, MF_SIGNED_GOOD, MF_SIGNED_BAD},
		{&mine, CERTMAKE_USUAL | CMS_USE_KEYID, MF_SIGNED_GOOD, MF_SIGNED_BAD},
		{&mine, CERTMAKE_USUAL & ~CMS_NOCERTS, MF_SIGNED_GOOD, MF_SIGNED_BAD},
		{&other, CERTMAKE_USUAL, MF_SIGNED_UNKNOWN, MF_SIGNED_UNKNOWN},
		{&other, CERTMAKE_USUAL | CMS_USE_KEYID, MF_SIGNED_UNKNOWN, MF_SIGNED_UNKNOWN},
		/* the certificate inside shows that the content is wrong, not that it is right */
		{&other, CERTMAKE_USUAL & ~CMS_NOCERTS, MF_SIGNED_UNKNOWN, MF_SIGNED_BAD},
		/* signed by whom a trusted one signed: that must be inside */
		{&child, CERTMAKE_USUAL, MF_SIGNED_UNKNOWN, MF_SIGNED_UNKNOWN},
		{&child, CERTMAKE_USUAL & ~CMS_NOCERTS, MF_SIGNED_GOOD, MF_SIGNED_BAD},
		/* signed attributes, content inside */
		{&mine, CERTMAKE_USUAL & ~CMS_NOATTR, MF_SIGNED_MALFORMED, MF_SIGNED_MALFORMED},
		{&mine, CERTMAKE_USUAL & ~CMS_DETACHED, MF_SIGNED_MALFORMED, MF_SIGNED_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
		enum mf_signed found;

		make(&module, cases[i].signer, cases[i].flags);
		found = verify(&module);
		if (found != cases[i].whole)
			fail_msg("case %zu: %d", i, (int)found);
		module.data[5] ^= 1;
		found = verify(&module);
		if (found != cases[i].changed)
			fail_msg("case %zu, changed: %d", i, (int)found);
	}
}

static void nobody_is_trusted(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	struct mf_certs none = {0};
	enum mf_signed found;

	(void)state;
	make(&module, &mine, CERTMAKE_USUAL);
	assert_int_equal(mf_module_verify(mf_buf_bytes(&module), &none, &found), 0);
	assert_int_equal(found, MF_SIGNED_UNKNOWN);
}

/* Found by fuzzing: the signer's certificate has a key of a kind that nobody knows. */
static void a_key_of_no_kind_is_no_key(void **state)
{
	static const char ec[] = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"; /* id-ecPublicKey */
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf der = {0};
	struct mf_bytes cert;
	struct mf_certs certs = {&cert, 1};
	enum mf_signed found;
	uint8_t *kind;

	(void)state;
	mf_buf_add(&der, mine.der.p, mine.der.n);
	kind = memmem(der.data, der.len, ec, sizeof(ec) - 1);
	assert_non_null(kind);
	kind[sizeof(ec) - 2] = 0x7f;
	cert = mf_buf_bytes(&der);
	make(&module, &mine, CERTMAKE_USUAL);
	assert_int_equal(mf_module_verify(mf_buf_bytes(&module), &certs, &found), 0);
	assert_int_equal(found, MF_SIGNED_UNKNOWN);
}

static void no_marker_is_no_signature(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};

	(void)state;
	assert_int_equal(verify(&module), MF_SIGNED_NOT);
	mf_buf_adds(&module, "~Module signature appended~\n");
	assert_int_equal(verify(&module), MF_SIGNED_NOT); /* the kernel wants more than that */
	make(&module, &mine, CERTMAKE_USUAL);
	mf_buf_addc(&module, '\n');
	assert_int_equal(verify(&module), MF_SIGNED_NOT);
}

/* struct module_signature: algo, hash, id_type, signer_len, key_id_len, 3 of padding, length. */
static void fields_that_the_kernel_refuses(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	size_t at;

	(void)state;
	make(&module, &mine, CERTMAKE_USUAL);
	at = module.len - strlen("~Module signature appended~\n") - 12;
	for (size_t i = 0; i < 12; i++) {
		enum mf_signed expected = i == 2 ? MF_SIGNED_UNKNOWN : MF_SIGNED_MALFORMED;

		module.data[at + i] ^= 0x41;
		if (verify(&module) != expected)
			fail_msg("byte %zu: %d", i, (int)verify(&module));
		module.data[at + i] ^= 0x41;
	}
	assert_int_equal(verify(&module), MF_SIGNED_GOOD);
}

static void garbage_is_malformed(void **state)
{
	static const char *const garbage[] = {"", "garbage", "\x30\x03\x06\x01\x2a", "\x30\x80"};

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};

		mf_buf_adds(&module, CONTENT);
		mf_buf_adds(&module, garbage[i]);
		certmake_end(&module, strlen(garbage[i]));
		if (verify(&module) != MF_SIGNED_MALFORMED)
			fail_msg("garbage %zu: %d", i, (int)verify(&module));
	}
}

/* Every byte of the signature matters, and none of them crashes anything. */
static void a_changed_signature_is_never_good(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	size_t end, survived = 0;

	(void)state;
	make(&module, &mine, CERTMAKE_USUAL);
	end = module.len - strlen("~Module signature appended~\n") - 12;
	for (size_t at = strlen(CONTENT); at < end; at++) {
		module.data[at] ^= 0x10;
		survived += verify(&module) == MF_SIGNED_GOOD;
		module.data[at] ^= 0x10;
	}
	assert_int_equal(survived, 0);
}

static int set_up(void **state)
{
	(void)state;
	mine = certmake("mine", NULL);
	other = certmake("other", NULL);
	child = certmake("child", &mine);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	certmake_free(&mine);
	certmake_free(&other);
	certmake_free(&child);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_signers),
		cmocka_unit_test(nobody_is_trusted),
		cmocka_unit_test(a_key_of_no_kind_is_no_key),
		cmocka_unit_test(no_marker_is_no_signature),
		cmocka_unit_test(fields_that_the_kernel_refuses),
		cmocka_unit_test(garbage_is_malformed),
		cmocka_unit_test(a_changed_signature_is_never_good),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
