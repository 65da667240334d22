// SPDX-License-Identifier: GPL-2.0-or-later
// The deb sink: a Debian binary package (deb(5)), by libarchive; same tree, same bytes.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/debpkg.h"
#include "lib/io/sinks.h"
#include "lib/io/source.h"
#include "lib/io/workdir.h"

/*
 * The control member is gzip and the data member xz: dpkg reads any mix, but debian-installer's
 * driver-injection-disk-detect takes the control file from a member control.tar.gz only.
 */
#define CONTROL_MEMBER "control.tar.gz"
#define DATA_MEMBER    "data.tar.xz"

/* A member of the package, or the package itself, being written. */
struct writer {
	struct archive *archive;
	uint64_t mtime;
	const char *previous; /* path of the entry before, for the folders above the next */
	struct mf_err *err;
};

static void free_archive(struct archive **archive)
{
	archive_write_free(*archive); /* accepts NULL */
	*archive = NULL;
}

static void free_entry(struct archive_entry **entry)
{
	archive_entry_free(*entry);
	*entry = NULL;
}

static int fail_archive(struct writer *writer)
{
	int code = archive_errno(writer->archive);

	return mf_fail(writer->err, code > 0 ? -code : -EIO, "cannot write: %s",
		       archive_error_string(writer->archive));
}

/* One entry as both tar and ar have it: root's, of the tree's time. */
static int put(struct writer *writer, const char *path, uint32_t mode, struct mf_bytes content)
{
	MF_CLEANUP(free_entry) struct archive_entry *header = archive_entry_new();
	MF_CLEANUP(mf_buf_free) struct mf_buf target = {0};
	bool is_link = (mode & S_IFMT) == S_IFLNK;

	mf_buf_add(&target, content.p, is_link ? content.n : 0);
	if (!header || mf_buf_status(&target))
		return -ENOMEM;
	archive_entry_set_pathname(header, path);
	archive_entry_set_mode(header, (mode_t)mode);
	archive_entry_set_uname(header, "root");
	archive_entry_set_gname(header, "root");
	archive_entry_set_mtime(header, (time_t)writer->mtime, 0);
	if (is_link)
		archive_entry_set_symlink(header, mf_buf_str(&target));
	else
		archive_entry_set_size(header, (la_int64_t)content.n);
	if (archive_write_header(writer->archive, header) != ARCHIVE_OK)
		return fail_archive(writer);
	if (!is_link && content.n &&
	    archive_write_data(writer->archive, content.p, content.n) != (la_ssize_t)content.n)
		return fail_archive(writer);
	return 0;
}

/* --- tar members --- */

/* An unlinked file: an ar archive has to know a member's size before its bytes. */
static int open_temporary(int *ret_fd, struct mf_err *err)
{
	int r = mf_temp_file(ret_fd);

	if (r)
		return mf_fail(err, r,
			       "cannot create a temporary file in %s: %s; set TMPDIR to a folder "
			       "that can be written to",
			       mf_temp_root(), strerror(-r));
	return 0;
}

/* GNU tar, not pax: dpkg refuses pax headers (lib/dpkg/tarfn.c), and long names need one of them.
 */
static int open_tar(struct writer *writer, bool is_xz, int fd)
{
	struct archive *archive = archive_write_new();

	writer->archive = archive;
	if (!archive)
		return -ENOMEM;
	if (archive_write_set_format_gnutar(archive) != ARCHIVE_OK ||
	    (is_xz ? archive_write_add_filter_xz(archive)
		   : archive_write_add_filter_gzip(archive)) != ARCHIVE_OK ||
	    (!is_xz &&
	     archive_write_set_filter_option(archive, "gzip", "timestamp", NULL) != ARCHIVE_OK) ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open_fd(archive, fd) != ARCHIVE_OK)
		return fail_archive(writer);
	return 0;
}

static int close_tar(struct writer *writer)
{
	return archive_write_close(writer->archive) == ARCHIVE_OK ? 0 : fail_archive(writer);
}

/* "./PATH", with '/' at the end for folders, as dpkg-deb writes them. */
static int put_path(struct writer *writer, const char *path, size_t n, uint32_t mode,
		    struct mf_bytes content)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf name = {0};

	mf_buf_adds(&name, "./");
	mf_buf_add(&name, path, n);
	if (n && (mode & S_IFMT) == S_IFDIR)
		mf_buf_addc(&name, '/');
	if (mf_buf_status(&name))
		return -ENOMEM;
	return put(writer, mf_buf_str(&name), mode, content);
}

