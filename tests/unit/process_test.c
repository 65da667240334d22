// SPDX-License-Identifier: GPL-2.0-or-later
// Tools run in a clean environment, say why they failed, and leave nothing open.
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/process.h"
#include "lib/io/tools.h"
#include "tests/unit/tempdir.h"

/* Runs a line of shell; the text of the error is in *err. */
static int run_line(const char *line, struct mf_buf *output, struct mf_err *err)
{
	const char *const argv[] = {"sh", "-c", line, NULL};

	return mf_process_run(&(struct mf_process){.argv = argv, .output = output}, err);
}

static size_t count_fds(void)
{
	DIR *stream = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(stream);
	while (readdir(stream))
		n++;
	closedir(stream);
	return n;
}

static void failures_say_what_the_tool_said(void **state)
{
	static const struct {
		const char *line;
		int code;
		const char *message;
	} cases[] = {
		{"exit 0", 0, ""},
		{"echo fine >&2", 0, ""},
		{"exit 7", -EIO, "sh: failed with exit code 7"},
		{"echo no space left >&2; exit 1", -EIO,
		 "sh: failed with exit code 1: no space left"},
		{"printf 'one\\n\\ntwo\\r\\n' >&2; exit 2", -EIO,
		 "sh: failed with exit code 2: one; two"},
		{"printf 'a\\033[31m\\\\b\\377' >&2; exit 1", -EIO,
		 "sh: failed with exit code 1: a\\x1b[31m\\x5cb\\xff"},
		{"printf 'a\\000b\\nc' >&2; exit 1", -EIO,
		 "sh: failed with exit code 1: a\\x00; b; c"},
		{"kill -9 $$", -EIO, "sh: ended by signal 9"},
		{"echo bye >&2; kill -11 $$", -EIO, "sh: ended by signal 11: bye"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mf_err err = {0};

		assert_int_equal(run_line(cases[i].line, NULL, &err), cases[i].code);
		assert_string_equal(err.text, cases[i].message);
	}
}

static void long_stderr_keeps_its_last_lines(void **state)
{
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(run_line("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done"
				  " >&2; exit 3",
				  NULL, &err),
			 -EIO);
	assert_non_null(strstr(err.text, "exit code 3: line "));
	assert_true(mf_has_suffix(err.text, "line 2998; line 2999"));
	assert_null(strstr(err.text, "line 100;"));
	/* one line that is too long shows its end */
	assert_int_equal(run_line("head -c 5000 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1",
				  NULL, &err),
			 -EIO);
	assert_true(mf_has_suffix(err.text, "end"));
}

static void output_is_taken_up_to_a_limit(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(run_line("head -c 300000 /dev/zero; echo noise >&2", &output, &err), 0);
	assert_int_equal(output.len, 300000);
	assert_int_equal(run_line("exec cat /dev/zero", &output, &err), -EFBIG);
	assert_string_equal(err.text, "sh: writes more than 64 MiB of output");
}

static void output_goes_to_a_descriptor(void **state)
{
	static const char *const argv[] = {"sh", "-c", "echo here", NULL};
	char text[16] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(
		mf_process_run(&(struct mf_process){.argv = argv, .output_fd = fds[1]}, NULL), 0);
	assert_int_equal(read(fds[0], text, sizeof(text)), 5);
	assert_string_equal(text, "here\n");
	close(fds[0]);
	close(fds[1]);
}

static void input_is_given_whole(void **state)
{
	static const char *const count[] = {"wc", "-c", NULL};
	static const char *const ignore[] = {"true", NULL};
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf input = {0};
	struct mf_process process = {.argv = count, .output = &output};

	(void)state;
	mf_buf_zeros(&input, 1000000);
	process.input = mf_buf_bytes(&input);
	assert_int_equal(mf_process_run(&process, NULL), 0);
	assert_string_equal(mf_buf_str(&output), "1000000\n");
	process.argv = ignore; /* reads nothing of it: no SIGPIPE here */
	assert_int_equal(mf_process_run(&process, NULL), 0);
	process.argv = count;
	process.input = (struct mf_bytes){0};
	output.len = 0;
	assert_int_equal(mf_process_run(&process, NULL), 0);
	assert_string_equal(mf_buf_str(&output), "0\n");
}

static void missing_tools_name_their_package(void **state)
{
	static const struct {
		const char *tool;
		const char *message;
	} cases[] = {
		{"mcopy",
		 "mcopy: not found in PATH; install its package: mtools (Debian), mtools (Red Hat), mtools (SUSE)"},
		{"rpmbuild",
		 "rpmbuild: not found in PATH; install its package: rpm (Debian), rpm-build (Red Hat), rpm-build (SUSE)"},
		{"apt-ftparchive",
		 "apt-ftparchive: not found in PATH; install its package: apt-utils (Debian)"},
		{"no-such-tool", "no-such-tool: not found in PATH; install it"},
		{"/nonexistent/tool", "/nonexistent/tool: not found in PATH; install it"},
	};
	MF_CLEANUP(mf_free_ptr) char *path = strdup(getenv("PATH"));

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const argv[] = {cases[i / 2].tool, NULL};
		struct mf_err err = {0};
		size_t fds = count_fds();

		setenv("PATH", i % 2 ? "/nonexistent" : "", 1);
		assert_int_equal(mf_process_run(&(struct mf_process){.argv = argv}, &err), -ENOENT);
		assert_string_equal(err.text, cases[i / 2].message);
		assert_int_equal(count_fds(), fds);
	}
	setenv("PATH", path, 1);
}

