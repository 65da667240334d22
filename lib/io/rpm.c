// SPDX-License-Identifier: GPL-2.0-or-later
// Headers of RPMs through librpm, which is kept from printing, from rpm's database and from
// configuration.
#include "lib/io/rpm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/core/openpgp.h"
#include "lib/io/librpm.h"

/* Real ones: kernel-devel has 20,000 files, packages of firmware 8,000 Provides. */
#define MAX_LIST  200000
#define MAX_NAME  4096		     /* bytes of a name, version, path; as PATH_MAX */
#define MAX_TEXT  ((size_t)1 << 20)  /* of a description or scriptlet */
#define MAX_PATHS ((size_t)64 << 20) /* bytes of all paths: files share their folders' names */
#define SENSE_ALL (MF_RPM_LESS | MF_RPM_GREATER | MF_RPM_EQUAL)

/* A header being read. */
struct reading {
	Header header;
	struct mf_arena *arena;
	struct mf_rpm *out;
	size_t path_bytes;
};

/* Says what is wrong, for everybody to return: 0 makes it no error, malformed stops the rest. */
static int complain(struct reading *reading, const char *problem)
{
	if (!reading->out->malformed)
		reading->out->malformed = mf_arena_strdup(reading->arena, problem);
	return reading->out->malformed ? 0 : -ENOMEM;
}

static int keep(struct reading *reading, const char *text, size_t limit, const char **out)
{
	*out = "";
	if (!text)
		return complain(reading, "its header has a list of strings that is none");
	if (strnlen(text, limit) == limit)
		return complain(reading, "its header has a text beyond the limits here");
	*out = mf_arena_strdup(reading->arena, text);
	return *out ? 0 : -ENOMEM;
}

/* First string of a tag, untranslated whatever the locale; NULL when there is none. */
static int read_text(struct reading *reading, rpmTagVal tag, size_t limit, const char **out)
{
	MF_CLEANUP(mf_librpm_td_free) struct rpmtd_s td = {0};

	*out = NULL;
	if (!mf_librpm_get(reading->header, tag, &td) || !mf_librpm_string(&td, 0))
		return 0;
	return keep(reading, mf_librpm_string(&td, 0), limit, out);
}

static int read_identity(struct reading *reading)
{
	const struct {
		rpmTagVal tag;
		const char **out;
		size_t limit;
		bool is_needed;
	} texts[] = {
		{RPMTAG_NAME, &reading->out->name, MAX_NAME, true},
		{RPMTAG_VERSION, &reading->out->version, MAX_NAME, true},
		{RPMTAG_RELEASE, &reading->out->release, MAX_NAME, true},
		{RPMTAG_ARCH, &reading->out->arch, MAX_NAME, true},
		{RPMTAG_SUMMARY, &reading->out->summary, MAX_TEXT, false},
		{RPMTAG_DESCRIPTION, &reading->out->description, MAX_TEXT, false},
		{RPMTAG_PAYLOADCOMPRESSOR, &reading->out->compressor, MAX_NAME, false},
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(texts) / sizeof(texts[0]); i++) {
		r = read_text(reading, texts[i].tag, texts[i].limit, texts[i].out);
		if (!r && texts[i].is_needed && (!*texts[i].out || !**texts[i].out))
			r = complain(reading,
				     "its header has no name, version, release or architecture");
		if (!r && !*texts[i].out && texts[i].out != &reading->out->description)
			*texts[i].out = "";
	}
	/* packages of rpm 4.4 and older name no compressor when it is gzip */
	if (!*reading->out->compressor)
		reading->out->compressor = "gzip";
	/* its header has the machine it was built on; createrepo_c and dnf say this */
	if (!r && headerIsSource(reading->header))
		reading->out->arch = "src";
	reading->out->epoch = headerGetNumber(reading->header, RPMTAG_EPOCH);
	return r;
}

static int read_key_id(struct reading *reading)
{
	/* of the header first: that is what rpm itself trusts */
	static const rpmTagVal tags[] = {RPMTAG_RSAHEADER, RPMTAG_DSAHEADER, RPMTAG_SIGPGP,
					 RPMTAG_SIGGPG};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		MF_CLEANUP(mf_librpm_td_free) struct rpmtd_s td = {0};
		char id[MF_OPENPGP_KEY_ID_SIZE];

		if (!mf_librpm_get(reading->header, tags[i], &td) || td.type != RPM_BIN_TYPE ||
		    !mf_openpgp_key_id((struct mf_bytes){td.data, td.count}, id))
			continue;
		reading->out->key_id = mf_arena_strdup(reading->arena, id);
		return reading->out->key_id ? 0 : -ENOMEM;
	}
	return 0;
}

