// SPDX-License-Identifier: GPL-2.0-or-later
// Running the field's own tools (rpmbuild, createrepo_c, mcopy…): argv, never a shell.
#include "lib/io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/compress.h"
#include "lib/io/tools.h"

#define OUTPUT_MAX ((size_t)64 << 20)
#define PIPE_SIZE  (1 << 20)	  /* what users may ask for: fs.pipe-max-size of proc_sys_fs(5) */
#define TAIL_MAX   ((size_t)8192) /* bytes of stderr kept while it runs */
#define SHOWN_MAX  ((size_t)600)  /* bytes of them in the message, which has room for 1,023 */
#define EXTRA_ENV  6		  /* what make_env puts before the process' own, and the NULL */

/* The linux/close_range.h of older distributions lacks it. */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* The ends of the pipes that the parent reads. */
enum pipe_end { END_OUTPUT, END_ERRORS, END_START, N_ENDS };

/* A tool at work. Descriptors are -1 when closed. */
struct run {
	const struct mf_process *process;
	struct mf_arena arena;
	char program[PATH_MAX];
	char **env;
	pid_t parent, pid;
	int input;	      /* what the child reads */
	int ours[N_ENDS];     /* read here */
	int theirs[N_ENDS];   /* written by the child; END_START: its errno where exec fails */
	int pidfd;	      /* -1 before Linux 5.3: then the end of its pipes is its end */
	struct mf_buf errors; /* the end of stderr */
	struct mf_err *err;
};

static void close_run(struct run *run)
{
	if (run->pid > 0) { /* given up half-way */
		(void)kill(run->pid, SIGKILL);
		while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	for (int i = 0; i < N_ENDS; i++) {
		mf_close_fd(&run->ours[i]);
		mf_close_fd(&run->theirs[i]);
	}
	mf_close_fd(&run->input);
	mf_close_fd(&run->pidfd);
	mf_buf_free(&run->errors);
	mf_arena_free(&run->arena);
}

static int fail_run(struct run *run, const char *what)
{
	int code = -errno;

	return mf_fail(run->err, code, "%s: cannot %s: %s", run->process->argv[0], what,
		       strerror(-code));
}

/* Above standard input, output and error, which the child's are put upon. */
static int raise_fd(int *fd)
{
	int high;

	if (*fd > STDERR_FILENO)
		return 0;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	mf_close_fd(fd);
	*fd = high;
	return high < 0 ? -errno : 0;
}

static int open_pipe(struct run *run, enum pipe_end end)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return fail_run(run, "make a pipe");
	run->ours[end] = fds[0];
	run->theirs[end] = fds[1];
	if (raise_fd(&run->ours[end]) || raise_fd(&run->theirs[end]) ||
	    fcntl(run->ours[end], F_SETFL, O_NONBLOCK))
		return fail_run(run, "make a pipe");
	return 0;
}

/* Input in a file of its own: unlike a pipe it can neither fill up nor break while it is written.
 */
static int open_input(struct run *run)
{
	struct mf_bytes input = run->process->input;

	run->input = input.n ? memfd_create("input", MFD_CLOEXEC)
			     : open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (run->input < 0 || raise_fd(&run->input))
		return fail_run(run, "give it its input");
	if (input.n &&
	    (mf_write_all(run->input, input, run->err) || lseek(run->input, 0, SEEK_SET) < 0))
		return fail_run(run, "give it its input");
	return 0;
}

static int open_ends(struct run *run)
{
	int r = open_input(run);

	if (!r)
		r = open_pipe(run, END_ERRORS);
	if (!r)
		r = open_pipe(run, END_START);
	if (r)
		return r;
	if (run->process->output_fd > 0 || run->process->output) {
		r = open_pipe(run, END_OUTPUT);
		(void)fcntl(run->ours[END_OUTPUT], F_SETPIPE_SZ, PIPE_SIZE); /* faster only */
		return r;
	}
	run->theirs[END_OUTPUT] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (run->theirs[END_OUTPUT] < 0 || raise_fd(&run->theirs[END_OUTPUT]))
		return fail_run(run, "give it its output");
	return 0;
}