/* Whether path's first n bytes are a folder above the entry before, or that entry. */
static bool is_written(const struct writer *writer, const char *path, size_t n)
{
	const char *previous = writer->previous;

	return previous && strncmp(previous, path, n) == 0 &&
	       (previous[n] == '/' || previous[n] == '\0');
}

/* The folders above an entry: entries are sorted, so those above the one before are there. */
static int put_parents(struct writer *writer, const char *path)
{
	int r = writer->previous ? 0
				 : put_path(writer, "", 0, S_IFDIR | 0755, (struct mf_bytes){0});

	for (const char *slash = path; !r && (slash = strchr(slash, '/')); slash++) {
		size_t n = (size_t)(slash - path);

		if (!is_written(writer, path, n))
			r = put_path(writer, path, n, S_IFDIR | 0755, (struct mf_bytes){0});
	}
	return r;
}

static uint32_t type_bits(enum mf_entry_kind kind)
{
	switch (kind) {
	case MF_ENTRY_DIR: return S_IFDIR;
	case MF_ENTRY_SYMLINK: return S_IFLNK;
	case MF_ENTRY_BYTES:
	case MF_ENTRY_FILE:
	case MF_ENTRY_TREE: break;
	}
	return S_IFREG;
}

/* --- what the control member tells of the files --- */

/* Policy 5.6.20 and dpkg-gencontrol: KiB, each file rounded up, 1 for each folder and link. */
struct summary {
	uint64_t size;
	struct mf_buf md5sums;
};

static bool is_conffile(const struct mf_tree *tree, const char *path)
{
	for (size_t i = 0; i < tree->n_params; i++) {
		const struct mf_tree_param *param = &tree->params[i];

		if (strcmp(param->key, "conffile") == 0 && *param->value == '/' &&
		    strcmp(param->value + 1, path) == 0)
			return true;
	}
	return false;
}

static int add_md5(struct summary *summary, const char *path, struct mf_bytes content)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n;

	if (!EVP_Digest(content.p, content.n, digest, &n, EVP_md5(), NULL))
		return 0; /* a FIPS provider has no MD5, and a package may lack the sums */
	for (unsigned int i = 0; i < n; i++)
		mf_buf_printf(&summary->md5sums, "%02x", digest[i]);
	mf_buf_printf(&summary->md5sums, "  %s\n", path);
	return mf_buf_status(&summary->md5sums);
}

static int put_entry(struct writer *writer, const struct mf_tree *tree,
		     const struct mf_entry *entry, struct summary *summary)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_bytes content;
	uint32_t type = type_bits(entry->kind);
	int r = mf_entry_content(entry, &map, &content, writer->err);

	if (!r)
		r = put_parents(writer, entry->path);
	if (!r)
		r = put_path(writer, entry->path, strlen(entry->path), type | entry->mode, content);
	writer->previous = entry->path;
	if (r)
		return r;
	if (type != S_IFREG) {
		summary->size++;
		return 0;
	}
	summary->size += content.n / 1024 + (content.n % 1024 > 0);
	return is_conffile(tree, entry->path) ? 0 : add_md5(summary, entry->path, content);
}

static int write_data(const struct mf_tree *tree, int fd, struct summary *summary,
		      struct mf_err *err)
{
	MF_CLEANUP(free_archive) struct archive *archive = NULL;
	struct writer writer = {.mtime = tree->mtime, .err = err};
	int r = open_tar(&writer, true, fd);

	archive = writer.archive;
	for (size_t i = 0; !r && i < tree->n_entries; i++)
		r = put_entry(&writer, tree, &tree->entries[i], summary);
	if (!r && !tree->n_entries) /* a package may be empty, its archive needs the root */
		r = put_parents(&writer, "");
	return r ? r : close_tar(&writer);
}

/* conffiles(5): absolute paths of regular files that the package has. */
static int list_conffiles(const struct mf_tree *tree, struct mf_buf *out, struct mf_err *err)
{
	for (size_t i = 0; i < tree->n_params; i++) {
		const char *path = tree->params[i].value;

		if (strcmp(tree->params[i].key, "conffile") != 0)
			continue;
		if (*path != '/' || !mf_tree_has(tree, path + 1))
			return mf_fail(err, -EINVAL,
				       "Debian package: it has no file for its conffile %s", path);
		mf_buf_printf(out, "%s\n", path);
	}
	return mf_buf_status(out);
}

