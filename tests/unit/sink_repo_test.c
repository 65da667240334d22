// SPDX-License-Identifier: GPL-2.0-or-later
// Repositories and signatures: the same metadata each time, verified by gpg and rpm themselves.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/gpg.h"
#include "lib/io/process.h"
#include "lib/io/publish.h"
#include "lib/io/sinks.h"
#include "tests/unit/tempdir.h"

#define KEY   "Modferry Test <test@example.org>"
#define MTIME 1700000000

/* A folder with a key ring, an RPM and what tests make. Its path is short: agents have sockets. */
struct fixture {
	struct tempdir dir;
	char rpm[256];
};

/* Runs a line of shell in the folder of the fixture and gives what it says. */
static const char *run_line(const struct fixture *f, const char *line, struct mf_buf *output)
{
	const char *const argv[] = {"sh", "-c", line, NULL};
	struct mf_err err = {0};

	output->len = 0;
	mf_process_run(&(struct mf_process){.argv = argv, .folder = f->dir.path, .output = output},
		       &err);
	assert_string_equal(err.text, "");
	return mf_buf_str(output);
}

static int setup(void **state)
{
	static struct fixture fixture;
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	struct fixture *f = &fixture;

	tempdir_make(&f->dir);
	assert_int_equal(mf_path_join(f->rpm, sizeof(f->rpm), f->dir.path, "a-1-1.noarch.rpm"), 0);
	setenv("GNUPGHOME", f->dir.path, 1);
	run_line(f,
		 "gpg --batch --quiet --passphrase '' --quick-gen-key '" KEY
		 "' rsa2048 sign never 2>/dev/null\n"
		 "gpg --batch --armor --export >key.asc\n"
		 "printf 'Name: a\\nVersion: 1\\nRelease: 1\\nSummary: s\\nLicense: GPL\\n"
		 "BuildArch: noarch\\nProvides: modalias(pci:v00008086d*)\\n%%description\\nx\\n"
		 "%%files\\n' >a.spec\n"
		 "rpmbuild --quiet --define \"_topdir $PWD/top\" --define \"_dbpath $PWD/db\" "
		 "-bb a.spec 2>/dev/null\n"
		 "cp top/RPMS/noarch/a-1-1.noarch.rpm .",
		 &output);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	struct fixture *f = *state;

	run_line(f, "gpgconf --kill all", &output);
	tempdir_remove(&f->dir);
	return 0;
}

static uint64_t file_size(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

static int make_repository(const struct fixture *f, const char *name, const char *signer,
			   struct mf_err *err)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {.mtime = MTIME};
	char path[128];

	*err = (struct mf_err){0};
	snprintf(path, sizeof(path), "%s/%s", f->dir.path, name);
	assert_int_equal(mf_tree_add_dir(&tree, "x86_64", 0755), 0);
	assert_int_equal(mf_tree_add_file(&tree, "x86_64/a.rpm", 0644, f->rpm, file_size(f->rpm)),
			 0);
	assert_int_equal(mf_tree_add_file(&tree, "b $(x).rpm", 0600, f->rpm, file_size(f->rpm)), 0);
	if (signer)
		assert_int_equal(mf_tree_add_param(&tree, "signer", signer), 0);
	assert_int_equal(mf_tree_finish(&tree, NULL), 0);
	return mf_publish(&tree, &(struct mf_output){.sink = &mf_sink_repo, .path = path}, err);
}

static void repositories_are_the_same_everywhere(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	const struct fixture *f = *state;
	struct mf_err err;
	mode_t mask;

	assert_int_equal(make_repository(f, "one", NULL, &err), 0);
	mask = umask(077);
	setenv("TZ", "Asia/Tokyo", 1);
	sleep(1);
	assert_int_equal(make_repository(f, "other", NULL, &err), 0);
	umask(mask);
	unsetenv("TZ");
	run_line(f, "diff -r one other", &output);
	/* what was made has the tree's time and usual modes; the folder itself is the user's */
	assert_string_equal(run_line(f,
				     "find other -mindepth 1 \\( -not -newermt @"
				     "1699999999"
				     " -o -newermt @"
				     "1700000000"
				     " \\); "
				     "find other/repodata -not -perm 644 -not -perm 755",
				     &output),
			    "");
	assert_string_equal(run_line(f, "ls one/repodata | sed 's/^[0-9a-f]*-//' | sort", &output),
			    "filelists.xml.gz\nother.xml.gz\nprimary.xml.gz\nrepomd.xml\n");
}

static void metadata_name_packages_and_hardware(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	const struct fixture *f = *state;
	struct mf_err err;

	assert_int_equal(make_repository(f, "named", NULL, &err), 0);
	run_line(f, "cat named/repodata/repomd.xml; zcat named/repodata/*primary.xml.gz", &output);
	assert_non_null(strstr(mf_buf_str(&output), "<revision>1700000000</revision>"));
	assert_non_null(strstr(mf_buf_str(&output), "<timestamp>1700000000</timestamp>"));
	assert_non_null(strstr(mf_buf_str(&output), "packages=\"2\""));
	assert_non_null(strstr(mf_buf_str(&output), "href=\"x86_64/a.rpm\""));
	assert_non_null(strstr(mf_buf_str(&output), "name=\"modalias(pci:v00008086d*)\""));
}