static int make_env(struct run *run)
{
	static const char *const kept[] = {"PATH", "TMPDIR", "GNUPGHOME"};
	static const char *const fixed[] = {"LC_ALL=C", "TZ=UTC", "HOME=/dev/null"};
	const char *const *own = run->process->env;
	size_t n = 0, n_own = 0;

	while (own && own[n_own])
		n_own++;
	run->env = mf_arena_alloc(&run->arena, (n_own + EXTRA_ENV + 1) * sizeof(*run->env));
	if (!run->env)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = getenv(kept[i]);

		if (value)
			run->env[n++] = mf_arena_printf(&run->arena, "%s=%s", kept[i], value);
		if (value && !run->env[n - 1])
			return -ENOMEM;
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]) + n_own; i++) {
		const char *value = i < sizeof(fixed) / sizeof(fixed[0])
					    ? fixed[i]
					    : own[i - sizeof(fixed) / sizeof(fixed[0])];

		run->env[n] = mf_arena_strdup(&run->arena, value);
		if (!run->env[n++])
			return -ENOMEM;
	}
	return 0;
}

/* In the child of a process with threads: only what signal-safety(7) allows. */
static void start(const struct run *run)
{
	union {
		const char *const *text;
		char *const *args;
	} argv = {.text = run->process->argv}; /* execve does not write there */
	sigset_t none;
	int code;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)umask(022);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == run->parent &&
	    dup2(run->input, STDIN_FILENO) >= 0 &&
	    dup2(run->theirs[END_OUTPUT], STDOUT_FILENO) >= 0 &&
	    dup2(run->theirs[END_ERRORS], STDERR_FILENO) >= 0 &&
	    (!run->process->folder || chdir(run->process->folder) == 0)) {
#ifdef SYS_close_range
		/* what the caller inherited from its own caller */
		(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
		(void)execve(run->program, argv.args, run->env);
	}
	code = errno;
	(void)!write(run->theirs[END_START], &code, sizeof(code));
	_exit(127);
}

static int spawn(struct run *run)
{
	run->parent = getpid();
	run->pid = fork();
	if (run->pid < 0)
		return fail_run(run, "start it");
	if (run->pid == 0)
		start(run);
	for (int i = 0; i < N_ENDS; i++)
		mf_close_fd(&run->theirs[i]);
	mf_close_fd(&run->input);
#ifdef SYS_pidfd_open
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
#endif
	return 0;
}

/* Keeps the end of stderr. */
static void keep_errors(struct mf_buf *errors, const uint8_t *bytes, size_t n)
{
	mf_buf_add(errors, bytes, n);
	if (errors->len > 2 * TAIL_MAX) {
		memmove(errors->data, errors->data + errors->len - TAIL_MAX, TAIL_MAX);
		errors->len = TAIL_MAX;
	}
}

/* What the tool writes to standard output. A descriptor gets it from here and not from the tool, so
 * that tools cannot tell a file from a pipe, and a full disk has its own errno. */
static int take_output(struct run *run, const uint8_t *bytes, size_t n)
{
	struct mf_buf *output = run->process->output;

	if (run->process->output_fd > 0)
		return mf_write_all(run->process->output_fd, (struct mf_bytes){bytes, n}, run->err);
	if (n > OUTPUT_MAX - output->len)
		return mf_fail(run->err, -EFBIG, "%s: writes more than %zu MiB of output",
			       run->process->argv[0], OUTPUT_MAX >> 20);
	mf_buf_add(output, bytes, n);
	return 0;
}

