// SPDX-License-Identifier: GPL-2.0-or-later
// Who uses a disk: its partitions, what is stacked on them, and where those are mounted.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/file.h"
#include "lib/io/stick.h"
#include "lib/io/stick_parts.h"

#define MAX_MEMBERS 512		      /* devices on one disk: 128 partitions and what is on them */
#define MAX_TABLE   ((size_t)8 << 20) /* bytes of mountinfo; thousands of mounts are 1 MiB */

/* The running system: whoever loses one of these has to install anew. */
static const char *const system_folders[] = {"/",    "/boot", "/boot/efi", "/boot/firmware",
					     "/efi", "/usr",  "/var",	   "/home"};

/* The disk itself, a partition of it, or what lies on one: by the kernel's name. */
struct member {
	char name[64];
	char number[24]; /* "8:17", as mountinfo writes it */
	bool is_stacked; /* neither the disk nor a partition */
};

struct search {
	const struct mf_stick_roots *roots;
	struct member members[MAX_MEMBERS];
	size_t n;
	struct mf_stick_use *use;
	struct mf_err *err;
};

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

/* Next name that is not hidden, NULL at the end. */
static const char *next_name(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			return entry->d_name;
	}
	return NULL;
}

/* The worst use wins, of equal ones the first. */
static void note_use(struct search *search, enum mf_stick_use_kind kind, const char *device,
		     const char *where)
{
	struct mf_stick_use *use = search->use;

	if (kind <= use->kind)
		return;
	use->kind = kind;
	snprintf(use->device, sizeof(use->device), "%s", device);
	snprintf(use->where, sizeof(use->where), "%s", where);
}

static int add_member(struct search *search, const char *name, bool is_stacked)
{
	struct member *member = &search->members[search->n];
	char folder[PATH_MAX];

	for (size_t i = 0; i < search->n; i++) {
		if (strcmp(search->members[i].name, name) == 0)
			return 0;
	}
	if (search->n == MAX_MEMBERS)
		return mf_fail(search->err, -E2BIG,
			       "%s: more than %d devices lie on it, expected a USB stick",
			       search->members[0].name, MAX_MEMBERS);
	*member = (struct member){.is_stacked = is_stacked};
	snprintf(member->name, sizeof(member->name), "%s", name);
	snprintf(folder, sizeof(folder), "%s/class/block/%s", search->roots->sysfs, name);
	(void)mf_stick_read_line(folder, "dev", member->number, sizeof(member->number));
	search->n++;
	return 0;
}

/* Folders of a disk's folder that are its partitions. */
static int add_partitions(struct search *search, const char *folder)
{
	MF_CLEANUP(close_dir) DIR *dir = opendir(folder);
	const char *name;
	int r = 0;

	while (!r && dir && (name = next_name(dir))) {
		char path[PATH_MAX];
		char number[16];

		if (!mf_path_join(path, sizeof(path), folder, name) &&
		    mf_stick_read_line(path, "partition", number, sizeof(number)))
			r = add_member(search, name, false);
	}
	return r;
}

/* Device mapper (LVM, ciphers, multipath), RAID and bcache are links in the folder `holders`. */
static int add_holders(struct search *search, const char *folder)
{
	MF_CLEANUP(close_dir) DIR *dir = NULL;
	char path[PATH_MAX];
	const char *name;
	int r = 0;

	if (!mf_path_join(path, sizeof(path), folder, "holders"))
		dir = opendir(path);
	while (!r && dir && (name = next_name(dir)))
		r = add_member(search, name, true);
	return r;
}

/* Loop devices are no holders: they tell the path of the device they lie on. */
static int add_loops(struct search *search, const char *device)
{
	MF_CLEANUP(close_dir) DIR *dir = NULL;
	char folder[PATH_MAX];
	const char *name;
	int r = 0;

	if (!mf_path_join(folder, sizeof(folder), search->roots->sysfs, "class/block"))
		dir = opendir(folder);
	while (!r && dir && (name = next_name(dir))) {
		char path[PATH_MAX], file[PATH_MAX];

		if (!mf_has_prefix(name, "loop") ||
		    mf_path_join(path, sizeof(path), folder, name) ||
		    !mf_stick_read_line(path, "loop/backing_file", file, sizeof(file)))
			continue;
		if (mf_has_prefix(file, "/dev/") && !strcmp(file + strlen("/dev/"), device))
			r = add_member(search, name, true);
	}
	return r;
}

/* Everything that a write to the disk would hurt; members grow while they are looked at. */
static int add_all(struct search *search, const char *disk)
{
	int r = add_member(search, disk, false);

	for (size_t i = 0; !r && i < search->n; i++) {
		const char *name = search->members[i].name;
		char folder[PATH_MAX];

		snprintf(folder, sizeof(folder), "%s/class/block/%s", search->roots->sysfs, name);
		r = add_partitions(search, folder);
		if (!r)
			r = add_holders(search, folder);
		if (!r)
			r = add_loops(search, name);
		if (search->members[i].is_stacked)
			note_use(search, MF_STICK_HELD, name, "");
	}
	return r;
}

