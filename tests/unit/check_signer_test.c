// SPDX-License-Identifier: GPL-2.0-or-later
// What check says of a signer, by the keys of the kernel image and those that were given.
#include "tests/unit/certmake.h"

#include "lib/base/cleanup.h"
#include "lib/core/check.h"
#include "tests/unit/drvmake.h"
#include "tests/unit/elfmake.h"

#define RELEASE "6.1.0-56-amd64"

static struct certmake image, enrolled, stranger;

/* A module that signer signed, NULL: nobody. */
static void make_module(struct mf_buf *out, const struct certmake *signer)
{
	static const char *const modinfo[] = {"name=drv", "license=GPL", "vermagic=" RELEASE " SMP",
					      NULL};
	size_t at;

	elfmake(out, &(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = modinfo});
	at = out->len;
	if (!signer)
		return;
	certmake_sign(out, mf_buf_bytes(out), signer, CERTMAKE_USUAL);
	certmake_end(out, out->len - at);
}

struct keys {
	const struct certmake *of_image; /* NULL: the image was not given */
	const struct certmake *given;
	enum mf_answer sig; /* whether the kernel looks at signatures */
};

static enum mf_answer judge(struct mf_buf *module, const struct keys *keys)
{
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(mf_checked_free) struct mf_checked checked = {0};
	struct mf_driver *driver = drvmake(&set, "drv", "1", RELEASE, "drv");
	struct mf_selected one = {&set.packages[0], &set.packages[0].builds[0], driver};
	struct mf_selected_list list = {&one, 1};
	struct mf_bytes of_image = keys->of_image ? keys->of_image->der : (struct mf_bytes){0};
	struct mf_bytes given = keys->given ? keys->given->der : (struct mf_bytes){0};
	struct mf_certs certs = {&given, 1};
	struct mf_kernel kernel = {.release = RELEASE,
				   .arch = "x86_64",
				   .config.sig = keys->sig,
				   .certs = {&of_image, keys->of_image != NULL}};
	struct mf_check check = {
		.kernel = &kernel, .selected = &list, .certs = keys->given ? &certs : NULL};

	driver->content = mf_buf_bytes(module);
	assert_int_equal(mf_check_drivers(&check, &checked), 0);
	assert_int_equal(checked.n, 1);
	return checked.v[0].trusted;
}

static void trust_is_what_is_known(void **state)
{
	static const struct {
		const struct certmake *signer;
		struct keys keys;
		enum mf_answer whole, changed;
	} cases[] = {
		{NULL, {&image, &enrolled, 0}, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN},
		{&image, {&image, NULL, 0}, MF_ANSWER_YES, MF_ANSWER_NO},
		{&enrolled, {&image, &enrolled, 0}, MF_ANSWER_YES, MF_ANSWER_NO},
		{&enrolled, {NULL, &enrolled, 0}, MF_ANSWER_YES, MF_ANSWER_NO},
		{&stranger, {&image, &enrolled, 0}, MF_ANSWER_NO, MF_ANSWER_NO},
		/* the keys of the image may be among those that are not known */
		{&stranger, {NULL, &enrolled, 0}, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN},
		{&stranger, {NULL, NULL, 0}, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN},
		{&image, {&image, NULL, MF_ANSWER_NO}, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
		enum mf_answer found;

		make_module(&module, cases[i].signer);
		found = judge(&module, &cases[i].keys);
		if (found != cases[i].whole)
			fail_msg("case %zu: %d", i, (int)found);
		module.data[9] ^= 1; /* padding of e_ident, which nobody reads */
		found = judge(&module, &cases[i].keys);
		if (found != cases[i].changed)
			fail_msg("case %zu, changed: %d", i, (int)found);
	}
}

static int set_up(void **state)
{
	(void)state;
	image = certmake("image", NULL);
	enrolled = certmake("enrolled", NULL);
	stranger = certmake("stranger", NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	certmake_free(&image);
	certmake_free(&enrolled);
	certmake_free(&stranger);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trust_is_what_is_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