/* The tags of one kind of dependency, and where they go. */
struct dep_tags {
	rpmTagVal name;
	rpmTagVal version;
	rpmTagVal flags;
	struct mf_rpm_deps *out;
};

static int read_deps(struct reading *reading, const struct dep_tags *tags)
{
	MF_CLEANUP(mf_librpm_td_free) struct rpmtd_s names = {0};
	MF_CLEANUP(mf_librpm_td_free) struct rpmtd_s versions = {0};
	MF_CLEANUP(mf_librpm_td_free) struct rpmtd_s flags = {0};
	struct mf_rpm_deps *out = tags->out;
	size_t n = mf_librpm_get(reading->header, tags->name, &names);
	int r = 0;

	if (!n)
		return 0;
	if (n > MAX_LIST)
		return complain(reading, "its header has more dependencies than the limit here");
	if (mf_librpm_get(reading->header, tags->version, &versions) != n ||
	    mf_librpm_get(reading->header, tags->flags, &flags) != n)
		return complain(reading, "its header has dependencies without their versions");
	out->v = mf_arena_alloc(reading->arena, n * sizeof(*out->v));
	if (!out->v)
		return -ENOMEM;
	for (; !r && out->n < n; out->n++) {
		struct mf_rpm_dep *dep = &out->v[out->n];

		r = keep(reading, mf_librpm_string(&names, out->n), MAX_NAME, &dep->name);
		if (!r)
			r = keep(reading, mf_librpm_string(&versions, out->n), MAX_NAME,
				 &dep->version);
		dep->sense = (unsigned int)mf_librpm_number(&flags, out->n) & SENSE_ALL;
	}
	return r;
}

static int read_all_deps(struct reading *reading)
{
	const struct dep_tags kinds[] = {
		{RPMTAG_PROVIDENAME, RPMTAG_PROVIDEVERSION, RPMTAG_PROVIDEFLAGS,
		 &reading->out->provides},
		{RPMTAG_REQUIRENAME, RPMTAG_REQUIREVERSION, RPMTAG_REQUIREFLAGS,
		 &reading->out->requires},
		{RPMTAG_CONFLICTNAME, RPMTAG_CONFLICTVERSION, RPMTAG_CONFLICTFLAGS,
		 &reading->out->conflicts},
	};
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		r = read_deps(reading, &kinds[i]);
	return r;
}

/* The lists of a header that make up its files. */
struct file_lists {
	struct rpmtd_s bases;
	struct rpmtd_s folders;
	struct rpmtd_s places; /* of each file's folder in that list */
	struct rpmtd_s modes;
	struct rpmtd_s sizes;
	struct rpmtd_s links;
};

static void free_lists(struct file_lists *lists)
{
	mf_librpm_td_free(&lists->bases);
	mf_librpm_td_free(&lists->folders);
	mf_librpm_td_free(&lists->places);
	mf_librpm_td_free(&lists->modes);
	mf_librpm_td_free(&lists->sizes);
	mf_librpm_td_free(&lists->links);
}

static int read_file(struct reading *reading, const struct file_lists *lists, size_t i)
{
	struct mf_rpm_file *file = &reading->out->files[i];
	uint64_t place = mf_librpm_number(&lists->places, i);
	const char *base = mf_librpm_string(&lists->bases, i);
	const char *folder = mf_librpm_string(&lists->folders, place);

	if (!base || !folder)
		return complain(reading, "its header has files in folders that it does not list");
	if (strnlen(base, MAX_NAME) + strnlen(folder, MAX_NAME) >= MAX_NAME)
		return complain(reading, "its header has a file name beyond the limits here");
	reading->path_bytes += strlen(base) + strlen(folder) + 1;
	if (reading->path_bytes > MAX_PATHS)
		return complain(reading, "its header has file names beyond the limits here");
	file->path = mf_arena_printf(reading->arena, "%s%s", folder, base);
	file->mode = (uint32_t)mf_librpm_number(&lists->modes, i);
	file->size = mf_librpm_number(&lists->sizes, i);
	if (!file->path)
		return -ENOMEM;
	if (!S_ISLNK(file->mode))
		return 0;
	return keep(reading, mf_librpm_string(&lists->links, i), MAX_NAME, &file->link);
}

