// SPDX-License-Identifier: GPL-2.0-or-later
// The iso sink: ISO 9660 with Rock Ridge and Joliet, by xorriso, exact to the byte.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/process.h"
#include "lib/io/scratch.h"
#include "lib/io/sinks.h"

/*
 * xorriso and not its library libisofs: it is what distributions make their own media with, its
 * failure is an exit code and not ours, and who makes no ISO need not have it. It takes the files
 * where they lie: nothing is copied but content that is in memory.
 */
#define LABEL_MAX  32  /* ECMA-119 8.4.7: bytes of the volume identifier */
#define NAME_LIMIT 255 /* bytes of a name in Rock Ridge that Linux shows (fs/isofs/rock.c) */
#define JOLIET_MAX 103 /* UCS-2 characters; 64 by Joliet itself, too few for names of kmod RPMs */
#define TIME_LIMIT \
	((uint64_t)5869584000) /* 2156: ECMA-119 9.1.5 counts years from 1900 in a byte */

#define LINE_LIMIT \
	((size_t)4000) /* bytes of a command: SfileadrL of xorriso/xorriso_private.h is 4096 */

/* Commands for xorriso, one a line. */
struct script {
	struct mf_buf text;
	struct mf_scratch scratch;
	struct mf_err *err;
};

static void free_script(struct script *script)
{
	mf_buf_free(&script->text);
	mf_scratch_free(&script->scratch);
}

/*
 * Appends a blank and a word in double quotes, in which -backslash_codes makes bytes of octal
 * numbers: so nothing in it can end the word or the line.
 */
static void add_word(struct mf_buf *out, const char *prefix, const char *word, size_t n)
{
	mf_buf_printf(out, " \"%s", prefix);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			mf_buf_addc(out, c);
		else
			mf_buf_printf(out, "\\%03o", c);
	}
	mf_buf_addc(out, '"');
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

static int check_path(const struct mf_entry *entry, struct mf_err *err)
{
	const char *name = entry->path;
	int r;

	for (;;) {
		size_t n = strcspn(name, "/");

		r = check_name(entry, name, n, err);
		if (r || !name[n])
			return r;
		name += n + 1;
	}
}

static int add_node(struct script *script, const struct mf_entry *entry)
{
	struct mf_buf *text = &script->text;
	char source[PATH_MAX];
	int r;

	switch (entry->kind) {
	case MF_ENTRY_SYMLINK:
		mf_buf_adds(text, "-lns");
		add_word(text, "", (const char *)entry->content.p, entry->content.n);
		add_word(text, "/", entry->path, strlen(entry->path));
		return 0;
	case MF_ENTRY_DIR:
		mf_buf_adds(text, "-mkdir");
		add_word(text, "/", entry->path, strlen(entry->path));
		mf_buf_adds(text, " --");
		return 0;
	case MF_ENTRY_BYTES:
	case MF_ENTRY_FILE:
	case MF_ENTRY_TREE: break;
	}
	r = mf_scratch_source(&script->scratch, entry, source, script->err);
	if (r)
		return r;
	mf_buf_adds(text, "-map");
	add_word(text, "", source, strlen(source));
	add_word(text, "/", entry->path, strlen(entry->path));
	return 0;
}

static int add_entry(struct script *script, const struct mf_entry *entry)
{
	size_t start = script->text.len;
	int r = check_path(entry, script->err);

	if (!r)
		r = add_node(script, entry);
	if (r)
		return r;
	if (script->text.len - start > LINE_LIMIT)
		return mf_fail(script->err, -ENAMETOOLONG,
			       "%s: its path, and that of its source, are too long for xorriso",
			       entry->path);
	mf_buf_adds(&script->text, "\n");
	return 0;
}