/* A tool is started in a folder of its own, where a relative path would lead elsewhere. */
static void relative_parts_of_the_path_are_searched(void **state)
{
	static const char *const argv[] = {"sh", "-c", "pwd", NULL};
	MF_CLEANUP(mf_free_ptr) char *path = strdup(getenv("PATH"));
	MF_CLEANUP(mf_free_ptr) char *here = getcwd(NULL, 0);
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	struct mf_process process = {.argv = argv, .folder = "/usr", .output = &output};

	(void)state;
	assert_int_equal(chdir("/"), 0);
	setenv("PATH", "nonexistent:bin:usr/bin", 1);
	assert_int_equal(mf_process_run(&process, NULL), 0);
	assert_string_equal(mf_buf_str(&output), "/usr\n");
	setenv("PATH", path, 1);
	assert_int_equal(chdir(here), 0);
}

/* What is no program, or cannot be started. */
static void odd_programs_are_refused(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	char tool[128], message[512];
	const char *const argv[] = {tool, NULL};
	struct mf_err err = {0};
	FILE *file;

	(void)state;
	if (getenv("UNDER_VALGRIND")) /* it ends a process whose execve fails,
					 tests/full/valgrind.sh */
		skip();
	tempdir_make(&dir);
	snprintf(tool, sizeof(tool), "%s/tool", dir.path);
	file = fopen(tool, "w");
	assert_non_null(file);
	fputs("#!/nonexistent/shell\n", file);
	fclose(file);
	assert_int_equal(chmod(tool, 0755), 0);
	assert_int_equal(mf_process_run(&(struct mf_process){.argv = argv}, &err), -ENOENT);
	snprintf(message, sizeof(message), "%s: cannot start it: No such file or directory", tool);
	assert_string_equal(err.text, message);
	assert_int_equal(
		mf_process_run(&(struct mf_process){.argv = (const char *const[]){"sh", "-c",
										  "exit 0", NULL},
						    .folder = "/nonexistent"},
			       &err),
		-ENOENT);
	assert_string_equal(err.text, "sh: cannot start it: No such file or directory");
}