static void damaged_packages_are_not_left_out(void **state)
{
	static const uint8_t junk[] = "junk";
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	const struct fixture *f = *state;
	struct mf_err err = {0};
	char path[128];

	snprintf(path, sizeof(path), "%s/damaged", f->dir.path);
	assert_int_equal(mf_tree_add_file(&tree, "a.rpm", 0644, f->rpm, file_size(f->rpm)), 0);
	assert_int_equal(mf_tree_add_bytes(&tree, "b.rpm", 0644, (struct mf_bytes){junk, 4}), 0);
	assert_int_equal(
		mf_publish(&tree, &(struct mf_output){.sink = &mf_sink_repo, .path = path}, &err),
		-EBADMSG);
	assert_non_null(strstr(err.text, "of 2 packages createrepo_c could read 1"));
}

static void signed_metadata_verify(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	const struct fixture *f = *state;
	struct mf_err err;

	assert_int_equal(make_repository(f, "signed", "test@example.org", &err), 0);
	run_line(
		f,
		"gpg --batch --verify signed/repodata/repomd.xml.asc signed/repodata/repomd.xml 2>&1",
		&output);
	assert_non_null(strstr(mf_buf_str(&output), "Good signature from \"" KEY));
	run_line(f, "head -n 1 signed/repodata/repomd.xml.asc; stat -c %Y signed/repodata/*.asc",
		 &output);
	assert_string_equal(mf_buf_str(&output), "-----BEGIN PGP SIGNATURE-----\n1700000000\n");
}

static void texts_are_clear_signed(void **state)
{
	static const char text[] = "Origin: modferry\n- dash\n";
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0}, message = {0};
	const struct fixture *f = *state;
	struct mf_err err = {0};
	char path[128];
	FILE *file;

	assert_int_equal(mf_gpg_sign((struct mf_bytes){(const uint8_t *)text, sizeof(text) - 1},
				     MF_GPG_CLEAR, KEY, &message, &err),
			 0);
	assert_true(mf_has_prefix(mf_buf_str(&message),
				  "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin"));
	assert_null(strstr(mf_buf_str(&message), "Version:"));
	snprintf(path, sizeof(path), "%s/message", f->dir.path);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(message.data, 1, message.len, file);
	fclose(file);
	assert_string_equal(
		run_line(f, "gpg --batch --quiet --decrypt message 2>/dev/null", &output), text);
}

static void rpms_are_signed_in_place(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	const struct fixture *f = *state;
	struct mf_err err = {0};
	char path[128];

	snprintf(path, sizeof(path), "%s/-s $(x).rpm", f->dir.path);
	run_line(f, "cp a-1-1.noarch.rpm './-s $(x).rpm'; rpm --dbpath $PWD/db --import key.asc",
		 &output);
	mf_gpg_sign_rpm(path, "test@example.org", &err);
	assert_string_equal(err.text, "");
	run_line(f, "rpm --dbpath $PWD/db -Kv './-s $(x).rpm'", &output);
	assert_non_null(strstr(mf_buf_str(&output), "RSA/SHA256 Signature, key ID"));
	assert_null(strstr(mf_buf_str(&output), "BAD"));
	assert_null(strstr(mf_buf_str(&output), "NOKEY"));
	/* again: the signature is replaced */
	assert_int_equal(mf_gpg_sign_rpm(path, KEY, &err), 0);
	run_line(f, "rpm --dbpath $PWD/db -K './-s $(x).rpm'", &output);
	assert_non_null(strstr(mf_buf_str(&output), "digests signatures OK"));
}

static void odd_keys_are_refused(void **state)
{
	static const char *const keys[] = {
		"",	"-o/tmp/x",	   "a\nb", "%{lua:x}", "a%b", "a\"b", "a' --x 'b",
		"a\\b", "\xc3\xa9\x1b[1m", "a$b",  "a`b",      " a",
	};
	const struct fixture *f = *state;
	struct mf_err err;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		err = (struct mf_err){0};
		assert_int_equal(mf_gpg_check_key(keys[i], &err), -EINVAL);
		assert_null(strpbrk(err.text, "\n\x1b"));
		assert_int_equal(mf_gpg_sign_rpm(f->rpm, keys[i], &err), -EINVAL);
		assert_int_equal(make_repository(f, "odd", keys[i], &err), -EINVAL);
	}
	assert_int_equal(mf_gpg_check_key("0xDEADBEEF!", NULL), 0);
}

static void failures_say_what_gpg_said(void **state)
{
	MF_CLEANUP(mf_free_ptr) char *path = strdup(getenv("PATH"));
	const struct fixture *f = *state;
	struct mf_err err;
	char folder[128];

	assert_int_equal(make_repository(f, "unsigned", "nobody@example.org", &err), -EIO);
	assert_non_null(strstr(err.text, "No secret key"));
	snprintf(folder, sizeof(folder), "%s/unsigned", f->dir.path);
	assert_int_equal(access(folder, F_OK), -1); /* nothing is left */
	assert_int_equal(mf_gpg_sign_rpm(f->rpm, "nobody@example.org", &err), -EIO);
	assert_non_null(strstr(err.text, "gpg"));
	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(make_repository(f, "unmade", NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "createrepo_c: not found in PATH; install its package: "
					 "createrepo-c (Debian)"));
	assert_int_equal(mf_gpg_sign_rpm(f->rpm, KEY, &err), -ENOENT);
	assert_non_null(
		strstr(err.text, "gpg: not found in PATH; install its package: gpg (Debian), "));
	setenv("PATH", path, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repositories_are_the_same_everywhere),
		cmocka_unit_test(metadata_name_packages_and_hardware),
		cmocka_unit_test(damaged_packages_are_not_left_out),
		cmocka_unit_test(signed_metadata_verify),
		cmocka_unit_test(texts_are_clear_signed),
		cmocka_unit_test(rpms_are_signed_in_place),
		cmocka_unit_test(odd_keys_are_refused),
		cmocka_unit_test(failures_say_what_gpg_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
