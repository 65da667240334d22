// SPDX-License-Identifier: GPL-2.0-or-later
// Stand-ins like those of small.c: searches byte by byte, and texts of the errors to expect only.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What load calls, files and memory give. */
static const struct {
	short error;
	char text[28];
} errors[] = {
	{EPERM, "Operation not permitted"},
	{ENOENT, "No such file or directory"},
	{EINTR, "Interrupted system call"},
	{EIO, "I/O error"},
	{ENXIO, "No such device or address"},
	{E2BIG, "Argument list too long"},
	{ENOEXEC, "Exec format error"},
	{EAGAIN, "Resource unavailable"},
	{ENOMEM, "Out of memory"},
	{EACCES, "Permission denied"},
	{EFAULT, "Bad address"},
	{EBUSY, "Resource busy"},
	{EEXIST, "File exists"},
	{ENODEV, "No such device"},
	{ENOTDIR, "Not a directory"},
	{EINVAL, "Invalid argument"},
	{EFBIG, "File too large"},
	{ENOSPC, "No space left on device"},
	{EROFS, "Read-only file system"},
	{ENAMETOOLONG, "Filename too long"},
	{ENOSYS, "Function not implemented"},
	{EBADMSG, "Bad message"},
	{EOPNOTSUPP, "Not supported"},
	{ETIMEDOUT, "Operation timed out"},
	{ENOKEY, "Required key not available"},
	{EKEYEXPIRED, "Key has expired"},
	{EKEYREVOKED, "Key has been revoked"},
	{EKEYREJECTED, "Key was rejected by service"},
};

char *strerror(int error)
{
	static char number[16];

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].error == error)
			return (char *)(uintptr_t)errors[i].text;
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