/* Takes what is there; closes the end at its end. */
static int drain(struct run *run, enum pipe_end end)
{
	uint8_t bytes[65536];
	int r = 0;

	while (!r) {
		ssize_t n = read(run->ours[end], bytes, sizeof(bytes));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return fail_run(run, "read what it writes");
		if (n == 0) {
			mf_close_fd(&run->ours[end]);
			return 0;
		}
		if (end == END_ERRORS)
			keep_errors(&run->errors, bytes, (size_t)n);
		else
			r = take_output(run, bytes, (size_t)n);
	}
	return r;
}

/*
 * Reads until the tool is gone. Not until its pipes end: what it started (gpg its agent) may keep
 * them open.
 */
static int follow(struct run *run)
{
	bool is_gone = false;

	while (!is_gone && (run->ours[END_OUTPUT] >= 0 || run->ours[END_ERRORS] >= 0)) {
		struct pollfd fds[] = {
			{.fd = run->ours[END_OUTPUT], .events = POLLIN},
			{.fd = run->ours[END_ERRORS], .events = POLLIN},
			{.fd = run->pidfd, .events = POLLIN},
		};

		if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0 && errno != EINTR)
			return fail_run(run, "wait for it");
		is_gone = fds[2].revents != 0;
		for (enum pipe_end end = END_OUTPUT; end <= END_ERRORS; end++) {
			int r = run->ours[end] >= 0 ? drain(run, end) : 0;

			if (r)
				return r;
		}
	}
	return 0;
}

/* The last lines of stderr that fit, in one line. */
static void show_errors(const struct mf_buf *errors, struct mf_buf *out)
{
	const char *text = mf_buf_str(errors);
	size_t n = errors->len;
	size_t start_at = n > SHOWN_MAX ? n - SHOWN_MAX : 0;
	const char *separator = ": ";

	/* not from the middle of a line, where there is another one */
	while (start_at && start_at < n && text[start_at - 1] != '\n')
		start_at++;
	if (start_at == n)
		start_at = n > SHOWN_MAX ? n - SHOWN_MAX : 0;
	while (start_at < n) {
		size_t length = strcspn(text + start_at, "\r\n");

		/* a NUL ends the search of strcspn, and is shown */
		if (start_at + length < n && !text[start_at + length])
			length++;
		if (length) {
			mf_buf_adds(out, separator);
			mf_buf_add_visible(out, text + start_at, length);
			separator = "; ";
		}
		start_at += length;
		while (start_at < n && (text[start_at] == '\r' || text[start_at] == '\n'))
			start_at++;
	}
}

/* What became of it. */
static int judge(struct run *run, int status)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *name = run->process->argv[0];
	int code;

	if (read(run->ours[END_START], &code, sizeof(code)) == (ssize_t)sizeof(code))
		return mf_fail(run->err, -code, "%s: cannot start it: %s", name, strerror(code));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	show_errors(&run->errors, &text);
	if (WIFSIGNALED(status))
		return mf_fail(run->err, -EIO, "%s: ended by signal %d%s", name, WTERMSIG(status),
			       mf_buf_str(&text));
	return mf_fail(run->err, -EIO, "%s: failed with exit code %d%s", name, WEXITSTATUS(status),
		       mf_buf_str(&text));
}

int mf_process_run(const struct mf_process *process, struct mf_err *err)
{
	MF_CLEANUP(close_run)
	struct run run = {.process = process,
			  .input = -1,
			  .ours = {-1, -1, -1},
			  .theirs = {-1, -1, -1},
			  .pidfd = -1,
			  .err = err};
	int status = 0;
	int r = mf_tool_find(process->argv[0], run.program, sizeof(run.program), err);

	if (!r)
		r = make_env(&run);
	if (!r)
		r = open_ends(&run);
	if (!r)
		r = spawn(&run);
	if (!r)
		r = follow(&run);
	if (r)
		return r;
	while (waitpid(run.pid, &status, 0) < 0) {
		if (errno != EINTR)
			return fail_run(&run, "wait for it");
	}
	run.pid = 0;
	r = judge(&run, status);
	return r || !process->output ? r : mf_buf_status(process->output);
}
