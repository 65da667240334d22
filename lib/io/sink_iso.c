// SPDX-License-Identifier: GPL-2.0-or-later
// The iso sink: ISO 9660 with Rock Ridge and Joliet, by libisofs, exact to the byte.
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/compress.h"
#include "lib/io/iso_stream.h"
#include "lib/io/sinks.h"

/*
 * libisofs and not xorriso, which is made of it: distributions make their own media with it, and a
 * process of its own would sleep a tenth of a second for each image (its pacifier's interval).
 * libarchive's writer cannot be told the time.
 */
#define LABEL_MAX  32  /* ECMA-119 8.4.7: bytes of the volume identifier */
#define NAME_LIMIT 255 /* bytes of a name in Rock Ridge that Linux shows (fs/isofs/rock.c) */
#define JOLIET_MAX 103 /* UCS-2 characters; 64 by Joliet itself, too few for names of kmod RPMs */
#define TIME_LIMIT \
	((uint64_t)5869584000) /* 2156: ECMA-119 9.1.5 counts years from 1900 in a byte */

#define CHUNK 65536 /* bytes that are written at a time */

struct image {
	IsoImage *iso;
	IsoWriteOpts *options;
	const struct mf_tree *tree;
	struct mf_err *err; /* of the caller's thread */
	struct mf_iso_failure failure;
};

static void free_image(struct image *image)
{
	iso_write_opts_free(image->options);
	if (image->iso)
		iso_image_unref(image->iso);
}

/* libisofs' own words: its codes are negative, but none of errno's. */
static int fail_iso(struct image *image, const char *path, int code)
{
	if (code == (int)ISO_OUT_OF_MEM)
		return -ENOMEM;
	return mf_fail(image->err, -EIO, "%s%s%s", path ? path : "", path ? ": " : "",
		       iso_error_to_msg(code));
}

static int check_label(const char *label, struct mf_err *err)
{
	size_t n = strlen(label);
	bool is_good = n >= 1 && n <= LABEL_MAX && label[0] != ' ' && label[n - 1] != ' ';

	/* more than the standard's capitals, digits and '_': real media use it, as RHEL-9-4-0 */
	for (size_t i = 0; i < n; i++)
		is_good &= label[i] >= 0x20 && label[i] < 0x7f && label[i] != '/' &&
			   label[i] != '\\';
	if (is_good)
		return 0;
	return mf_fail(err, -EINVAL,
		       "label %s: an ISO image cannot have it; 1 to %d characters of ASCII without "
		       "slashes, no blank at its ends",
		       label, LABEL_MAX);
}

/* A component of a path: what each of the name spaces of the image can hold. */
static int check_name(const struct mf_entry *entry, const char *name, size_t n, struct mf_err *err)
{
	size_t units = 0;

	if (n > NAME_LIMIT)
		return mf_fail(err, -ENAMETOOLONG,
			       "%s: a name in an ISO image has at most %d bytes", entry->path,
			       NAME_LIMIT);
	for (size_t i = 0; i < n;) {
		size_t length = mf_utf8_length(name + i, n - i);

		if (!length)
			return mf_fail(err, -EILSEQ,
				       "%s: its name is not UTF-8, which names in an ISO image are",
				       entry->path);
		units += length == 4 ? 2 : 1; /* a pair of surrogates */
		i += length;
	}
	if (units > JOLIET_MAX)
		return mf_fail(
			err, -ENAMETOOLONG,
			"%s: a name in an ISO image has at most %d characters (Joliet); use the "
			"format fat or a shorter name",
			entry->path, JOLIET_MAX);
	return 0;
}

