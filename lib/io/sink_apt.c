// SPDX-License-Identifier: GPL-2.0-or-later
// The apt sink: a folder of .debs with the indexes that apt reads, a flat repository.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/module.h"
#include "lib/io/compress.h"
#include "lib/io/gpg.h"
#include "lib/io/process.h"
#include "lib/io/sinks.h"

#define KEY_FILE "archive-keyring.gpg"
/* Folders of /proc/self/fd/: a number of at most 10 digits behind it. */
#define FD_PATH_MAX 32

/* A repository being written. */
struct repository {
	const struct mf_tree *tree;
	int fd;
	char folder[FD_PATH_MAX]; /* of fd, for the child, where it is the same number */
	struct mf_arena arena;
	struct mf_err *err;
};

static void free_repository(struct repository *repository)
{
	mf_arena_free(&repository->arena);
}

/* A file of the repository beside the packages, of the tree's time. */
static int put_file(struct repository *repository, const char *name, enum mf_codec codec,
		    struct mf_bytes content)
{
	MF_CLEANUP(mf_compressor_free) struct mf_compressor *stream = NULL;
	struct timespec times[2] = {{.tv_sec = (time_t)repository->tree->mtime},
				    {.tv_sec = (time_t)repository->tree->mtime}};
	MF_CLEANUP(mf_close_fd)
	int fd = openat(repository->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0644);
	int r;

	if (fd < 0)
		return mf_fail(repository->err, -errno, "cannot create %s: %s", name,
			       strerror(errno));
	r = mf_compressor_open(codec, fd, &stream, repository->err);
	if (!r)
		r = mf_compressor_write(stream, content, repository->err);
	if (!r)
		r = mf_compressor_finish(stream, repository->err);
	if (!r && (fchmod(fd, 0644) || futimens(fd, times) || fsync(fd)))
		return mf_fail(repository->err, -errno, "cannot write %s: %s", name,
			       strerror(errno));
	return r;
}

static int run_ftparchive(struct repository *repository, const char *const *argv,
			  struct mf_buf *out)
{
	struct mf_process process = {.argv = argv, .folder = repository->folder, .output = out};

	return mf_process_run(&process, repository->err);
}

/* SHA-256 alone: apt trusts neither MD5 nor SHA-1 since 1.4, and one sum is enough. */
#define FTPARCHIVE                                                                                 \
	"apt-ftparchive", "-o", "APT::FTPArchive::MD5=false", "-o", "APT::FTPArchive::SHA1=false", \
		"-o", "APT::FTPArchive::SHA512=false"

/* --- Packages --- */

/* apt-ftparchive sorts the packages by their paths. */
static int write_packages(struct repository *repository, struct mf_buf *out)
{
	static const char *const argv[] = {FTPARCHIVE, "packages", ".", NULL};
	int r = run_ftparchive(repository, argv, out);

	if (!r)
		r = put_file(repository, "Packages", MF_CODEC_NONE, mf_buf_bytes(out));
	return r ? r : put_file(repository, "Packages.gz", MF_CODEC_GZIP, mf_buf_bytes(out));
}

/* --- Release --- */

/* The date as RFC 1123 has it; strftime() would ask the locale. */
static int format_date(uint64_t seconds, char *out, size_t size)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t when = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm))
		return -ERANGE;
	snprintf(out, size, "%.3s, %02d %.3s %d %02d:%02d:%02d UTC",
		 days + (ptrdiff_t)3 * tm.tm_wday, tm.tm_mday, months + (ptrdiff_t)3 * tm.tm_mon,
		 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	return 0;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The architectures of the packages, sorted, one blank between. */
static int list_architectures(struct repository *repository, const char *packages,
			      struct mf_buf *out)
{
	static const char key[] = "\nArchitecture: "; /* never a stanza's first field */
	struct mf_strings words = {0};

	while ((packages = strstr(packages, key))) {
		const char *word;

		packages += sizeof(key) - 1;
		word = mf_arena_strndup(&repository->arena, packages, strcspn(packages, "\n"));
		if (!word || mf_arena_grow(&repository->arena, &words.v, words.n, sizeof(*words.v)))
			return -ENOMEM;
		words.v[words.n++] = word;
	}
	if (words.n)
		qsort(words.v, words.n, sizeof(*words.v), compare_texts);
	for (size_t i = 0; i < words.n; i++) {
		if (i && strcmp(words.v[i], words.v[i - 1]) == 0)
			continue;
		mf_buf_printf(out, "%s%s", out->len ? " " : "", words.v[i]);
	}
	return mf_buf_status(out);
}

/* An option of apt-ftparchive that sets a field of Release. */
static const char *release_option(struct repository *repository, const char *field,
				  const char *value)
{
	return mf_arena_printf(&repository->arena, "APT::FTPArchive::Release::%s=%s", field, value);
}

/* A value stands in a line of Release: text without control characters, or -EINVAL. */
static int check_value(struct repository *repository, const char *key, const char *value)
{
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return mf_fail(repository->err, -EINVAL,
				       "apt repository: its %s has a control character", key);
	}
	return 0;
}

