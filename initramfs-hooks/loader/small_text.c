// SPDX-License-Identifier: GPL-2.0-or-later
// Stand-ins like those of small.c: searches byte by byte, and texts of the errors to expect only.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What load calls, files and memory give. A list for two arrays, which need no padding. */
#define ERRORS                                  \
	X(EPERM, "Operation not permitted")     \
	X(ENOENT, "No such file or directory")  \
	X(EINTR, "Interrupted system call")     \
	X(EIO, "I/O error")                     \
	X(ENXIO, "No such device or address")   \
	X(E2BIG, "Argument list too long")      \
	X(ENOEXEC, "Exec format error")         \
	X(EAGAIN, "Resource unavailable")       \
	X(ENOMEM, "Out of memory")              \
	X(EACCES, "Permission denied")          \
	X(EFAULT, "Bad address")                \
	X(EBUSY, "Resource busy")               \
	X(EEXIST, "File exists")                \
	X(ENODEV, "No such device")             \
	X(ENOTDIR, "Not a directory")           \
	X(EINVAL, "Invalid argument")           \
	X(EFBIG, "File too large")              \
	X(ENOSPC, "No space left on device")    \
	X(EROFS, "Read-only file system")       \
	X(ENAMETOOLONG, "Filename too long")    \
	X(ENOSYS, "Function not implemented")   \
	X(EBADMSG, "Bad message")               \
	X(EOPNOTSUPP, "Not supported")          \
	X(ETIMEDOUT, "Operation timed out")     \
	X(ENOKEY, "Required key not available") \
	X(EKEYEXPIRED, "Key has expired")       \
	X(EKEYREVOKED, "Key has been revoked")  \
	X(EKEYREJECTED, "Key was rejected by service")

#define X(number, text) number,
static const unsigned char numbers[] = {ERRORS};
#undef X
#define X(number, text) text "\0"
static const char texts[] = ERRORS;
#undef X

char *strerror(int error)
{
	static char number[16];
	const char *text = texts;

	for (size_t i = 0; i < sizeof(numbers); i++) {
		if (numbers[i] == error)
			return (char *)(uintptr_t)text;
		text += strlen(text) + 1;
	}
	snprintf(number, sizeof(number), "error %d", error);
	return number;
}

void *memchr(const void *bytes, int wanted, size_t n)
{
	const uint8_t *at = bytes;
	const uint8_t *end = at + n;

	for (; at != end; at++) {
		if (*at == (uint8_t)wanted)
			return (void *)(uintptr_t)at;
	}
	return NULL;
}

char *strchr(const char *text, int wanted)
{
	return memchr(text, wanted, strlen(text) + 1);
}

/* Length of the beginning that has only these characters, or none of them. */
static size_t span(const char *text, const char *characters, int is_in)
{
	size_t n = 0;

	for (; text[n]; n++) {
		const char *c = characters;

		while (*c && *c != text[n])
			c++;
		if ((*c != '\0') != is_in)
			break;
	}
	return n;
}

size_t strspn(const char *text, const char *accepted)
{
	return span(text, accepted, 1);
}

size_t strcspn(const char *text, const char *rejected)
{
	return span(text, rejected, 0);
}
