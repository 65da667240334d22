// SPDX-License-Identifier: GPL-2.0-or-later
// Reader of single cpio members in the newc format, the one the kernel's unpacker knows.
#include "lib/io/newc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/text.h"

/* Layout of the header: cpio(5), "New ASCII Format"; 6 bytes of magic, 13 fields of 8 digits. */
#define HEADER_SIZE 110
#define MAGIC_SIZE  6
#define FIELD_SIZE  8

enum field {
	FIELD_INO,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_NLINK,
	FIELD_MTIME,
	FIELD_SIZE_OF_CONTENT,
	FIELD_MAJOR,
	FIELD_MINOR,
	FIELD_RMAJOR,
	FIELD_RMINOR,
	FIELD_SIZE_OF_NAME,
	FIELD_CHECKSUM,
	N_FIELDS
};

/* Longest name of one path component on the kernel's root file system (NAME_MAX). */
#define COMPONENT_MAX 255

static uint64_t align(uint64_t offset)
{
	return (offset + 3) & ~(uint64_t)3;
}

static int cut(bool *ret_is_cut, struct mf_err *err, const char *what)
{
	*ret_is_cut = true;
	return mf_fail(err, -EBADMSG, "cut off in the %s of an entry", what);
}

static int read_header(struct mf_bytes header, uint32_t fields[N_FIELDS], bool *ret_has_checksum,
		       struct mf_err *err)
{
	if (!memcmp(header.p, "070707", MAGIC_SIZE))
		return mf_fail(err, -EBADMSG,
			       "cpio archive in the old format, expected newc (cpio -H newc)");
	*ret_has_checksum = !memcmp(header.p, "070702", MAGIC_SIZE);
	if (!*ret_has_checksum && memcmp(header.p, "070701", MAGIC_SIZE) != 0)
		return mf_fail(err, -EBADMSG, "no cpio header, expected 070701 or 070702");
	for (size_t i = 0; i < N_FIELDS; i++) {
		const char *digits = (const char *)header.p + MAGIC_SIZE + i * FIELD_SIZE;
		uint64_t value;

		if (mf_parse_u64(digits, FIELD_SIZE, 16, &value))
			return mf_fail(err, -EBADMSG, "cpio header whose field %zu is no number",
				       i + 1);
		fields[i] = (uint32_t)value;
	}
	return 0;
}

/* Puts the name into normal form; ignored is set where the kernel could not create it. */
static int normalize(const char *name, struct mf_newc *out, struct mf_err *err)
{
	size_t used = 0;
	const char *part = name;

	if (!*name)
		return mf_fail(err, -EBADMSG, "entry with an empty name");
	while (*part) {
		size_t n = strcspn(part, "/");

		if (n == 2 && !memcmp(part, "..", 2))
			return mf_fail(err, -EBADMSG, "entry whose name has a \"..\" part");
		if (n > COMPONENT_MAX)
			out->member.ignored = "part of the name longer than 255 bytes";
		if (n && !(n == 1 && *part == '.')) {
			if (used)
				out->path[used++] = '/';
			memcpy(out->path + used, part, n);
			used += n;
		}
		part += n;
		if (*part == '/' && !part[1] && !S_ISDIR(out->member.mode))
			out->member.ignored = "name of a non-directory ends in a slash";
		part += *part == '/';
	}
	if (!used)
		out->path[used++] = '.';
	out->path[used] = '\0';
	return 0;
}

/* The kernel adds up the bytes of regular files only (init/initramfs.c, do_copy). */
static int check_sum(const struct mf_member *member, uint32_t expected, struct mf_err *err)
{
	uint32_t sum = 0;

	if (!S_ISREG(member->mode))
		return 0;
	for (size_t i = 0; i < member->content.n; i++)
		sum += member->content.p[i];
	if (sum != expected)
		return mf_fail(err, -EBADMSG,
			       "content of the entry has checksum %08x, expected %08x", sum,
			       expected);
	return 0;
}

static void read_link(struct mf_member *member)
{
	struct mf_bytes *target = &member->content;

	if (target->n > MF_INITRD_MAX_PATH)
		member->ignored = "target of the symlink longer than 4096 bytes";
	target->n = target->n ? strnlen((const char *)target->p, target->n) : 0;
	if (!target->n)
		member->ignored = "symlink without a target";
}

static int read_name(struct mf_bytes archive, uint64_t at, uint32_t size, struct mf_newc *out,
		     bool *ret_is_cut, struct mf_err *err)
{
	const char *name;

	if (!size)
		return mf_fail(err, -EBADMSG, "entry without a name");
	if (size > MF_INITRD_MAX_PATH)
		return mf_fail(err, -EBADMSG,
			       "entry with a name of %u bytes, at most %u are allowed", size,
			       MF_INITRD_MAX_PATH);
	if (!mf_bytes_has(archive, at, size))
		return cut(ret_is_cut, err, "name");
	name = (const char *)archive.p + at;
	if (name[size - 1])
		return mf_fail(err, -EBADMSG, "entry whose name does not end in a NUL");
	out->is_trailer = !strcmp(name, "TRAILER!!!") && !S_ISLNK(out->member.mode) &&
			  (S_ISREG(out->member.mode) || !out->member.size);
	return normalize(name, out, err);
}

int mf_newc_read(struct mf_bytes archive, uint64_t offset, struct mf_newc *out, bool *ret_is_cut,
		 struct mf_err *err)
{
	struct mf_bytes header = mf_bytes_sub(archive, offset, HEADER_SIZE);
	struct mf_member *member = &out->member;
	uint32_t fields[N_FIELDS];
	bool has_checksum = false;
	uint64_t body;
	int rc;

	*ret_is_cut = false;
	if (!header.n)
		return cut(ret_is_cut, err, "header");
	rc = read_header(header, fields, &has_checksum, err);
	if (rc)
		return rc;
	*member = (struct mf_member){
		.path = out->path,
		.mode = fields[FIELD_MODE],
		.size = fields[FIELD_SIZE_OF_CONTENT],
		.ino = fields[FIELD_INO],
		.nlink = fields[FIELD_NLINK],
		.device = (uint64_t)fields[FIELD_MAJOR] << 32 | fields[FIELD_MINOR],
		.rdevice = (uint64_t)fields[FIELD_RMAJOR] << 32 | fields[FIELD_RMINOR],
		.offset = offset,
	};
	rc = read_name(archive, offset + HEADER_SIZE, fields[FIELD_SIZE_OF_NAME], out, ret_is_cut,
		       err);
	if (rc)
		return rc;
	body = align(offset + HEADER_SIZE + fields[FIELD_SIZE_OF_NAME]);
	out->end = align(body + member->size);
	if (member->size && !mf_bytes_has(archive, body, member->size))
		return cut(ret_is_cut, err, "content");
	member->content = mf_bytes_sub(archive, body, member->size);
	if (S_ISLNK(member->mode))
		read_link(member);
	else if (!S_ISREG(member->mode) && member->size)
		member->ignored = "content where none may be";
	return has_checksum ? check_sum(member, fields[FIELD_CHECKSUM], err) : 0;
}