static int put_text(struct writer *writer, const char *name, const char *text, uint32_t mode)
{
	struct mf_bytes content = {(const uint8_t *)text, text ? strlen(text) : 0};

	return content.n ? put_path(writer, name, strlen(name), S_IFREG | mode, content) : 0;
}

static int put_control_files(struct writer *writer, const struct mf_tree *tree,
			     const struct summary *summary)
{
	static const char *const scripts[] = {"postinst", "postrm", "preinst", "prerm"};
	MF_CLEANUP(mf_buf_free) struct mf_buf conffiles = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf control = {0};
	int r = list_conffiles(tree, &conffiles, writer->err);

	if (!r)
		r = mf_deb_control(tree, summary->size, &control, writer->err);
	if (!r)
		r = put_parents(writer, "");
	if (!r)
		r = put_text(writer, "conffiles", mf_buf_str(&conffiles), 0644);
	if (!r)
		r = put_text(writer, "control", mf_buf_str(&control), 0644);
	if (!r)
		r = put_text(writer, "md5sums", mf_buf_str(&summary->md5sums), 0644);
	for (size_t i = 0; !r && i < sizeof(scripts) / sizeof(scripts[0]); i++)
		r = put_text(writer, scripts[i], mf_tree_param(tree, scripts[i]), 0755);
	return r;
}

static int write_control(const struct mf_tree *tree, int fd, const struct summary *summary,
			 struct mf_err *err)
{
	MF_CLEANUP(free_archive) struct archive *archive = NULL;
	struct writer writer = {.mtime = tree->mtime, .err = err};
	int r = open_tar(&writer, false, fd);

	archive = writer.archive;
	if (!r)
		r = put_control_files(&writer, tree, summary);
	return r ? r : close_tar(&writer);
}

/* --- the package --- */

static int put_member(struct writer *writer, const char *name, int fd)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct stat info;
	void *bytes;

	if (fstat(fd, &info))
		return mf_fail(writer->err, -errno, "%s: %s", name, strerror(errno));
	bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return mf_fail(writer->err, -errno, "%s: %s", name, strerror(errno));
	map.bytes = (struct mf_bytes){bytes, (size_t)info.st_size};
	return put(writer, name, S_IFREG | 0644, map.bytes);
}

/* The BSD form of ar has these short names as dpkg-deb writes them, without a '/' behind. */
static int write_package(const struct mf_tree *tree, int fd, const int members[2],
			 struct mf_err *err)
{
	static const uint8_t format[] = "2.0\n"; /* deb(5) */
	MF_CLEANUP(free_archive) struct archive *archive = archive_write_new();
	struct writer writer = {.archive = archive, .mtime = tree->mtime, .err = err};
	int r;

	if (!archive)
		return -ENOMEM;
	if (archive_write_set_format_ar_bsd(archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
	    archive_write_open_fd(archive, fd) != ARCHIVE_OK)
		return fail_archive(&writer);
	r = put(&writer, "debian-binary", S_IFREG | 0644,
		(struct mf_bytes){format, sizeof(format) - 1});
	if (!r)
		r = put_member(&writer, CONTROL_MEMBER, members[0]);
	if (!r)
		r = put_member(&writer, DATA_MEMBER, members[1]);
	return r ? r : close_tar(&writer);
}

static void free_summary(struct summary *summary)
{
	mf_buf_free(&summary->md5sums);
}

static int write_deb(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(free_summary) struct summary summary = {0};
	MF_CLEANUP(mf_close_fd) int control = -1;
	MF_CLEANUP(mf_close_fd) int data = -1;
	int r;

	/* ar has 12 digits for the time, and an archiver may stop earlier */
	if (tree->mtime > UINT32_MAX)
		return mf_fail(err, -ERANGE,
			       "SOURCE_DATE_EPOCH does not fit into a Debian package");
	r = open_temporary(&data, err);
	if (!r)
		r = open_temporary(&control, err);
	if (!r)
		r = write_data(tree, data, &summary, err);
	if (!r)
		r = write_control(tree, control, &summary, err);
	return r ? r : write_package(tree, fd, (const int[]){control, data}, err);
}

const struct mf_sink mf_sink_deb = {
	.name = "deb",
	.extension = "deb",
	.summary = "Debian package",
	.is_stream = true,
	.write = write_deb,
};
