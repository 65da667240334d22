// SPDX-License-Identifier: GPL-2.0-or-later
// Names of FAT folder entries: long ones in UTF-16, short ones in code page 437.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/fat_parts.h"

#define UNITS	   13	/* of one part of a long name */
#define MAX_PARTS  20	/* 255 characters, and an end mark */
#define LAST_PART  0x40 /* in the number of the part that comes first */
#define LOWER_BASE 0x08 /* in byte 12: name, suffix are lower case (Windows NT) */
#define LOWER_TAIL 0x10

/* 0x80 to 0xff of code page 437, Linux' default for short names (CONFIG_FAT_DEFAULT_CODEPAGE). */
static const uint16_t code_page[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8,
	0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2,
	0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1,
	0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd,
	0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562,
	0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534,
	0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560,
	0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
	0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393,
	0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6,
	0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248, 0x00b0,
	0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static void add_utf8(struct mf_buf *out, uint32_t c)
{
	if (c < 0x80) {
		mf_buf_addc(out, (uint8_t)c);
		return;
	}
	if (c < 0x800) {
		mf_buf_addc(out, (uint8_t)(0xc0 | c >> 6));
	} else if (c < 0x10000) {
		mf_buf_addc(out, (uint8_t)(0xe0 | c >> 12));
		mf_buf_addc(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
	} else {
		mf_buf_addc(out, (uint8_t)(0xf0 | c >> 18));
		mf_buf_addc(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
		mf_buf_addc(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
	}
	mf_buf_addc(out, (uint8_t)(0x80 | (c & 0x3f)));
}

/* Sum of the eleven bytes of a short name, which every part of its long name carries. */
static uint8_t sum_short_name(struct mf_bytes entry)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 11; i++)
		sum = (uint8_t)((uint8_t)(sum << 7 | sum >> 1) + entry.p[i]);
	return sum;
}

void mf_fat_name_add(struct mf_fat_name *name, struct mf_bytes entry)
{
	static const uint8_t places[UNITS] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
	unsigned int number = entry.p[0] & ~(unsigned int)LAST_PART;

	if (entry.p[0] & LAST_PART) {
		*name = (struct mf_fat_name){
			.missing = number, .checksum = entry.p[13], .is_there = true};
		if (number > MAX_PARTS)
			name->is_there = false;
	}
	if (!name->is_there || !number || number != name->missing ||
	    name->checksum != entry.p[13]) {
		name->is_there = false;
		return;
	}
	name->missing--;
	for (size_t i = 0; i < UNITS; i++)
		mf_get_u16(entry, places[i], MF_LITTLE,
			   &name->units[(size_t)name->missing * UNITS + i]);
}

static int add_long_name(const struct mf_fat_name *name, struct mf_buf *out)
{
	const size_t n = sizeof(name->units) / sizeof(name->units[0]);

	for (size_t i = 0; i < n && name->units[i]; i++) {
		uint32_t c = name->units[i];

		if (c >= 0xd800 && c < 0xe000) {
			uint32_t low = i + 1 < n ? name->units[++i] : 0;

			if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
				return -EBADMSG;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
		add_utf8(out, c);
	}
	return 0;
}

/* One of the two fields of a short name, without the blanks that fill it. */
static void add_field(struct mf_bytes field, bool is_lower, struct mf_buf *out)
{
	size_t n = field.n;

	while (n && field.p[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = field.p[i];

		if (is_lower && c >= 'A' && c <= 'Z')
			c |= 0x20;
		add_utf8(out, c < 0x80 ? c : code_page[c - 0x80]);
	}
}

static void add_short_name(struct mf_bytes entry, struct mf_buf *out)
{
	uint8_t base[8];

	memcpy(base, entry.p, sizeof(base));
	if (base[0] == 0x05) /* stands for 0xe5, which would say that the entry is deleted */
		base[0] = 0xe5;
	add_field((struct mf_bytes){base, sizeof(base)}, entry.p[12] & LOWER_BASE, out);
	if (memcmp(entry.p + 8, "   ", 3) == 0)
		return;
	mf_buf_addc(out, '.');
	add_field(mf_bytes_sub(entry, 8, 3), entry.p[12] & LOWER_TAIL, out);
}

int mf_fat_name_take(struct mf_fat_name *name, struct mf_bytes entry, struct mf_buf *out)
{
	size_t start = out->len;
	bool is_long = name->is_there && !name->missing && name->checksum == sum_short_name(entry);
	int r = 0;

	if (is_long)
		r = add_long_name(name, out);
	else
		add_short_name(entry, out);
	name->is_there = false;
	if (mf_buf_status(out))
		return -ENOMEM;
	if (r || !mf_path_is_safe(mf_buf_str(out) + start) ||
	    strchr(mf_buf_str(out) + start, '/') || strlen(mf_buf_str(out)) != out->len)
		return -EBADMSG;
	return 0;
}