/* Folders that only stand in paths: as if they had been added. */
static int enter_folder(struct image *image, const char *name, IsoDir **io_folder)
{
	IsoNode *node = NULL;
	int r = iso_dir_get_node(*io_folder, name, &node);

	if (r == 1) {
		if (iso_node_get_type(node) != LIBISO_DIR)
			return mf_fail(image->err, -ENOTDIR, "%s: is no folder", name);
		*io_folder = (IsoDir *)node;
		return 0;
	}
	r = iso_tree_add_new_dir(*io_folder, name, io_folder);
	if (r < 0)
		return fail_iso(image, name, r);
	iso_node_set_permissions((IsoNode *)*io_folder, 0755);
	return 0;
}

/* Folder that entry lies in, and its name there. */
static int find_folder(struct image *image, const struct mf_entry *entry, IsoDir **out,
		       const char **ret_name)
{
	const char *name = entry->path;

	*out = iso_image_get_root(image->iso);
	for (;;) {
		char component[NAME_LIMIT + 1];
		size_t n = strcspn(name, "/");
		int r = check_name(entry, name, n, image->err);

		if (r)
			return r;
		if (!name[n])
			break;
		snprintf(component, sizeof(component), "%.*s", (int)n, name);
		r = enter_folder(image, component, out);
		if (r)
			return r;
		name += n + 1;
	}
	*ret_name = name;
	return 0;
}

static int add_file(struct image *image, IsoDir *folder, const char *name,
		    const struct mf_entry *entry, IsoNode **ret_node)
{
	IsoStream *stream = mf_iso_stream(image->tree, entry, &image->failure);
	IsoFile *file = NULL;
	int r;

	if (!stream)
		return -ENOMEM;
	r = iso_tree_add_new_file(folder, name, stream, &file);
	if (r < 0) {
		iso_stream_unref(stream);
		return fail_iso(image, entry->path, r);
	}
	*ret_node = (IsoNode *)file;
	return 0;
}

static int add_node(struct image *image, IsoDir *folder, const char *name,
		    const struct mf_entry *entry)
{
	IsoNode *node = NULL;
	int r = 0;

	switch (entry->kind) {
	case MF_ENTRY_SYMLINK:
		/* content is a string (lib/core/tree.h) */
		r = iso_tree_add_new_symlink(folder, name, (const char *)entry->content.p,
					     (IsoSymlink **)&node);
		if (r < 0)
			return fail_iso(image, entry->path, r);
		return 0;
	case MF_ENTRY_DIR:
		r = enter_folder(image, name, &folder);
		node = (IsoNode *)folder;
		break;
	case MF_ENTRY_BYTES:
	case MF_ENTRY_FILE: r = add_file(image, folder, name, entry, &node); break;
	case MF_ENTRY_TREE:
		return mf_fail(image->err, -EOPNOTSUPP, "%s: nested trees are not written here",
			       entry->path);
	}
	if (!r)
		iso_node_set_permissions(node, entry->mode);
	return r;
}

static int add_entry(struct image *image, const struct mf_entry *entry)
{
	const char *name = NULL;
	IsoDir *folder = NULL;
	int r = find_folder(image, entry, &folder, &name);

	return r ? r : add_node(image, folder, name, entry);
}

/*
 * Everything that would else be of this machine, user or moment: owner, times, and the volume's
 * dates, which libisofs takes from a text (0 seconds would mean now).
 */