static int read_files(struct reading *reading)
{
	MF_CLEANUP(free_lists) struct file_lists lists = {0};
	Header header = reading->header;
	struct mf_rpm *out = reading->out;
	size_t n = mf_librpm_get(header, RPMTAG_BASENAMES, &lists.bases);
	int r = 0;

	if (!n)
		return 0;
	if (n > MAX_LIST)
		return complain(reading, "its header has more files than the limit here");
	mf_librpm_get(header, RPMTAG_DIRNAMES, &lists.folders);
	if (mf_librpm_get(header, RPMTAG_FILESIZES, &lists.sizes) != n &&
	    mf_librpm_get(header, RPMTAG_LONGFILESIZES, &lists.sizes) != n)
		return complain(reading, "its header has files without their sizes");
	if (mf_librpm_get(header, RPMTAG_DIRINDEXES, &lists.places) != n ||
	    mf_librpm_get(header, RPMTAG_FILEMODES, &lists.modes) != n ||
	    mf_librpm_get(header, RPMTAG_FILELINKTOS, &lists.links) != n)
		return complain(reading, "its header has files without folder, mode or link");
	out->files = mf_arena_alloc(reading->arena, n * sizeof(*out->files));
	if (!out->files)
		return -ENOMEM;
	for (; !r && !out->malformed && out->n_files < n; out->n_files++)
		r = read_file(reading, &lists, out->n_files);
	return r;
}

static const struct script_tags {
	const char *when;
	rpmTagVal body;
	rpmTagVal program; /* alone it is the whole scriptlet, as `-p /sbin/ldconfig` makes it */
} script_tags[] = {
	{"pretrans", RPMTAG_PRETRANS, RPMTAG_PRETRANSPROG},
	{"pre", RPMTAG_PREIN, RPMTAG_PREINPROG},
	{"post", RPMTAG_POSTIN, RPMTAG_POSTINPROG},
	{"preun", RPMTAG_PREUN, RPMTAG_PREUNPROG},
	{"postun", RPMTAG_POSTUN, RPMTAG_POSTUNPROG},
	{"posttrans", RPMTAG_POSTTRANS, RPMTAG_POSTTRANSPROG},
};

#define N_SCRIPT_TAGS (sizeof(script_tags) / sizeof(script_tags[0]))

static int read_scripts(struct reading *reading)
{
	struct mf_rpm *out = reading->out;
	int r = 0;

	out->scripts = mf_arena_alloc(reading->arena, N_SCRIPT_TAGS * sizeof(*out->scripts));
	if (!out->scripts)
		return -ENOMEM;
	for (size_t i = 0; !r && i < N_SCRIPT_TAGS; i++) {
		const char *body = NULL;

		r = read_text(reading, script_tags[i].body, MAX_TEXT, &body);
		if (!r && !body)
			r = read_text(reading, script_tags[i].program, MAX_NAME, &body);
		if (!r && body)
			out->scripts[out->n_scripts++] = (struct mf_rpm_script){script_tags[i].when,
										body};
	}
	return r;
}

static int read_header(struct reading *reading)
{
	static int (*const parts[])(struct reading *) = {read_identity, read_key_id, read_all_deps,
							 read_files, read_scripts};
	int r = 0;

	for (size_t i = 0; !r && !reading->out->malformed && i < sizeof(parts) / sizeof(parts[0]);
	     i++)
		r = parts[i](reading);
	return r;
}

int mf_rpm_read(const char *path, struct mf_arena *arena, struct mf_rpm *out, struct mf_err *err)
{
	MF_CLEANUP(mf_librpm_header_free) Header header = NULL;
	MF_CLEANUP(mf_close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *name = mf_arena_strdup(arena, path);
	struct mf_err why = {0};
	struct stat st;
	int r;

	*out = (struct mf_rpm){.source = name, .spool = name};
	if (!name)
		return mf_fail(err, -ENOMEM, "out of memory");
	if (fd < 0 || fstat(fd, &st))
		return mf_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return mf_fail(err, -EINVAL, "%s: not a regular file", path);
	out->size = (uint64_t)st.st_size;
	r = mf_librpm_read(fd, out->size, &header, &why);
	if (!r) {
		struct reading reading = {.header = header, .arena = arena, .out = out};

		r = read_header(&reading);
	} else if (r == -EBADMSG) {
		out->malformed = mf_arena_strdup(arena, why.text);
		r = out->malformed ? 0 : -ENOMEM;
	}
	if (r)
		return r == -ENOMEM ? mf_fail(err, r, "out of memory")
				    : mf_fail(err, r, "%s: %s", path, why.text);
	if (out->malformed)
		*out = (struct mf_rpm){.source = name,
				       .spool = name,
				       .size = out->size,
				       .malformed = out->malformed};
	return 0;
}
