// SPDX-License-Identifier: GPL-2.0-or-later
// Which key made an OpenPGP signature: packets and subpackets as RFC 9580 (and 4880) have them.
#include "lib/core/openpgp.h"

#include <stdio.h>

#define TAG_SIGNATURE	   2  /* RFC 9580 5.2 */
#define ISSUER_KEY_ID	   16 /* RFC 9580 5.2.3.12: eight bytes */
#define ISSUER_FINGERPRINT 33 /* RFC 9580 5.2.3.35: version of the key, fingerprint */
#define KEY_ID_BYTES	   8
#define V3_KEY_ID_AT	   7 /* version, length, type, time of four bytes */

/* Reads a big-endian number of 1, 2 or 4 bytes and steps over it. */
static bool take(struct mf_bytes *bytes, unsigned int size, uint64_t *out)
{
	if (!mf_get_uint(*bytes, 0, size, MF_BIG, out))
		return false;
	*bytes = mf_bytes_sub(*bytes, size, bytes->n - size);
	return true;
}

/* Steps over size bytes and gives them. */
static bool take_bytes(struct mf_bytes *bytes, uint64_t size, struct mf_bytes *out)
{
	if (!mf_bytes_has(*bytes, 0, size))
		return false;
	*out = mf_bytes_sub(*bytes, 0, size);
	*bytes = mf_bytes_sub(*bytes, size, bytes->n - size);
	return true;
}

/* Lengths of new packets and of subpackets share their first three forms (RFC 9580 4.2.1). */
static bool take_length(struct mf_bytes *bytes, unsigned int two_bytes_end, uint64_t *out)
{
	uint64_t low;

	if (!take(bytes, 1, out))
		return false;
	if (*out < 192)
		return true;
	if (*out == 255)
		return take(bytes, 4, out);
	if (*out >= two_bytes_end || !take(bytes, 1, &low))
		return false; /* 224 to 254 of packets: partial lengths, no signature has them */
	*out = ((*out - 192) << 8) + low + 192;
	return true;
}

static bool take_packet(struct mf_bytes *bytes, unsigned int *ret_tag, struct mf_bytes *ret_body)
{
	uint64_t first;
	uint64_t length;

	if (!take(bytes, 1, &first) || !(first & 0x80))
		return false;
	if (first & 0x40) {
		*ret_tag = first & 0x3f;
		return take_length(bytes, 224, &length) && take_bytes(bytes, length, ret_body);
	}
	*ret_tag = (first >> 2) & 0x0f;
	if ((first & 3) == 3) /* up to the end */
		length = bytes->n;
	else if (!take(bytes, 1U << (first & 3), &length))
		return false;
	return take_bytes(bytes, length, ret_body);
}

static bool put_hex(struct mf_bytes id, char out[MF_OPENPGP_KEY_ID_SIZE])
{
	if (id.n < KEY_ID_BYTES)
		return false;
	for (size_t i = 0; i < KEY_ID_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", id.p[i]);
	return true;
}

/* A version 4 fingerprint ends with the key id, later ones start with it (RFC 9580 5.5.4). */
static bool put_fingerprint(struct mf_bytes body, char out[MF_OPENPGP_KEY_ID_SIZE])
{
	uint64_t version;

	if (!take(&body, 1, &version) || body.n < KEY_ID_BYTES)
		return false;
	if (version <= 4)
		body = mf_bytes_sub(body, body.n - KEY_ID_BYTES, KEY_ID_BYTES);
	return put_hex(body, out);
}

static bool find_issuer(struct mf_bytes area, char out[MF_OPENPGP_KEY_ID_SIZE])
{
	while (area.n) {
		struct mf_bytes body;
		uint64_t length;
		uint64_t type;

		if (!take_length(&area, 255, &length) || !take_bytes(&area, length, &body) ||
		    !take(&body, 1, &type))
			return false;
		type &= 0x7f; /* the highest bit says that the subpacket is critical */
		if (type == ISSUER_KEY_ID && put_hex(body, out))
			return true;
		if (type == ISSUER_FINGERPRINT && put_fingerprint(body, out))
			return true;
	}
	return false;
}

static bool read_signature(struct mf_bytes body, char out[MF_OPENPGP_KEY_ID_SIZE])
{
	unsigned int length_size;
	uint64_t version;
	uint64_t skipped;
	struct mf_bytes whole = body;

	if (!take(&body, 1, &version))
		return false;
	if (version == 3)
		return put_hex(mf_bytes_sub(whole, V3_KEY_ID_AT, KEY_ID_BYTES), out);
	if (version != 4 && version != 6)
		return false;
	length_size = version == 4 ? 2 : 4;
	/* type of signature, of key, of hash; then the hashed and the other subpackets */
	for (unsigned int i = 0; i < 3; i++) {
		if (!take(&body, 1, &skipped))
			return false;
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct mf_bytes area;
		uint64_t length;

		if (!take(&body, length_size, &length) || !take_bytes(&body, length, &area))
			return false;
		if (find_issuer(area, out))
			return true;
	}
	return false;
}

bool mf_openpgp_key_id(struct mf_bytes packets, char out[MF_OPENPGP_KEY_ID_SIZE])
{
	struct mf_bytes body;
	unsigned int tag;

	out[0] = '\0';
	while (packets.n && take_packet(&packets, &tag, &body)) {
		if (tag == TAG_SIGNATURE)
			return read_signature(body, out);
	}
	return false;
}
