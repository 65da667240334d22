// SPDX-License-Identifier: GPL-2.0-or-later
// Target probe: the initrd and kernel of an installer medium, found by their places.
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/probe_source.h"
#include "lib/io/vmlinuz.h"

#define BLOCK_SIZE 65536
/* Files of one medium: a DVD full of packages has some 20,000. */
#define MAX_ENTRIES ((size_t)1000000)
/* The largest initrds of installers have 200 MB, kernels 20. */
#define MAX_INITRD ((size_t)1 << 30)
#define MAX_IMAGE  ((size_t)256 << 20)

/* Places of the families, the best one first; an image lies in the folder of its initrd. */
static const struct place {
	const char *initrd;
	const char *image;
} places[] = {
	{"install.*/initrd.gz", "vmlinuz"}, /* debian-installer */
	{"install/initrd.gz", "vmlinuz"},
	{"images/pxeboot/initrd.img", "vmlinuz"}, /* anaconda */
	{"boot/*/loader/initrd", "linux"},	  /* linuxrc, Agama */
	{"casper/initrd*", "vmlinuz*"},		  /* Ubuntu */
	{"live/initrd*", "vmlinuz*"},		  /* Debian live */
	{"initrd.gz", "linux"},			  /* debian-installer's mini.iso */
};

#define N_PLACES (sizeof(places) / sizeof(places[0]))
#define PLACES_TEXT                                                                              \
	"install.*/initrd.gz, images/pxeboot/initrd.img, boot/*/loader/initrd, casper/initrd*, " \
	"live/initrd*, initrd.gz"

/* A medium being read. */
struct medium {
	struct mf_gather *gather;
	const char *path;
	struct archive *archive;
	struct mf_strings files; /* that may be one of the two */
	const struct place *place;
	const char *initrd; /* chosen */
	const char *image;  /* NULL: there is none beside it */
};

static void close_medium(struct medium *medium)
{
	archive_read_free(medium->archive); /* takes NULL */
	medium->archive = NULL;
}

static int fail(struct medium *medium, const char *what)
{
	const char *reason = archive_error_string(medium->archive);

	return mf_fail(medium->gather->err, -EBADMSG, "%s: %s, expected an ISO 9660 image: %s",
		       medium->path, what, reason ? reason : "no reason given");
}

static int open_medium(struct medium *medium)
{
	int code;

	close_medium(medium);
	medium->archive = archive_read_new();
	if (!medium->archive)
		return -ENOMEM;
	if (archive_read_support_format_iso9660(medium->archive) != ARCHIVE_OK)
		return fail(medium, "cannot be read");
	if (archive_read_open_filename(medium->archive, medium->path, BLOCK_SIZE) == ARCHIVE_OK)
		return 0;
	code = archive_errno(medium->archive);
	if (code <= 0 || code == EILSEQ) /* libarchive for "of no known format" */
		return fail(medium, "cannot be read");
	return mf_fail(medium->gather->err, -code, "%s: %s", medium->path, strerror(code));
}

/* The next file's path, NULL at the end. */
static int next_file(struct medium *medium, const char **ret)
{
	struct archive_entry *entry;
	int status;

	do {
		status = archive_read_next_header(medium->archive, &entry);
		*ret = NULL;
		if (status == ARCHIVE_EOF)
			return 0;
		if (status < ARCHIVE_WARN)
			return fail(medium, "damaged");
		*ret = archive_entry_pathname(entry);
	} while (!*ret || archive_entry_filetype(entry) != AE_IFREG);
	return 0;
}

static bool is_at(const char *pattern, const char *path)
{
	return !fnmatch(pattern, path, FNM_PATHNAME | FNM_CASEFOLD);
}

/* Bytes of the folder in front of a name, its slash included. */
static size_t folder_length(const char *path)
{
	return (size_t)(mf_path_base(path) - path);
}

static bool is_image_of(const struct place *place, const char *initrd, const char *path)
{
	size_t n = folder_length(initrd);

	return folder_length(path) == n && !memcmp(path, initrd, n) &&
	       is_at(place->image, path + n);
}

