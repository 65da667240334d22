// SPDX-License-Identifier: GPL-2.0-or-later
// OpenPGP signatures by gpg and rpmsign, with the caller's keys (GNUPGHOME, else ~/.gnupg).
#include "lib/io/gpg.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/process.h"
#include "lib/io/tools.h"

#define KEY_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 @._+-!<>()"

int mf_gpg_check_key(const char *key, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};
	size_t n = strlen(key);

	/* '%' is a macro to rpm, quotes end a word of the command line that it splits */
	if (n >= 1 && n <= MF_GPG_KEY_MAX && key[0] != '-' && key[0] != ' ' &&
	    strspn(key, KEY_CHARACTERS) == n)
		return 0;
	mf_buf_add_visible(&shown, key, n);
	return mf_fail(err, -EINVAL,
		       "key %s: cannot be named so; give its id or fingerprint, as gpg -K shows it",
		       mf_buf_str(&shown));
}

/* Where the caller's gpg would look; tools get no HOME. "" when GNUPGHOME says so already. */
static void find_keys(char *out, size_t size)
{
	const char *home = getenv("HOME");
	int n = 0;

	out[0] = '\0';
	if (!getenv("GNUPGHOME") && home && *home)
		n = snprintf(out, size, "GNUPGHOME=%s/.gnupg", home);
	if (n < 0 || (size_t)n >= size)
		out[0] = '\0';
}

static int run(const char *const *argv, struct mf_bytes input, struct mf_buf *output,
	       struct mf_err *err)
{
	char keys[PATH_MAX];
	const char *const env[] = {keys, NULL};

	find_keys(keys, sizeof(keys));
	return mf_process_run(&(struct mf_process){.argv = argv,
						   .env = keys[0] ? env : NULL,
						   .input = input,
						   .output = output},
			      err);
}

/* Of "sec:VALIDITY:…": expired, revoked, disabled and invalid ones sign nothing (gpg's DETAILS). */
static bool is_usable(const char *line)
{
	return !strchr("erdi", line[4]);
}

/* Keys that can sign in gpg's list with colons; the fingerprint of the first, else of any. */
static size_t read_keys(const char *list, char out[MF_GPG_KEY_MAX + 1])
{
	bool is_wanted = false;
	size_t n = 0;

	out[0] = '\0';
	for (const char *line = list; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (mf_has_prefix(line, "sec:")) {
			n += is_usable(line);
			is_wanted = !out[0] || (n == 1 && is_usable(line));
		}
		/* nine empty fields before it; those of subkeys follow */
		if (is_wanted && mf_has_prefix(line, "fpr:::::::::")) {
			line += strlen("fpr:::::::::");
			snprintf(out, MF_GPG_KEY_MAX + 1, "%.*s", (int)strcspn(line, ":\n"), line);
			is_wanted = false;
		}
	}
	return n;
}

int mf_gpg_find_key(const char *key, char out[MF_GPG_KEY_MAX + 1], struct mf_err *err)
{
	const char *const argv[] = {
		"gpg", "--batch", "--no-tty", "--quiet", "--with-colons", "--list-secret-keys",
		key,   NULL};
	MF_CLEANUP(mf_buf_free) struct mf_buf list = {0};
	size_t n = 0;
	int r = mf_gpg_check_key(key, err);

	if (!r)
		r = run(argv, (struct mf_bytes){0}, &list, err);
	if (r)
		return r == -EINVAL ? r : mf_wrap(err, r, "key %s", key);
	n = read_keys(mf_buf_str(&list), out);
	if (n > 1)
		return mf_fail(
			err, -EINVAL,
			"key %s: gpg has %zu such keys, expected one; give its fingerprint, as gpg -K shows it",
			key, n);
	if (!out[0] || key[strlen(key) - 1] == '!')
		snprintf(out, MF_GPG_KEY_MAX + 1, "%s", key);
	return 0;
}

int mf_gpg_sign(struct mf_bytes bytes, enum mf_gpg_form form, const char *key, struct mf_buf *out,
		struct mf_err *err)
{
	const char *const argv[] = {"gpg",
				    "--batch",
				    "--no-tty",
				    "--quiet",
				    "--armor",
				    "--no-emit-version",
				    "--no-comments",
				    "--digest-algo",
				    "SHA256",
				    "--local-user",
				    key,
				    form == MF_GPG_CLEAR ? "--clear-sign" : "--detach-sign",
				    NULL};
	int r = mf_gpg_check_key(key, err);

	if (r)
		return r;
	r = run(argv, bytes, out, err);
	return r ? mf_wrap(err, r, "sign with key %s", key) : 0;
}

int mf_gpg_export(const char *key, struct mf_buf *out, struct mf_err *err)
{
	const char *const argv[] = {
		"gpg",	    "--batch", "--no-tty", "--quiet", "--export-options", "export-minimal",
		"--export", key,       NULL};
	size_t before = out->len;
	int r = mf_gpg_check_key(key, err);

	if (!r)
		r = run(argv, (struct mf_bytes){0}, out, err);
	if (!r && out->len == before)
		r = mf_fail(err, -ENOENT, "gpg has no such key");
	return r ? mf_wrap(err, r, "export key %s", key) : 0;
}

int mf_gpg_sign_rpm(const char *path, const char *key, struct mf_err *err)
{
	char name[MF_GPG_KEY_MAX + 32], program[PATH_MAX], macro[PATH_MAX + 8];
	const char *const argv[] = {"rpmsign",
				    "--define",
				    name,
				    "--define",
				    macro,
				    "--define",
				    "_gpg_digest_algo sha256",
				    "--define",
				    "_gpg_sign_cmd_extra_args --no-tty",
				    "--addsign",
				    "--",
				    path,
				    NULL};
	int r = mf_gpg_check_key(key, err);

	/* rpm of Debian looks for it under the name gpg2 */
	if (!r)
		r = mf_tool_find("gpg", program, sizeof(program), err);
	if (!r && strpbrk(program, " %\"'\\"))
		r = mf_fail(err, -EINVAL, "%s: rpm cannot run a program of that name", program);
	if (r)
		return r;
	snprintf(name, sizeof(name), "_gpg_name %s", key);
	snprintf(macro, sizeof(macro), "__gpg %s", program);
	r = run(argv, (struct mf_bytes){0}, NULL, err);
	return r ? mf_wrap(err, r, "sign with key %s", key) : 0;
}
