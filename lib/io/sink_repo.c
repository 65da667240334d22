// SPDX-License-Identifier: GPL-2.0-or-later
// The repo sink: a folder with RPMs and the metadata that dnf and zypper read, by createrepo_c.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/compress.h"
#include "lib/io/decompress.h"
#include "lib/io/file.h"
#include "lib/io/gpg.h"
#include "lib/io/process.h"
#include "lib/io/sinks.h"

#define METADATA    "repodata"
#define INDEX	    METADATA "/repomd.xml"
#define SIGNATURE   INDEX ".asc"
#define PRIMARY	    "-primary.xml.gz"
#define PRIMARY_MAX ((size_t)256 << 20) /* bytes unpacked: some kB a package */

/*
 * No sqlite files (they differ each time and dnf reads none), and gzip: what createrepo_c does
 * without being asked changed to zstd in 1.0, which EL8's dnf cannot read.
 */
static int run_createrepo(const struct mf_tree *tree, int folder, struct mf_err *err)
{
	char path[64], revision[32];
	const char *const argv[] = {"createrepo_c",
				    "--quiet",
				    "--no-database",
				    "--checksum",
				    "sha256",
				    "--compress-type",
				    "gz",
				    "--general-compress-type",
				    "gz",
				    "--revision",
				    revision,
				    "--set-timestamp-to-revision",
				    ".",
				    NULL};

	snprintf(path, sizeof(path), "/proc/self/fd/%d", folder);
	snprintf(revision, sizeof(revision), "%llu", (unsigned long long)tree->mtime);
	return mf_process_run(&(struct mf_process){.argv = argv, .folder = path}, err);
}

static int fail_file(const char *path, struct mf_err *err)
{
	int code = -errno;

	return mf_fail(err, code, "cannot write %s: %s", path, strerror(-code));
}

static int sign_index(int folder, const char *key, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf signature = {0};
	MF_CLEANUP(mf_close_fd) int fd = -1;
	int r = mf_map_file(folder, INDEX, &map, err);

	if (!r)
		r = mf_gpg_sign(map.bytes, MF_GPG_DETACHED, key, &signature, err);
	if (r)
		return r;
	fd = openat(folder, SIGNATURE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fchmod(fd, 0644))
		return fail_file(SIGNATURE, err);
	return mf_write_all(fd, mf_buf_bytes(&signature), err);
}

/* Time of the tree for what createrepo_c made, and for folders in which it made something. */
static int settle(const struct mf_tree *tree, int folder, const char *name, struct mf_err *err)
{
	const struct timespec times[2] = {{.tv_sec = (time_t)tree->mtime},
					  {.tv_sec = (time_t)tree->mtime}};
	MF_CLEANUP(mf_close_fd) int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fsync(fd) || futimens(fd, times))
		return fail_file(name, err);
	return 0;
}

static int settle_metadata(const struct mf_tree *tree, int folder, struct mf_err *err)
{
	MF_CLEANUP(mf_close_fd)
	int fd = openat(folder, METADATA, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int r = 0;

	if (!stream)
		return fail_file(METADATA, err);
	fd = -1; /* the stream owns it now */
	while (!r && (entry = readdir(stream))) {
		if (entry->d_name[0] != '.')
			r = settle(tree, dirfd(stream), entry->d_name, err);
	}
	closedir(stream);
	if (!r)
		r = settle(tree, folder, METADATA, err);
	return r ? r : settle(tree, folder, ".", err);
}

/* Packages that primary.xml names, 0 when it says nothing. */
static uint64_t count_named(struct mf_bytes primary)
{
	static const char attribute[] = " packages=\"";
	const char *at = memmem(primary.p, primary.n, attribute, sizeof(attribute) - 1);
	uint64_t n = 0;

	if (!at)
		return 0;
	at += sizeof(attribute) - 1;
	return mf_parse_u64(at, strcspn(at, "\""), 10, &n) ? 0 : n;
}

static int read_primary(int folder, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map index = {0}, primary = {0};
	MF_CLEANUP(mf_free_ptr) char *path = NULL;
	const char *name, *start;
	size_t used;
	int r = mf_map_file(folder, INDEX, &index, err);

	if (r)
		return r;
	name = memmem(index.bytes.p, index.bytes.n, PRIMARY, sizeof(PRIMARY) - 1);
	start = name ? memrchr(index.bytes.p, '"', (size_t)(name - (const char *)index.bytes.p))
		     : NULL;
	if (!start)
		return mf_fail(err, -EIO, "%s names no primary metadata in gzip", INDEX);
	path = strndup(start + 1, (size_t)(name - start) - 1 + sizeof(PRIMARY) - 1);
	r = path ? mf_map_file(folder, path, &primary, err) : -ENOMEM;
	if (r)
		return r;
	return mf_decompress(MF_CODEC_GZIP, primary.bytes, PRIMARY_MAX, out, &used, err);
}

/* createrepo_c leaves out what it cannot read, and old ones call that a success. */
static int check_packages(const struct mf_tree *tree, int folder, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf primary = {0};
	uint64_t n = 0, named;
	int r = read_primary(folder, &primary, err);

	if (r)
		return r;
	named = count_named(mf_buf_bytes(&primary));
	for (size_t i = 0; i < tree->n_entries; i++)
		n += tree->entries[i].kind != MF_ENTRY_DIR &&
		     mf_has_suffix(tree->entries[i].path, ".rpm");
	if (n == named)
		return 0;
	return mf_fail(
		err, -EBADMSG,
		"of %llu packages createrepo_c could read %llu; rpm -qp tells which one is damaged",
		(unsigned long long)n, (unsigned long long)named);
}

static int write_repo(const struct mf_tree *tree, int folder, struct mf_err *err)
{
	const char *signer = mf_tree_param(tree, "signer");
	int r = signer ? mf_gpg_check_key(signer, err) : 0;

	if (!r && mf_tree_has(tree, METADATA))
		r = mf_fail(err, -EEXIST, "%s: a repository has its own", METADATA);
	if (!r)
		r = mf_sink_dir.write(tree, folder, err);
	if (!r)
		r = run_createrepo(tree, folder, err);
	if (!r)
		r = check_packages(tree, folder, err);
	if (!r && signer)
		r = sign_index(folder, signer, err);
	return r ? r : settle_metadata(tree, folder, err);
}

const struct mf_sink mf_sink_repo = {
	.name = "repo",
	.extension = "",
	.summary = "a folder with RPMs and their metadata, for dnf and zypper",
	.is_stream = false,
	.write = write_repo,
};
