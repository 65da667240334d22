// SPDX-License-Identifier: GPL-2.0-or-later
// --help, printed from the tables of commands and options.
#include <string.h>

#include "lib/cli/options.h"

#define HELP_WIDTH	80 /* columns of a terminal that nobody has resized */
#define MAX_INDENT	30 /* a longer option or command has its text on the next line */
#define USAGE		"usage: "
#define PROGRAM_SUMMARY "Carries DKMS-built kernel drivers into initramfs images and installers."

/* Appends words at a left margin, wrapped at HELP_WIDTH; column is where the line stands now. */
static void add_wrapped(struct mf_buf *out, const char *text, size_t margin, size_t column)
{
	bool is_first = true;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (!is_first && column + 1 + n > HELP_WIDTH) {
			mf_buf_printf(out, "\n%*s", (int)margin, "");
			column = margin;
		} else if (!is_first) {
			mf_buf_addc(out, ' ');
			column++;
		}
		mf_buf_add(out, text, n);
		column += n;
		is_first = false;
		text += n + strspn(text + n, " ");
	}
	mf_buf_addc(out, '\n');
}

/* One entry of a list: a term, then its text from column indent on. */
static void add_entry(struct mf_buf *out, const char *term, const char *text, size_t indent)
{
	size_t n = strlen(term);

	mf_buf_adds(out, term);
	if (n + 2 > indent) {
		mf_buf_addc(out, '\n');
		n = 0;
	}
	mf_buf_printf(out, "%*s", (int)(indent - n), "");
	add_wrapped(out, text, indent, indent);
}

/* "  -j, --json", "      --kernel RELEASE" */
static void option_term(struct mf_buf *out, const struct mf_option *option)
{
	out->len = 0;
	if (option->short_name)
		mf_buf_printf(out, "  -%c, ", option->short_name);
	else
		mf_buf_adds(out, "      ");
	mf_buf_printf(out, "--%s", option->name);
	if (option->argument)
		mf_buf_printf(out, " %s", option->argument);
}

static size_t widest_option(const struct mf_option *options, size_t widest)
{
	struct mf_buf term = {0};

	for (; options && options->name; options++) {
		option_term(&term, options);
		if (term.len > widest && term.len + 2 <= MAX_INDENT)
			widest = term.len;
	}
	mf_buf_free(&term);
	return widest;
}

static void add_options(struct mf_buf *out, const struct mf_option *options, size_t indent)
{
	struct mf_buf term = {0};

	for (; options && options->name; options++) {
		option_term(&term, options);
		add_entry(out, mf_buf_str(&term), options->help, indent);
	}
	mf_buf_free(&term);
}

void mf_help_command(const struct mf_command *command, struct mf_buf *out)
{
	size_t widest = widest_option(command->options, widest_option(mf_common_options, 0));
	struct mf_buf usage = {0};

	mf_buf_printf(&usage, "modferry %s [OPTION...] %s", command->name,
		      command->operands ? command->operands : "");
	mf_buf_adds(out, USAGE);
	add_wrapped(out, mf_buf_str(&usage), sizeof(USAGE) + 1, sizeof(USAGE) - 1);
	mf_buf_free(&usage);
	mf_buf_addc(out, '\n');
	add_wrapped(out, command->summary, 0, 0);
	mf_buf_adds(out, "\noptions:\n");
	add_options(out, command->options, widest + 2);
	add_options(out, mf_common_options, widest + 2);
	mf_buf_printf(out, "\nmanual: modferry-%s(1)\n", command->name);
}

void mf_help_program(struct mf_buf *out)
{
	static const struct mf_option completion[] = {
		{"completion", 0, "SHELL", "print the completion script for bash, zsh or fish"},
		{0},
	};
	size_t indent = widest_option(completion, widest_option(mf_common_options, 0)) + 2;
	struct mf_buf term = {0};

	mf_buf_adds(out, "usage: modferry COMMAND [OPTION...] [ARGUMENT...]\n"
			 "       modferry COMMAND --help\n\n" PROGRAM_SUMMARY "\n\ncommands:\n");
	for (size_t i = 0; mf_commands[i]; i++) {
		if (strlen(mf_commands[i]->name) + 4 > indent)
			indent = strlen(mf_commands[i]->name) + 4;
	}
	for (size_t i = 0; mf_commands[i]; i++) {
		term.len = 0;
		mf_buf_printf(&term, "  %s", mf_commands[i]->name);
		add_entry(out, mf_buf_str(&term), mf_commands[i]->summary, indent);
	}
	mf_buf_adds(out, "\noptions:\n");
	add_options(out, mf_common_options, indent);
	add_options(out, completion, indent);
	mf_buf_adds(out, "\nmanual: modferry(1)\n");
	mf_buf_free(&term);
}