/* Notes whatever may be one of the two: their number is small. */
static bool is_candidate(const char *path)
{
	for (size_t i = 0; i < N_PLACES; i++) {
		if (is_at(places[i].initrd, path) || is_at(places[i].image, mf_path_base(path)))
			return true;
	}
	return false;
}

static int list_medium(struct medium *medium)
{
	int r = open_medium(medium);

	for (size_t n = 0; !r && n < MAX_ENTRIES; n++) {
		const char *path;

		r = next_file(medium, &path);
		if (!r && !path)
			break;
		if (!r && is_candidate(path))
			r = mf_strings_add(&medium->gather->arena, &medium->files, path);
	}
	mf_strings_sort(&medium->files);
	return r;
}

static int choose(struct medium *medium)
{
	const struct mf_strings *files = &medium->files;

	for (size_t i = 0; !medium->initrd && i < N_PLACES; i++) {
		medium->place = &places[i];
		for (size_t k = 0; !medium->initrd && k < files->n; k++) {
			if (is_at(places[i].initrd, files->v[k]))
				medium->initrd = files->v[k];
		}
	}
	if (!medium->initrd)
		return mf_fail(medium->gather->err, -ENOENT,
			       "%s: has no initrd where installers keep theirs (" PLACES_TEXT
			       "); copy it from the medium and give it with --initrd",
			       medium->path);
	for (size_t k = 0; !medium->image && k < files->n; k++) {
		if (is_image_of(medium->place, medium->initrd, files->v[k]))
			medium->image = files->v[k];
	}
	return 0;
}

static int read_content(struct medium *medium, size_t limit, struct mf_buf *out)
{
	for (;;) {
		uint8_t *room = mf_buf_reserve(out, BLOCK_SIZE);
		la_ssize_t n = room ? archive_read_data(medium->archive, room, BLOCK_SIZE) : 0;

		if (!room)
			return -ENOMEM;
		if (n < 0)
			return fail(medium, "damaged");
		if (!n)
			return 0;
		out->len += (size_t)n;
		if (out->len > limit)
			return mf_fail(medium->gather->err, -E2BIG,
				       "%s: its initrd or kernel has more than %zu bytes, the "
				       "limit here",
				       medium->path, limit);
	}
}

/* Both files in one pass, in whatever order they lie there. */
static int read_both(struct medium *medium, struct mf_buf *initrd, struct mf_buf *image)
{
	int r = open_medium(medium);

	while (!r) {
		const char *path;

		r = next_file(medium, &path);
		if (r || !path)
			break;
		if (!initrd->len && strcmp(path, medium->initrd) == 0)
			r = read_content(medium, MAX_INITRD, initrd);
		else if (medium->image && !image->len && strcmp(path, medium->image) == 0)
			r = read_content(medium, MAX_IMAGE, image);
	}
	return r;
}

/* Into the kernel of its release; one that cannot be read or is of none is only said. */
static int read_image(struct medium *medium, struct mf_bytes image)
{
	struct mf_probe *probe = medium->gather->probe;
	struct mf_err why = {"is of no kernel that the initrd has modules for"};
	int r = -EINVAL;

	for (size_t i = 0; r == -EINVAL && i < probe->n_kernels; i++)
		r = mf_vmlinuz_read(image, &probe->arena, &probe->kernels[i], &why);
	if (!r || r == -ENOMEM || probe->warning)
		return r == -ENOMEM ? r : 0;
	probe->warning = mf_arena_printf(&probe->arena, "%s: %s", medium->image, why.text);
	return probe->warning ? 0 : -ENOMEM;
}

int mf_gather_iso(struct mf_gather *gather, const char *path)
{
	MF_CLEANUP(close_medium) struct medium medium = {.gather = gather, .path = path};
	MF_CLEANUP(mf_buf_free) struct mf_buf initrd = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	int r = list_medium(&medium);

	if (!r)
		r = choose(&medium);
	if (!r)
		r = read_both(&medium, &initrd, &image);
	if (r)
		return r;
	r = mf_gather_initrd(gather, mf_buf_bytes(&initrd));
	if (r)
		return mf_wrap(gather->err, r, "%s: %s", path, medium.initrd);
	return medium.image ? read_image(&medium, mf_buf_bytes(&image)) : 0;
}