static const struct {
	const char *param;
	const char *field;
} release_fields[] = {
	{"origin", "Origin"},
	{"label", "Label"},
	{"suite", "Suite"},
	{"codename", "Codename"},
	{"architectures", "Architectures"},
	{"description", "Description"},
};

#define N_FIELDS (sizeof(release_fields) / sizeof(release_fields[0]))
#define N_FIXED	 9 /* program, options without a parameter, command, folder, NULL */
#define ARGV_MAX (2 * (N_FIELDS + N_FIXED))

static int make_release(struct repository *repository, const char *packages, struct mf_buf *out)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf architectures = {0};
	char date[64];
	const char *argv[ARGV_MAX] = {FTPARCHIVE, "-o"};
	size_t n = 8;
	int r = format_date(repository->tree->mtime, date, sizeof(date));

	argv[n++] = release_option(repository, "Date", date);
	if (!r)
		r = list_architectures(repository, packages, &architectures);
	for (size_t i = 0; !r && i < N_FIELDS; i++) {
		const char *key = release_fields[i].param;
		const char *value = mf_tree_param(repository->tree, key);

		if (!value && strcmp(key, "architectures") == 0 && architectures.len)
			value = mf_buf_str(&architectures);
		if (!value)
			continue;
		r = check_value(repository, key, value);
		argv[n++] = "-o";
		argv[n++] = release_option(repository, release_fields[i].field, value);
	}
	argv[n++] = "release";
	argv[n++] = ".";
	for (size_t i = 0; i < n; i++) {
		if (!argv[i])
			return -ENOMEM;
	}
	return r ? r : run_ftparchive(repository, argv, out);
}

/* --- signatures --- */

static int put_signature(struct repository *repository, const char *name, enum mf_gpg_form form,
			 struct mf_bytes release)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *key = mf_tree_param(repository->tree, "signer");
	int r = mf_gpg_sign(release, form, key, &text, repository->err);

	return r ? r : put_file(repository, name, MF_CODEC_NONE, mf_buf_bytes(&text));
}

/* The public key as sources.list's signed-by= takes it. */
static int put_key(struct repository *repository, const char *key)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf bytes = {0};
	int r = mf_gpg_export(key, &bytes, repository->err);

	return r ? r : put_file(repository, KEY_FILE, MF_CODEC_NONE, mf_buf_bytes(&bytes));
}

static int sign(struct repository *repository, struct mf_bytes release)
{
	const char *key = mf_tree_param(repository->tree, "signer");
	int r;

	if (!key)
		return 0;
	r = put_signature(repository, "InRelease", MF_GPG_CLEAR, release);
	if (!r)
		r = put_signature(repository, "Release.gpg", MF_GPG_DETACHED, release);
	return r ? r : put_key(repository, key);
}

/* --- the folder --- */

static int write_apt(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(free_repository)
	struct repository repository = {.tree = tree, .fd = fd, .err = err};
	MF_CLEANUP(mf_buf_free) struct mf_buf packages = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf release = {0};
	int r = mf_sink_dir.write(tree, fd, err);

	snprintf(repository.folder, sizeof(repository.folder), "/proc/self/fd/%d", fd);
	if (!r)
		r = write_packages(&repository, &packages);
	if (!r)
		r = make_release(&repository, mf_buf_str(&packages), &release);
	if (!r)
		r = put_file(&repository, "Release", MF_CODEC_NONE, mf_buf_bytes(&release));
	return r ? r : sign(&repository, mf_buf_bytes(&release));
}

const struct mf_sink mf_sink_apt = {
	.name = "apt",
	.extension = "",
	.summary = "apt repository: .debs, Packages, Release",
	.is_stream = false,
	.write = write_apt,
};
