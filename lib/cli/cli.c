// SPDX-License-Identifier: GPL-2.0-or-later
// Dispatch: finds the command, parses its options, runs it, prints the one message of a failure.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/cli/command.h"
#include "lib/cli/message.h"
#include "lib/cli/options.h"
#include "lib/cli/output.h"

/*
 * A closed standard stream would be given to the next file that is opened, and output would land
 * in it: such a one becomes /dev/null, read-only, so that writing to it fails.
 */
static void fill_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", O_RDONLY) != fd) /* the lowest free number is fd */
			return;
	}
}

/*
 * Whoever ignores SIGCHLD hands that down, and waitpid() would find no tool that was started. A
 * limit to the size of files is to be an errno, so that what was begun is cleared away.
 */
static void set_signals(void)
{
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_IGN);
}

static const struct mf_command *find_command(const char *name)
{
	for (size_t i = 0; mf_commands[i]; i++) {
		if (!strcmp(mf_commands[i]->name, name))
			return mf_commands[i];
	}
	return NULL;
}

static int print_buf(const struct mf_buf *text, struct mf_err *err)
{
	if (mf_buf_status(text)) {
		mf_fail(err, -ENOMEM, "out of memory");
		return MF_EXIT_FAILED;
	}
	return mf_print(mf_buf_str(text), text->len, err) ? MF_EXIT_FAILED : MF_EXIT_OK;
}

static int print_version(struct mf_err *err)
{
	static const char version[] = "modferry " MF_VERSION "\n";

	return mf_print(version, sizeof(version) - 1, err) ? MF_EXIT_FAILED : MF_EXIT_OK;
}

/* argv[0] is the command's name. */
static int run_command(const struct mf_command *command, int argc, char **argv, struct mf_err *err)
{
	MF_CLEANUP(mf_arguments_free) struct mf_arguments arguments = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf help = {0};
	int result = mf_options_parse(command, argc, argv, &arguments, err);

	if (result)
		return result;
	if (mf_given(&arguments, "help")) {
		mf_help_command(command, &help);
		return print_buf(&help, err);
	}
	if (mf_given(&arguments, "version"))
		return print_version(err);
	return command->run(&arguments, err);
}

/* "modferry help [COMMAND]": what --help prints. */
static int print_help(int argc, char **argv, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const struct mf_command *command = argc == 3 ? find_command(argv[2]) : NULL;

	if (argc > 2 && !command) {
		mf_fail(err, 0, "help: unknown command %s; see: modferry --help", argv[2]);
		return MF_EXIT_USAGE;
	}
	if (command)
		mf_help_command(command, &text);
	else
		mf_help_program(&text);
	return print_buf(&text, err);
}

/* Options in place of a command: --help, --version, and --completion SHELL for `make install`. */
static int run_program(int argc, char **argv, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		mf_fail(err, 0, "no command given; see: modferry --help");
		return MF_EXIT_USAGE;
	}
	if (!strcmp(word, "-h") || !strcmp(word, "--help")) {
		mf_help_program(&text);
		return print_buf(&text, err);
	}
	if (!strcmp(word, "help"))
		return print_help(argc, argv, err);
	if (!strcmp(word, "-V") || !strcmp(word, "--version"))
		return print_version(err);
	if (!strcmp(word, "--completion")) {
		if (argc == 3 && mf_completion(argv[2], &text))
			return print_buf(&text, err);
		mf_fail(err, 0, "--completion: expected one of bash, zsh, fish");
		return MF_EXIT_USAGE;
	}
	mf_fail(err, 0, "unknown %s %s; see: modferry --help",
		word[0] == '-' ? "option" : "command", word);
	return MF_EXIT_USAGE;
}

int mf_main(int argc, char **argv)
{
	const struct mf_command *command;
	struct mf_err err = {0};
	int result;

	fill_standard_streams();
	set_signals();
	command = argc > 1 ? find_command(argv[1]) : NULL;
	if (command)
		result = run_command(command, argc - 1, argv + 1, &err);
	else
		result = run_program(argc, argv, &err);
	if (result == MF_EXIT_FAILED && !err.text[0])
		mf_fail(&err, 0, "failed for a reason it does not tell: please report this");
	if (result != MF_EXIT_OK && err.text[0])
		mf_message(command ? command->name : NULL, err.text);
	return result;
}