static int set_options(struct image *image)
{
	IsoWriteOpts *options = image->options;
	time_t seconds = (time_t)image->tree->mtime;
	char date[64];
	struct tm tm;
	int r;

	if (image->tree->mtime >= TIME_LIMIT || !gmtime_r(&seconds, &tm))
		return mf_fail(image->err, -ERANGE,
			       "SOURCE_DATE_EPOCH does not fit into an ISO image, it ends in 2155");
	snprintf(date, sizeof(date), "%04d%02d%02d%02d%02d%02d00", tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	iso_write_opts_set_iso_level(options, 3);
	iso_write_opts_set_rockridge(options, 1);
	iso_write_opts_set_rrip_version_1_10(options, 1);
	iso_write_opts_set_relaxed_vol_atts(options, 1);
	iso_write_opts_set_joliet(options, 1);
	iso_write_opts_set_joliet_long_names(options, 1);
	iso_write_opts_set_joliet_longer_paths(options, 1);
	iso_write_opts_set_allow_deep_paths(options, 1);
	iso_write_opts_set_replace_mode(options, 0, 0, 2, 2);
	iso_write_opts_set_default_uid(options, 0);
	iso_write_opts_set_default_gid(options, 0);
	iso_write_opts_set_replace_timestamps(options, 2);
	iso_write_opts_set_default_timestamp(options, seconds);
	iso_write_opts_set_dir_rec_mtime(options, 7);
	iso_write_opts_set_always_gmt(options, 1);
	iso_write_opts_set_output_charset(options, "UTF-8");
	r = iso_write_opts_set_pvd_times(options, 0, 0, 0, 0, date);
	return r < 0 ? fail_iso(image, NULL, r) : 0;
}

static void start_library(void)
{
	char never[] = "NEVER";

	(void)iso_init_with_flag(1);
	(void)iso_set_local_charset((char[]){"UTF-8"}, 0);
	(void)iso_set_msgs_severities(never, never, (char[]){""});
}

static const char *library(void)
{
	static char name[64];
	int major = 0, minor = 0, micro = 0;

	iso_lib_version(&major, &minor, &micro);
	snprintf(name, sizeof(name), "libisofs %d.%d.%d", major, minor, micro);
	return name;
}

static int make_image(struct image *image)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *label = mf_tree_param(image->tree, "label");
	int r;

	(void)pthread_once(&once, start_library);
	label = label ? label : "MODFERRY";
	r = check_label(label, image->err);
	if (r)
		return r;
	r = iso_image_new(label, &image->iso);
	if (r >= 0)
		r = iso_write_opts_new(&image->options, 0);
	if (r < 0)
		return fail_iso(image, NULL, r);
	iso_node_set_permissions((IsoNode *)iso_image_get_root(image->iso), 0755);
	return set_options(image);
}

/* libisofs writes in a thread of its own, into a pipe of memory. */
static int copy_image(struct image *image, struct burn_source *pipe, int fd)
{
	uint64_t left = (uint64_t)pipe->get_size(pipe);
	unsigned char chunk[CHUNK];

	while (left) {
		/* all that is asked for, or nothing */
		int n = left < sizeof(chunk) ? (int)left : (int)sizeof(chunk);
		int r = pipe->read_xt(pipe, chunk, n);

		if (r != n)
			return fail_iso(image, NULL, r < 0 ? r : (int)ISO_WRITE_ERROR);
		r = mf_write_all(fd, (struct mf_bytes){chunk, (size_t)n}, image->err);
		if (r)
			return r;
		left -= (uint64_t)n;
	}
	return 0;
}

static int write_image(struct image *image, int fd)
{
	struct burn_source *pipe = NULL;
	int r = iso_image_create_burn_source(image->iso, image->options, &pipe);

	if (r < 0)
		return fail_iso(image, NULL, r);
	r = copy_image(image, pipe, fd);
	if (r)
		pipe->cancel(pipe);
	pipe->free_data(pipe); /* waits for the thread */
	free(pipe);
	if (!image->failure.status)
		return r;
	if (image->err)
		*image->err = image->failure.err;
	return image->failure.status;
}

static int write_iso(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(free_image) struct image image = {.tree = tree, .err = err};
	int r = make_image(&image);

	for (size_t i = 0; !r && i < tree->n_entries; i++)
		r = add_entry(&image, &tree->entries[i]);
	return r ? r : write_image(&image, fd);
}

const struct mf_sink mf_sink_iso = {
	.name = "iso",
	.extension = "iso",
	.summary = "ISO 9660 image with Rock Ridge and Joliet",
	.is_stream = true,
	.library = library,
	.write = write_iso,
};
