// SPDX-License-Identifier: GPL-2.0-or-later
// The signer of a CMS signature in its usual form; libcrypto has the say on any other. Listing a
// kernel's 4,000 signed modules took 40 % of its time in libcrypto's decoder.
#include "lib/core/cms.h"

#include <string.h>

#define MAX_DEPTH 16 /* of nested values; signatures without certificates have 8 */

/* Identifier octets, X.690 section 8.1.2. */
enum tag {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_UTF8 = 0x0c,
	TAG_PRINTABLE = 0x13,
	TAG_IA5 = 0x16,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_CHOICE_0 = 0x80, /* [0], primitive */
	TAG_OUTER_0 = 0xa0,  /* [0], constructed */
	TAG_OUTER_1 = 0xa1,
};

#define IS_CONSTRUCTED 0x20u
#define IS_LONG_TAG    0x1fu

/* 1.2.840.113549.1.7.2, RFC 5652 section 5.1; 2.5.4.3, X.520 commonName */
static const uint8_t signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t common_name[] = {0x55, 0x04, 0x03};

/* Takes the first value off the bytes; false where there is none of definite length. */
static bool next(struct mf_bytes *in, unsigned int *ret_tag, struct mf_bytes *ret)
{
	uint64_t length;
	unsigned int n_octets = 0;

	if (in->n < 2 || (in->p[0] & IS_LONG_TAG) == IS_LONG_TAG)
		return false;
	length = in->p[1];
	if (length >= 0x80) {
		n_octets = (unsigned int)length & 0x7f;
		if (n_octets < 1 || n_octets > 4 || !mf_get_uint(*in, 2, n_octets, MF_BIG, &length))
			return false;
	}
	if (!mf_bytes_has(*in, 2 + n_octets, length))
		return false;
	*ret_tag = in->p[0];
	*ret = (struct mf_bytes){in->p + 2 + n_octets, (size_t)length};
	in->p = ret->p + ret->n;
	in->n -= 2 + n_octets + ret->n;
	return true;
}

/* Takes the first value off when it has the tag. */
static bool take(struct mf_bytes *in, enum tag tag, struct mf_bytes *ret)
{
	struct mf_bytes rest = *in;
	unsigned int found;

	if (!next(&rest, &found, ret) || found != (unsigned int)tag)
		return false;
	*in = rest;
	return true;
}

/* Whether all values, also those inside of others, end where they should. */
static bool is_well_formed(struct mf_bytes in, unsigned int depth)
{
	while (in.n) {
		struct mf_bytes content;
		unsigned int tag;

		if (!next(&in, &tag, &content))
			return false;
		if ((tag & IS_CONSTRUCTED) && (!depth || !is_well_formed(content, depth - 1)))
			return false;
	}
	return true;
}

static bool is_ascii(struct mf_bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	}
	return true;
}

static bool is_oid(struct mf_bytes oid, const uint8_t *expected, size_t n)
{
	return oid.n == n && memcmp(oid.p, expected, n) == 0;
}

/* The first common name of a Name: SEQUENCE OF SET OF SEQUENCE {type, value}. */
static bool find_common_name(struct mf_bytes name, struct mf_bytes *ret)
{
	while (name.n) {
		struct mf_bytes set, attribute, type;
		unsigned int tag;

		if (!take(&name, TAG_SET, &set))
			return false;
		while (set.n) {
			if (!take(&set, TAG_SEQUENCE, &attribute) ||
			    !take(&attribute, TAG_OID, &type))
				return false;
			if (!is_oid(type, common_name, sizeof(common_name)))
				continue;
			return next(&attribute, &tag, ret) && !attribute.n && is_ascii(*ret) &&
			       (tag == TAG_UTF8 || tag == TAG_PRINTABLE || tag == TAG_IA5);
		}
	}
	return true;
}

/* SignerInfo of RFC 5652, section 5.3, as far as the signature. */
static bool read_signer(struct mf_bytes info, struct mf_cms_signer *out)
{
	struct mf_bytes skipped, issuer, name;

	if (!take(&info, TAG_INTEGER, &skipped))
		return false;
	if (take(&info, TAG_SEQUENCE, &issuer)) {
		if (!take(&issuer, TAG_SEQUENCE, &name) || !take(&issuer, TAG_INTEGER, &skipped) ||
		    issuer.n || !find_common_name(name, &out->common_name))
			return false;
	} else if (!take(&info, TAG_CHOICE_0, &out->key_id)) {
		return false;
	}
	return take(&info, TAG_SEQUENCE, &skipped) && /* digest algorithm */
	       (take(&info, TAG_OUTER_0, &skipped) || true) &&
	       take(&info, TAG_SEQUENCE, &skipped) && take(&info, TAG_OCTETS, &skipped) && !info.n;
}

bool mf_cms_signer(struct mf_bytes der, struct mf_cms_signer *out)
{
	struct mf_bytes info, type, outer, data, skipped, signers, signer;

	*out = (struct mf_cms_signer){0};
	if (!is_well_formed(der, MAX_DEPTH) || !take(&der, TAG_SEQUENCE, &info) || der.n ||
	    !take(&info, TAG_OID, &type) || !is_oid(type, signed_data, sizeof(signed_data)) ||
	    !take(&info, TAG_OUTER_0, &outer) || info.n || !take(&outer, TAG_SEQUENCE, &data) ||
	    outer.n)
		return false;
	if (!take(&data, TAG_INTEGER, &skipped) || !take(&data, TAG_SET, &skipped) ||
	    !take(&data, TAG_SEQUENCE, &skipped))
		return false;
	take(&data, TAG_OUTER_0, &skipped); /* certificates */
	take(&data, TAG_OUTER_1, &skipped); /* revocation lists */
	return take(&data, TAG_SET, &signers) && !data.n && take(&signers, TAG_SEQUENCE, &signer) &&
	       read_signer(signer, out);
}