static void environment_is_clean(void **state)
{
	static const char *const argv[] = {"sh", "-c", "env | sort; umask; pwd; trap", NULL};
	static const char *const own[] = {"SOURCE_DATE_EPOCH=7", "A=b c;$(d)", NULL};
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf wanted = {0};
	mode_t mask = umask(077);

	(void)state;
	setenv("LANG", "de_DE.UTF-8", 1);
	setenv("TZ", "Asia/Tokyo", 1);
	setenv("HOME", "/root", 1);
	setenv("RPM_CONFIGDIR", "/tmp", 1);
	setenv("GNUPGHOME", "/tmp/keys", 1);
	unsetenv("TMPDIR");
	assert_int_equal(mf_process_run(&(struct mf_process){.argv = argv,
							     .env = own,
							     .folder = "/usr",
							     .output = &output},
					NULL),
			 0);
	umask(mask);
	unsetenv("GNUPGHOME");
	mf_buf_printf(&wanted,
		      "A=b c;$(d)\nGNUPGHOME=/tmp/keys\nHOME=/dev/null\nLC_ALL=C\nPATH=%s\n"
		      "PWD=/usr\nSOURCE_DATE_EPOCH=7\nTZ=UTC\n0022\n/usr\n",
		      getenv("PATH"));
	assert_string_equal(mf_buf_str(&output), mf_buf_str(&wanted));
}

static void descriptors_stay_where_they_are(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	size_t fds;
	int inherited = open("/dev/null", O_RDONLY); /* not closed on exec */

	(void)state;
	assert_true(inherited > 2);
	fds = count_fds();
	/* 0, 1, 2 and the one that lists them */
	assert_int_equal(run_line("ls /proc/self/fd | tr '\\n' ' '", &output, NULL), 0);
	assert_string_equal(mf_buf_str(&output), "0 1 2 3 ");
	assert_int_equal(run_line("exit 1", &output, NULL), -EIO);
	assert_int_equal(run_line("exec cat /dev/zero", &output, NULL), -EFBIG);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nor is a child left */
	assert_int_equal(errno, ECHILD);
	close(inherited);
}

/* A daemon keeps the pipes: as gpg's agent may. */
static void daemons_are_not_waited_for(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
	char *end;
	uint64_t pid;

	(void)state;
	assert_int_equal(run_line("sleep 60 & echo $!", &output, NULL), 0);
	end = strchr(mf_buf_str(&output), '\n');
	assert_non_null(end);
	assert_int_equal(
		mf_parse_u64((char *)output.data, (size_t)(end - (char *)output.data), 10, &pid),
		0);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0); /* it was still there */
}

static void *run_many(void *data)
{
	const char *word = data;

	for (int i = 0; i < 20; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf output = {0};
		const char *const argv[] = {"sh", "-c", "cat; echo \"$0\"", word, NULL};
		struct mf_bytes input = {(const uint8_t *)word, strlen(word)};
		char wanted[64];

		snprintf(wanted, sizeof(wanted), "%s%s\n", word, word);
		if (mf_process_run(
			    &(struct mf_process){.argv = argv, .input = input, .output = &output},
			    NULL) ||
		    strcmp(mf_buf_str(&output), wanted) != 0)
			return NULL;
	}
	return data;
}

static void threads_run_tools_at_a_time(void **state)
{
	static char words[][8] = {"one", "two", "three"};
	pthread_t threads[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_many, words[i]), 0);
	for (size_t i = 0; i < 3; i++) {
		void *result;

		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_ptr_equal(result, words[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_say_what_the_tool_said),
		cmocka_unit_test(long_stderr_keeps_its_last_lines),
		cmocka_unit_test(output_is_taken_up_to_a_limit),
		cmocka_unit_test(output_goes_to_a_descriptor),
		cmocka_unit_test(input_is_given_whole),
		cmocka_unit_test(missing_tools_name_their_package),
		cmocka_unit_test(relative_parts_of_the_path_are_searched),
		cmocka_unit_test(odd_programs_are_refused),
		cmocka_unit_test(environment_is_clean),
		cmocka_unit_test(descriptors_stay_where_they_are),
		cmocka_unit_test(daemons_are_not_waited_for),
		cmocka_unit_test(threads_run_tools_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