/* After all nodes: folders that only stand in paths got the mode of where a source lies. */
static void add_modes(struct script *script, const struct mf_tree *tree)
{
	mf_buf_adds(&script->text, "-find / -type d -exec chmod 0755 --\n");
	for (size_t i = 0; i < tree->n_entries; i++) {
		const struct mf_entry *entry = &tree->entries[i];

		if (entry->kind == MF_ENTRY_SYMLINK)
			continue;
		mf_buf_printf(&script->text, "-chmod %04o", entry->mode);
		add_word(&script->text, "/", entry->path, strlen(entry->path));
		mf_buf_adds(&script->text, " --\n");
	}
}

/*
 * What would be of this machine, user or moment. A startup file of xorriso in /etc could set any of
 * it, and the option against them does not go together with an image on standard output.
 */
static int add_settings(struct script *script, const struct mf_tree *tree)
{
	const char *label = mf_tree_param(tree, "label");
	time_t seconds = (time_t)tree->mtime;
	struct tm tm;
	int r;

	if (tree->mtime >= TIME_LIMIT || !gmtime_r(&seconds, &tm))
		return mf_fail(script->err, -ERANGE,
			       "SOURCE_DATE_EPOCH does not fit into an ISO image, it ends in 2155");
	label = label ? label : "MODFERRY";
	r = check_label(label, script->err);
	if (r)
		return r;
	mf_buf_adds(
		&script->text,
		"-iso_rr_pattern off\n-disk_pattern off\n-follow on\n-charset UTF-8\n"
		"-local_charset UTF-8\n-joliet on\n-hardlinks off\n-acl off\n-xattr off\n-md5 off\n"
		"-compliance default:always_gmt:rec_mtime:joliet_long_names:joliet_long_paths\n"
		"-padding 0\n-volset_id \"\"\n-publisher \"\"\n-preparer_id \"\"\n"
		"-application_id \"\"\n-system_id \"\"\n-copyright_file \"\"\n"
		"-abstract_file \"\"\n-biblio_file \"\"\n-volid");
	add_word(&script->text, "", label, strlen(label));
	mf_buf_printf(&script->text,
		      "\n-iso_nowtime =%llu\n-volume_date uuid %04d%02d%02d%02d%02d%02d00\n",
		      (unsigned long long)tree->mtime, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		      tm.tm_hour, tm.tm_min, tm.tm_sec);
	return 0;
}

static int run(const struct script *script, int fd)
{
	/* -outdev first: else xorriso denies standard output */
	static const char *const argv[] = {"xorriso",
					   "-outdev",
					   "-",
					   "-report_about",
					   "SORRY",
					   "-abort_on",
					   "SORRY",
					   "-backslash_codes",
					   "in_double_quotes",
					   "-options_from_file",
					   "-",
					   NULL};

	return mf_process_run(&(struct mf_process){.argv = argv,
						   .input = mf_buf_bytes(&script->text),
						   .output_fd = fd},
			      script->err);
}

static int write_iso(const struct mf_tree *tree, int fd, struct mf_err *err)
{
	MF_CLEANUP(free_script) struct script script = {.err = err};
	int r = mf_scratch_make(&script.scratch, err);

	if (!r)
		r = add_settings(&script, tree);
	for (size_t i = 0; !r && i < tree->n_entries; i++)
		r = add_entry(&script, &tree->entries[i]);
	if (r)
		return r;
	add_modes(&script, tree);
	/* one by one: for -volume_date all_file_dates the time 0 means none */
	mf_buf_printf(&script.text,
		      "-chown_r 0 / --\n-chgrp_r 0 / --\n-alter_date_r b =%llu / --\n"
		      "-alter_date_r c =%llu / --\n-commit\n",
		      (unsigned long long)tree->mtime, (unsigned long long)tree->mtime);
	r = mf_buf_status(&script.text);
	return r ? r : run(&script, fd);
}

const struct mf_sink mf_sink_iso = {
	.name = "iso",
	.extension = "iso",
	.summary = "ISO 9660 image with Rock Ridge and Joliet",
	.is_stream = true,
	.tool = "xorriso",
	.write = write_iso,
};
