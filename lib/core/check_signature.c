// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of check: the signature (module_sig_check in kernel/module/signing.c).
#include <errno.h>
#include <string.h>

#include "lib/core/check_rules.h"

/* The image's own certificates and those that were given. */
static int all_certs(struct mf_judge *judge, struct mf_certs *out)
{
	const struct mf_certs *own = &judge->check->kernel->certs;
	const struct mf_certs *given = judge->check->certs;
	size_t n = own->n + (given ? given->n : 0);

	out->v = mf_arena_alloc(judge->arena, n * sizeof(*out->v) + 1);
	if (!out->v)
		return -ENOMEM;
	if (own->n)
		memcpy(out->v, own->v, own->n * sizeof(*out->v));
	if (given && given->n)
		memcpy(out->v + own->n, given->v, given->n * sizeof(*out->v));
	out->n = n;
	return 0;
}

/* Whether the kernel looks at signatures at all; one whose own modules are signed does. */
static enum mf_answer has_signatures(const struct mf_kernel *kernel)
{
	if (kernel->config.sig != MF_ANSWER_UNKNOWN)
		return kernel->config.sig;
	return kernel->signer || kernel->certs.n ? MF_ANSWER_YES : MF_ANSWER_UNKNOWN;
}

static bool is_enforced(const struct mf_check *check)
{
	return check->is_enforced || check->kernel->config.sig_force == MF_ANSWER_YES;
}

static int judge_unsigned(struct mf_judge *judge)
{
	if (is_enforced(judge->check))
		return mf_judge_say(
			judge, MF_REASON_UNSIGNED, MF_VERDICT_FAILS,
			"sign it with a key that is enrolled there (DKMS does with its mok.key)",
			"is not signed, and signatures are enforced there");
	return mf_judge_say(judge, MF_REASON_UNSIGNED, MF_VERDICT_LOADS, NULL,
			    "is not signed: loads unless signatures are enforced there, which "
			    "--secure-boot asks about");
}

/* Signed by a key that is not among the certificates known here. */
static int judge_stranger(struct mf_judge *judge)
{
	const struct mf_kernel *kernel = judge->check->kernel;
	const char *signer = judge->module.signer ? judge->module.signer : "an unnamed key";

	if (!kernel->certs.n && kernel->signer && judge->module.signer &&
	    strcmp(kernel->signer, judge->module.signer) == 0)
		return mf_judge_say(
			judge, MF_REASON_SIGNER_UNKNOWN, MF_VERDICT_UNKNOWN,
			"give the kernel image with --vmlinuz",
			"is signed by %s as the stock modules are; that its content is still what was signed is not known without that key, which the kernel image has",
			signer);
	if (!is_enforced(judge->check))
		return 0; /* taints, no more */
	return mf_judge_say(
		judge, MF_REASON_SIGNER_UNKNOWN,
		kernel->certs.n ? MF_VERDICT_FAILS : MF_VERDICT_UNKNOWN,
		"enroll that key there (mokutil --import), and give its certificate with --cert",
		"is signed by %s, which is none of the keys known to be trusted there", signer);
}

/* Keys of --cert alone are not all that a kernel may trust; those of its image are. */
static enum mf_answer is_trusted(const struct mf_judge *judge, enum mf_signed state)
{
	switch (state) {
	case MF_SIGNED_GOOD: return MF_ANSWER_YES;
	case MF_SIGNED_BAD:
	case MF_SIGNED_MALFORMED: return MF_ANSWER_NO;
	case MF_SIGNED_UNKNOWN:
		return judge->check->kernel->certs.n ? MF_ANSWER_NO : MF_ANSWER_UNKNOWN;
	case MF_SIGNED_NOT: break;
	}
	return MF_ANSWER_UNKNOWN;
}

int mf_judge_signature(struct mf_judge *judge)
{
	enum mf_answer looked_at = has_signatures(judge->check->kernel);
	enum mf_verdict fatal = looked_at == MF_ANSWER_YES ? MF_VERDICT_FAILS : MF_VERDICT_UNKNOWN;
	struct mf_certs certs;
	enum mf_signed state;
	int r;

	if (looked_at == MF_ANSWER_NO)
		return 0;
	r = all_certs(judge, &certs);
	if (!r)
		r = mf_module_verify(judge->driver->content, &certs, &state);
	if (r)
		return r;
	judge->trusted = is_trusted(judge, state);
	switch (state) {
	case MF_SIGNED_GOOD: return 0;
	case MF_SIGNED_NOT: return judge_unsigned(judge);
	case MF_SIGNED_UNKNOWN: return judge_stranger(judge);
	case MF_SIGNED_BAD:
		return mf_judge_say(
			judge, MF_REASON_SIGNATURE_BAD, MF_VERDICT_FAILS,
			"sign it anew, or not at all",
			"its content is not what %s signed, which the kernel refuses, enforced or not",
			judge->module.signer ? judge->module.signer : "its signer");
	case MF_SIGNED_MALFORMED: break;
	}
	return mf_judge_say(judge, MF_REASON_SIGNATURE_BAD, fatal, "sign it anew, or not at all",
			    "its signature cannot be read, which the kernel refuses, enforced or "
			    "not");
}
