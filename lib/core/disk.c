// SPDX-License-Identifier: GPL-2.0-or-later
// Looking things up on a driver disk: files, driver updates of SUSE, values of dud.config.
#include "lib/core/disk.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"

static int compare(const void *path, const void *file)
{
	return strcmp(path, ((const struct mf_disk_file *)file)->path);
}

const struct mf_disk_file *mf_disk_find(const struct mf_disk *disk, const char *path)
{
	if (!disk->n_files)
		return NULL;
	return bsearch(path, disk->files, disk->n_files, sizeof(*disk->files), compare);
}

size_t mf_disk_update_length(const char *path)
{
	static const char top[] = "linux/suse/";
	size_t n = strspn(path, "0123456789");

	if (n && path[n] != '/')
		return 0;
	n += n > 0;
	if (!mf_has_prefix(path + n, top) || !path[n + strlen(top)])
		return 0;
	n += strlen(top);
	return n + strcspn(path + n, "/");
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct mf_bytes trim(struct mf_bytes text)
{
	while (text.n && is_blank(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n && is_blank(text.p[text.n - 1]))
		text.n--;
	return text;
}

static struct mf_bytes unquote(struct mf_bytes value)
{
	bool is_quoted = value.n > 1 && (value.p[0] == '"' || value.p[0] == '\'') &&
			 value.p[value.n - 1] == value.p[0];

	return is_quoted ? mf_bytes_sub(value, 1, value.n - 2) : value;
}

struct mf_bytes mf_disk_config_value(struct mf_bytes text, const char *key)
{
	struct mf_bytes line;

	while (mf_text_next_line(&text, &line)) {
		size_t n = 0;

		line = trim(line);
		while (n < line.n && !memchr(":= \t", line.p[n], 4))
			n++;
		if (n == line.n || n != strlen(key) ||
		    strncasecmp((const char *)line.p, key, n) != 0)
			continue;
		while (n < line.n && memchr(":= \t", line.p[n], 4))
			n++;
		return unquote((struct mf_bytes){line.p + n, line.n - n});
	}
	return (struct mf_bytes){0};
}
