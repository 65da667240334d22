// SPDX-License-Identifier: GPL-2.0-or-later
// Debian packages: control file, file list and modules, from bytes that nobody vouches for.
#include "lib/io/deb.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/deb_archive.h"
#include "lib/io/payload_drivers.h"
#include "lib/io/scanner.h"

#define MAX_CONTROL ((size_t)1 << 20)  /* real ones have up to 100 KiB, Modaliases included */
#define MAX_PATHS   ((size_t)64 << 20) /* bytes of all paths */

/* A package being read. */
struct reading {
	struct mf_arena *arena;
	struct mf_deb *out;
	size_t path_bytes;
	bool has_control;
};

/* Says what is wrong, once; -EBADMSG ends the walk that found it. */
static int complain(struct reading *reading, const char *problem)
{
	if (!reading->out->malformed)
		reading->out->malformed = mf_arena_strdup(reading->arena, problem);
	return reading->out->malformed ? -EBADMSG : -ENOMEM;
}

static int see_control(void *data, const struct mf_payload_entry *entry)
{
	struct reading *reading = data;

	if (!reading->has_control && entry->path && strcmp(entry->path, "control") == 0)
		reading->out->is_control_dotted = entry->has_dot;
	return 0;
}

static bool is_control(void *data, const char *path)
{
	struct reading *reading = data;

	return !reading->has_control && strcmp(path, "control") == 0;
}

static int read_control(void *data, const char *path, struct mf_bytes content)
{
	struct reading *reading = data;
	int r;

	(void)path;
	reading->has_control = true;
	r = mf_deb_parse_control(content, reading->arena, reading->out);
	return !r && reading->out->malformed ? -EBADMSG : r;
}

static bool is_nothing(void *data, const char *path)
{
	(void)data;
	(void)path;
	return false;
}

static int add_file(void *data, const struct mf_payload_entry *entry)
{
	struct reading *reading = data;
	struct mf_deb *out = reading->out;
	struct mf_deb_file file = {.mode = entry->mode, .size = entry->size};
	char *path;
	size_t n;

	if (!entry->path)
		return complain(reading, "a name in it cannot be read");
	n = strlen(entry->path);
	while (n && entry->path[n - 1] == '/') /* of folders */
		n--;
	if (!n || (n == 1 && entry->path[0] == '.')) /* the root folder */
		return 0;
	reading->path_bytes += n + 1;
	if (n >= PATH_MAX || reading->path_bytes > MAX_PATHS)
		return complain(reading, "it has file names beyond the limits here");
	path = mf_arena_strndup(reading->arena, entry->path, n);
	file.link = entry->link ? mf_arena_strdup(reading->arena, entry->link) : NULL;
	if (!path || (entry->link && !file.link) ||
	    mf_arena_grow(reading->arena, &out->files, out->n_files, sizeof(file)))
		return -ENOMEM;
	if (!mf_path_is_safe(path))
		return complain(reading, "a name in it leads elsewhere");
	file.path = path;
	out->files[out->n_files++] = file;
	return 0;
}

/* Goes on to one of the two members and walks it. */
static int walk_member(struct mf_deb_archive *archive, const char *name,
		       struct mf_payload_visitor visitor, struct mf_err *err)
{
	int r = mf_deb_archive_next(archive, name, err);

	visitor.object = archive->member;
	return r ? r : mf_payload_walk(archive->inner, &visitor, err);
}

static int read_members(struct reading *reading, struct mf_deb_archive *archive, struct mf_err *err)
{
	struct mf_deb *out = reading->out;
	int r = walk_member(archive, "control",
			    (struct mf_payload_visitor){.see = see_control,
							.wanted = is_control,
							.read = read_control,
							.data = reading,
							.max_wanted = MAX_CONTROL},
			    err);

	if (!r && !reading->has_control)
		r = complain(reading, "its control member has no file control");
	if (!r)
		out->control = mf_arena_strdup(reading->arena, archive->member);
	if (!r)
		r = walk_member(archive, "data",
				(struct mf_payload_visitor){
					.see = add_file, .wanted = is_nothing, .data = reading},
				err);
	if (r)
		return r;
	out->data = mf_arena_strdup(reading->arena, archive->member);
	return out->control && out->data ? 0 : -ENOMEM;
}

static int check_file(const char *path, uint64_t *ret_size, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return mf_fail(err, -EINVAL, "%s: not a regular file", path);
	*ret_size = (uint64_t)st.st_size;
	return 0;
}

int mf_deb_read(const char *path, struct mf_arena *arena, struct mf_deb *out, struct mf_err *err)
{
	MF_CLEANUP(mf_deb_archive_close) struct mf_deb_archive archive = {0};
	struct reading reading = {.arena = arena, .out = out};
	const char *name = mf_arena_strdup(arena, path);
	struct mf_err why = {0};
	uint64_t size = 0;
	int r;

	*out = (struct mf_deb){.source = name, .spool = name};
	if (!name)
		return mf_fail(err, -ENOMEM, "out of memory");
	r = check_file(path, &size, err);
	if (r)
		return r;
	out->size = size;
	r = mf_deb_archive_open(&archive, path, &why);
	if (!r)
		r = read_members(&reading, &archive, &why);
	if (r == -ENOMEM)
		return mf_fail(err, r, "out of memory");
	if (!r)
		return 0;
	/* too much of something is as little of a package here as damage is */
	complain(&reading, why.text);
	*out = (struct mf_deb){
		.source = name, .spool = name, .size = size, .malformed = out->malformed};
	return out->malformed ? 0 : mf_fail(err, -ENOMEM, "out of memory");
}

int mf_deb_walk_payload(const struct mf_deb *deb, const struct mf_payload_visitor *visitor,
			struct mf_err *err)
{
	MF_CLEANUP(mf_deb_archive_close) struct mf_deb_archive archive = {0};
	struct mf_err why = {0};
	int r = mf_deb_archive_open(&archive, deb->spool, &why);

	if (!r)
		r = walk_member(&archive, "data", *visitor, &why);
	if (r && why.text[0])
		return mf_fail(err, r, "%s: %s", deb->source, why.text);
	return r;
}

int mf_deb_read_drivers(const struct mf_deb *deb, struct mf_arena *arena,
			struct mf_deb_drivers *out, struct mf_err *err)
{
	struct mf_payload_drivers drivers = {.arena = arena,
					     .spool = deb->spool,
					     .is_whole = out->is_whole,
					     .is_kept = out->is_whole,
					     .v = out->v,
					     .n = out->n};
	struct mf_payload_visitor visitor = {.wanted = mf_payload_is_module,
					     .read = mf_payload_add_module,
					     .data = &drivers,
					     .max_wanted = MF_SCAN_MAX_MODULE};
	int r = mf_deb_walk_payload(deb, &visitor, err);

	mf_buf_free(&drivers.scratch);
	out->v = drivers.v;
	out->n = drivers.n;
	return r == -ENOMEM ? mf_fail(err, r, "out of memory") : r;
}