/* The kernel writes blanks, tabs, newlines and backslashes as \ooo; in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		uint64_t byte;

		if (from[0] == '\\' && strnlen(from, 4) == 4 &&
		    !mf_parse_u64(from + 1, 3, 8, &byte) && byte <= UINT8_MAX) {
			*to = (char)(uint8_t)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Member that a device node is, by its name or, where it has others, its number; else NULL. */
static const struct member *find_node(const struct search *search, const char *path)
{
	char number[24] = "";
	struct stat st;

	if (!mf_has_prefix(path, "/dev/")) /* what a network mount names is not touched */
		return NULL;
	if (!stat(path, &st) && S_ISBLK(st.st_mode))
		snprintf(number, sizeof(number), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	for (size_t i = 0; i < search->n; i++) {
		const struct member *member = &search->members[i];

		if (!strcmp(path + strlen("/dev/"), member->name) ||
		    (number[0] && !strcmp(number, member->number)))
			return member;
	}
	return NULL;
}

static const struct member *find_number(const struct search *search, const char *number)
{
	for (size_t i = 0; *number && i < search->n; i++) {
		if (strcmp(search->members[i].number, number) == 0)
			return &search->members[i];
	}
	return NULL;
}

static bool is_system(const char *where)
{
	for (size_t i = 0; i < sizeof(system_folders) / sizeof(system_folders[0]); i++) {
		if (strcmp(where, system_folders[i]) == 0)
			return true;
	}
	return false;
}

/* Cuts the next word off a line; "" at its end. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");
	size_t n = strcspn(word, " \t");

	*line = word + n + (word[n] != '\0');
	word[n] = '\0';
	return word;
}

/*
 * "ID PARENT MAJOR:MINOR ROOT WHERE OPTIONS [TAG...] - TYPE SOURCE OPTIONS"
 * (proc_pid_mountinfo(5)). btrfs has numbers of its own there, so the source counts too.
 */
static void read_mount(struct search *search, char *line)
{
	const struct member *member;
	char *number, *where, *source;

	(void)next_word(&line);
	(void)next_word(&line);
	number = next_word(&line);
	(void)next_word(&line);
	where = next_word(&line);
	while (*line && strcmp(next_word(&line), "-") != 0)
		;
	(void)next_word(&line);
	source = next_word(&line);
	unescape(source);
	member = find_number(search, number);
	if (!member)
		member = find_node(search, source);
	if (!member)
		return;
	unescape(where);
	note_use(search, is_system(where) ? MF_STICK_SYSTEM : MF_STICK_MOUNTED, member->name,
		 where);
}

/* "/dev/sda2 partition 1234 0 -2"; the heading names no device. */
static void read_swap(struct search *search, char *line)
{
	const struct member *member;
	char *path = next_word(&line);

	unescape(path);
	member = find_node(search, path);
	if (member)
		note_use(search, MF_STICK_SWAP, member->name, "");
}

static int read_table(struct search *search, const char *path,
		      void (*take)(struct search *search, char *line))
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	int r = mf_read_file(path, MAX_TABLE, &text, search->err);
	char *line, *end;

	if (r)
		return mf_wrap(search->err, r, "cannot tell what is in use");
	mf_buf_addc(&text, '\n');
	if (mf_buf_status(&text))
		return mf_fail(search->err, -ENOMEM, "out of memory");
	for (line = (char *)text.data; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		take(search, line);
	}
	return 0;
}

/* The disks of a mounted btrfs beside the one that mountinfo names. */
static void find_pools(struct search *search)
{
	MF_CLEANUP(close_dir) DIR *dir = NULL;
	char root[PATH_MAX];
	const char *name;

	if (!mf_path_join(root, sizeof(root), search->roots->sysfs, "fs/btrfs"))
		dir = opendir(root);
	while (dir && (name = next_name(dir))) {
		for (size_t i = 0; i < search->n; i++) {
			char path[PATH_MAX];
			struct stat st;
			int n = snprintf(path, sizeof(path), "%s/%s/devices/%s", root, name,
					 search->members[i].name);

			if (n < (int)sizeof(path) && !lstat(path, &st))
				note_use(search, MF_STICK_POOL, search->members[i].name, name);
		}
	}
}

int mf_stick_find_use(const struct mf_stick *stick, const struct mf_stick_roots *roots,
		      struct mf_stick_use *out, struct mf_err *err)
{
	MF_CLEANUP(mf_free_ptr) struct search *search = calloc(1, sizeof(*search));
	int r;

	*out = (struct mf_stick_use){0};
	if (!search)
		return mf_fail(err, -ENOMEM, "out of memory");
	search->roots = roots;
	search->use = out;
	search->err = err;
	r = add_all(search, stick->disk[0] ? stick->disk : stick->name);
	if (!r)
		r = read_table(search, roots->mountinfo, read_mount);
	if (!r)
		r = read_table(search, roots->swaps, read_swap);
	find_pools(search);
	return r;
}
