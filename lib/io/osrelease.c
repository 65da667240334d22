// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: which distribution and release a target says it is.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/io/gather.h"

/* Longest value that is looked at; real ones have some 60 bytes. */
#define MAX_VALUE 256

/* os-release(5), and lsb-release, whose lines are written alike. */
struct release {
	char id[MAX_VALUE];
	char version[MAX_VALUE];
	char pretty[MAX_VALUE];
	char platform[MAX_VALUE]; /* "platform:el9" of Red Hat's family */
	char description[MAX_VALUE];
	char lsb_id[MAX_VALUE];
	char lsb_release[MAX_VALUE];
};

/* A value without its quotes and the backslashes in them; too long a one is cut. */
static void set_value(char out[MAX_VALUE], const char *text, size_t n)
{
	char quote = n && (*text == '"' || *text == '\'') ? *text : '\0';
	size_t used = 0;

	for (size_t i = quote != '\0'; i < n && used < MAX_VALUE - 1; i++) {
		if (quote && text[i] == quote)
			break;
		if (quote == '"' && text[i] == '\\' && i + 1 < n)
			i++;
		if ((unsigned char)text[i] >= ' ')
			out[used++] = text[i];
	}
	out[used] = '\0';
}

static void read_line(const char *line, size_t n, struct release *out)
{
	const struct {
		const char *key;
		char *value;
	} keys[] = {
		{"ID=", out->id},
		{"VERSION_ID=", out->version},
		{"PRETTY_NAME=", out->pretty},
		{"PLATFORM_ID=", out->platform},
		{"DISTRIB_ID=", out->lsb_id},
		{"DISTRIB_RELEASE=", out->lsb_release},
		{"DISTRIB_DESCRIPTION=", out->description},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t skip = strlen(keys[i].key);

		if (n >= skip && !memcmp(line, keys[i].key, skip))
			set_value(keys[i].value, line + skip, n - skip);
	}
}

static void read_lines(struct mf_bytes text, struct release *out)
{
	const char *at = (const char *)text.p;
	size_t left = text.n;

	while (left) {
		const char *end = memchr(at, '\n', left);
		size_t n = end ? (size_t)(end - at) : left;

		read_line(at, n, out);
		left -= n + (end != NULL);
		at += n + (end != NULL);
	}
}

/* Names of rows are the distribution's ID and its release, or that release's first number. */
static const struct {
	const char *id;
	const char *row;
	bool is_major;	   /* "9.4" is 9 */
	bool is_versioned; /* else there is one row, whatever the release */
} rows[] = {
	{"debian", "debian", true, true},
	{"ubuntu", "ubuntu", false, true},
	{"rhel", "rhel", true, true},
	{"centos", "rhel", true, true},
	{"almalinux", "rhel", true, true},
	{"rocky", "rhel", true, true},
	{"ol", "rhel", true, true},
	{"fedora", "fedora", false, false},
	{"sles", "sles", false, true},
	{"sle_hpc", "sles", false, true},
	{"sled", "sles", false, true},
	{"opensuse-leap", "leap", false, true},
	{"opensuse-tumbleweed", "tumbleweed", false, false},
	{"opensuse-slowroll", "slowroll", false, false},
};

static const struct mf_target *find_row(const char *row, const char *version, bool is_major)
{
	char name[2 * MAX_VALUE];
	size_t n = strlen(row);
	size_t n_version = is_major ? strcspn(version, ". ") : strcspn(version, " ");
	const struct mf_target *target;

	memcpy(name, row, n);
	memcpy(name + n, version, n_version);
	name[n + n_version] = '\0';
	target = mf_target_find(name);
	/* "15.6" of SLES 15, "24.04.1" of Ubuntu 24.04 */
	for (; !target && n_version; target = mf_target_find(name)) {
		while (n_version && version[n_version - 1] != '.')
			n_version--;
		n_version -= n_version != 0;
		name[n + n_version] = '\0';
	}
	return target;
}

static const struct mf_target *find_target(const struct release *release)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].id, release->id) != 0)
			continue;
		return rows[i].is_versioned
			       ? find_row(rows[i].row, release->version, rows[i].is_major)
			       : mf_target_find(rows[i].row);
	}
	if (mf_has_prefix(release->platform, "platform:el"))
		return find_row("rhel", release->platform + 11, true);
	return NULL;
}

/* lsb-release says the same with other words. */
static void take_lsb(struct release *release)
{
	size_t n = strlen(release->lsb_id);

	for (size_t i = 0; i <= n; i++) {
		char c = release->lsb_id[i];

		release->id[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	memcpy(release->version, release->lsb_release, sizeof(release->version));
}

int mf_osrelease_read(struct mf_bytes text, struct mf_arena *arena, const char **ret_distribution,
		      const struct mf_target **ret_target)
{
	struct release release = {0};
	const char *name = release.pretty;

	read_lines(text, &release);
	if (!*release.id && *release.lsb_id)
		take_lsb(&release);
	*ret_target = find_target(&release);
	*ret_distribution = NULL;
	if (!*name && *release.description && !strstr(release.description, release.lsb_release))
		*ret_distribution = mf_arena_printf(arena, "%s %s", release.description,
						    release.lsb_release);
	else if (*name || *release.description)
		*ret_distribution = mf_arena_strdup(arena, *name ? name : release.description);
	else
		return 0;
	return *ret_distribution ? 0 : -ENOMEM;
}
